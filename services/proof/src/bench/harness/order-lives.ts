import { type Broker, connectBroker, type OutgoingRecord } from '@entrepot/broker';
import {
  type AttemptReport,
  createOrder,
  deliveryId,
  type EventHeaders,
  eventId,
  eventKey,
  formatEventHeaders,
  laneTopic,
  listSharedTopics,
  type Order,
  type RoutedReport,
  type RoutingPart,
} from '@entrepot/canonical';
import { type Codec, createCodec, createRegistryClient } from '@entrepot/codec';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import type { BenchServers } from './servers.ts';

export const SHOP = 'shop';
export const ERP = 'erp';
export const FLOW = `order:${SHOP}:${ERP}`;
/** Two calls of an attempt as evidence, cut by the sink: a look-up and a create. */
const CALL_BYTES = 800;

/** The shared topics and schemas, on servers of this bench. */
export async function openTopics(servers: BenchServers): Promise<{ readonly broker: Broker; readonly codec: Codec }> {
  const { kafkaBrokers, registryUrl } = await servers.infra();
  const log = createSilentLogger();
  const metrics = createMetrics({ service: 'bench', processMetrics: false });
  const broker = await connectBroker({ brokers: kafkaBrokers.split(','), clientId: 'bench', log, metrics });
  await broker.ensureTopics(listSharedTopics());
  const codec = createCodec({ registry: createRegistryClient({ baseUrl: registryUrl }) });
  await codec.registerReleased();
  return { broker, codec };
}

/** An order of average size; its identity is in the headers. */
export function sampleOrder(): Order {
  const source = { connection: SHOP, vendor: 'shopify', id: '1', number: '#1', version: 1, contentHash: 'h' };
  return createOrder({ source, email: 'ada@example.com', note: 'x'.repeat(200) });
}

export function headersOf(index: number, publishedAtMs: number): EventHeaders {
  const id = String(index);
  const identity = { entity: 'order' as const, connection: SHOP, id, version: 1, contentHash: 'h' };
  return {
    ...identity,
    eventId: eventId(identity),
    vendor: 'shopify',
    sourceId: id,
    number: `#${id}`,
    publishedAtMicros: publishedAtMs * 1_000,
    deleted: false,
    snapshot: false,
    repeats: null,
    origin: null,
    traceparent: null,
  };
}

export function toRecord(event: EventHeaders, value: Buffer): OutgoingRecord {
  return { key: eventKey(event.connection, event.sourceId), value, headers: formatEventHeaders(event) };
}

export function routedReport(event: EventHeaders): RoutedReport {
  return {
    kind: 'routed',
    reportId: `routed-${event.sourceId}`,
    ...factsOf(event),
    sinkVendor: 'sap-b1',
    record: { topic: 'entrepot.order.v1', partition: 0, offset: event.sourceId },
    publishedAtMicros: event.publishedAtMicros,
    atMicros: event.publishedAtMicros,
    decisions: [
      { deliveryId: deliveryIdOf(event), flow: FLOW, flowRevision: 1, to: ERP, result: 'matched', lane: laneOf(event) },
    ],
  };
}

/** The routing in the first attempt's report of a delivery, when the lane is fast enough. */
export function routingOf({ publishedAtMicros }: EventHeaders): RoutingPart {
  return { sinkVendor: 'sap-b1', publishedAtMicros, flowRevision: 1 };
}

/** By default the only attempt, which delivers it, with its routing in a report of its own. */
export function attemptReport(event: EventHeaders, change: Partial<AttemptReport> = {}): AttemptReport {
  const call = {
    method: 'POST',
    url: 'https://erp.example.com/b1s/v2/Orders',
    status: 201,
    requestBody: 'q'.repeat(CALL_BYTES),
    responseBody: 'a'.repeat(CALL_BYTES),
    startedAtMicros: event.publishedAtMicros,
    durationMs: 50,
  };
  return {
    kind: 'attempt',
    reportId: `attempt-${event.sourceId}`,
    deliveryId: deliveryIdOf(event),
    flow: FLOW,
    flowRevision: 1,
    mappingRevision: 1,
    ...factsOf(event),
    to: ERP,
    lane: laneOf(event),
    operationId: null,
    attempt: 1,
    startedAtMicros: event.publishedAtMicros,
    endedAtMicros: event.publishedAtMicros + 50_000,
    outcome: 'delivered',
    error: null,
    documents: [
      {
        role: 'order',
        subId: null,
        externalRef: `${SHOP}/${event.sourceId}`,
        targetId: `t${event.sourceId}`,
        targetNumber: `5${event.sourceId}`,
        draft: false,
      },
    ],
    waitingOn: [],
    notBeforeMicros: null,
    supersededBy: null,
    exchanges: [{ ...call, method: 'GET', requestBody: null }, call],
    traceparent: null,
    routing: null,
    ...change,
  };
}

function deliveryIdOf(event: EventHeaders): string {
  return deliveryId(FLOW, event.eventId, event.publishedAtMicros);
}

function laneOf({ sourceId }: EventHeaders) {
  return { topic: laneTopic('sap-b1'), partition: 0, offset: sourceId };
}

function factsOf({ eventId: id, entity, connection, sourceId, number, version }: EventHeaders) {
  return { eventId: id, entity, connection, sourceId, number, version };
}
