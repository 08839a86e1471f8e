import type { WriteMode } from '@entrepot/mapping';
import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../src/testing/model-document.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;

async function deliver(world: World): Promise<void> {
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

const EMAIL = 'ann@example.com';
const LINK = 'erp|customer|shop/1';
const RECORD = { deleted: false, id: '1', version: 1, content: EMAIL };

function byHand(more: Partial<ModelDocument>): ModelDocument {
  const blank = { id: 'H', ref: '', kind: 'customer', version: 0, content: 'by hand', email: null };
  return { ...blank, cancelled: false, draft: false, ...more };
}

/** How the target has the record's document before its delivery. */
const PLACES = {
  linked: async ({ target, links }: World) => {
    target.documents.push(byHand({}));
    const document = { role: 'customer', subId: null, externalRef: 'shop/1', targetId: 'H', targetNumber: 'H' };
    await links.recordDocument(
      { target: 'erp', entity: 'customer', sourceKey: 'shop/1' },
      { ...document, draft: false },
      1,
    );
  },
  'found by reference': async ({ target }: World) => void target.documents.push(byHand({ ref: 'shop/1' })),
  'found by natural key': async ({ target }: World) => void target.documents.push(byHand({ email: EMAIL })),
  absent: async () => {},
  'there twice by reference': async ({ target }: World) =>
    void target.documents.push(byHand({ ref: 'shop/1' }), byHand({ id: 'H2', ref: 'shop/1' })),
  'there twice by natural key': async ({ target }: World) =>
    void target.documents.push(byHand({ email: EMAIL }), byHand({ id: 'H2', email: EMAIL })),
  'a draft': async ({ target }: World) => void target.documents.push(byHand({ ref: 'shop/1', draft: true })),
} as const;
type Place = keyof typeof PLACES;

/** What a delivery ends with, its code, and what the target holds then. */
type Expected = readonly [outcome: string, code: string | null, contents: readonly string[]];

const WRITTEN: Expected = ['verified', null, [EMAIL]];
const LEFT: Expected = ['unchanged', 'exists-already', ['by hand']];
const NOT_MADE: Expected = ['unchanged', 'not-in-target', []];

const SAME_IN_ALL_MODES: readonly [Place, Expected][] = [
  ['there twice by reference', ['mismatch', 'duplicate', ['by hand', 'by hand']]],
  ['there twice by natural key', ['mismatch', 'ambiguous-match', ['by hand', 'by hand']]],
  ['a draft', ['accepted', 'confirmation-pending', ['by hand']]],
];

const FOUND = ['linked', 'found by reference', 'found by natural key'] as const;
const cases = (mode: WriteMode, found: Expected, absent: Expected): [WriteMode, Place, Expected][] => [
  ...FOUND.map((place): [WriteMode, Place, Expected] => [mode, place, found]),
  [mode, 'absent', absent],
  ...SAME_IN_ALL_MODES.map(([place, expected]): [WriteMode, Place, Expected] => [mode, place, expected]),
];

describe('write modes', () => {
  it.each([
    ...cases('upsert', WRITTEN, WRITTEN),
    ...cases('create-only', LEFT, WRITTEN),
    ...cases('update-only', WRITTEN, NOT_MADE),
    ...cases('link-only', LEFT, NOT_MADE),
  ])('%s, %s: %j', async (writeMode, place, [outcome, code, contents]) => {
    const world = new World({ writeMode, verify: true });
    await PLACES[place](world);
    world.append('customer', RECORD);
    await deliver(world);
    expect(world.outcomes()).toEqual([outcome]);
    expect(world.attempts()[0]?.error?.code ?? null).toBe(code);
    expect(world.target.documents.map(({ content }) => content)).toEqual(contents);
    const link = world.links.links.get(LINK);
    const isBound = outcome === 'verified' || code === 'exists-already';
    expect(link?.documents.some(({ targetId, draft }) => targetId !== null && !draft) ?? false).toBe(isBound);
    if (isBound) expect(link?.deliveredHash).not.toBe('');
    if (code === 'not-in-target') expect(link).toMatchObject({ documents: [], deliveredVersion: 1, deliveredHash: '' });
  });

  it.each(['update-only', 'link-only'] as const)(
    '%s: what came to the target since is found with a retry',
    async (writeMode) => {
      const world = new World({ writeMode });
      world.append('customer', RECORD);
      await deliver(world);
      world.target.documents.push(byHand({ email: EMAIL }));
      world.append('customer', RECORD, { attempt: 2 });
      await deliver(world);
      expect(world.links.links.get(LINK)?.documents).toMatchObject([{ targetId: 'H' }]);
      expect(world.target.documents.map(({ content }) => content)).toEqual([
        writeMode === 'update-only' ? EMAIL : 'by hand',
      ]);
    },
  );

  it.each(['update-only', 'link-only'] as const)(
    '%s: nothing is made or awaited for a record that is not there',
    async (writeMode) => {
      const world = new World({ writeMode });
      const needs = { customer: { sourceKey: 'shop/c1', email: EMAIL }, sku: 'MUG' };
      world.append('order', { ...RECORD, content: 'first', ...needs });
      await deliver(world);
      expect(world.attempts()).toMatchObject([{ outcome: 'unchanged', error: { code: 'not-in-target' } }]);
      expect(world.target.documents).toEqual([]);
    },
  );

  it('update-only: a version older than one that was not there is never written later', async () => {
    const world = new World({ writeMode: 'update-only' });
    world.append('customer', { ...RECORD, version: 2 });
    await deliver(world);
    world.target.documents.push(byHand({ email: EMAIL }));
    world.append('customer', RECORD, { attempt: 2 });
    await deliver(world);
    expect(world.outcomes()).toEqual(['unchanged', 'superseded']);
    expect(world.target.documents.map(({ content }) => content)).toEqual(['by hand']);
  });

  it('create-only: a document of its own that was written before is left, a new one of the record is written', async () => {
    const world = new World({ writeMode: 'create-only' });
    world.append('order', { ...RECORD, content: 'first' });
    await deliver(world);
    const parts = [{ role: 'payment', subId: 'p1', content: 'ten' }];
    world.append('order', { ...RECORD, version: 2, content: 'second', parts });
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      { outcome: 'verified' },
      { outcome: 'delivered', error: { code: 'exists-already' } },
    ]);
    expect(world.target.documents.map(({ content }) => content)).toEqual(['first', 'ten']);
  });

  it('create-only: what its own create made, whose answer was lost, is verified like any other', async () => {
    const world = new World({ writeMode: 'create-only', verify: true });
    world.target.faults.set('create', ['cut-after']);
    world.append('customer', RECORD);
    await deliver(world);
    expect(world.outcomes()).toEqual(['in-doubt', 'verified']);
  });

  it('create-only: a retry does not call a difference of its own create unchanged, and the next version leaves it', async () => {
    const world = new World({ writeMode: 'create-only', verify: true });
    const { documents } = world.target;
    documents.push = (...made) =>
      Array.prototype.push.apply(
        documents,
        made.map((each) => ({ ...each, content: 'rounded' })),
      );
    world.append('customer', RECORD);
    await deliver(world);
    world.append('customer', RECORD, { attempt: 2 });
    await deliver(world);
    world.append('customer', { ...RECORD, version: 2 });
    await deliver(world);
    expect(world.outcomes()).toEqual(['mismatch', 'mismatch', 'unchanged']);
    expect(world.attempts()[2]?.error?.code).toBe('exists-already');
    expect(world.target.log.map(({ kind }) => kind)).toEqual(['create']);
  });

  it.each([
    [1, 'verified', null],
    [2, 'unchanged', 'exists-already'],
  ] as const)(
    'create-only: after a crash in the create of version 1, version %i ends %s',
    async (version, outcome, code) => {
      const world = new World({ writeMode: 'create-only', verify: true });
      const delivered = { version: 1, contentHash: '', mappingRevision: 1, targetStateHash: null };
      const document = { role: 'customer', subId: null, externalRef: 'shop/1' };
      await world.links.recordIntent(
        { target: 'erp', entity: 'customer', sourceKey: 'shop/1' },
        { ...document, sentAtMicros: null, atMicros: 1, delivered },
        0,
      );
      world.target.documents.push(byHand({ ref: 'shop/1', content: EMAIL }));
      world.append('customer', { ...RECORD, version, content: version === 1 ? EMAIL : 'bob@example.com' });
      await deliver(world);
      expect(world.attempts()).toMatchObject([{ outcome, error: code === null ? null : { code } }]);
      expect(world.target.documents.map(({ content }) => content)).toEqual([EMAIL]);
    },
  );

  it('update-only: a document that is gone is for a person, and a forced retry does not make it', async () => {
    const world = new World({ writeMode: 'update-only' });
    await PLACES.linked(world);
    world.target.documents.length = 0;
    world.append('customer', RECORD, { force: true });
    await deliver(world);
    expect(world.attempts()).toMatchObject([{ outcome: 'failed', error: { code: 'target-document-gone' } }]);
    expect(world.target.documents).toEqual([]);
  });
});
