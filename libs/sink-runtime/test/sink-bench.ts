import type { Publisher } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  type AttemptReport,
  createCustomer,
  createOrder,
  createRef,
  type EntityName,
  entityTopic,
  eventId,
  eventKey,
  formatEventHeaders,
  formatLaneHeaders,
  type LaneReport,
  laneTopic,
  listSharedTopics,
  type Order,
  type Report,
  type RoutedReport,
} from '@entrepot/canonical';
import { openTestWorld } from '@entrepot/embedded/testing';
import { createClock } from '@entrepot/runtime-kit/clock';
import { createMetrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { z } from 'zod';
import { type Sink, type SinkOptions, startSink } from '../src/index.ts';
import type { ModelRecord } from '../src/testing/model-record.ts';
import { TargetModel } from '../src/testing/target-model.ts';

/** The parts of a sink test on real Kafka, MongoDB and registry: a modelled target, a shop that is only its events. */
export interface SinkBench {
  /** What stands behind the first target connection. */
  readonly target: TargetModel;
  allTargets(): readonly TargetModel[];
  readonly store: Store;
  readonly shop: string;
  startReplica(name: string, stateTimes?: SinkOptions['stateTimes']): Promise<Sink>;
  addTarget(id: string): Promise<void>;
  publish(order: Order): Promise<void>;
  publishRaw(key: string, value: Buffer, headers: Record<string, string>): Promise<void>;
  publishCustomer(id: string, version: number): Promise<void>;
  /** Erases a customer from the topic. */
  eraseCustomer(id: string): Promise<void>;
  /** Appends an event to the lane once more, as the ledger's retries do. */
  retry(attempt: AttemptReport, order: Order): Promise<void>;
  attempts(): AttemptReport[];
  routings(): RoutedReport[];
  laneReports(): LaneReport[];
  until(what: string, check: () => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface SinkBenchOptions {
  /** Entities that the model's plans are based on. */
  readonly collects?: readonly EntityName[];
}

export async function openSinkBench({ collects = [] }: SinkBenchOptions = {}): Promise<SinkBench> {
  const world = openTestWorld('sink-test');
  const { run, log, codec } = world;
  const shop = `shop-${run}`;
  const clock = createClock();
  const modelClock = { sleep: clock.sleep, schedule: (ms: number, wake: () => void) => setTimeout(wake, ms) };
  const targets = new Map<string, TargetModel>();
  const targetOf = (connection: string): TargetModel => {
    const existing = targets.get(connection);
    if (existing !== undefined) return existing;
    const made = new TargetModel(modelClock, (entity) => toModelRecord(entity as Order));
    made.collects = collects;
    targets.set(connection, made);
    return made;
  };
  const target = targetOf(`erp-${run}`);
  const erp: Vendor = {
    name: `fake-erp-${run}`,
    title: 'Fake ERP',
    settings: z.strictObject({}),
    secrets: z.strictObject({}),
    movedSettings: [],
    oauth: null,
    budget: () => ({ concurrency: 8, requests: [], points: false }),
    client: target.client({ modelOf: targetOf }),
    source: null,
    target: target.definition(),
  };
  const source = { entities: { order: {} } } as unknown as Vendor['source'];
  const shopVendor: Vendor = { ...erp, name: `fake-shop-${run}`, title: 'Fake shop', source, target: null };
  const vendors = [erp, shopVendor];
  const store = await world.openStore({ vendors });
  await codec.registerReleased();
  const broker = await world.connectBroker('test');
  // Reports are read from before the first sink starts.
  await broker.ensureTopics(listSharedTopics());
  const publisher: Publisher = await broker.publisher();
  await store.connections.create({ id: shop, label: 'Shop', vendor: shopVendor.name, active: true, settings: {} });

  const reports: Report[] = [];
  const sinks: Sink[] = [];

  const bench: SinkBench = {
    target,
    allTargets: () => [...targets.values()],
    store,
    shop,
    async startReplica(name, stateTimes = {}) {
      const replicaBroker = await world.connectBroker(name);
      const metrics = createMetrics({ service: name, processMetrics: false });
      const sink = await startSink({
        vendor: erp,
        store: await world.openStore({ vendors }),
        broker: replicaBroker,
        codec,
        log,
        metrics,
        owner: name,
        stateTimes,
        stopDeadlineMs: 3_000,
      });
      sinks.push(sink);
      return sink;
    },
    async addTarget(id) {
      await store.connections.create({ id: `${id}-${run}`, label: id, vendor: erp.name, active: true, settings: {} });
      const settings = { gate: { importOn: ['any'] } };
      await store.flows.create({ entity: 'order', from: shop, to: `${id}-${run}`, active: true, settings });
    },
    async publish(order) {
      const { id, version, contentHash } = order.source;
      const key = eventKey(shop, id);
      const headers = formatEventHeaders({
        eventId: eventId({ entity: 'order', connection: shop, id, version, contentHash }),
        entity: 'order',
        connection: shop,
        vendor: shopVendor.name,
        sourceId: id,
        number: order.source.number,
        version,
        contentHash,
        publishedAtMicros: clock.nowMicros(),
        deleted: order.deleted,
        snapshot: false,
        repeats: null,
        origin: null,
        traceparent: null,
      });
      await publisher.send(entityTopic('order'), { key, value: await codec.encode('order', order), headers });
    },
    async publishRaw(key, value, headers) {
      await publisher.send(entityTopic('order'), { key, value, headers });
    },
    async publishCustomer(id, version) {
      const key = eventKey(shop, id);
      const contentHash = `hash-${version}`;
      const source = { connection: shop, vendor: shopVendor.name, id, version, contentHash };
      const customer = createCustomer({ source });
      const identity = { entity: 'customer', connection: shop, version, contentHash } as const;
      const headers = formatEventHeaders({
        ...identity,
        eventId: eventId({ ...identity, id }),
        vendor: shopVendor.name,
        sourceId: id,
        number: null,
        publishedAtMicros: clock.nowMicros(),
        deleted: false,
        snapshot: false,
        repeats: null,
        origin: null,
        traceparent: null,
      });
      const value = await codec.encode('customer', customer);
      await publisher.send(entityTopic('customer'), { key, value, headers });
    },
    async eraseCustomer(id) {
      await publisher.send(entityTopic('customer'), { key: eventKey(shop, id), value: null, headers: {} });
    },
    async retry(attempt, order) {
      const { eventId: id, version, to, flow, deliveryId } = attempt;
      const headers = formatEventHeaders({
        eventId: id,
        entity: 'order',
        connection: shop,
        vendor: shopVendor.name,
        sourceId: attempt.sourceId,
        number: null,
        version,
        contentHash: order.source.contentHash,
        publishedAtMicros: clock.nowMicros(),
        deleted: false,
        snapshot: false,
        repeats: null,
        origin: null,
        traceparent: null,
      });
      const lane = {
        deliveryId,
        flow,
        flowRevision: 1,
        to,
        attempt: attempt.attempt + 1,
        force: false,
        operationId: 'op-1',
        routedAtMicros: null,
      };
      await publisher.send(laneTopic(erp.name), {
        key: eventKey(shop, attempt.sourceId),
        value: await codec.encode('order', order),
        headers: { ...headers, ...formatLaneHeaders(lane) },
        partition: attempt.lane.partition,
      });
    },
    attempts: () => reports.filter((report) => report.kind === 'attempt'),
    routings: () => reports.filter((report) => report.kind === 'routed'),
    laneReports: () => reports.filter((report) => report.kind === 'lane'),
    async until(what, check, timeoutMs = 25_000) {
      const endsAt = performance.now() + timeoutMs;
      while (!check()) {
        if (performance.now() > endsAt) throw new Error(`${what}: not within ${timeoutMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.stop()));
      await publisher.close();
      await world.close();
    },
  };

  const listening = broker.consume({
    groupId: `test-reports-${run}`,
    topics: [ATTEMPT_TOPIC],
    handler: async ({ value }) => {
      const report = JSON.parse(value?.toString() ?? '{}') as Report;
      if (JSON.stringify(report).includes(run)) reports.push(report);
    },
    onBug: async () => {},
  });
  await listening.ready;
  return bench;
}

/** An order of the shop; `content` is what the model compares. */
export function makeOrder(
  shop: string,
  id: string,
  version: number,
  rest: { sku?: string; cancelled?: boolean; customer?: string } = {},
): Order {
  const vendor = shop.replace('shop', 'fake-shop');
  return createOrder({
    source: {
      connection: shop,
      vendor,
      id,
      number: `#${id}`,
      version,
      contentHash: `hash-${version}`,
      observedAt: version,
    },
    ...(rest.sku === undefined ? {} : { note: `needs ${rest.sku}` }),
    ...(rest.customer === undefined ? {} : { customer: createRef({ id: rest.customer }) }),
    ...(rest.cancelled === true ? { cancelledAt: 1 } : {}),
  });
}

function toModelRecord(order: Order): ModelRecord {
  const { connection, id, version, contentHash } = order.source;
  const sku = /^needs (.+)$/.exec(order.note ?? '')?.[1];
  return {
    deleted: order.deleted,
    id,
    version,
    content: contentHash,
    cancelled: order.cancelledAt !== null,
    ...(sku === undefined ? {} : { sku }),
    ...(order.customer?.id
      ? { basedOn: [{ entity: 'customer', sourceKey: `${connection}/${order.customer.id}` }] }
      : {}),
  };
}
