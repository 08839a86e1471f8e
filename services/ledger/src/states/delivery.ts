import type {
  AttemptOutcome,
  EntityName,
  ErrorDetail,
  Exchange,
  TargetDocument,
  WaitingKey,
} from '@entrepot/canonical';

/** Where a delivery can stand. `skipped` and `echo` are the router's decisions: nothing was to be written. */
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

/** States that nothing automatic leaves again. */
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

/** States in which a person is asked to look. */
export const FAILING_STATES: readonly DeliveryState[] = ['failed', 'mismatch'];

/** Open states that a newer version of the same record takes over. */
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

export type OutstandingMode = 'automatic' | 'as-is' | 'refresh';

/** The one retry or reprocess under way; at most one a delivery. */
export interface Outstanding {
  readonly operationId: string;
  readonly mode: OutstandingMode;
  /** `refreshing`: the connector was asked; `sending`: to be appended to the lane; `sent`: in the lane. */
  readonly stage: 'refreshing' | 'sending' | 'sent';
  readonly attempt: number;
  readonly force: boolean;
  /** By the lane of spare rate: one of many asked for at once. */
  readonly bulk: boolean;
  readonly requestedBy: string;
  readonly sinceMs: number;
  /** Where it stands in the lane, once `sent`. */
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
  /** Why it is in this state, for people; null where the state says all. */
  readonly reason: string | null;
  readonly reasonCode: string | null;
  readonly lane: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly attempts: readonly Attempt[];
  /** All attempts made, also those no longer kept. */
  readonly attemptCount: number;
  /** Automatic tries since the last fresh start; bounds `retrying`. */
  readonly automaticTries: number;
  readonly error: ErrorDetail | null;
  readonly fingerprint: string | null;
  readonly documents: readonly TargetDocument[];
  readonly waitingOn: readonly WaitingKey[];
  /** Index terms of {@link waitingOn}: `<to>|<entity>|<key>`. */
  readonly waitingKeys: readonly string[];
  readonly nextAttemptAt: Date | null;
  readonly outstanding: Outstanding | null;
  readonly supersededBy: number | null;
  /** Who ended it by hand. */
  readonly endedBy: string | null;
  /** Search terms: business number, source id, target ids and numbers. */
  readonly refs: readonly string[];
  /** The newest version of its record on its flow, by which the record is listed. May be so of an older one for a moment. */
  readonly current: boolean;
  /** When the record was first seen, once what told so is past its retention. */
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

/** How many attempts are kept whole; of more, the first and the latest. */
export const KEPT_ATTEMPTS = 25;
/** How many of the latest keep their calls to the vendor (up to 20 calls of 32 KB each). */
export const KEPT_WITH_EXCHANGES = 5;
