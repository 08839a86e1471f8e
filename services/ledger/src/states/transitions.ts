import {
  type AttemptOutcome,
  type AttemptReport,
  boundDelayMs,
  type ConfirmedReport,
  type ErrorDetail,
  isInTarget,
  type RoutedReport,
  type RoutingDecision,
} from '@entrepot/canonical';
import { backoffMs } from '@entrepot/service-kit/backoff';
import {
  collectRefs,
  type Delivery,
  type DeliveryState,
  deliveryOfAttempt,
  isFinal,
  keepAttempts,
  newDelivery,
  type Outstanding,
  type RetryRules,
  toAttempt,
  waitsForRecord,
} from './delivery.ts';
import { fingerprintOf } from './fingerprint.ts';

/**
 * Every change of a delivery, pure: reports may arrive twice, late, or before the routing report, and lead to the same document. Each
 * function returns the given delivery itself when nothing changes.
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
    // An attempt was reported before its routing: only the lane position is new. A replayed routing changes nothing.
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

/** Applies the outcome of an attempt. */
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
    // An attempt that ends before it looks for any says nothing of them.
    ...(report.counterparts?.length ? { counterparts: report.counterparts } : {}),
    ...(report.routing === null || delivery.lane !== null ? {} : { lane: report.lane }),
    outstanding: answersOutstanding ? null : delivery.outstanding,
  };
  // Final states absorb: only an operator's later request moves them, or a read-back that confirms them.
  const confirms = delivery.state === 'delivered' && report.outcome === 'verified';
  // Closed here while the sink was writing: the target's state is the truth.
  const writtenAfterAll = CLOSED_UNWRITTEN.includes(delivery.state) && WRITTEN.includes(report.outcome);
  if (isFinal(delivery.state) && !answersOutstanding && !confirms && !writtenAfterAll)
    return touch(delivery, recorded, now);
  const after = stateAfter(delivery, report, rules, now);
  return touch(delivery, { ...recorded, ...after, ...(writtenAfterAll ? { supersededBy: null } : {}) }, now);
}

/** A newer version of the record reached this flow and supersedes an older open delivery of it. */
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
  // A person's request resets the count of automatic tries.
  const tries = outstanding.mode === 'automatic' ? current.automaticTries : 0;
  return touch(current, { outstanding, nextAttemptAt: null, automaticTries: tries }, now);
}

/** Records the progress of the outstanding operation; leaves a different or finished operation alone. */
export function advance(current: Delivery, operationId: string, change: Partial<Outstanding>, now: Date): Delivery {
  if (current.outstanding === null || current.outstanding.operationId !== operationId) return current;
  return touch(current, { outstanding: { ...current.outstanding, ...change } }, now);
}

/**
 * Drops the outstanding operation without an attempt (refresh found nothing to send, operator's request failed). A delivery that resumes
 * without a person gets back the timer that the operation had taken.
 */
export function abandon(current: Delivery, operationId: string, now: Date): Delivery {
  if (current.outstanding === null || current.outstanding.operationId !== operationId) return current;
  const nextAttemptAt = TIMED_STATES.includes(current.state)
    ? (current.nextAttemptAt ?? later(now, ABANDONED_RECHECK_MS))
    : current.nextAttemptAt;
  return touch(current, { outstanding: null, nextAttemptAt }, now);
}

/** Ends an operation that can never be sent (the target is gone): a person is needed, and no timer runs. */
export function giveUp(current: Delivery, operationId: string, reason: string, now: Date): Delivery {
  if (current.outstanding === null || current.outstanding.operationId !== operationId) return current;
  if (isFinal(current.state)) return touch(current, { outstanding: null }, now);
  const problem: ErrorDetail = {
    kind: 'configuration',
    code: 'not-sendable',
    message: reason,
    advice: null,
    fields: [],
  };
  return touch(
    current,
    {
      state: 'failed',
      reason,
      reasonCode: problem.code,
      error: problem,
      fingerprint: fingerprintOf(current.to, current.entity, problem),
      outstanding: null,
      nextAttemptAt: null,
      waitingOn: [],
      waitingKeys: [],
    },
    now,
  );
}

/** Makes a delivery due immediately: what it waited for has appeared, in time or after it had failed for it. */
export function release(current: Delivery, now: Date): Delivery {
  if (!waitsForRecord(current) || current.outstanding !== null) return current;
  if (current.nextAttemptAt !== null && current.nextAttemptAt <= now) return current;
  return touch(current, { nextAttemptAt: now }, now);
}

function later(now: Date, delayMs: number): Date {
  return new Date(now.getTime() + boundDelayMs(delayMs));
}

function untilNotBefore({ notBeforeMicros }: AttemptReport, now: Date): number {
  return (notBeforeMicros ?? 0) / 1_000 - now.getTime();
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
      const delayMs = backoffMs({ firstMs: rules.firstDelayMs, longestMs: rules.maxDelayMs }, tries);
      const at = later(now, Math.max(delayMs, untilNotBefore(report, now)));
      return { ...open('retrying', delivery, report), ...problem, automaticTries: tries, nextAttemptAt: at };
    }
    case 'waiting':
      return {
        ...open('waiting', delivery, report),
        ...problem,
        nextAttemptAt: later(now, rules.waitingRecheckMs),
        reason: describeWaiting(report),
      };
    case 'in-doubt': {
      // The lane checks without a command once the vendor's longest commit has passed; this is the safety net behind it.
      const at = later(now, boundDelayMs(untilNotBefore(report, now)) + IN_DOUBT_RECHECK_MS);
      return { ...open('in-doubt', delivery, report), ...problem, nextAttemptAt: at };
    }
    case 'accepted': {
      // Checked again when the sink says, else periodically: a person approves it in the target.
      const delayMs = report.notBeforeMicros === null ? rules.waitingRecheckMs : untilNotBefore(report, now);
      const at = later(now, delayMs);
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
      // A note of what was left unchanged: for people to read, and no trouble.
      return { ...settled(outcome, now), reason: error?.message ?? null, reasonCode: error?.code ?? null };
    case 'discarded':
    case 'resolved':
      return settled(outcome, now);
  }
}

const IN_DOUBT_RECHECK_MS = 60_000;
const ABANDONED_RECHECK_MS = 30_000;
/** Open states that continue without a person. */
const TIMED_STATES: readonly DeliveryState[] = ['retrying', 'waiting', 'in-doubt', 'accepted'];
const CLOSED_UNWRITTEN: readonly DeliveryState[] = ['superseded', 'discarded', 'resolved'];
const WRITTEN: readonly AttemptOutcome[] = ['delivered', 'verified'];

function open(state: DeliveryState, delivery: Delivery, report: AttemptReport): Partial<Delivery> {
  return {
    state,
    reason: report.error?.message ?? null,
    reasonCode: report.error?.code ?? null,
    automaticTries: delivery.automaticTries,
    nextAttemptAt: null,
    // Also of a failure: what it needs may be confirmed after the deadline.
    waitingOn: report.waitingOn,
    waitingKeys: report.waitingOn.flatMap((key) => waitingKeysOf(delivery.to, key)),
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

/** Index terms that find a wait again: by source record, and by the key that the sink looks up in the target. */
export function waitingKeysOf(to: string, key: { entity: string; sourceKey: string | null; match: string }): string[] {
  const terms = [`${to}|${key.entity}|match:${key.match}`];
  if (key.sourceKey !== null) terms.push(`${to}|${key.entity}|${key.sourceKey}`);
  return terms;
}

/**
 * Index terms of the waits that a report ends. Its record is in its target now, for what waits for it there; and what it became there has a
 * record in the source's system, for what comes back and waits for its counterpart.
 */
export function appearedKeysOf(report: AttemptReport | ConfirmedReport): string[] {
  const { to, entity, connection, sourceId } = report;
  const documents = report.kind === 'confirmed' ? [report.document] : report.documents;
  const made = documents.filter(isInTarget).map(({ targetId }) => targetId);
  const backwards = [...new Set(made)].map((targetId) => `${connection}|${entity}|${to}/${targetId}`);
  return [`${to}|${entity}|${connection}/${sourceId}`, ...backwards];
}

function describeWaiting(report: AttemptReport): string {
  const wanted = report.waitingOn.map((key) => `${key.entity} "${key.match}"`).join(', ');
  return `waits for ${wanted === '' ? 'a record' : wanted} in ${report.to}`;
}

function touch(delivery: Delivery, change: Partial<Delivery>, now: Date): Delivery {
  return { ...delivery, ...change, updatedAt: now };
}
