import type { BrokerRecord } from '@entrepot/broker';
import {
  type AttemptReport,
  bulkLaneTopic,
  describeDeadLetter,
  type EventHeaders,
  type Exchange,
  eventKey,
  type FoundCounterpart,
  parseEventHeaders,
  parseLaneHeaders,
  type RoutingPart,
} from '@entrepot/canonical';
import type { AttemptResult } from '../attempt/outcomes.ts';
import type { Outages } from '../lane/holds.ts';
import { type Delivery, type Reports } from '../ports.ts';

/** A record on a lane that belongs to no delivery, and confirms none. */
export class NotADelivery extends Error {
  override readonly name = 'NotADelivery';
  /** What to do where one of ours may have written it; undefined where none can. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/**
 * Reads a lane record.
 * @throws NotADelivery when its headers name no delivery or no event
 */
export function readDelivery(record: BrokerRecord, vendor: string): Delivery {
  const lane = parseLaneHeaders(record.headers);
  if (lane === null) throw new NotADelivery('it has no sound headers of a lane');
  const event = readEvent(record);
  return {
    lane,
    event,
    value: record.value ?? Buffer.alloc(0),
    record: { topic: record.topic, partition: record.partition, offset: record.offset.toString() },
    key: eventKey(event.connection, event.sourceId),
    bulk: record.topic === bulkLaneTopic(vendor),
  };
}

function readEvent(record: BrokerRecord): EventHeaders {
  try {
    return parseEventHeaders(record.headers);
  } catch (error) {
    throw new NotADelivery(error instanceof Error ? error.message : String(error));
  }
}

const MAX_EXCHANGES = 20;

/** What the handling of one lane record reports about itself. */
export interface AttemptFacts {
  readonly sinkVendor: string;
  readonly epoch: number;
  /** Counts the reports of one handling, so that each has its own id and a repeated report has the same. */
  readonly sequence: number;
  readonly flowRevision: number;
  readonly mappingRevision: number;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
  readonly exchanges: readonly Exchange[];
  readonly counterparts: readonly FoundCounterpart[];
}

export function buildAttemptReport(delivery: Delivery, result: AttemptResult, facts: AttemptFacts): AttemptReport {
  const { lane, event, record } = delivery;
  return {
    kind: 'attempt',
    reportId: `${record.topic}/${record.partition}/${record.offset}/${facts.epoch}/${facts.sequence}`,
    deliveryId: lane.deliveryId,
    flow: lane.flow,
    flowRevision: facts.flowRevision,
    mappingRevision: facts.mappingRevision,
    eventId: event.eventId,
    entity: event.entity,
    connection: event.connection,
    sourceId: event.sourceId,
    number: event.number,
    version: event.version,
    to: lane.to,
    lane: record,
    operationId: lane.operationId,
    attempt: lane.attempt,
    startedAtMicros: facts.startedAtMicros,
    endedAtMicros: facts.endedAtMicros,
    outcome: result.outcome,
    error: result.error,
    documents: result.documents,
    waitingOn: result.waitingOn,
    counterparts: facts.counterparts,
    notBeforeMicros: result.notBeforeMicros,
    supersededBy: result.supersededBy,
    exchanges: selectExchanges(result, facts.exchanges),
    traceparent: event.traceparent,
    routing: facts.sequence === 1 ? describeRouting(delivery, facts.sinkVendor) : null,
  };
}

function describeRouting({ lane, event }: Delivery, sinkVendor: string): RoutingPart | null {
  if (lane.routedAtMicros === null) return null;
  return { sinkVendor, publishedAtMicros: event.publishedAtMicros, flowRevision: lane.flowRevision };
}

/** The last ones; of a successful attempt only the writes, which are what a person may want to see. */
function selectExchanges({ outcome }: AttemptResult, exchanges: readonly Exchange[]): Exchange[] {
  const wentWell = outcome === 'delivered' || outcome === 'verified' || outcome === 'unchanged';
  const kept = wentWell ? exchanges.filter(({ method }) => method !== 'GET') : exchanges;
  return kept.slice(-MAX_EXCHANGES);
}

interface DeadLetterParts {
  readonly reports: Reports;
  readonly outages: Outages;
  readonly observe: { unreadable(record: BrokerRecord, why: NotADelivery): void };
}

/**
 * Reports a lane record that is no delivery as a dead letter. The ledger has no delivery for it, but it may hold a
 * customer's data, so the report names its topic, partition and offset. Resolves when the report is acknowledged;
 * rejects only when `signal` aborts.
 */
export async function reportDeadLetter(
  { reports, outages, observe }: DeadLetterParts,
  record: BrokerRecord,
  why: NotADelivery,
  signal: AbortSignal,
): Promise<void> {
  const report = describeDeadLetter(record, why.message, why.advice);
  await outages.waitOut(() => reports.send(record.key, report), signal);
  observe.unreadable(record, why);
}
