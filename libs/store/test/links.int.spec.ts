import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DeliveredRecord,
  type DocumentRecord,
  findCounterparts,
  type LinkDocument,
  type LinkKey,
  linesOf,
  linkId,
  publishedId,
  type Store,
} from '../src/index.ts';
import { prepareTestStores } from './open-test-store.ts';

const stores = prepareTestStores();
let store: Store;
beforeAll(async () => {
  store = await stores.open();
});
afterAll(() => stores.dropAndClose());

let sequence = 0;
function newKey(): LinkKey {
  sequence += 1;
  return { target: 'erp', entity: 'order', sourceKey: `shop/${sequence}` };
}

const order: DocumentRecord = {
  role: 'order',
  subId: null,
  externalRef: 'shop/1',
  targetId: '17',
  targetNumber: '10017',
  draft: false,
};
const delivered: DeliveredRecord = {
  version: 5,
  contentHash: 'h5',
  mappingRevision: 1,
  targetStateHash: 't5',
  documents: [order],
};
const intent = { role: 'order', subId: null, externalRef: '$shop/1', sentAtMicros: null, atMicros: 1 };

describe('links', () => {
  it('keep what the target has accepted without an id, until that is confirmed or refused', async () => {
    const key = newKey();
    const { links } = store;
    const accepted = { handle: 'queue/1', atMicros: 5 };
    const taken = { role: 'order', subId: null, externalRef: key.sourceKey, targetId: null, targetNumber: null };
    const payment = { role: 'payment', subId: '1' };
    await links.recordDocument(key, { ...taken, draft: true, accepted }, 1);
    await links.recordIntent(key, { ...intent, ...payment, externalRef: `${key.sourceKey}/payment/1` }, 1);
    await links.clearIntent(key, payment, 1);
    expect((await links.get(key))?.documents).toEqual([{ ...taken, draft: true, accepted, intent: null }]);
    await links.recordDocument(key, { ...taken, targetId: '17', draft: false, accepted: null }, 1);
    expect((await links.get(key))?.documents).toMatchObject([{ targetId: '17', draft: false, accepted: null }]);
    const refused = newKey();
    await links.recordDocument(refused, { ...taken, draft: true, accepted }, 1);
    await links.clearIntent(refused, { role: 'order', subId: null }, 1);
    expect((await links.get(refused))?.documents).toEqual([]);
  });

  it('are found by the external reference of any of their documents, intended ones included, by an index', async () => {
    const key = newKey();
    const { links } = store;
    const externalRef = `${key.sourceKey}/payment/1`;
    await links.recordIntent(key, { ...intent, externalRef: key.sourceKey }, 1);
    await links.recordIntent(key, { ...intent, role: 'payment', subId: '1', externalRef }, 1);
    expect(await links.findByReference('erp', externalRef)).toMatchObject([{ _id: linkId(key) }]);
    expect(await links.findByReference('other', externalRef)).toEqual([]);
    expect(await links.findByReference('erp', `${externalRef}0`)).toEqual([]);
    const plan = await store.mongoose.db
      ?.collection('links')
      .find({ target: 'erp', 'documents.externalRef': externalRef })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('target_1_documents.externalRef_1');
  });

  it('goes from intent to document to delivered', async () => {
    const key = newKey();
    const { links } = store;
    expect(await links.get(key)).toBeNull();
    expect(await links.recordIntent(key, intent, 3)).toEqual({ refused: false });
    expect(await links.recordIntent(key, { ...intent, sentAtMicros: 7 }, 3)).toEqual({ refused: false });
    expect(await links.get(key)).toEqual({
      _id: linkId(key),
      ...key,
      documents: [
        {
          role: 'order',
          subId: null,
          externalRef: '$shop/1',
          targetId: null,
          targetNumber: null,
          draft: false,
          intent: { sentAtMicros: 7, epoch: 3, at: 1 },
        },
      ],
      lineMap: [],
      deliveredVersion: null,
      deliveredHash: null,
      mappingRevision: null,
      targetStateHash: null,
      epoch: 3,
      marks: [],
      orphans: [],
    });
    expect(await links.exists(key)).toBe(false);
    await links.recordDocument(key, order, 3);
    expect(await links.exists(key)).toBe(true);
    const lines = [{ sourceLineId: 'l1', targetLine: '0' }];
    await links.recordDelivered(key, { ...delivered, documents: [{ ...order, lines }] }, 4);
    const link = await links.get(key);
    expect(link).toMatchObject({ deliveredVersion: 5, deliveredHash: 'h5', targetStateHash: 't5', epoch: 4 });
    expect(link?.lineMap).toEqual(lines);
    expect(link?.documents).toEqual([{ ...order, lines, intent: null }]);
  });

  it('keeps the lines of each document; those of the main one under the name of older releases too', async () => {
    const key = newKey();
    const { links } = store;
    const lines = [{ sourceLineId: 'l1', targetLine: '0' }];
    const credited = [{ sourceLineId: 'l1', targetLine: '7' }];
    const credit = { ...order, role: 'credit-note', subId: 'r1', targetId: '18' };
    await links.recordDocument(key, { ...order, lines }, 1);
    await links.recordDelivered(key, { ...delivered, documents: [order, { ...credit, lines: credited }] }, 1);
    const link = (await links.get(key)) as LinkDocument;
    expect(linesOf(link, order)).toEqual(lines);
    expect(linesOf(link, credit)).toEqual(credited);
    expect(linesOf(link, { role: 'payment', subId: 'p1' })).toEqual([]);
    expect(link.lineMap).toEqual(lines);
  });

  it('reads the lines that an older release wrote: before this one, and after it while both are running', async () => {
    const key = newKey();
    const { links } = store;
    const old = [{ sourceLineId: 'l1', targetLine: '4' }];
    await links.recordDelivered(key, { ...delivered, documents: [order] }, 1);
    const writeAsBefore = (lineMap: LinkDocument['lineMap']) =>
      store.mongoose.collection<LinkDocument>('links').updateOne({ _id: linkId(key) }, { $set: { lineMap } });
    await writeAsBefore(old);
    expect(linesOf((await links.get(key)) as LinkDocument, order)).toEqual(old);
    await links.recordDocument(key, { ...order, lines: [{ sourceLineId: 'l1', targetLine: '5' }] }, 1);
    await writeAsBefore(old);
    expect(linesOf((await links.get(key)) as LinkDocument, order)).toEqual(old);
  });

  it('merges documents by role and subId, in their first order', async () => {
    const key = newKey();
    const payment = (subId: string, targetId: string): DocumentRecord => ({
      ...order,
      role: 'payment',
      subId,
      targetId,
    });
    await store.links.recordDelivered(
      key,
      { ...delivered, documents: [order, payment('p1', '1'), payment('p2', '2')] },
      1,
    );
    await store.links.recordDelivered(key, { ...delivered, documents: [payment('p1', '11')] }, 1);
    const link = await store.links.get(key);
    expect(link?.documents.map((document) => [document.role, document.subId, document.targetId])).toEqual([
      ['order', null, '17'],
      ['payment', 'p1', '11'],
      ['payment', 'p2', '2'],
    ]);
  });

  it('refuses a lower epoch, and keeps what it made as an orphan, once', async () => {
    const key = newKey();
    const { links } = store;
    await links.recordIntent(key, intent, 5);
    expect(await links.recordIntent(key, intent, 4)).toMatchObject({
      refused: true,
      reason: 'epoch',
      link: { epoch: 5 },
    });
    for (let round = 0; round < 2; round += 1) {
      expect(await links.recordDelivered(key, delivered, 4)).toMatchObject({ refused: true });
    }
    const link = await links.get(key);
    expect(link?.deliveredVersion).toBeNull();
    expect(link?.orphans).toMatchObject([{ targetId: '17', epoch: 4 }]);
  });

  it('does not call a document an orphan that the later owner linked itself', async () => {
    const key = newKey();
    await store.links.recordDocument(key, order, 5);
    expect(await store.links.recordDocument(key, order, 4)).toMatchObject({ refused: true });
    expect((await store.links.get(key))?.orphans).toEqual([]);
  });

  it('moves the delivered version up only, unless forced', async () => {
    const key = newKey();
    const { links } = store;
    await links.recordDelivered(key, delivered, 1);
    await links.recordDelivered(key, { ...delivered, version: 4, contentHash: 'h4' }, 1);
    expect(await links.get(key)).toMatchObject({ deliveredVersion: 5, deliveredHash: 'h5' });
    await links.recordDelivered(key, { ...delivered, version: 4, contentHash: 'h4', force: true }, 1);
    expect(await links.get(key)).toMatchObject({ deliveredVersion: 4, deliveredHash: 'h4' });
  });

  it('takes an intent back', async () => {
    const key = newKey();
    await store.links.recordIntent(key, intent, 1);
    await store.links.clearIntent(key, { role: 'order', subId: null }, 1);
    expect((await store.links.get(key))?.documents).toEqual([]);
  });

  it('finds links by target id within a role', async () => {
    const key = newKey();
    await store.links.recordDocument(key, { ...order, targetId: 'X-9' }, 1);
    expect((await store.links.findByTargetId('erp', { role: 'order' }, 'X-9')).map((link) => link._id)).toEqual([
      linkId(key),
    ]);
    expect(await store.links.findByTargetId('erp', { role: 'payment' }, 'X-9')).toEqual([]);
    expect(await store.links.findByTargetId('other', { role: 'order' }, 'X-9')).toEqual([]);
    const payment = { ...order, role: 'payment', subId: 'p1', targetId: 'X-9' };
    const other = newKey();
    await store.links.recordDocument(other, payment, 1);
    const find = async (document: Parameters<Store['links']['findByTargetId']>[1]) =>
      (await store.links.findByTargetId('erp', document, 'X-9')).map((link) => link._id);
    expect(await find({ role: 'order', subId: null })).toEqual([linkId(key)]);
    expect(await find({ role: 'order', subId: 'p1' })).toEqual([]);
    expect(await find({ role: 'payment' })).toEqual([linkId(other)]);
    expect(await find({ role: 'payment', subId: 'p1' })).toEqual([linkId(other)]);
    expect(await find({ role: 'payment', subId: 'p2' })).toEqual([]);
    const many = await store.links.getMany([key, newKey()]);
    expect([...many.keys()]).toEqual([linkId(key)]);
  });

  it('finds a link by the reference of each of its documents, also of one that is only intended', async () => {
    const key = newKey();
    await store.links.recordIntent(key, { ...intent, externalRef: 'shop/R-1' }, 1);
    await store.links.recordDocument(
      key,
      { ...order, role: 'payment', subId: 'p1', externalRef: 'shop/R-1/payment/p1' },
      1,
    );
    const find = async (target: string, reference: string) =>
      (await store.links.findByReference(target, reference)).map((link) => link._id);
    expect(await find('erp', 'shop/R-1')).toEqual([linkId(key)]);
    expect(await find('erp', 'shop/R-1/payment/p1')).toEqual([linkId(key)]);
    expect(await find('erp', 'shop/R-2')).toEqual([]);
    expect(await find('other', 'shop/R-1')).toEqual([]);
  });

  it.each([
    ['findByTargetId', { 'documents.targetId': 'X-9' }],
    ['findByReference', { 'documents.externalRef': 'shop/R-1' }],
  ] as const)('%s reads by an index, and no link of another document', async (_, wanted) => {
    const links = store.mongoose.collection('links');
    const [field] = Object.keys(wanted);
    const plan = await links.find({ target: 'erp', ...wanted }).explain('executionStats');
    const { winningPlan } = plan.queryPlanner;
    expect(JSON.stringify(winningPlan)).toContain('"stage":"IXSCAN"');
    expect(JSON.stringify(winningPlan)).toContain(`"${field}":1`);
    expect(JSON.stringify(winningPlan)).not.toContain('COLLSCAN');
    expect(plan.executionStats.totalDocsExamined).toBe(plan.executionStats.nReturned);
  });

  it("knows whether a record's document is there, and does not take another one of it for that", async () => {
    const key = { ...newKey(), entity: 'product' } as const;
    const variant = (subId: string): DocumentRecord => ({
      ...order,
      role: 'variant',
      subId,
      targetId: `ITEM-${subId}`,
    });
    await store.links.recordDocument(key, variant('A'), 1);
    expect(await store.links.exists(key, variant('A'))).toBe(true);
    expect(await store.links.exists(key, variant('B'))).toBe(false);
    expect(await store.links.exists(key), 'the product itself').toBe(false);
  });

  it('finds the records that a document in another system is of, whoever has them', async () => {
    const of = 'shop-of-counterparts';
    const [key, twin, foreign] = ['A1', 'A2', 'A3'].map((id, index) => ({
      target: 'erp',
      entity: 'order' as const,
      sourceKey: `${index === 2 ? 'elsewhere' : of}/${id}`,
    })) as [LinkKey, LinkKey, LinkKey];
    const find = async (targetId: string, document?: { readonly role: string; readonly subId: string | null }) =>
      (await findCounterparts(store.links, { entity: 'order', heldBy: 'erp', targetId, document }))
        .filter(({ connection }) => connection === of)
        .map(({ id, document }) => [id, document.role, document.subId]);
    await store.links.recordDocument(key, { ...order, targetId: 'C-1' }, 1);
    await store.links.recordDocument(key, { ...order, subId: 'rest', targetId: 'C-2' }, 1);
    await store.links.recordDocument(key, { ...order, role: 'payment', subId: 'p', targetId: 'C-3' }, 1);
    await store.links.recordDocument(key, { ...order, subId: 'draft', targetId: 'C-4', draft: true }, 1);
    await store.links.recordDocument(foreign, { ...order, targetId: 'C-1' }, 1);
    expect(await find('C-1')).toEqual([['A1', 'order', null]]);
    const all = await findCounterparts(store.links, { entity: 'order', heldBy: 'erp', targetId: 'C-1' });
    expect(all.map(({ connection, id }) => `${connection}/${id}`).toSorted()).toEqual(['elsewhere/A3', `${of}/A1`]);
    expect(await find('C-2')).toEqual([['A1', 'order', 'rest']]);
    expect(await find('C-2', { role: 'order', subId: null })).toEqual([]);
    expect(await find('C-3')).toEqual([]);
    expect(await find('C-3', { role: 'payment', subId: 'p' })).toEqual([['A1', 'payment', 'p']]);
    expect(await find('C-4')).toEqual([]);
    await store.links.recordDocument(twin, { ...order, targetId: 'C-1' }, 1);
    expect((await find('C-1')).toSorted()).toEqual([
      ['A1', 'order', null],
      ['A2', 'order', null],
    ]);
  });

  it('tells each of many concurrent writers its own end', async () => {
    const keys = Array.from({ length: 100 }, newKey);
    await Promise.all(keys.map((key, index) => store.links.recordIntent(key, intent, index % 2 === 0 ? 1 : 9)));
    const results = await Promise.all(keys.map((key) => store.links.recordDelivered(key, delivered, 5)));
    expect(results.map((result) => result.refused)).toEqual(keys.map((_, index) => index % 2 === 1));
    const links = await store.links.getMany(keys);
    expect(keys.map((key) => links.get(linkId(key))?.deliveredVersion)).toEqual(
      keys.map((_, index) => (index % 2 === 0 ? 5 : null)),
    );
  });

  it('makes the same link whether it is told that there is none or not', async () => {
    const { documents: _, ...version } = delivered;
    const [told, untold] = [newKey(), newKey()];
    for (const [key, likelyNew] of [
      [told, true],
      [untold, false],
    ] as const)
      expect(await store.links.recordIntent(key, { ...intent, delivered: version, likelyNew }, 3)).toEqual({
        refused: false,
      });
    const shared = { _id: '', sourceKey: '' };
    expect({ ...(await store.links.get(told)), ...shared }).toEqual({ ...(await store.links.get(untold)), ...shared });
  });

  it('a link that is there all the same is written as ever: its epoch, its marks, its documents count', async () => {
    const { links } = store;
    const wrong = { ...intent, likelyNew: true };
    const newer = newKey();
    await links.recordIntent(newer, intent, 5);
    expect(await links.recordIntent(newer, wrong, 4)).toMatchObject({ refused: true, reason: 'epoch' });
    const closed = newKey();
    await links.mark(closed, { deliveryId: 'd1', kind: 'discarded', by: 'ada', reason: 'duplicate', atMicros: 1 });
    const ofClosed = { ...wrong, deliveryId: 'd1' };
    expect(await links.recordIntent(closed, ofClosed, 1)).toMatchObject({ refused: true, reason: 'marked' });
    const known = newKey();
    await links.recordDelivered(known, delivered, 1);
    expect(await links.recordIntent(known, { ...wrong, externalRef: order.externalRef }, 2)).toEqual({
      refused: false,
    });
    expect(await links.get(known)).toMatchObject({
      deliveredVersion: 5,
      documents: [{ ...order, intent: { sentAtMicros: null, epoch: 2, at: 1 } }],
    });
  });

  it('lets two processes create one link at once: both apply, or the lower epoch is refused', async () => {
    const other = await stores.open();
    for (let round = 0; round < 20; round += 1) {
      const key = newKey();
      const [low, high] = await Promise.all([
        store.links.recordIntent(key, { ...intent, likelyNew: round % 2 === 0 }, 1),
        other.links.recordIntent(key, { ...intent, likelyNew: round % 4 < 2 }, 2),
      ]);
      expect(high).toEqual({ refused: false });
      expect((await store.links.get(key))?.epoch).toBe(2);
      if (low.refused) expect(low.reason).toBe('epoch');
    }
  });
});

describe('marks', () => {
  const mark = { deliveryId: 'd1', kind: 'discarded', by: 'ada', reason: 'duplicate', atMicros: 1 } as const;

  it('closes a delivery once; the sink is refused for it, not for others', async () => {
    const key = newKey();
    const { links } = store;
    expect(await links.mark(key, mark)).toEqual({ set: true, finishing: false });
    expect(await links.mark(key, { ...mark, kind: 'resolved' })).toEqual({ set: false, existing: mark });
    expect(await links.recordIntent(key, { ...intent, deliveryId: 'd1' }, 1)).toMatchObject({
      refused: true,
      reason: 'marked',
    });
    expect(await links.recordIntent(key, { ...intent, deliveryId: 'd2' }, 1)).toEqual({ refused: false });
    expect(await links.clearMark(key, 'd1')).toBe(true);
    expect(await links.clearMark(key, 'd1')).toBe(false);
    expect(await links.recordIntent(key, { ...intent, deliveryId: 'd1' }, 1)).toEqual({ refused: false });
  });

  it('says when a create is under way', async () => {
    const key = newKey();
    await store.links.recordIntent(key, intent, 1);
    expect(await store.links.mark(key, mark)).toEqual({ set: true, finishing: true });
  });

  it('never lets both the mark and a later intent of its delivery through', async () => {
    const other = await stores.open();
    for (let round = 0; round < 20; round += 1) {
      const key = newKey();
      const [marked, intended] = await Promise.all([
        other.links.mark(key, mark),
        store.links.recordIntent(key, { ...intent, deliveryId: 'd1', likelyNew: round % 2 === 0 }, 1),
      ]);
      expect(marked.set).toBe(true);
      // Either the intent came first, then the mark knows of it; or it was refused.
      if (!intended.refused) expect(marked).toMatchObject({ finishing: true });
    }
  });
});

describe('published', () => {
  it('lists what is not deleted of one entity of one connection, in order, in parts', async () => {
    const { published } = store;
    const intent = { expected: null, version: 1, contentHash: 'h', readEndedAtMicros: 1, reader: null, deleted: false };
    const put = (connection: string, entity: 'order' | 'customer', sourceId: string, deleted = false) =>
      published.intend({ connection, entity, sourceId }, { ...intent, deleted });
    for (const id of ['a', 'b', 'c', 'd']) await put('listed', 'order', id, id === 'c');
    await put('listed', 'customer', 'x');
    await put('listed2', 'order', 'y');
    expect(await published.listPresent('listed', 'order', null, 10)).toEqual(['a', 'b', 'd']);
    expect(await published.listPresent('listed', 'order', null, 2)).toEqual(['a', 'b']);
    expect(await published.listPresent('listed', 'order', 'b', 2)).toEqual(['d']);
  });

  const next = {
    version: 10,
    contentHash: 'a',
    readEndedAtMicros: 1,
    reader: 'one',
    deleted: false,
    expected: null,
  };

  it('is intended by compare-and-set, then confirmed', async () => {
    const key = { connection: 'shop', entity: 'order', sourceId: '1' } as const;
    const { published } = store;
    expect(await published.intend(key, next)).toEqual({ ok: true });
    expect(await published.intend(key, { ...next, version: 11 })).toMatchObject({
      ok: false,
      current: { version: 10 },
    });
    expect(await published.confirm(key, 9), 'another version').toBe(false);
    expect((await published.get(key))?.state).toBe('intended');
    expect(await published.confirm(key, 10)).toBe(true);
    expect(await published.get(key)).toEqual({
      _id: 'shop|order|1',
      version: 10,
      contentHash: 'a',
      readEndedAtMicros: 1,
      reader: 'one',
      state: 'confirmed',
      deleted: false,
    });
    const expected = await published.get(key);
    expect(await published.intend(key, { ...next, expected, version: 12 })).toEqual({ ok: true });
    expect((await published.get(key))?.state).toBe('intended');
  });

  it('refuses what was decided before another read found the version unchanged', async () => {
    const key = { connection: 'shop', entity: 'order', sourceId: 'unchanged' } as const;
    const { published } = store;
    const decidedUpon = { version: 10, readEndedAtMicros: 1, reader: 'one' };
    const later = { ...next, contentHash: 'b', expected: decidedUpon, version: 12 };
    await published.intend(key, next);
    expect(await published.noteRead(key, 10, { readEndedAtMicros: 50, reader: 'one' })).toBe(true);
    expect(await published.noteRead(key, 9, { readEndedAtMicros: 60, reader: 'one' }), 'another version').toBe(false);
    expect(await published.intend(key, later)).toMatchObject({
      ok: false,
      current: { version: 10, readEndedAtMicros: 50, reader: 'one' },
    });
    const expected = await published.get(key);
    // By another clock: earlier or not, it cannot be told.
    expect(await published.noteRead(key, 10, { readEndedAtMicros: 45, reader: 'two' })).toBe(true);
    const refused = await published.intend(key, { ...later, expected });
    expect(refused).toMatchObject({ ok: false, current: { readEndedAtMicros: 50, reader: null } });
    expect(await published.intend(key, { ...later, expected: await published.get(key) })).toEqual({ ok: true });
    expect(await published.get(key)).toMatchObject({ version: 12, reader: 'one' });
  });

  it('takes what an earlier release noted without its reader for that of several', async () => {
    const key = { connection: 'shop', entity: 'order', sourceId: 'earlier-release' } as const;
    const { published } = store;
    await published.intend(key, next);
    await store.mongoose
      .collection('published')
      .updateOne({ _id: publishedId(key) as never }, { $unset: { reader: 1 } });
    const expected = await published.get(key);
    expect(expected?.reader).toBeUndefined();
    expect(await published.intend(key, { ...next, expected, version: 11 })).toEqual({ ok: true });
  });

  it('tells each of new and known records that are written together its own end', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => ({
      connection: 'shop',
      entity: 'order' as const,
      sourceId: `together-${index}`,
    }));
    const { published } = store;
    await Promise.all(keys.slice(0, 20).map((key) => published.intend(key, next)));
    const results = await Promise.all(
      keys.map(async (key, index) => {
        // A third confirms what is noted or (every other) what is not, a third is new, a third is taken for known.
        if (index < 20) return published.confirm(key, index % 2 === 0 ? next.version : 9);
        if (index < 40) return (await published.intend(key, next)).ok;
        return (await published.intend(keys[index - 40] as (typeof keys)[0], { ...next, version: 11 })).ok;
      }),
    );
    expect(results).toEqual(keys.map((_, index) => (index < 20 ? index % 2 === 0 : index < 40)));
    const stored = await published.getMany(keys);
    expect([...stored.values()].map(({ version }) => version)).toEqual(Array.from({ length: 40 }, () => 10));
  });

  it('lets one of many racing processes through', async () => {
    const other = await stores.open();
    const key = { connection: 'shop', entity: 'order', sourceId: 'race' } as const;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? store : other).published.intend(key, { ...next, version: 100 + index }),
      ),
    );
    const winners = results.filter((result) => result.ok);
    expect(winners).toHaveLength(1);
  });
});
