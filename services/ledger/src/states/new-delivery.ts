import type { AttemptReport, RoutedReport, RoutingDecision } from '@entrepot/canonical';
import type { Delivery } from './delivery.ts';
import { searchTerms } from './search-terms.ts';

export function newDelivery(report: RoutedReport, decision: RoutingDecision, now: Date): Delivery {
  return {
    ...blank(now),
    _id: decision.deliveryId,
    eventId: report.eventId,
    entity: report.entity,
    flow: decision.flow,
    flowRevision: decision.flowRevision,
    from: report.connection,
    to: decision.to,
    sourceId: report.sourceId,
    number: report.number,
    version: report.version,
    refs: searchTerms([report.number, report.sourceId]),
  };
}

export function deliveryOfAttempt(report: AttemptReport, now: Date): Delivery {
  return {
    ...blank(now),
    _id: report.deliveryId,
    eventId: report.eventId,
    entity: report.entity,
    flow: report.flow,
    flowRevision: report.routing?.flowRevision ?? report.flowRevision,
    from: report.connection,
    to: report.to,
    sourceId: report.sourceId,
    number: report.number,
    version: report.version,
    refs: searchTerms([report.number, report.sourceId]),
  };
}

function blank(now: Date) {
  return {
    revision: 0,
    mappingRevision: null,
    state: 'pending' as const,
    reason: null,
    reasonCode: null,
    lane: null,
    attempts: [],
    attemptCount: 0,
    automaticTries: 0,
    error: null,
    fingerprint: null,
    documents: [],
    waitingOn: [],
    waitingKeys: [],
    nextAttemptAt: null,
    outstanding: null,
    supersededBy: null,
    endedBy: null,
    current: true,
    firstSeenAt: null,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
}
