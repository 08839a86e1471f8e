import type { AttemptReport, RoutedReport, RoutingDecision } from '@entrepot/canonical';
import {
  type Attempt,
  type Delivery,
  type DeliveryState,
  isFinal,
  KEPT_ATTEMPTS,
  type Outstanding,
  type RetryRules,
} from './delivery.ts';
import { fingerprintOf } from './fingerprint.ts';
import { nextDelayMs } from './retry-delay.ts';
import { searchTerms } from './search-terms.ts';

/**
 * Every change of a delivery, pure: reports may come twice, late, or before the routing report, and end in the same document.
 * Each function returns the given delivery itself when nothing changes.
 */

/** The router's decision about one flow. */
export function applyRouting(
  current: Delivery | null,
  report: RoutedReport,
  decision: RoutingDecision,
  now: Date,
): Delivery {
  const state: DeliveryState =
    decision.result === 'matched' ? 'pending' : decision.result === 'echo' ? 'echo' : 'skipped';
  if (current !== null) {
    // An attempt was told before its routing: only the lane position is news. A replayed routing changes nothing.
    if (current.lane !== null || decision.lane === undefined) return current;
    return touch(current, { lane: decision.lane }, now);
  }
  return {
    ...newDelivery(report, decision, now),
    state,
    reason: decision.reason ?? null,
    reasonCode: decision.reasonCode ?? null,
    lane: decision.lane ?? null,
    endedAt: isFinal(state) ? now : null,
  };
}

/** How an attempt ended. */
export function applyAttempt(current: Delivery | null, report: AttemptReport, rules: RetryRules, now: Date): Delivery {
  const delivery = current ?? deliveryOfAttempt(report, now);
  if (delivery.attempts.some((attempt) => attempt.reportId === report.reportId)) return delivery;
  const answersOutstanding = delivery.outstanding !== null && delivery.outstanding.operationId === report.operationId;
  const recorded: Partial<Delivery> = {
    attempts: keepAttempts([...delivery.attempts, toAttempt(report)]),
    attemptCount: delivery.attemptCount + 1,
    mappingRevision: report.mappingRevision,
    documents: report.documents.length > 0 ? report.documents : delivery.documents,
    refs: collectRefs(delivery.refs, report),
    outstanding: answersOutstanding ? null : delivery.outstanding,
  };
  // Final states absorb: only what an operator asked for afterwards moves them, or a read-back that confirms them.
  const confirms = delivery.state === 'delivered' && report.outcome === 'verified';
  if (isFinal(delivery.state) && !answersOutstanding && !confirms) return touch(delivery, recorded, now);
  return touch(delivery, { ...recorded, ...stateAfter(delivery, report, rules, now) }, now);
}

/** A newer version of the record reached this flow: an older open delivery of it is overtaken. */
export function supersede(current: Delivery, byVersion: number, reason: string, now: Date): Delivery {
  if (isFinal(current.state) || current.version >= byVersion) return current;
  return touch(
    current,
    {
      ...settled('superseded', now),
      supersededBy: byVersion,
      reason,
    },
    now,
  );
}

/** An operator ends the delivery by hand. */
export function endByHand(
  current: Delivery,
  state: 'discarded' | 'resolved',
  by: string,
  reason: string,
  now: Date,
): Delivery {
  return touch(current, { ...settled(state, now), endedBy: by, reason }, now);
}

/** Claims the delivery for one retry or reprocess. */
export function begin(current: Delivery, outstanding: Outstanding, now: Date): Delivery {
  // What a person asks for starts the count of automatic tries anew.
  const tries = outstanding.mode === 'automatic' ? current.automaticTries : 0;
  return touch(current, { outstanding, nextAttemptAt: null, automaticTries: tries }, now);
}

/** Notes how far the outstanding operation got; a different or finished operation is left alone. */
export function advance(current: Delivery, operationId: string, change: Partial<Outstanding>, now: Date): Delivery {
  if (current.outstanding === null || current.outstanding.operationId !== operationId) return current;
  return touch(current, { outstanding: { ...current.outstanding, ...change } }, now);
}

/** Drops the outstanding operation without an attempt (refresh found nothing to send, operator's request failed). */
export function abandon(current: Delivery, operationId: string, now: Date): Delivery {
  if (current.outstanding === null || current.outstanding.operationId !== operationId) return current;
  return touch(current, { outstanding: null }, now);
}

/** Makes a waiting delivery due at once: what it waited for has appeared. */
export function release(current: Delivery, now: Date): Delivery {
  if (current.state !== 'waiting' || current.outstanding !== null) return current;
  if (current.nextAttemptAt !== null && current.nextAttemptAt <= now) return current;
  return touch(current, { nextAttemptAt: now }, now);
}

function stateAfter(delivery: Delivery, report: AttemptReport, rules: RetryRules, now: Date): Partial<Delivery> {
  const { outcome, error } = report;
  const problem = { error, fingerprint: error === null ? null : fingerprintOf(delivery.to, delivery.entity, error) };
  switch (outcome) {
    case 'retrying': {
      const tries = delivery.automaticTries + 1;
      if (tries >= rules.attempts) {
        return {
          ...open('failed', delivery, report),
          ...problem,
          automaticTries: tries,
          reason: `gave up after ${tries} attempts`,
        };
      }
      const delayMs = nextDelayMs(tries, rules);
      const at = new Date(Math.max(now.getTime() + delayMs, (report.notBeforeMicros ?? 0) / 1000));
      return { ...open('retrying', delivery, report), ...problem, automaticTries: tries, nextAttemptAt: at };
    }
    case 'waiting':
      return {
        ...open('waiting', delivery, report),
        ...problem,
        nextAttemptAt: new Date(now.getTime() + rules.waitingRecheckMs),
        waitingOn: report.waitingOn,
        waitingKeys: report.waitingOn.flatMap((key) => waitingKeysOf(delivery.to, key)),
        reason: describeWaiting(report),
      };
    case 'in-doubt': {
      // The lane looks by itself once the vendor's longest commit has passed; this is the safety net behind it.
      const at = Math.max(now.getTime(), (report.notBeforeMicros ?? 0) / 1000) + IN_DOUBT_RECHECK_MS;
      return { ...open('in-doubt', delivery, report), ...problem, nextAttemptAt: new Date(at) };
    }
    case 'accepted': {
      // Looked at again from time to time: it is approved in the target, by a person.
      const at = new Date(now.getTime() + rules.waitingRecheckMs);
      return { ...open('accepted', delivery, report), ...problem, nextAttemptAt: at };
    }
    case 'mismatch':
    case 'failed':
      return { ...open(outcome, delivery, report), ...problem };
    case 'superseded':
      return { ...settled('superseded', now), supersededBy: report.supersededBy };
    case 'delivered':
    case 'verified':
    case 'unchanged':
    case 'discarded':
    case 'resolved':
      return settled(outcome, now);
  }
}

const IN_DOUBT_RECHECK_MS = 60_000;

function open(state: DeliveryState, delivery: Delivery, report: AttemptReport): Partial<Delivery> {
  return {
    state,
    reason: report.error?.message ?? null,
    reasonCode: report.error?.code ?? null,
    automaticTries: delivery.automaticTries,
    nextAttemptAt: null,
    waitingOn: [],
    waitingKeys: [],
    endedAt: null,
  };
}

function settled(state: DeliveryState, now: Date): Partial<Delivery> {
  return {
    state,
    reason: null,
    reasonCode: null,
    error: null,
    fingerprint: null,
    nextAttemptAt: null,
    waitingOn: [],
    waitingKeys: [],
    outstanding: null,
    endedAt: now,
  };
}

/** Index terms under which a wait is found again: by source record, and by what is looked for in the target. */
export function waitingKeysOf(to: string, key: { entity: string; sourceKey: string | null; match: string }): string[] {
  const terms = [`${to}|${key.entity}|match:${key.match}`];
  if (key.sourceKey !== null) terms.push(`${to}|${key.entity}|${key.sourceKey}`);
  return terms;
}

function describeWaiting(report: AttemptReport): string {
  const wanted = report.waitingOn.map((key) => `${key.entity} ${key.match}`).join(', ');
  return `waits for ${wanted === '' ? 'a record' : wanted} in ${report.to}`;
}

function newDelivery(report: RoutedReport, decision: RoutingDecision, now: Date): Delivery {
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

function deliveryOfAttempt(report: AttemptReport, now: Date): Delivery {
  return {
    ...blank(now),
    _id: report.deliveryId,
    eventId: report.eventId,
    entity: report.entity,
    flow: report.flow,
    flowRevision: report.flowRevision,
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
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
}

function toAttempt(report: AttemptReport): Attempt {
  const { reportId, attempt, operationId, startedAtMicros, endedAtMicros, outcome, error, exchanges } = report;
  const { flowRevision, mappingRevision } = report;
  return {
    reportId,
    attempt,
    operationId,
    startedAtMicros,
    endedAtMicros,
    outcome,
    error,
    exchanges,
    flowRevision,
    mappingRevision,
  };
}

function keepAttempts(attempts: readonly Attempt[]): readonly Attempt[] {
  if (attempts.length <= KEPT_ATTEMPTS) return attempts;
  return [...attempts.slice(0, 1), ...attempts.slice(attempts.length - KEPT_ATTEMPTS + 1)];
}

function collectRefs(refs: readonly string[], report: AttemptReport): readonly string[] {
  return searchTerms([...refs, ...report.documents.flatMap((document) => [document.targetId, document.targetNumber])]);
}

function touch(delivery: Delivery, change: Partial<Delivery>, now: Date): Delivery {
  return { ...delivery, ...change, updatedAt: now };
}
