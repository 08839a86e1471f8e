import type { FlowSettings } from '@entrepot/mapping';
import { linesOf } from '@entrepot/store';
import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../src/testing/model-document.ts';
import type { ModelRecord } from '../src/testing/model-record.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;

async function deliver(world: World): Promise<void> {
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

function record(version: number, rest: Partial<ModelRecord> = {}): ModelRecord {
  return { deleted: false, id: '1', version, content: `v${version}`, ...rest };
}

const payment = (subId: string, content: string) => ({ role: 'payment', subId, content });

/** A document that somebody made in the target. */
const byHand = (id: string, kind: string, content: string, email: string | null): ModelDocument => ({
  id,
  ref: `by-hand/${id}`,
  kind,
  version: 0,
  content,
  cancelled: false,
  draft: false,
  email,
});

describe('documents of one record', () => {
  it('never meet: two payments have a reference, a link and updates of their own', async () => {
    const world = new World();
    world.append('order', record(1, { parts: [payment('p1', 'ten'), payment('p2', 'twenty')] }));
    await deliver(world);
    world.append('order', record(2, { parts: [payment('p1', 'ten'), payment('p2', 'thirty')] }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'verified']);
    expect(world.target.documents.map(({ ref, content }) => [ref, content])).toEqual([
      ['shop/1', 'v2'],
      ['shop/1/payment/p1', 'ten'],
      ['shop/1/payment/p2', 'thirty'],
    ]);
    expect(world.target.log.filter(({ kind }) => kind === 'update').map(({ ref }) => ref)).toEqual([
      'shop/1',
      'shop/1/payment/p2',
    ]);
    const { documents } = world.links.links.get('erp|order|shop/1') ?? { documents: [] };
    expect(documents.map(({ role, subId, targetId }) => [role, subId, targetId])).toEqual([
      ['order', null, '1'],
      ['payment', 'p1', '2'],
      ['payment', 'p2', '3'],
    ]);
    const existing = world.target.contexts.get('order')?.existing;
    expect(existing?.({ role: 'payment', subId: 'p2' })).toEqual({ targetId: '3', lines: [] });
    expect(existing?.({ role: 'payment', subId: 'p3' })).toBeNull();
  });

  it.each([
    ['plan', '0', '0'],
    ['answer', '1-0', '2-0'],
    ['read-back', '1-0', '2-0'],
  ] as const)(
    'have lines of their own, known from the %s, and their next plan gets them',
    async (from, main, credit) => {
      const world = new World();
      world.target.linesFrom = from;
      const parts = [{ role: 'credit-note', subId: 'r1', content: 'less', lines: [{ id: 'a' }] }];
      for (const version of [1, 2]) {
        world.append('order', record(version, { lines: [{ id: 'a', title: 'mug' }], parts }));
        await deliver(world);
      }
      expect(world.outcomes()).toEqual(['verified', 'verified']);
      const link = world.links.links.get('erp|order|shop/1');
      if (link === undefined) throw new Error('no link');
      const existing = world.target.contexts.get('order')?.existing;
      for (const [key, targetLine] of [
        [{ role: 'order', subId: null }, main],
        [{ role: 'credit-note', subId: 'r1' }, credit],
      ] as const) {
        expect(linesOf(link, key)).toEqual([{ sourceLineId: 'a', targetLine }]);
        expect(existing?.(key)?.lines).toEqual([{ sourceLineId: 'a', targetLine }]);
      }
    },
  );

  it("read the target's lines back, and keep those rather than what its answer said", async () => {
    const world = new World();
    world.target.linesFrom = 'read-back';
    world.append('order', record(1, { lines: [{ id: 'a', title: 'mug' }] }));
    await deliver(world);
    Object.assign(world.target.documents[0] ?? {}, { lines: [{ sourceLineId: 'a', targetLine: 'moved' }] });
    world.append('order', record(2, { lines: [{ id: 'a', title: 'cup' }] }));
    await deliver(world);
    expect(world.links.links.get('erp|order|shop/1')?.lineMap).toEqual([{ sourceLineId: 'a', targetLine: 'moved' }]);
  });

  it.each([
    ['answer', ['create', 'read', 'update']],
    ['read-back', ['create', 'read', 'read', 'update', 'read']],
  ] as const)(
    'have their lines at once, and those that an update added, from the %s, where nothing is verified',
    async (from, requests) => {
      const world = new World({ verify: false });
      world.target.linesFrom = from;
      const [a, b] = [
        { id: 'a', title: 'mug' },
        { id: 'b', title: 'cup' },
      ];
      world.append('order', record(1, { lines: [a] }));
      await deliver(world);
      expect(world.links.links.get('erp|order|shop/1')?.lineMap).toEqual([{ sourceLineId: 'a', targetLine: '1-0' }]);
      world.append('order', record(2, { lines: [a, b] }));
      await deliver(world);
      expect(world.outcomes()).toEqual(['delivered', 'delivered']);
      expect(world.links.links.get('erp|order|shop/1')?.lineMap).toEqual([
        { sourceLineId: 'a', targetLine: '1-0' },
        { sourceLineId: 'b', targetLine: '1-1' },
      ]);
      expect(world.target.requests.filter((each) => ['create', 'read', 'update'].includes(each))).toEqual(requests);
    },
  );

  it('are not read back for lines that the target does not tell', async () => {
    const world = new World({ verify: false });
    for (const version of [1, 2]) {
      world.append('order', record(version, { lines: [{ id: 'a', title: 'mug' }] }));
      await deliver(world);
    }
    expect(world.target.requests.filter((each) => each === 'read')).toHaveLength(1);
  });

  it('keep the lines of what was written, though a later document of the attempt fails', async () => {
    const world = new World();
    const [a, b] = [
      { id: 'a', title: 'mug' },
      { id: 'b', title: 'cup' },
    ];
    world.append('order', record(1, { lines: [a], parts: [payment('p1', 'ten')] }));
    await deliver(world);
    world.target.faults.set('update', [null, 'rejected']);
    world.append('order', record(2, { lines: [b, a], parts: [payment('p1', 'eleven')] }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'failed']);
    const link = world.links.links.get('erp|order|shop/1');
    if (link === undefined) throw new Error('no link');
    expect(linesOf(link, { role: 'order', subId: null })).toEqual([
      { sourceLineId: 'b', targetLine: '0' },
      { sourceLineId: 'a', targetLine: '1' },
    ]);
  });

  it('are all verified, not only the main one', async () => {
    const world = new World();
    const { documents } = world.target;
    documents.push = (...made) =>
      Array.prototype.push.apply(
        documents,
        made.map((each) => (each.ref.endsWith('/p2') ? { ...each, content: 'rounded' } : each)),
      );
    world.append('order', record(1, { parts: [payment('p1', 'ten'), payment('p2', 'twenty')] }));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      { outcome: 'mismatch', error: { fields: [{ path: 'content', expected: 'twenty', actual: 'rounded' }] } },
    ]);
  });

  it('have a part each in the state that the link remembers', async () => {
    const hashOf = async (contents: readonly [string, string]) => {
      const world = new World();
      world.append('order', record(1, { parts: [payment('p1', contents[0]), payment('p2', contents[1])] }));
      await deliver(world);
      return world.links.links.get('erp|order|shop/1')?.targetStateHash;
    };
    const ten = await hashOf(['ten', 'twenty']);
    expect(ten).toBe(await hashOf(['ten', 'twenty']));
    expect(await hashOf(['ten', 'thirty'])).not.toBe(ten);
    expect(await hashOf(['nine', 'twenty'])).not.toBe(ten);
  });

  it('are adopted each by its own natural key', async () => {
    const world = new World();
    world.target.documents.push(byHand('H1', 'customer', 'acme@example.com', 'acme@example.com'));
    world.target.documents.push(byHand('H2', 'customer', 'Bea', 'bea@example.com'));
    const people = [
      { role: 'contact', subId: 'ann', content: 'Ann', email: 'ann@example.com' },
      { role: 'contact', subId: 'bea', content: 'Bea', email: 'bea@example.com' },
    ];
    world.append('customer', record(1, { content: 'acme@example.com', parts: people }));
    await deliver(world);
    const { documents } = world.links.links.get('erp|customer|shop/1') ?? { documents: [] };
    expect(documents.map(({ role, subId, targetId }) => [role, subId, targetId])).toEqual([
      ['customer', null, 'H1'],
      ['contact', 'ann', '1'],
      ['contact', 'bea', 'H2'],
    ]);
  });

  it('are told apart by what depends on them: a line on variant B resolves to B, and waits while only A is there', async () => {
    const world = new World();
    const key = { target: 'erp', entity: 'product', sourceKey: 'shop/p1' } as const;
    const link = (subId: string, targetId: string) =>
      world.links.recordDocument(
        key,
        { role: 'variant', subId, externalRef: `shop/p1/variant/${subId}`, targetId, targetNumber: null, draft: false },
        1,
      );
    await link('A', 'ITEM-A');
    const needsB = { variant: { product: 'shop/p1', id: 'B', sku: 'SKU-B' } };
    world.append('order', record(1, needsB));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting']);
    await link('B', 'ITEM-B');
    world.append('order', record(2, needsB));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting', 'verified']);
    expect(world.target.contexts.get('order')?.resolved.map(({ targetId }) => targetId)).toEqual(['ITEM-B']);
  });
});

describe('the guard that an entity declares', () => {
  /** Before the first create takes effect, a writer that we know nothing of makes the document. */
  function makeBeforeCreate(world: World): void {
    const { requests, documents } = world.target;
    requests.push = (operation) => {
      if (operation === 'create' && !requests.includes('create'))
        documents.push({ ...byHand('twin', 'order', 'v0', null), ref: 'shop/1' });
      return Array.prototype.push.call(requests, operation);
    };
  }

  it('unique: a refused create is answered by a look-up, and what is there is adopted and brought up to date', async () => {
    const world = new World();
    world.target.guard = 'unique';
    makeBeforeCreate(world);
    world.append('order', record(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect([...world.target.requests]).toEqual(['find', 'create', 'find', 'update', 'read']);
    expect([...world.target.documents]).toMatchObject([{ id: 'twin', content: 'v1' }]);
  });

  it('unique: a create that is refused for something else is tried again', async () => {
    const world = new World();
    world.target.guard = 'unique';
    world.target.faults.set('create', ['conflict']);
    world.append('order', record(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect([...world.target.requests]).toEqual(['find', 'create', 'find', 'find', 'create', 'read']);
  });

  it.each([
    ['session', ['fence', 'find', 'create', 'read']],
    ['look-up', ['find', 'create', 'read']],
  ] as const)('%s: requests are %j', async (guard, requests) => {
    const world = new World();
    world.target.guard = guard;
    world.append('order', record(1));
    await deliver(world);
    expect([...world.target.requests]).toEqual(requests);
  });
});

describe('a prerequisite', () => {
  const customer = { sourceKey: 'shop/c1', email: 'ann@example.com' };
  const settings: Partial<FlowSettings> = {
    target: { series: 'orders' },
    fields: { U_Order: '"o"' },
    prerequisites: {
      customer: { target: { series: 'customers' }, valueMaps: { group: { '*': '5' } }, fields: {} },
    },
  };

  it('is written by the settings that the flow holds for it, never by those of the flow itself', async () => {
    const world = new World(settings);
    world.flows.delete('customer:shop:erp');
    world.append('order', record(1, { customer }));
    await deliver(world);
    expect(world.target.contexts.get('customer')).toMatchObject({
      settings: { series: 'customers' },
      flow: { valueMaps: { group: { '*': '5' } } },
      fields: {},
    });
    expect(world.target.contexts.get('order')).toMatchObject({
      settings: { series: 'orders' },
      fields: { U_Order: 'o' },
    });
  });

  it('is written by its own flow where there is an active one', async () => {
    const world = new World(settings);
    const own = world.flows.get('customer:shop:erp');
    if (own === undefined) throw new Error('no flow');
    world.flows.set(own.id, { ...own, settings: { ...own.settings, target: { series: 'own' } } });
    world.append('order', record(1, { customer }));
    await deliver(world);
    expect(world.target.contexts.get('customer')).toMatchObject({ settings: { series: 'own' } });
  });

  it('has the line fields of its own flow, which the flow that needs it does not have', async () => {
    const world = new World(settings);
    const own = world.flows.get('customer:shop:erp');
    if (own === undefined) throw new Error('no flow');
    const lineFields = { U_Line: '"l"' };
    world.flows.set(own.id, { ...own, settings: { ...own.settings, lineFields } });
    world.append('order', record(1, { customer }));
    await deliver(world);
    expect(world.target.contexts.get('customer')?.flow).toMatchObject({ lineFields });
    expect(world.target.contexts.get('customer')?.lineFields).toBeDefined();
    expect(world.target.contexts.get('order')?.flow).toMatchObject({ lineFields: {} });
  });

  it('is not written by settings of its own flow that cannot be used: the delivery says which flow it is', async () => {
    const world = new World(settings);
    const own = world.flows.get('customer:shop:erp');
    if (own === undefined) throw new Error('no flow');
    world.flows.set(own.id, { ...own, usable: false, problems: [{ path: 'target.series', message: 'is not known' }] });
    world.append('order', record(1, { customer }));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'failed',
        error: { code: 'flow-settings-invalid', message: expect.stringContaining('customer:shop:erp') },
      },
    ]);
    expect(world.target.documents).toEqual([]);
  });

  it('is written by defaults where nothing says how', async () => {
    const world = new World({ target: { series: 'orders' } });
    world.flows.delete('customer:shop:erp');
    world.append('order', record(1, { customer }));
    await deliver(world);
    expect(world.target.contexts.get('customer')).toMatchObject({ settings: {}, flow: { valueMaps: {} } });
    expect(world.target.contexts.get('customer')?.settings).not.toHaveProperty('series');
  });
});
