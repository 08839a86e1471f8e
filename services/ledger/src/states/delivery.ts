import {
  type AttemptOutcome,
  type AttemptReport,
  CONFIRMATION_OVERDUE,
  type EntityName,
  type ErrorDetail,
  type Exchange,
  type FoundCounterpart,
  type RoutedReport,
  type RoutingDecision,
  type TargetDocument,
  type WaitingKey,
} from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';

/** The states of a delivery. `skipped` and `echo` are the router's decisions: nothing had to be written. */
export const DELIVERY_STATES = [
  'pending',
  'accepted',
  'retrying',
  'waiting',
  'in-doubt',
  'mismatch',
  'failed',
  'delivered',
  'verified',
  'unchanged',
  'echo',
  'skipped',
  'superseded',
  'discarded',
  'resolved',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States that no automatic transition leaves. */
export const FINAL_STATES: readonly DeliveryState[] = [
  'delivered',
  'verified',
  'unchanged',
  'echo',
  'skipped',
  'superseded',
  'discarded',
  'resolved',
];

/** States that need a person. */
export const FAILING_STATES: readonly DeliveryState[] = ['failed', 'mismatch'];

/** Open states that a newer version of the same record supersedes. */
export const OPEN_STATES: readonly DeliveryState[] = DELIVERY_STATES.filter((state) => !FINAL_STATES.includes(state));

export function isFinal(state: DeliveryState): boolean {
  return FINAL_STATES.includes(state);
}

/** One try of a delivery, as kept for the operator. */
export interface Attempt {
  readonly reportId: string;
  readonly attempt: number;
  readonly operationId: string | null;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
  readonly outcome: AttemptOutcome;
  readonly error: ErrorDetail | null;
  readonly exchanges: readonly Exchange[];
  readonly flowRevision: number;
  readonly mappingRevision: number;
}

type OutstandingMode = 'automatic' | 'as-is' | 'refresh';

/** The retry or reprocess in progress; at most one per delivery. */
export interface Outstanding {
  readonly operationId: string;
  readonly mode: OutstandingMode;
  /** `refreshing`: the connector is asked; `sending`: to be appended to the lane; `sent`: in the lane. */
  readonly stage: 'refreshing' | 'sending' | 'sent';
  readonly attempt: number;
  readonly force: boolean;
  /** External references of documents that the operator looked for in the target in vain. Absent: none. */
  readonly createAnew?: readonly string[];
  /** Uses the bulk lane: part of a mass request. */
  readonly bulk: boolean;
  readonly requestedBy: string;
  readonly sinceMs: number;
  /** Its position in the lane, once `sent`. */
  readonly lane: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
}

/** One event on one flow. `_id` is the delivery id. */
export interface Delivery {
  readonly _id: string;
  /** Rises with every write: compare-and-set. */
  readonly revision: number;
  readonly eventId: string;
  readonly entity: EntityName;
  readonly flow: string;
  readonly flowRevision: number;
  readonly mappingRevision: number | null;
  readonly from: string;
  readonly to: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number;
  readonly state: DeliveryState;
  /** The reason of the state, for people; null where the state says all. */
  readonly reason: string | null;
  readonly reasonCode: string | null;
  readonly lane: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly attempts: readonly Attempt[];
  /** Number of all attempts, including those not kept. */
  readonly attemptCount: number;
  /** Automatic tries since the last fresh start; bounds `retrying`. */
  readonly automaticTries: number;
  readonly error: ErrorDetail | null;
  readonly fingerprint: string | null;
  readonly documents: readonly TargetDocument[];
  /** The target's own records that its record was found to refer to. Absent: none, or written by a release before 0.2. */
  readonly counterparts?: readonly FoundCounterpart[];
  readonly waitingOn: readonly WaitingKey[];
  /** Index terms of {@link waitingOn}: `<to>|<entity>|<key>`. */
  readonly waitingKeys: readonly string[];
  readonly nextAttemptAt: Date | null;
  readonly outstanding: Outstanding | null;
  readonly supersededBy: number | null;
  /** The person who ended it by hand. */
  readonly endedBy: string | null;
  /** Search terms: business number, source id, target ids and numbers. */
  readonly refs: readonly string[];
  /** The newest version of its record on its flow, which lists the record. May be true of an older one for a moment. */
  readonly current: boolean;
  /** When the record was first seen, once the message that showed it is past its retention. */
  readonly firstSeenAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}

/** Retry rules of the delivery's flow. */
export interface RetryRules {
  /** Automatic tries in all, the first included. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly waitingRecheckMs: number;
}

const DEFAULT_RULES: RetryRules = flowSettingsSchemaOf('order').parse({}).retry;

/** The rules of a flow; the defaults where it is gone. */
export function retryRulesOf(flow: { readonly settings: { readonly retry: RetryRules } } | null): RetryRules {
  return flow?.settings.retry ?? DEFAULT_RULES;
}

/** Number of attempts kept in full; beyond it, the first and the latest. */
export const KEPT_ATTEMPTS = 25;
/** How many of the latest keep their calls to the vendor (up to 20 calls of 32 KB each). */
export const KEPT_WITH_EXCHANGES = 5;

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

/** May be kept in memory: attempts may be megabytes; most deliveries have one, and no change follows it. */
export function isUntried({ attempts, state }: Delivery): boolean {
  return attempts.length === 0 && !isFinal(state);
}

export function toAttempt(report: AttemptReport): Attempt {
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

/**
 * Keeps the first and the latest attempts, with calls only of the first and the newest few, so that the document stays well below MongoDB's
 * 16 MB.
 */
export function keepAttempts(attempts: readonly Attempt[]): readonly Attempt[] {
  const kept =
    attempts.length <= KEPT_ATTEMPTS
      ? attempts
      : [...attempts.slice(0, 1), ...attempts.slice(attempts.length - KEPT_ATTEMPTS + 1)];
  return kept.map((attempt, index) =>
    index === 0 || index >= kept.length - KEPT_WITH_EXCHANGES || attempt.exchanges.length === 0
      ? attempt
      : { ...attempt, exchanges: [] },
  );
}

export function collectRefs(refs: readonly string[], report: AttemptReport): readonly string[] {
  return searchTerms([...refs, ...report.documents.flatMap((document) => [document.targetId, document.targetNumber])]);
}

/** Normalises a search term: business numbers lose their leading `#`, as most people omit it. */
export function searchTerm(term: string): string {
  return term.startsWith('#') && term.length > 1 ? term.slice(1) : term;
}

/** Terms people type to find a record. */
export function searchTerms(terms: readonly (string | null | undefined)[]): string[] {
  const given = terms.filter((term): term is string => term !== null && term !== undefined && term !== '');
  return [...new Set(given.map(searchTerm))];
}

/** Whether the target took it, and has yet to confirm it, in time or not. */
export function awaitsConfirmation({ state, reasonCode }: Pick<Delivery, 'state' | 'reasonCode'>): boolean {
  return state === 'accepted' || (state === 'failed' && reasonCode === CONFIRMATION_OVERDUE);
}

/** Whether it goes on when another record appears in its target. */
export function waitsForRecord({
  state,
  reasonCode,
  waitingKeys,
}: Pick<Delivery, 'state' | 'reasonCode' | 'waitingKeys'>) {
  return state === 'waiting' || (state === 'failed' && reasonCode === CONFIRMATION_OVERDUE && waitingKeys.length > 0);
}
