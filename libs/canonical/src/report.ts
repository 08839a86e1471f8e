import type { EntityName } from './names.ts';

/**
 * What sinks and connectors report to the ledger, as JSON on `entrepot.internal.attempt.v1` (key: the event's key) and
 * `entrepot.internal.unmapped.v1`. Every report carries a `reportId`, so that replays and duplicates are harmless, and the version
 * of its shape (see `formatReport`).
 */
export type Report =
  | RoutedReport
  | AttemptReport
  | ConfirmedReport
  | LaneReport
  | CommandReport
  | UnmappedReport
  | DeadLetterReport;

export interface Coordinates {
  readonly topic: string;
  readonly partition: number;
  /** Kafka offsets exceed 2^53 in theory: a decimal string. */
  readonly offset: string;
}

/** The router's one decision on one record: what each flow does with it. */
export interface RoutedReport {
  readonly kind: 'routed';
  readonly reportId: string;
  readonly eventId: string;
  readonly entity: EntityName;
  readonly connection: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number;
  /** Vendor of the sink service whose router decided. */
  readonly sinkVendor: string;
  readonly record: Coordinates;
  /** When the event was published (or, unreadable, when Kafka took it), microseconds UTC: with `eventId` it names the message. */
  readonly publishedAtMicros: number;
  readonly atMicros: number;
  readonly decisions: readonly RoutingDecision[];
  /** Set when the record could not be read at all (bad headers, not Avro): it has no decisions then. */
  readonly problem?: ErrorDetail;
}

export interface RoutingDecision {
  readonly deliveryId: string;
  readonly flow: string;
  readonly flowRevision: number;
  readonly to: string;
  readonly result: 'matched' | 'skipped' | 'echo';
  /** Why it was skipped, for people. */
  readonly reason?: string;
  /** Stable code of the reason, e.g. `test-order`. */
  readonly reasonCode?: string;
  readonly lane?: Coordinates;
}

/** How one attempt ended; the states of a delivery follow from these (and from the ledger's own retries). */
export const ATTEMPT_OUTCOMES = [
  'delivered',
  'verified',
  'unchanged',
  'superseded',
  'discarded',
  'resolved',
  'accepted',
  'retrying',
  'waiting',
  'in-doubt',
  'mismatch',
  'failed',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export interface ErrorDetail {
  /** VendorError kind, or `mapping`, `decode`, `bug`, `source`. */
  readonly kind: string;
  /** Vendor's or our own code, e.g. `-5002`, `unmapped-tax`. */
  readonly code: string | null;
  /** For people: what happened. Free of secrets and personal data. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string | null;
  /** Field paths the error concerns, canonical or target side. */
  readonly fields: readonly FieldProblem[];
  readonly httpStatus?: number;
  readonly stack?: string;
}

export interface FieldProblem {
  readonly path: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly message?: string;
}

/** One call to a vendor as evidence; bodies are cut to 16 KB, secrets and card data masked. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly requestBody: string | null;
  readonly responseBody: string | null;
  readonly startedAtMicros: number;
  readonly durationMs: number;
}

/**
 * How a record that another one refers to was found in the target: by its own link · by the link that made it in the
 * source's system, read backwards · by our external reference there · by its natural key.
 */
export const COUNTERPART_WAYS = ['link', 'reverse', 'reference', 'natural-key'] as const;
export type CounterpartWay = (typeof COUNTERPART_WAYS)[number];

/** The target's own record that was found for one that the source's record refers to. */
export interface FoundCounterpart {
  readonly entity: EntityName;
  /** `<connection>/<id>` of what the source's record refers to, when known. */
  readonly sourceKey: string | null;
  readonly targetId: string;
  readonly through: CounterpartWay;
}

export interface WaitingKey {
  readonly entity: EntityName;
  /** `<connection>/<id>` of the source record waited for, when known. */
  readonly sourceKey: string | null;
  /** What is looked for in the target, e.g. a SKU or an e-mail (already safe to show). */
  readonly match: string;
  /** Absent: any document of the record counts, also in reports of releases before 0.2. */
  readonly document?: { readonly role: string; readonly subId: string | null };
  /** True: the target's own record counts as well, which became the awaited one in the source's system. Absent: it does not. */
  readonly counterpart?: boolean;
  /** Of a record that is there: the lines of it, as the source numbers them, that are not known yet. Absent: the record itself is awaited. */
  readonly lines?: readonly string[];
}

export interface TargetDocument {
  readonly role: string;
  readonly subId: string | null;
  readonly externalRef: string;
  readonly targetId: string | null;
  /** Number people know it by in the target (SAP DocNum). */
  readonly targetNumber: string | null;
  readonly draft: boolean;
  /** Set while the target has taken the document and not confirmed it; in reports of version 3. */
  readonly accepted?: AcceptedDocument;
}

/** What is known of a document that a target took. */
export interface AcceptedDocument {
  /** What the target gave to ask for it by; null when it gave none. */
  readonly handle: string | null;
  readonly atMicros: number;
  /** When a person is asked unless it is confirmed before; null when there is no deadline. */
  readonly untilMicros: number | null;
}

export interface AttemptReport {
  readonly kind: 'attempt';
  readonly reportId: string;
  readonly deliveryId: string;
  readonly flow: string;
  readonly flowRevision: number;
  readonly mappingRevision: number;
  readonly eventId: string;
  readonly entity: EntityName;
  readonly connection: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number;
  readonly to: string;
  readonly lane: Coordinates;
  /** Ledger's operation that asked for it (retry, reprocess), when one did. */
  readonly operationId: string | null;
  /** 1 for the first automatic attempt; the lane record carries the next number on retries. */
  readonly attempt: number;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
  readonly outcome: AttemptOutcome;
  readonly error: ErrorDetail | null;
  readonly documents: readonly TargetDocument[];
  readonly waitingOn: readonly WaitingKey[];
  /** Absent: none, also in reports of releases before 0.2. */
  readonly counterparts?: readonly FoundCounterpart[];
  /** For `retrying`, `waiting`, `in-doubt`, `accepted`: earliest useful next try, when the sink knows one. */
  readonly notBeforeMicros: number | null;
  /** For `superseded`: the version that overtook it. */
  readonly supersededBy: number | null;
  readonly exchanges: readonly Exchange[];
  readonly traceparent: string | null;
  /** In the first report of a delivery that is its event's only one; null elsewhere, and in reports of version 1. */
  readonly routing: RoutingPart | null;
}

/** What a routing report would say beside the attempt: where the lane is quick enough, that report is left out (see `FirstAttempts`). */
export interface RoutingPart {
  /** Vendor of the sink service whose router decided. */
  readonly sinkVendor: string;
  /** When the event was published, microseconds UTC: with `eventId` it names the message. */
  readonly publishedAtMicros: number;
  /** The flow's revision when the router decided. */
  readonly flowRevision: number;
}

/** The lane's owner has noted on the link that the target holds the document: what it had taken, or in doubt, is confirmed. */
export interface ConfirmedReport {
  readonly kind: 'confirmed';
  /** The same each time the record is read. */
  readonly reportId: string;
  readonly entity: EntityName;
  /** Of the source record. */
  readonly connection: string;
  readonly sourceId: string;
  readonly to: string;
  readonly document: TargetDocument;
  readonly atMicros: number;
}

/** The state of a lane, shown on its deliveries. */
export interface LaneReport {
  readonly kind: 'lane';
  readonly reportId: string;
  readonly connection: string;
  readonly state: 'running' | 'held' | 'needs-attention';
  readonly reason: string | null;
  readonly epoch: number;
  readonly atMicros: number;
}

/** A connector's answer to a command of the ledger. */
export interface CommandReport {
  readonly kind: 'command';
  readonly reportId: string;
  readonly commandId: string;
  readonly connection: string;
  readonly entity: EntityName;
  readonly sourceId: string;
  readonly result: 'new-version' | 'unchanged' | 'not-found' | 'unmapped' | 'failed';
  readonly eventId: string | null;
  readonly version: number | null;
  readonly error: ErrorDetail | null;
  readonly atMicros: number;
}

/** A source record that could not be fetched or mapped: a message without event. */
export interface UnmappedReport {
  readonly kind: 'unmapped';
  readonly reportId: string;
  readonly entity: EntityName;
  readonly vendor: string;
  readonly connection: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly error: ErrorDetail;
  readonly atMicros: number;
}

/**
 * A record on a private topic (lane, inbox, commands) that is none of what belongs there, so that it names no event and no delivery. On
 * `entrepot.internal.unmapped.v1`.
 */
export interface DeadLetterReport {
  readonly kind: 'stray';
  /** The same each time the record is read. */
  readonly reportId: string;
  readonly record: Coordinates;
  /** Kafka's key, as far as it is readable. */
  readonly key: string | null;
  readonly error: ErrorDetail;
  /** When Kafka took it. */
  readonly atMicros: number;
}

/** A command of the ledger to a vendor's connector, as JSON on `entrepot.internal.command.<vendor>` (key: the event key). */
export interface Command {
  readonly commandId: string;
  readonly type: 'refresh';
  readonly connection: string;
  readonly entity: EntityName;
  /** Ids to fetch. */
  readonly sourceIds: readonly string[];
  readonly requestedBy: string;
  readonly atMicros: number;
}
