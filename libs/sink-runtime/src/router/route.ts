import type { BrokerRecord, Publisher } from '@entrepot/broker';
import {
  bulkLaneTopic,
  type Coordinates,
  type EntityName,
  type EntityOf,
  type ErrorDetail,
  type EventHeaders,
  entityOfTopic,
  eventKey,
  formatLaneHeaders,
  InvalidEventHeaders,
  laneTopic,
  nameUnreadable,
  parseEventHeaders,
  pickEventHeaders,
  type RoutedReport,
  type RoutingDecision,
} from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Flow } from '@entrepot/store';
import { detailOfBug, detailOfUndecodable } from '../delivery/outcomes.ts';
import { describeProblem } from '../delivery/result.ts';
import type { Outages } from '../lane/outages.ts';
import { type Codec, type Configuration, type Links, Outage, type Reports, TooLarge, Undecodable } from '../ports.ts';
import { decideForFlow, decideOnRepetition } from './decide.ts';

export interface RouterParts {
  readonly vendor: string;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'flowsFrom' | 'lanePartition'>;
  readonly links: Pick<Links, 'get'>;
  readonly codec: Codec;
  /** Throws {@link Outage} when Kafka does not acknowledge. */
  readonly publisher: Pick<Publisher, 'send'>;
  readonly reports: Reports;
  readonly outages: Outages;
  readonly observe: (decision: RoutingDecision['result'] | 'unreadable' | 'no-flow', entity: EntityName | null) => void;
}

/**
 * Handles one record of an entity topic: decides once for every flow of this vendor, appends what matched to the lanes, and reports all
 * decisions. Resolves when the report is acknowledged. Outages of registry, database or broker are waited out; a record that cannot be
 * read is reported and passed over. Rejects only when `signal` aborts.
 */
export async function routeRecord(parts: RouterParts, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    await parts.outages.pass(signal);
    try {
      await routeOnce(parts, record);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Outage)) throw error;
      parts.outages.note(error);
    }
  }
}

/** Accounts for a record whose routing broke down: a bug of ours. Waits out an outage of the broker by rejecting: it is called again. */
export async function reportUnroutable(parts: RouterParts, record: BrokerRecord, error: unknown): Promise<void> {
  const event = readEvent(record);
  await reportProblem(parts, record, detailOfBug(error), 'problem' in event ? null : event);
}

async function routeOnce(parts: RouterParts, record: BrokerRecord): Promise<void> {
  // A tombstone erases a record from the topic; it is no event, and targets are told of deletions by the state before it.
  if (record.value === null) return;
  const event = readEvent(record);
  if ('problem' in event) return reportProblem(parts, record, event.problem, null);
  const flows = parts.configuration.flowsFrom(event.entity, event.connection);
  if (flows.length === 0) return parts.observe('no-flow', event.entity);
  let entity: EntityOf<EntityName>;
  try {
    entity = await parts.codec.decode(event.entity, record.value);
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return reportProblem(parts, record, detailOfUndecodable(error), event);
  }
  const difference = compareIdentity(event, entity);
  if (difference !== null) return reportProblem(parts, record, describeHeaders(difference), event);
  const decisions: RoutingDecision[] = [];
  let tooLarge: TooLarge | null = null;
  for (const flow of flows) {
    try {
      const decision = await routeToFlow(parts, record, event, entity, flow);
      if (decision !== null) decisions.push(decision);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      // The flows behind it are decided all the same: they may skip the event, or their headers leave it room.
      tooLarge = error;
    }
  }
  if (tooLarge === null) await parts.reports.send(record.key, describeRouting(parts, record, event, decisions));
  else await reportProblem(parts, record, describeTooLarge(tooLarge), event, decisions);
  for (const { result } of decisions) parts.observe(result, event.entity);
}

async function routeToFlow(
  parts: RouterParts,
  record: BrokerRecord,
  event: EventHeaders,
  entity: EntityOf<EntityName>,
  flow: Flow,
): Promise<RoutingDecision | null> {
  const sourceKey = eventKey(event.connection, event.sourceId);
  const getLink = () => parts.links.get({ target: flow.to, entity: event.entity, sourceKey });
  // An open intent counts: the document may exist by now, and its later states must reach it.
  const isLinked = async (): Promise<boolean> => ((await getLink())?.documents.length ?? 0) > 0;
  const decision =
    event.repeats === null
      ? await decideForFlow({ event, entity, flow, isLinked })
      : decideOnRepetition(event, flow, await getLink());
  if (decision?.result !== 'matched') return decision;
  return { ...decision, lane: await appendToLane(parts, record, event, decision) };
}

/** Appends the record's own bytes and headers to the target connection's partition of the lane. */
async function appendToLane(
  parts: RouterParts,
  record: BrokerRecord,
  event: EventHeaders,
  decision: RoutingDecision,
): Promise<Coordinates> {
  const partition = await parts.configuration.lanePartition(decision.to);
  const topic = event.snapshot ? bulkLaneTopic(parts.vendor) : laneTopic(parts.vendor);
  const { deliveryId, flow, flowRevision, to } = decision;
  const lane = formatLaneHeaders({ deliveryId, flow, flowRevision, to, attempt: 1, force: false, operationId: null });
  const headers = { ...pickEventHeaders(record.headers), ...lane };
  return parts.publisher.send(topic, { key: record.key, value: record.value, headers, partition });
}

function readEvent(record: BrokerRecord): EventHeaders | { readonly problem: ErrorDetail } {
  try {
    const event = parseEventHeaders(record.headers);
    const entity = entityOfTopic(record.topic);
    if (entity === event.entity) return event;
    return { problem: describeHeaders(`its headers say ${event.entity}, its topic is of ${entity ?? 'no entity'}`) };
  } catch (error) {
    if (!(error instanceof InvalidEventHeaders)) throw error;
    return { problem: describeHeaders(error.message) };
  }
}

function describeHeaders(why: string): ErrorDetail {
  return describeProblem(
    'decode',
    'invalid-headers',
    `The record cannot be routed: ${why}`,
    'Find out who wrote it to this topic; refresh the record at its source, so that it is published again.',
  );
}

/** Of whom headers and content speak must be the same: the one names the document in the target, the other fills it. */
function compareIdentity(event: EventHeaders, { source }: EntityOf<EntityName>): string | null {
  if (source.connection === event.connection && source.id === event.sourceId) return null;
  return `its headers are of ${event.connection}/${event.sourceId}, its content is of another record`;
}

function describeTooLarge(error: TooLarge): ErrorDetail {
  return describeProblem(
    'source',
    'too-large',
    `The record cannot be appended to the lane of its target: ${error.message}`,
    `${error.advice} Then refresh the record. Or make it smaller at its source: its next state is then delivered.`,
  );
}

async function reportProblem(
  parts: RouterParts,
  record: BrokerRecord,
  problem: ErrorDetail,
  event: EventHeaders | null,
  decisions: readonly RoutingDecision[] = [],
): Promise<void> {
  const entity = entityOfTopic(record.topic);
  await parts.reports.send(record.key, { ...describeRouting(parts, record, event, decisions), problem });
  parts.observe('unreadable', entity);
}

function describeRouting(
  parts: RouterParts,
  record: BrokerRecord,
  event: EventHeaders | null,
  decisions: readonly RoutingDecision[],
): RoutedReport {
  const { topic, partition } = record;
  const offset = record.offset.toString();
  const name = event ?? nameUnreadable(record);
  return {
    kind: 'routed',
    reportId: `routed/${parts.vendor}/${topic}/${partition}/${offset}`,
    eventId: name.eventId,
    entity: event?.entity ?? entityOfTopic(topic) ?? 'order',
    connection: name.connection,
    sourceId: name.sourceId,
    number: event?.number ?? null,
    version: event?.version ?? 0,
    sinkVendor: parts.vendor,
    record: { topic, partition, offset },
    publishedAtMicros: event?.publishedAtMicros ?? record.timestampMs * 1_000,
    atMicros: parts.clock.nowMicros(),
    decisions,
  };
}
