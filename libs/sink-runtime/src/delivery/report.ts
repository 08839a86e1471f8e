import type { AttemptReport, Exchange, RoutingPart } from '@entrepot/canonical';
import type { Delivery } from '../ports.ts';
import type { AttemptResult } from './result.ts';

const MOST_EXCHANGES = 20;

/** What one handling of a lane record tells about itself. */
export interface AttemptFacts {
  readonly sinkVendor: string;
  readonly epoch: number;
  /** Counts the reports of one handling, so that each has its own id and a repeated one the same. */
  readonly sequence: number;
  readonly flowRevision: number;
  readonly mappingRevision: number;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
  readonly exchanges: readonly Exchange[];
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

/** The last ones; of an attempt that went well only the writes, which are what a person may want to see again. */
function selectExchanges({ outcome }: AttemptResult, exchanges: readonly Exchange[]): Exchange[] {
  const wentWell = outcome === 'delivered' || outcome === 'verified' || outcome === 'unchanged';
  const kept = wentWell ? exchanges.filter(({ method }) => method !== 'GET') : exchanges;
  return kept.slice(-MOST_EXCHANGES);
}
