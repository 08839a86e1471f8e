import { type AttemptReport, formatLaneKey } from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { type LinkedLine, showsAwaited } from '@entrepot/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invertLines } from '../src/attempt/linked.ts';
import { emptyLink } from '../src/testing/link-model.ts';
import type { ModelOrder, ModelRecord } from '../src/testing/model-record.ts';
import { SinkProcess, World } from './model/world.ts';

// The world's source ("shop") ships, and names its own order; the order was the target's ("erp"), and came to the source from there.

const MINUTE_MS = 60_000;

/** A world with a flow of shipments and one of invoices. */
function shippingWorld(): World {
  const world = new World();
  for (const entity of ['shipment', 'invoice'] as const) {
    const id = `${entity}:shop:erp`;
    const settings = flowSettingsSchemaOf(entity).parse({});
    const order = world.flows.get('order:shop:erp');
    if (order === undefined) throw new Error('no flow');
    world.flows.set(id, { ...order, id, entity, settings });
  }
  return world;
}

async function deliver(world: World): Promise<void> {
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

const lines = (...pairs: readonly (readonly [string, string])[]): LinkedLine[] =>
  pairs.map(([sourceLineId, targetLine]) => ({ sourceLineId, targetLine }));

/** The target's own order `id`, which became these documents in the source's system. */
function linkBackwards(
  world: World,
  id: string,
  documents: readonly {
    readonly targetId: string | null;
    readonly role?: string;
    readonly subId?: string;
    readonly draft?: boolean;
    readonly lines: readonly LinkedLine[];
  }[],
  {
    connection = 'erp',
    deliveredHash = null,
  }: { readonly connection?: string; readonly deliveredHash?: string | null } = {},
): void {
  const key = { target: 'shop', entity: 'order', sourceKey: `${connection}/${id}` } as const;
  const [main] = documents;
  const link = {
    ...emptyLink(key),
    deliveredHash,
    lineMap: main?.subId === undefined ? (main?.lines ?? []) : [],
    documents: documents.map(({ role = 'order', subId = null, draft = false, ...rest }) => ({
      role,
      subId,
      externalRef: [connection, id, ...(subId === null ? [] : [role, subId])].join('/'),
      targetNumber: null,
      draft,
      intent: null,
      ...rest,
    })),
  };
  world.links.links.set(link._id, link);
}

function shipment(orders: readonly ModelOrder[], version = 1): ModelRecord {
  return { deleted: false, id: 'SH1', version, content: '', orders };
}

const S1: ModelOrder = { sourceKey: 'shop/S1', number: 'SO-1', lines: ['0'] };

function written(world: World): readonly string[] {
  return world.target.documents.filter(({ kind }) => kind !== 'order').map(({ kind, content }) => `${kind} ${content}`);
}

function shown(world: World): AttemptReport['counterparts'] {
  return world.attempts().at(-1)?.counterparts;
}

describe('a shipment onto the own order of the target', () => {
  it('finds it by the link that brought it to the source, read backwards, and its lines by the inverted map', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0'], ['e-b', '1']) }]);
    world.append('shipment', shipment([{ ...S1, lines: ['1', '0'] }]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-b,e-a]']);
    expect(shown(world)).toEqual([{ entity: 'order', sourceKey: 'shop/S1', targetId: 'E1', through: 'reverse' }]);
    // Neither a read by hand nor a search in the target: links know it.
    expect(world.target.requests).not.toContain('match');
  });

  it('takes the link of its own before any other way', async () => {
    const world = shippingWorld();
    await world.links.recordDocument(
      { target: 'erp', entity: 'order', sourceKey: 'shop/S1' },
      {
        role: 'order',
        subId: null,
        externalRef: 'shop/S1',
        targetId: 'E7',
        targetNumber: null,
        draft: false,
        lines: lines(['0', 'x']),
      },
      1,
    );
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([{ ...S1, externalReferences: ['erp/E2'] }]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E7[x]']);
    expect(shown(world)).toMatchObject([{ targetId: 'E7', through: 'link' }]);
  });

  it('does not take a payment, nor a draft, that has the same id there', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E8', [
      { targetId: 'S99', lines: [] },
      { targetId: 'S1', role: 'payment', subId: 'p1', lines: [] },
    ]);
    linkBackwards(world, 'E9', [{ targetId: 'S1', draft: true, lines: lines(['e-z', '0']) }]);
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting']);
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([S1], 2));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-a]']);
  });

  it('is a mismatch that names them where several became that order', async () => {
    const world = shippingWorld();
    for (const id of ['E1', 'E2']) linkBackwards(world, id, [{ targetId: 'S1', lines: [] }]);
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      { outcome: 'mismatch', error: { code: 'ambiguous-counterpart', message: expect.stringMatching(/E1, E2/) } },
    ]);
    expect(written(world)).toEqual([]);
  });

  it('keeps the lines of documents apart where one order became two, of which both have a line 0', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [
      { targetId: 'S1', lines: lines(['e-a', '0'], ['e-b', '1']) },
      { targetId: 'S2', subId: 'backorder', lines: lines(['e-b', '0'], ['e-c', '1']) },
    ]);
    world.append('shipment', shipment([S1]));
    world.append('shipment', { ...shipment([{ ...S1, sourceKey: 'shop/S2', lines: ['0', '1'] }]), id: 'SH2' });
    await deliver(world);
    // Line e-b is split over both: a part of it comes with each.
    expect(written(world)).toEqual(['shipment E1[e-a]', 'shipment E1[e-b,e-c]']);
  });

  it('takes only the document that the dependency names, where it names one', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [
      { targetId: 'S0', lines: [] },
      { targetId: 'S1', subId: 'backorder', lines: lines(['e-a', '0']) },
    ]);
    const named = (subId: string): ModelOrder => ({ ...S1, document: { role: 'order', subId } });
    world.append('shipment', shipment([named('other')]));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting']);
    expect(world.attempts()[0]?.waitingOn).toEqual([
      {
        entity: 'order',
        sourceKey: 'shop/S1',
        match: 'SO-1',
        document: { role: 'order', subId: 'other' },
        counterpart: true,
      },
    ]);
    world.append('shipment', shipment([named('backorder')], 2));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-a]']);
  });

  it('fails with the line that the order of the target does not have: it was added at the source', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([{ ...S1, lines: ['0', '7'] }]));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      { outcome: 'failed', error: { code: 'line-not-linked', fields: [{ path: 'orders.0.lines.7' }] } },
    ]);
    // People see through what the order was found though it could not be written.
    expect(shown(world)).toMatchObject([{ targetId: 'E1', through: 'reverse' }]);
  });
});

describe('an invoice over two orders', () => {
  const orders: readonly ModelOrder[] = [S1, { sourceKey: 'shop/S2', number: 'SO-2', lines: ['0', '1'] }];
  const one = (world: World) => linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e1-a', '0']) }]);
  const two = (world: World) =>
    linkBackwards(world, 'E2', [{ targetId: 'S2', lines: lines(['e2-a', '0'], ['e2-b', '1']) }]);

  it('maps the lines of each by its own map', async () => {
    const world = shippingWorld();
    one(world);
    two(world);
    world.append('invoice', shipment(orders));
    await deliver(world);
    expect(written(world)).toEqual(['invoice E1[e1-a] E2[e2-a,e2-b]']);
  });

  it.each([
    ['first', [one, two], 'SO-2'],
    ['second', [two, one], 'SO-1'],
  ] as const)('waits for the other one while only the %s is there', async (_, [now, later], awaited) => {
    const world = shippingWorld();
    now(world);
    world.append('invoice', shipment(orders));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      { outcome: 'waiting', waitingOn: [{ match: awaited, counterpart: true }], error: { code: 'counterpart-absent' } },
    ]);
    later(world);
    world.append('invoice', shipment(orders, 2));
    await deliver(world);
    expect(written(world)).toEqual(['invoice E1[e1-a] E2[e2-a,e2-b]']);
  });
});

describe('an order that no link leads to', () => {
  it('is known by our external reference at the source: the link of the reference gives its lines', async () => {
    const world = shippingWorld();
    // Written, and the answer is missing: the link has the reference, and no id.
    linkBackwards(world, 'E1', [{ targetId: null, lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([{ ...S1, externalReferences: ['PO 4711', 'erp/E1'] }]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-a]']);
    expect(shown(world)).toMatchObject([{ targetId: 'E1', through: 'reference' }]);
  });

  it('is known by the text of the reference where the link is lost; its lines are not', async () => {
    const world = shippingWorld();
    world.append('shipment', shipment([{ ...S1, lines: [], externalReferences: ['other/E9', 'erp/E%2F1'] }]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E/1[]']);
    expect(shown(world)).toMatchObject([{ targetId: 'E/1', through: 'reference' }]);
  });

  it('is a mismatch where two references name two orders', async () => {
    const world = shippingWorld();
    world.append('shipment', shipment([{ ...S1, externalReferences: ['erp/E1', 'erp/E2'] }]));
    await deliver(world);
    expect(world.attempts()).toMatchObject([{ outcome: 'mismatch', error: { code: 'ambiguous-counterpart' } }]);
  });

  it('is found by its natural key where people wrote it on both sides', async () => {
    const world = shippingWorld();
    const byHand = { id: 'E5', ref: '', kind: 'order', version: 0, content: '', cancelled: false, draft: false };
    world.target.documents.push({ ...byHand, email: 'SO-1' });
    world.append('shipment', shipment([{ ...S1, lines: [] }]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E5[]']);
    expect(shown(world)).toMatchObject([{ targetId: 'E5', through: 'natural-key' }]);
  });

  it('is looked for by its natural key first, where the source knows it by that', async () => {
    const world = shippingWorld();
    const byHand = { id: 'E5', ref: '', kind: 'order', version: 0, content: '', cancelled: false, draft: false };
    world.target.documents.push({ ...byHand, email: 'SO-1' });
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: [] }]);
    world.append('shipment', shipment([{ ...S1, lines: [], askedFirst: 'target' }]));
    await deliver(world);
    expect(shown(world)).toMatchObject([{ targetId: 'E5', through: 'natural-key' }]);
  });
});

describe('a shipment of an order that a third system has', () => {
  const third = { connection: 'other' } as const;

  it.each([
    ['by its id', S1, 'S1'],
    ['by our reference at it', { ...S1, externalReferences: ['other/E1'] }, null],
  ] as const)('is not written, and waits for nothing: links tell it %s', async (_, order, targetId) => {
    const world = shippingWorld();
    // The target has an order of the same id, and one of the same number.
    const byHand = { ref: '', kind: 'order', version: 0, content: '', cancelled: false, draft: false, email: 'SO-1' };
    world.target.documents.push({ ...byHand, id: 'E1' });
    linkBackwards(world, 'E1', [{ targetId, lines: lines(['e-a', '0']) }], third);
    world.append('shipment', shipment([order]));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'unchanged',
        documents: [],
        error: { code: 'counterpart-elsewhere', message: expect.stringContaining('other/E1') },
      },
    ]);
    expect(written(world)).toEqual([]);
  });

  it('is written as far as it is of orders of the target', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E7', [{ targetId: 'S7', lines: lines(['e-z', '0']) }], third);
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([{ ...S1, sourceKey: 'shop/S7', number: 'SO-7' }, S1]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-a]']);
  });

  it('is the own order where both have one of that id', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E7', [{ targetId: 'S1', lines: lines(['e-z', '0']) }], third);
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-a]']);
  });

  it('is still planned where it was written before it came to be about that order', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
    world.append('shipment', shipment([S1]));
    await deliver(world);
    linkBackwards(world, 'E7', [{ targetId: 'S7', lines: [] }], third);
    world.append('shipment', shipment([{ ...S1, sourceKey: 'shop/S7' }], 2));
    await deliver(world);
    expect(written(world)).toEqual(['shipment ']);
  });

  it('ends its wait when links tell it while the wait is being reported', async () => {
    const world = shippingWorld();
    whileReporting(world, () => linkBackwards(world, 'E7', [{ targetId: 'S1', lines: [] }], third));
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting', 'unchanged']);
  });
});

describe('lines of an order whose own delivery is not done', () => {
  const open = { deliveredHash: '' } as const;

  it.each([
    ['by its id', S1, 'S1'],
    ['by our reference at it', { ...S1, externalReferences: ['erp/E1'] }, null],
  ] as const)('are waited for, where it is found %s', async (_, order, targetId) => {
    const world = shippingWorld();
    // Created, and not read back yet: the target of that delivery numbers its lines itself.
    linkBackwards(world, 'E1', [{ targetId, lines: lines(['e-b', '1']) }], open);
    world.append('shipment', shipment([{ ...order, lines: ['1', '0'] }]));
    await deliver(world);
    const awaited = { entity: 'order', sourceKey: 'shop/S1', match: 'SO-1', counterpart: true, lines: ['0'] };
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'waiting',
        waitingOn: [awaited],
        error: { code: 'lines-absent', message: expect.stringContaining('0') },
      },
    ]);
    expect(written(world)).toEqual([]);
    linkBackwards(world, 'E1', [{ targetId, lines: lines(['e-a', '0'], ['e-b', '1']) }], open);
    world.append('shipment', shipment([{ ...order, lines: ['1', '0'] }], 2));
    await deliver(world);
    expect(written(world)).toEqual(['shipment E1[e-b,e-a]']);
  });

  it('are not waited for any more once it is done: the line was added at the source', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-b', '1']) }], { deliveredHash: 'done' });
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(world.attempts()).toMatchObject([{ outcome: 'failed', error: { code: 'line-not-linked' } }]);
  });

  it('end the wait when they are known while the wait is being reported', async () => {
    const world = shippingWorld();
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: [] }], open);
    whileReporting(world, () => linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]));
    world.append('shipment', shipment([S1]));
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting', 'delivered']);
  });
});

it('a shipment and an invoice of one order are written one after another, also from the live and the bulk lane', async () => {
  const world = shippingWorld();
  linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]);
  // Queues of their own, as the two lanes have; both name their order.
  for (const entity of ['shipment', 'invoice'] as const)
    Object.assign(
      world.append(entity, shipment([S1])).headers,
      formatLaneKey('shop', { entity: 'order', sourceId: 'S1' }),
    );
  await deliver(world);
  const writes = world.target.requests.filter((request) => request === 'find' || request === 'create');
  expect(writes).toEqual(['find', 'create', 'find', 'create']);
});

describe('what the ledger looks for once it has stored a wait', () => {
  const wait = { entity: 'order', sourceKey: 'shop/S1', match: 'SO-1', counterpart: true } as const;
  const way = { from: 'shop', to: 'erp' } as const;
  const known = lines(['e-a', '0']);

  it('is the order of the target, or of a third system: not one of the same id that the target has itself', async () => {
    const world = shippingWorld();
    expect(await showsAwaited(world.links, way, wait)).toBe(false);
    linkBackwards(world, 'E1', [{ targetId: 'S9', lines: known }]);
    expect(await showsAwaited(world.links, way, wait)).toBe(false);
    linkBackwards(world, 'E7', [{ targetId: 'S1', lines: [] }], { connection: 'other' });
    expect(await showsAwaited(world.links, way, wait)).toBe(true);
    expect(await showsAwaited(world.links, { ...way, from: 'third' }, wait), 'of another source').toBe(false);
    expect(await showsAwaited(world.links, way, { ...wait, counterpart: false }), 'of the source itself').toBe(false);
  });

  it('are the lines, as long as the delivery that brings them is not done', async () => {
    const world = shippingWorld();
    const awaited = { ...wait, lines: ['0', '1'] };
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: known }], { deliveredHash: '' });
    expect(await showsAwaited(world.links, way, wait)).toBe(true);
    expect(await showsAwaited(world.links, way, awaited)).toBe(false);
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: known }], { deliveredHash: 'done' });
    expect(await showsAwaited(world.links, way, awaited)).toBe(true);
    linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['a', '0'], ['b', '1']) }], { deliveredHash: '' });
    expect(await showsAwaited(world.links, way, awaited)).toBe(true);
  });

  it('are the lines of an order that the source made in the target', async () => {
    const world = shippingWorld();
    const key = { target: 'erp', entity: 'order', sourceKey: 'shop/S1' } as const;
    const document = { role: 'order', subId: null, externalRef: 'shop/S1', targetId: 'E1', targetNumber: null };
    const blank = { ...emptyLink(key), deliveredHash: '', documents: [{ ...document, draft: false, intent: null }] };
    world.links.links.set(blank._id, { ...blank, lineMap: lines(['0', 'e-a']) });
    expect(await showsAwaited(world.links, way, { ...wait, lines: ['0'] })).toBe(true);
    expect(await showsAwaited(world.links, way, { ...wait, lines: ['0', '1'] })).toBe(false);
  });
});

/** Between the look that found nothing and the report of the wait. */
function whileReporting(world: World, happens: () => void): void {
  const { reports } = world;
  reports.push = (...told) => {
    if (reports.length === 0) happens();
    return Array.prototype.push.apply(reports, told);
  };
}

it('a counterpart that appears while the wait is being reported ends it: no release is missed', async () => {
  const world = shippingWorld();
  // The order reaches the source.
  whileReporting(world, () => linkBackwards(world, 'E1', [{ targetId: 'S1', lines: lines(['e-a', '0']) }]));
  world.append('shipment', shipment([S1]));
  await deliver(world);
  expect(world.outcomes()).toEqual(['waiting', 'delivered']);
  expect(written(world)).toEqual(['shipment E1[e-a]']);
});

describe('an inverted line map', () => {
  const name = fc.string({ minLength: 1, maxLength: 4 });
  const oneToOne = fc.tuple(fc.uniqueArray(name), fc.uniqueArray(name)).map(([sources, targets]) =>
    sources.flatMap((sourceLineId, index) => {
      const targetLine = targets[index];
      return targetLine === undefined ? [] : [{ sourceLineId, targetLine }];
    }),
  );

  it('is itself again when it is inverted twice, where it is one-to-one', () => {
    fc.assert(
      fc.property(oneToOne, (map) => {
        expect(invertLines(invertLines(map))).toEqual(map);
      }),
    );
  });

  it('leads back to every source line from the target line that it led to, and to no other', () => {
    const any = fc.array(fc.record({ sourceLineId: name, targetLine: name }));
    fc.assert(
      fc.property(any, (map) => {
        const back = invertLines(map);
        for (const { sourceLineId, targetLine } of map) {
          const sources = back.filter((line) => line.sourceLineId === targetLine).map((line) => line.targetLine);
          const expected = map.filter((line) => line.targetLine === targetLine).map((line) => line.sourceLineId);
          expect(sources).toEqual(expected);
          expect(sources).toContain(sourceLineId);
        }
      }),
    );
  });

  it('says nothing of where goods are: that was a place in the other system', () => {
    expect(invertLines([{ sourceLineId: 'a', targetLine: '0', place: 'WEST' }])).toEqual([
      { sourceLineId: '0', targetLine: 'a' },
    ]);
  });
});
