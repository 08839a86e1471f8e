import type { BrokerRecord, OutgoingRecord } from '@entrepot/broker';
import {
  createEntity,
  createOrder,
  createRef,
  describeRecord,
  type EntityName,
  formatEventHeaders,
  formatFacts,
  type LaneHeaders,
  parseLaneHeaders,
  type RoutedReport,
} from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { Flow } from '@entrepot/store';
import { KeyLocks } from '@entrepot/vendor-kit';
import { describe, expect, it, vi } from 'vitest';
import { Outages } from '../src/lane/holds.ts';
import { Outage, TooLarge, Undecodable } from '../src/ports.ts';
import { FirstAttempts, type RouterParts, routeRecord } from '../src/router/route.ts';
import { LatestStateModel } from '../src/testing/latest-state-model.ts';
import { emptyLink, LinkModel } from '../src/testing/link-model.ts';

const never = new AbortController().signal;

interface Given {
  readonly topic?: string;
  readonly keeps?: RouterParts['kept']['keeps'];
  readonly states?: LatestStateModel;
  readonly flow?: Partial<Flow>;
  /** A second flow of the same event, decided after the first. */
  readonly otherFlow?: Partial<Flow>;
  readonly headers?: Record<string, string | undefined>;
  readonly entity?: Record<string, unknown>;
  readonly send?: RouterParts['publisher']['send'];
  readonly decode?: () => Promise<never>;
  readonly linked?: boolean;
  /** The content that the target holds by the link. */
  readonly delivered?: string;
  readonly value?: Buffer | null;
  /** Told by the lane so long after the append; never, if left out. */
  readonly toldAfterMs?: number;
  readonly signal?: AbortSignal;
  /** So many records of the key, side by side. */
  readonly times?: number;
}

async function route(given: Given) {
  const clock = new VirtualClock();
  const sent: { readonly topic: string; readonly record: OutgoingRecord }[] = [];
  const reports: RoutedReport[] = [];
  const reportedAtMs: number[] = [];
  const sentAtMs: number[] = [];
  const beganMs = clock.monotonicMs();
  const links = new LinkModel();
  if (given.linked === true) {
    const key = { target: 'erp', entity: 'order' as const, sourceKey: 'shop/1' };
    await links.recordIntent(
      key,
      { role: 'order', subId: null, externalRef: 'shop/1', sentAtMicros: null, atMicros: 1 },
      1,
    );
    expect(emptyLink(key)._id).toBe('erp|order|shop/1');
  }
  if (given.delivered !== undefined) {
    const key = { target: 'erp', entity: 'order' as const, sourceKey: 'shop/1' };
    const delivered = {
      version: 4,
      contentHash: given.delivered,
      mappingRevision: 1,
      lineMap: [],
      targetStateHash: null,
    };
    await links.recordDelivered(key, { ...delivered, documents: [] }, 1);
  }
  const flow: Flow = {
    id: 'order:shop:erp',
    entity: 'order',
    from: 'shop',
    to: 'erp',
    tenant: 'default',
    active: true,
    settings: flowSettingsSchemaOf('order').parse({ gate: { importOn: ['any'] } }),
    revision: 3,
    problems: [],
    usable: true,
    mappingRevision: 1,
    ...given.flow,
  };
  const flows = given.otherFlow === undefined ? [flow] : [flow, { ...flow, ...given.otherFlow }];
  const entity = {
    source: { connection: 'shop', id: '1' },
    deleted: false,
    test: false,
    cancelledAt: null,
    orderStatus: 'OPEN',
    channel: null,
    terms: null,
    paymentMethod: null,
    paymentStatus: 'PAID',
    paymentStatusRaw: null,
    payments: [],
    ...given.entity,
  };
  const states = given.states ?? new LatestStateModel();
  const firstAttempts = new FirstAttempts(clock);
  const tellLater = ({ deliveryId, to, routedAtMicros }: LaneHeaders) => {
    if (given.toldAfterMs === undefined) return;
    clock.schedule(given.toldAfterMs, () => firstAttempts.told(to, deliveryId, routedAtMicros ?? 0));
  };
  const parts: RouterParts = {
    vendor: 'model',
    clock,
    configuration: {
      flowsFrom: (_entity: EntityName, from) => (from === 'shop' ? flows : []),
      lanePartition: async () => 7,
    },
    links,
    latestStates: states,
    kept: { keeps: given.keeps ?? (() => false) },
    codec: { decode: given.decode ?? (async () => entity as never) },
    publisher: {
      send:
        given.send ??
        (async (topic, record) => {
          sent.push({ topic, record });
          sentAtMs.push(clock.monotonicMs() - beganMs);
          tellLater(parseLaneHeaders(record.headers ?? {}) as LaneHeaders);
          return { topic, partition: record.partition ?? 0, offset: '42' };
        }),
    },
    reports: {
      send: async (_key, report) => {
        reportedAtMs.push(clock.monotonicMs() - beganMs);
        reports.push(report as RoutedReport);
      },
    },
    outages: new Outages(clock, async () => {}),
    locks: new KeyLocks(),
    firstAttempts,
    observe: () => {},
  };
  const headers = {
    ...formatEventHeaders({
      eventId: 'e1',
      entity: 'order',
      connection: 'shop',
      vendor: 'v',
      sourceId: '1',
      number: null,
      version: 5,
      contentHash: 'h',
      publishedAtMicros: 1,
      deleted: false,
      snapshot: false,
      repeats: null,
      origin: null,
      traceparent: 't',
    }),
    ...given.headers,
  };
  const record: BrokerRecord = {
    topic: given.topic ?? 'entrepot.order.v1',
    partition: 2,
    offset: 9n,
    key: 'shop/1',
    value: given.value === undefined ? Buffer.from('bytes') : given.value,
    headers,
    timestampMs: 0,
  };
  const routings = Array.from({ length: given.times ?? 1 }, (_, index) =>
    routeRecord(parts, { ...record, offset: record.offset + BigInt(index) }, given.signal ?? never),
  );
  await clock.drive(Promise.all(routings), 3_600_000);
  return { sent, states, sentAtMs, reports, reportedAtMs, decisions: reports[0]?.decisions ?? [] };
}

describe('the router', () => {
  it('appends what matches, byte for byte, to the fixed partition of the target, and reports where', async () => {
    const { sent, decisions, reports } = await route({});
    expect(sent).toMatchObject([{ topic: 'entrepot.internal.lane.model', record: { key: 'shop/1', partition: 7 } }]);
    expect(sent[0]?.record.value?.toString()).toBe('bytes');
    expect(sent[0]?.record.headers).toMatchObject({ ce_id: 'e1', traceparent: 't' });
    expect(parseLaneHeaders(sent[0]?.record.headers ?? {})).toMatchObject({
      flow: 'order:shop:erp',
      attempt: 1,
      force: false,
    });
    expect(decisions).toMatchObject([{ result: 'matched', flowRevision: 3, lane: { partition: 7, offset: '42' } }]);
    expect(reports[0]).toMatchObject({
      reportId: 'routed/model/entrepot.order.v1/2/9',
      version: 5,
      sinkVendor: 'model',
    });
  });

  it('queues a shipment with its order: by its facts, else by the shipment itself', async () => {
    const shipment = createEntity('shipment', {
      source: { connection: 'shop', vendor: 'v', id: '1' },
      orders: [createRef({ id: 'o1' })],
    });
    const given = {
      topic: 'entrepot.shipment.v1',
      flow: { entity: 'shipment', settings: flowSettingsSchemaOf('shipment').parse({}) },
      headers: { ce_type: 'entrepot.shipment.v1' },
    } as const;
    const facts = formatFacts(describeRecord('shipment', shipment));
    const queues = [
      await route({ ...given, headers: { ...given.headers, ...facts } }),
      await route({ ...given, decode: async () => shipment as never }),
      // Names none: its own queue, as before.
      await route({ ...given, decode: async () => ({ ...shipment, orders: [] }) as never }),
    ].map(({ sent }) => sent[0]?.record.headers?.entrepot_lane_key);
    expect(queues).toEqual(['entrepot.order.v1|shop/o1', 'entrepot.order.v1|shop/o1', undefined]);
  });

  it('does not believe a queue that the writer of a record names', async () => {
    const { sent } = await route({ headers: { entrepot_lane_key: 'entrepot.order.v1|shop/2' } });
    expect(sent[0]?.record.headers).not.toHaveProperty('entrepot_lane_key');
  });

  describe('where plans are based on the states of the entity', () => {
    const keeps: RouterParts['kept']['keeps'] = (entity, connection) => entity === 'order' && connection === 'shop';

    it('keeps a state as it stands in the topic, and takes no record for routed that it could not keep', async () => {
      const given = await route({ keeps });
      expect([...given.states.kept]).toMatchObject([
        ['model|order|shop/1', { version: 5, offset: 9n, orderingKey: null, deleted: false }],
      ]);
      expect(given.states.kept.get('model|order|shop/1')?.value.toString()).toBe('bytes');
      const outage = new Outage('database', new Error('refused'));
      const states = Object.assign(new LatestStateModel(), { keep: vi.fn().mockRejectedValueOnce(outage) });
      const later = await route({ keeps, states });
      expect(states.keep).toHaveBeenCalledTimes(2);
      expect(later.sent).toHaveLength(1);
    });

    it('keeps it without a flow of its own, or whatever the flow decides, and reports as before', async () => {
      const inactive = await route({ keeps, flow: { active: false } });
      expect(inactive.decisions).toMatchObject([{ result: 'skipped' }]);
      expect(inactive.states.kept.size).toBe(1);
      const other = { headers: { entrepot_connection: 'other' }, entity: { source: { connection: 'other', id: '1' } } };
      const withoutFlow = await route({ keeps: () => true, ...other });
      expect(withoutFlow.reports).toEqual([]);
      expect(withoutFlow.states.kept.size).toBe(1);
    });

    it('keeps none where no plan is', async () => {
      expect((await route({ keeps: (_entity, connection) => connection !== 'shop' })).states.kept.size).toBe(0);
    });

    it('erases what a tombstone erases', async () => {
      const { states, reports } = await route({ keeps, value: null });
      expect([...states.erased]).toEqual([['model|order|shop/1', 9n]]);
      expect(reports).toEqual([]);
      expect((await route({ value: null })).states.erased.size).toBe(0);
    });
  });

  it('gives one event on one flow the same delivery each time', async () => {
    const [first, second] = [await route({}), await route({})];
    expect(first.decisions[0]?.deliveryId).toBe(second.decisions[0]?.deliveryId);
  });

  it('puts backfills on the lane for spare rate', async () => {
    const { sent } = await route({ headers: { entrepot_snapshot: 'true' } });
    expect(sent[0]?.topic).toBe('entrepot.internal.bulk.model');
  });

  it.each([
    ['a test order', { entity: { test: true } }, 'test-order'],
    ['what was deleted before it was delivered', { entity: { deleted: true } }, 'deleted-before-import'],
    ['what an inactive flow would take', { flow: { active: false } }, 'flow-inactive'],
  ] as const)('skips %s, saying why', async (_what, given, reasonCode) => {
    const { sent, decisions } = await route(given);
    expect(decisions).toMatchObject([{ result: 'skipped', reasonCode }]);
    expect(decisions[0]?.reason).toBeTruthy();
    expect(sent).toEqual([]);
  });

  it('routes what may be in the target already, though it no longer matches', async () => {
    const { decisions } = await route({ entity: { cancelledAt: 1 }, linked: true });
    expect(decisions).toMatchObject([{ result: 'matched' }]);
  });

  it('knows its own write coming back', async () => {
    const { sent, decisions } = await route({ headers: { entrepot_origin: 'erp' } });
    expect(decisions).toMatchObject([{ result: 'echo' }]);
    expect(sent).toEqual([]);
  });

  it('leaves a filter that cannot be evaluated to the lane, where it fails in sight', async () => {
    const settings = flowSettingsSchemaOf('order').parse({ gate: { importOn: ['any'] }, filter: '$error("no")' });
    const unusable = await route({
      flow: { usable: false, problems: [{ path: 'settings.filter', message: 'is wrong' }] },
    });
    expect(unusable.decisions).toMatchObject([{ result: 'matched' }]);
    const { decisions } = await route({ flow: { settings } });
    expect(decisions).toMatchObject([{ result: 'matched' }]);
  });

  it.each([
    ['a record without headers', { headers: { ce_id: undefined } }, 'invalid-headers'],
    ['a record of another entity', { headers: { ce_type: 'entrepot.customer.v1' } }, 'invalid-headers'],
    [
      'content of another record than its headers',
      { entity: { source: { connection: 'shop', id: '2' } } },
      'invalid-headers',
    ],
    ['a version below zero', { headers: { entrepot_version: '-1' } }, 'invalid-headers'],
    ['a time before all times', { headers: { entrepot_published: '-5' } }, 'invalid-headers'],
    ['a connection that no key can hold', { headers: { entrepot_connection: 'shop/1' } }, 'invalid-headers'],
    ['an id of a megabyte', { headers: { ce_id: 'x'.repeat(1_000_000) } }, 'invalid-headers'],
    ['bytes that are not Avro', { decode: () => Promise.reject(new Undecodable('NotAvro', 'no')) }, 'NotAvro'],
  ] as const)('reports %s and goes on', async (_what, given, code) => {
    const { reports } = await route(given);
    expect(reports).toMatchObject([{ kind: 'routed', decisions: [], problem: { kind: 'decode', code } }]);
  });

  it('names a record of which the headers say nothing useful by its place, and keeps reports short', async () => {
    const { reports } = await route({ headers: { ce_id: 'x'.repeat(1_000_000), ce_subject: 'y'.repeat(1_000_000) } });
    expect(reports).toMatchObject([
      { eventId: 'unreadable/entrepot.order.v1/2/9', connection: 'shop', sourceId: '1', publishedAtMicros: 0 },
    ]);
    expect(JSON.stringify(reports).length).toBeLessThan(2_000);
  });

  it('reports what does not fit the lane, and goes on', async () => {
    const { reports } = await route({
      send: () =>
        Promise.reject(new TooLarge({ message: '1000100 bytes, limit 1000000', advice: 'Set the limit to 1000100.' })),
    });
    expect(reports).toMatchObject([{ decisions: [], problem: { kind: 'source', code: 'too-large' } }]);
    expect(reports[0]?.problem?.message).toContain('limit 1000000');
    expect(reports[0]?.problem?.advice).toContain('Set the limit to 1000100.');
  });

  it('decides for the flows behind one whose lane it does not fit', async () => {
    const { reports } = await route({
      send: () =>
        Promise.reject(new TooLarge({ message: '1000100 bytes, limit 1000000', advice: 'Set the limit to 1000100.' })),
      otherFlow: { id: 'order:shop:warehouse', to: 'warehouse', active: false },
    });
    expect(reports).toMatchObject([
      {
        problem: { code: 'too-large' },
        decisions: [{ flow: 'order:shop:warehouse', result: 'skipped', reasonCode: 'flow-inactive' }],
      },
    ]);
  });

  it('takes nothing to the lane that only a lane may ask for', async () => {
    const anew = { entrepot_create_anew: '["shop/1"]' };
    const headers = { entrepot_force: 'true', ...anew, entrepot_operation: 'op', __proto__: 'x', anything: 'else' };
    const { sent } = await route({ headers });
    const lane = parseLaneHeaders(sent[0]?.record.headers ?? {});
    expect(lane).toMatchObject({ force: false, createAnew: [], operationId: null });
    expect(sent[0]?.record.headers).not.toHaveProperty('anything');
  });

  it('takes a state that is published once more to the spare lane of a target that has it', async () => {
    const headers = { entrepot_repeats: '4', entrepot_snapshot: 'true' };
    const { sent, decisions } = await route({ headers, delivered: 'h' });
    expect(decisions).toMatchObject([{ result: 'matched' }]);
    expect(sent[0]?.topic).toBe('entrepot.internal.bulk.model');
    expect(sent[0]?.record.headers).toMatchObject({ entrepot_repeats: '4' });
  });

  it.each([
    ['a target that never got the record: it may have been skipped or discarded, or came before the flow', {}],
    ['a target whose document stands in between', { delivered: '' }],
    ['a target that has another state', { delivered: 'other' }],
    ['a target with a document on its way', { linked: true }],
    ['a flow that is switched off', { delivered: 'h', flow: { active: false } }],
    ['the target whose own write it is', { headers: { entrepot_repeats: '4', entrepot_origin: 'erp' } }],
  ] as const)('decides nothing upon such a state for %s, and accounts for it', async (_what, given) => {
    const { sent, reports } = await route({ headers: { entrepot_repeats: '4' }, ...given });
    expect(sent).toEqual([]);
    expect(reports).toMatchObject([{ kind: 'routed', version: 5, decisions: [] }]);
    expect(reports[0]).not.toHaveProperty('problem');
  });

  describe('of a record whose headers say all that a flow asks', () => {
    const paid = createOrder({ source: { connection: 'shop', id: '1' }, paymentStatus: 'PAID' } as never);
    const headers = formatFacts(describeRecord('order', paid));
    const read = () => {
      const reads = { count: 0 };
      const decode = async () => {
        reads.count += 1;
        return paid as never;
      };
      return { reads, decode };
    };

    it.each([
      ['takes it', {}, 'matched'],
      ['skips it', { gate: { importOn: ['authorized'] } }, 'skipped'],
    ])('%s without reading it', async (_what, settings, result) => {
      const { reads, decode } = read();
      const { decisions } = await route({
        headers,
        decode,
        flow: { settings: flowSettingsSchemaOf('order').parse(settings) },
      });
      expect(decisions).toMatchObject([{ result }]);
      expect(reads.count).toBe(0);
    });

    it('reads it once for all the filters that look at it', async () => {
      const { reads, decode } = read();
      const settings = flowSettingsSchemaOf('order').parse({ filter: "paymentStatus = 'PAID'" });
      const otherFlow = { id: 'order:shop:two', to: 'two', settings };
      const { decisions } = await route({ headers, decode, flow: { settings }, otherFlow });
      expect(decisions).toMatchObject([{ result: 'matched' }, { result: 'matched' }]);
      expect(reads.count).toBe(1);
    });

    it.each([
      ['of a later version', headers.entrepot_facts?.replace('"v":1', '"v":2')],
      ['cut off', headers.entrepot_facts?.slice(0, 40)],
      ['of another entity', formatFacts({ deleted: false, order: null, orderingKey: null }).entrepot_facts],
      ['longer than a header may be', `${headers.entrepot_facts}${' '.repeat(1_024)}`],
    ])('reads it all the same where they are %s', async (_what, facts) => {
      const { reads, decode } = read();
      const { decisions } = await route({ headers: { entrepot_facts: facts }, decode });
      expect(decisions).toMatchObject([{ result: 'matched' }]);
      expect(reads.count).toBe(1);
    });

    it('does not take them along to the lane, which reads the record itself', async () => {
      const { sent } = await route({ headers });
      expect(sent[0]?.record.headers).not.toHaveProperty('entrepot_facts');
    });
  });

  describe('leaves its report out when the only delivery of an event was told with its routing', () => {
    it('within a second', async () => {
      const { sent, reports } = await route({ toldAfterMs: 900 });
      expect(parseLaneHeaders(sent[0]?.record.headers ?? {})?.routedAtMicros).toBe(1_000_000_000);
      expect(reports).toEqual([]);
    });

    it('and sends it after that second, so that a delivery which is held shows', async () => {
      const { reports, reportedAtMs } = await route({ toldAfterMs: 1_100 });
      expect(reports).toMatchObject([{ kind: 'routed', decisions: [{ result: 'matched', lane: { offset: '42' } }] }]);
      expect(reportedAtMs).toEqual([1_000]);
    });

    it.each([
      ['another flow has a say', { otherFlow: { id: 'order:shop:warehouse', to: 'warehouse', active: false } }],
      ['it goes the bulk lane', { headers: { entrepot_snapshot: 'true' } }],
      ['nothing was matched', { flow: { active: false } }],
    ] as const)('but not where %s: nobody waits then, and no lane record speaks for all', async (_what, given) => {
      const { sent, reports, reportedAtMs } = await route({ toldAfterMs: 0, ...given });
      expect(reports).toHaveLength(1);
      expect(reportedAtMs).toEqual([0]);
      for (const { record } of sent) expect(parseLaneHeaders(record.headers ?? {})?.routedAtMicros).toBeNull();
    });

    it('and holds up none behind it of its key, which are appended in their order', async () => {
      const { sentAtMs, reports } = await route({ times: 3 });
      expect(sentAtMs).toEqual([0, 0, 0]);
      expect(reports.map(({ record }) => record.offset)).toEqual(['9', '10', '11']);
    });

    it('and takes nothing for told when its partition is lost meanwhile', async () => {
      const lost = new AbortController();
      const send: RouterParts['publisher']['send'] = async (topic) => {
        lost.abort(new Error('partition lost'));
        return { topic, partition: 0, offset: '42' };
      };
      await expect(route({ send, signal: lost.signal })).rejects.toThrow('partition lost');
    });
  });

  it('says nothing of events without a flow, and of tombstones', async () => {
    expect((await route({ headers: { entrepot_connection: 'other' } })).reports).toEqual([]);
    expect((await route({ value: null })).reports).toEqual([]);
  });

  it('waits while the registry is away', async () => {
    let tries = 0;
    const decode = async (): Promise<never> => {
      tries += 1;
      if (tries < 4) throw new Outage('registry', new Error('refused'));
      return createOrder({ source: { connection: 'shop', id: '1' } } as never) as never;
    };
    const { decisions } = await route({ decode });
    expect(tries).toBe(4);
    expect(decisions).toMatchObject([{ result: 'matched' }]);
  });
});
