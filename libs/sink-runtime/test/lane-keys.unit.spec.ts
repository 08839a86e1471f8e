import type { BrokerRecord } from '@entrepot/broker';
import { ENTITY_NAMES, type EntityName, formatLaneKey } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LaneKeys, latestWinsKey } from '../src/lane/lanes.ts';

interface Written {
  readonly entity: EntityName;
  readonly id: string;
  /** The order that its router put it behind; null: a router before the header, or a record that names none. */
  readonly order?: string | null;
  readonly offset?: number;
  readonly headers?: Record<string, string>;
}

function laneRecord({ entity, id, order = null, offset = 0, headers = {} }: Written): BrokerRecord {
  return {
    topic: 'entrepot.internal.lane.model',
    partition: 3,
    offset: BigInt(offset),
    key: `erp/${id}`,
    value: null,
    timestampMs: 0,
    headers: {
      entrepot_to: 'shop',
      entrepot_attempt: '1',
      ce_type: `entrepot.${entity}.v1`,
      ...formatLaneKey('erp', order === null ? null : { entity: 'order', sourceId: order }),
      ...headers,
    },
  };
}

describe('the queue of a lane record', () => {
  it('is its own where no header names another, under the name it had before there were such headers', () => {
    const keys = new LaneKeys();
    expect(keys.keyOf(laneRecord({ entity: 'order', id: 'o1' }))).toBe('shop|entrepot.order.v1|erp/o1');
    expect(keys.keyOf(laneRecord({ entity: 'shipment', id: 's1' }))).toBe('shop|entrepot.shipment.v1|erp/s1');
  });

  it('is that of the order for its shipments and invoices, however they arrive', () => {
    const keys = new LaneKeys();
    const written: readonly Written[] = [
      { entity: 'invoice', id: 'i1', order: 'o1' },
      { entity: 'shipment', id: 's1', order: 'o1' },
      { entity: 'order', id: 'o1' },
      { entity: 'shipment', id: 's2', order: 'o1' },
    ];
    const queues = written.map((each, offset) => keys.keyOf(laneRecord({ ...each, offset })));
    expect(new Set(queues)).toEqual(new Set(['shop|entrepot.order.v1|erp/o1']));
    const other = { entity: 'shipment', id: 's1', order: 'o1', headers: { entrepot_to: 'another shop' } } as const;
    expect(keys.keyOf(laneRecord(other))).toBe('another shop|entrepot.order.v1|erp/o1');
  });

  it('is the old one while a state of the record waits there that an older router wrote, and the new one after that', () => {
    const keys = new LaneKeys();
    const own = 'shop|entrepot.shipment.v1|erp/s1';
    const shipment = { entity: 'shipment', id: 's1', order: 'o1' } as const;
    expect(keys.keyOf(laneRecord({ ...shipment, order: null, offset: 5 }))).toBe(own);
    expect(keys.keyOf(laneRecord({ ...shipment, offset: 6 }))).toBe(own);
    keys.committed('entrepot.internal.lane.model', 3, 6n);
    expect(keys.keyOf(laneRecord({ ...shipment, offset: 7 }))).toBe(own);
    keys.committed('entrepot.internal.lane.model', 3, 8n);
    expect(keys.keyOf(laneRecord({ ...shipment, offset: 8 }))).toBe('shop|entrepot.order.v1|erp/o1');
  });

  it('is read anew when the partition comes back from another process', () => {
    const keys = new LaneKeys();
    keys.keyOf(laneRecord({ entity: 'shipment', id: 's1', offset: 5 }));
    keys.lost('entrepot.internal.lane.model', 3);
    const next = laneRecord({ entity: 'shipment', id: 's1', order: 'o1', offset: 9 });
    expect(keys.keyOf(next)).toBe('shop|entrepot.order.v1|erp/o1');
  });

  /** A lane as its consumer has it: unfinished records, finished in any order that keeps each queue's. */
  type Step =
    | { readonly do: 'append'; readonly record: Omit<Written, 'offset' | 'headers'> }
    | { readonly do: 'finish'; readonly which: number }
    | { readonly do: 'commit' }
    /** A rebalance that leaves the partition here: what has not begun is read again. */
    | { readonly do: 'read again' };
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        record: fc.oneof(
          fc.record({
            entity: fc.constantFrom('shipment' as const, 'invoice' as const),
            id: fc.constantFrom('1', '2', '3'),
            order: fc.constantFrom(null, '1', '2'),
          }),
          fc.record({ entity: fc.constant('order' as const), id: fc.constantFrom('1', '2') }),
        ),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat(7) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('read again' as const) }) },
  );

  it('keeps the states of one record in their order, and follows the header as soon as the old queue holds none of it', () => {
    fc.assert(
      fc.property(fc.array<Step>(step, { maxLength: 80 }), (steps) => {
        const keys = new LaneKeys();
        const topic = 'entrepot.internal.lane.model';
        let log: { readonly record: BrokerRecord; readonly name: string; queue: string; finished: boolean }[] = [];
        let end = 0;
        let committed = 0;
        for (const each of steps) {
          if (each.do === 'append') {
            const record = laneRecord({ ...each.record, offset: end });
            const name = `${each.record.entity}/${each.record.id}`;
            const uncommitted = log.some((other) => other.name === name && Number(other.record.offset) >= committed);
            const queue = keys.keyOf(record);
            const wanted = each.record.entity === 'order' ? each.record.id : (each.record.order ?? null);
            if (!uncommitted)
              expect(queue).toBe(
                `shop|entrepot.${wanted === null ? each.record.entity : 'order'}.v1|erp/${wanted ?? each.record.id}`,
              );
            log.push({ record, name, queue, finished: false });
            end += 1;
          }
          // The first unfinished of any queue runs, and may end.
          const heads = log.filter(
            (one, at) =>
              !one.finished && !log.slice(0, at).some((before) => !before.finished && before.queue === one.queue),
          );
          if (each.do === 'finish') {
            const head = heads[each.which % Math.max(1, heads.length)];
            if (head !== undefined) {
              head.finished = true;
              const overtaken = log.filter(
                (one) => one.name === head.name && !one.finished && one.record.offset < head.record.offset,
              );
              expect(overtaken.map(({ record }) => record.offset)).toEqual([]);
            }
          }
          if (each.do === 'commit') {
            const first = log.find(({ finished }) => !finished);
            committed = Math.max(committed, first === undefined ? end : Number(first.record.offset));
            keys.committed(topic, 3, BigInt(committed));
          }
          if (each.do === 'read again')
            log = log.map((one) =>
              one.finished || heads.includes(one) ? one : { ...one, queue: keys.keyOf(one.record) },
            );
          const queues = new Map<string, Set<string>>();
          for (const { name, queue, finished } of log)
            if (!finished) queues.set(name, (queues.get(name) ?? new Set()).add(queue));
          for (const [name, places] of queues) expect(places.size, name).toBe(1);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('conflation', () => {
  it('is of first attempts of states', () => {
    const first = { entity: 'order', id: '1' } as const;
    expect(latestWinsKey(laneRecord(first))).toBe('shop|entrepot.order.v1|erp/1');
    const later = [
      ['entrepot_attempt', '2'],
      ['entrepot_operation', 'x'],
      ['entrepot_repeats', '4'],
    ] as const;
    for (const [name, value] of later)
      expect(latestWinsKey(laneRecord({ ...first, headers: { [name]: value } }))).toBeNull();
    expect(latestWinsKey(laneRecord({ ...first, headers: { ce_type: 'entrepot.something.v1' } }))).toBeNull();
  });

  it('never takes an immutable document or a delta', () => {
    for (const entity of ENTITY_NAMES)
      expect(latestWinsKey(laneRecord({ entity, id: '1' })) === null, entity).toBe(entity === 'inventory-adjustment');
  });

  it('never takes one record for a later one of another record in the same queue', () => {
    const inQueue: readonly Written[] = [
      { entity: 'shipment', id: '1', order: 'o' },
      { entity: 'shipment', id: '2', order: 'o' },
      { entity: 'invoice', id: '1', order: 'o' },
      { entity: 'order', id: 'o' },
    ];
    const keys = new LaneKeys();
    expect(new Set(inQueue.map((each) => keys.keyOf(laneRecord(each)))).size).toBe(1);
    expect(new Set(inQueue.map((each) => latestWinsKey(laneRecord(each)))).size).toBe(inQueue.length);
    // Another order of the same shipment: it is the same record, of which the newest state matters.
    expect(latestWinsKey(laneRecord({ entity: 'shipment', id: '1', order: 'p' }))).toBe(
      latestWinsKey(laneRecord({ entity: 'shipment', id: '1', order: null })),
    );
  });
});
