import { type OutgoingRecord, RecordTooLarge } from '@entrepot/broker';
import { parseConfirmation } from '@entrepot/canonical';
import type { LinkDocument, LinkedDocument } from '@entrepot/store';
import { describe, expect, it } from 'vitest';
import { createConfirmer } from '../src/publish/confirm-documents.ts';

const intended: LinkedDocument = {
  role: 'order',
  subId: null,
  externalRef: 'shop/7',
  targetId: null,
  targetNumber: null,
  draft: false,
  intent: { sentAtMicros: 1, epoch: 1, at: 1 },
};
const document = { reference: 'shop/7', role: 'order', subId: null, targetId: '12', number: '512' };

function linkOf(linked: LinkedDocument): LinkDocument {
  return {
    _id: 'erp|order|shop/7',
    target: 'erp',
    entity: 'order',
    sourceKey: 'shop/7',
    documents: [linked],
    lineMap: [],
    deliveredVersion: null,
    deliveredHash: null,
    mappingRevision: null,
    targetStateHash: null,
    epoch: 1,
    marks: [],
    orphans: [],
  };
}

function setUp(linked: LinkedDocument | null, lanePartition: number | null = 3) {
  const sent: { topic: string; record: OutgoingRecord }[] = [];
  const looks: string[] = [];
  const world = { sent, looks, counted: 0, refuses: (_record: OutgoingRecord): boolean => false };
  const confirm = createConfirmer({
    vendor: 'two-way',
    connections: { find: (id) => (id === 'erp' ? ({ id, lanePartition } as never) : null) },
    links: {
      findByReference: async (target, reference) => {
        looks.push(`${target} ${reference}`);
        return linked === null ? [] : [linkOf(linked)];
      },
    },
    publisher: {
      send: async (topic, record) => {
        if (world.refuses(record)) throw new RecordTooLarge(topic, 2_000_000, null);
        sent.push({ topic, record });
        return { topic, partition: record.partition ?? 0, offset: '0' };
      },
    },
    metrics: {
      confirmed: () => {
        world.counted += 1;
      },
    },
  });
  return { world, confirm };
}

describe('what a connector confirms', () => {
  it.each([
    ['intended', intended],
    ['accepted', { ...intended, intent: null, draft: true }],
    ['accepted under an id of its own', { ...intended, intent: null, draft: true, targetId: 'D1' }],
    [
      'there, and has a change to come,',
      { ...intended, intent: null, targetId: '12', accepted: { handle: null, atMicros: 1 } },
    ],
  ])(
    'a document that is %s goes to the lane of its own connection, in order with the record',
    async (_what, linked) => {
      const { world, confirm } = setUp(linked);
      await confirm('erp', [document]);
      expect(world.sent).toMatchObject([{ topic: 'entrepot.internal.lane.two-way', record: { partition: 3 } }]);
      expect(world.sent.map(({ record }) => parseConfirmation(record.key, record.headers ?? {}))).toEqual([
        { to: 'erp', entity: 'order', sourceKey: 'shop/7', document },
      ]);
      expect(world.counted).toBe(1);
    },
  );

  it.each([
    ['the target has by that id already', { ...intended, intent: null, targetId: '12' }, document],
    ['the target has by another id', { ...intended, intent: null, targetId: '11' }, document],
    ['has another role', { ...intended, role: 'invoice' }, document],
    ['is another of its role', intended, { ...document, subId: '2' }],
    ['no link knows', null, document],
  ])('nothing of a document that %s', async (_what, linked, read) => {
    const { world, confirm } = setUp(linked);
    await confirm('erp', [read]);
    expect(world.looks).toEqual(['erp shop/7']);
    expect(world.sent).toEqual([]);
  });

  it('a connection that is no target asks the database for nothing', async () => {
    const { world, confirm } = setUp(intended, null);
    await confirm('erp', [document]);
    await confirm('other', [document]);
    expect(world.looks).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('leaves out lines that are too many for a record', async () => {
    const { world, confirm } = setUp(intended);
    world.refuses = ({ headers }) => headers?.['entrepot_confirmed']?.includes('lines') === true;
    await confirm('erp', [{ ...document, lines: [{ sourceLineId: 'l1', targetLine: '0' }] }]);
    expect(world.sent.map(({ record }) => parseConfirmation(record.key, record.headers ?? {})?.document)).toEqual([
      document,
    ]);
  });
});
