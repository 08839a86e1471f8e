import type { EntityName, EntityOf, ErrorDetail } from '@entrepot/canonical';
import type { ConnectionView, ListedValue, TestReport, VendorLog } from './connection.ts';

/** "Something about this record changed": from a webhook, a poll, a file. The record itself is then fetched. */
export interface Hint {
  readonly entity: EntityName;
  /** The record's id in the source. */
  readonly sourceId: string;
  /** What told us, e.g. `orders/updated` or `poll`; for people and logs. */
  readonly cause: string;
  /** The record was removed: no poll will ever tell, so this hint must not be lost. */
  readonly deletion?: boolean;
  /** The record has just been created there: most likely nothing of it is published yet. Saves a look, decides nothing. */
  readonly creation?: boolean;
}

export interface WebhookRequest {
  readonly rawBody: Buffer;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface WebhookMessage {
  readonly hints: readonly Hint[];
  /** Equal for repeated deliveries of one event; null when the vendor gives nothing to tell by. */
  readonly duplicateKey: string | null;
  /** When the vendor says the event happened, microseconds UTC. */
  readonly triggeredAtMicros: number | null;
  /** Something a person should know, e.g. "answered by API version 2026-01, configured 2026-10". */
  readonly attention: string | null;
}

/** The webhook's body or headers make no sense: answered 400. */
export class MalformedWebhook extends Error {
  override readonly name = 'MalformedWebhook';
}

/** Checks the signature of a body while it arrives. */
export interface WebhookVerification {
  /** Takes the next bytes of the raw body, in order. */
  update(chunk: Buffer): void;
  /** True when all that was taken is signed with one of the connection's secrets (constant-time comparison). Called once, at the end. */
  matches(): boolean;
}

/** Receives a vendor's webhooks. Pure: no IO, no waiting. */
export interface WebhookReceiver<Settings = unknown, Secrets = unknown> {
  /** Larger bodies are answered 413 without being read. */
  readonly maxBytes: number;
  /** What a person can do about a webhook larger than that; told with its topic and size. */
  readonly tooLargeAdvice: string;
  /** How long the vendor goes on sending a webhook that was refused. */
  readonly repeatsForMs: number;
  /** The topic that the headers name; null when they name none that the vendor has. For people, so never the header's own text. */
  nameTopic(headers: WebhookRequest['headers']): string | null;
  /**
   * Begins to check a signature, before a byte of the body is read. Null when the headers carry none of the vendor's form: the webhook is
   * then refused without its body.
   */
  verify(headers: WebhookRequest['headers'], connection: ConnectionView<Settings, Secrets>): WebhookVerification | null;
  /**
   * Reads a verified webhook. A topic we have no use for gives no hints.
   * @throws MalformedWebhook when it is not what its topic promises
   */
  read(request: WebhookRequest, connection: ConnectionView<Settings, Secrets>): WebhookMessage;
}

/** Result of fetching one record. The entity's source has version 0 and no hash: the runtime completes it. */
export type Fetched<E extends EntityName = EntityName> =
  | {
      readonly status: 'found';
      readonly sourceId: string;
      readonly entity: EntityOf<E>;
      /** Source's own change stamp, microseconds UTC; null when it has none. */
      readonly stampMicros: number | null;
      readonly number: string | null;
    }
  | { readonly status: 'not-found'; readonly sourceId: string }
  | {
      /** Cannot be mapped (totals do not add up, protected data refused …). */
      readonly status: 'unmapped';
      readonly sourceId: string;
      readonly number: string | null;
      readonly error: ErrorDetail;
    };

/** A record that a fetch gave back before it was whole: fetched again, it goes on from `progress`. */
export interface Unfinished {
  readonly status: 'unfinished';
  readonly sourceId: string;
  /** Null when nothing of it was read yet. */
  readonly progress: ReadProgress | null;
}

/** What was read of a record, as its source left it. The runtime keeps it, within bounds of memory and age, and hands it back. */
export interface ReadProgress {
  /** About what it takes in memory. */
  readonly bytes: number;
  /** The source's own; nobody else looks at it. */
  readonly state: unknown;
}

/** How the runtime follows a fetch. */
export interface Reading {
  /** What earlier fetches read of these records. */
  readonly progress: ReadonlyMap<string, ReadProgress>;
  /**
   * Called right before the request that reads these records from their beginning: what changes from then on may not be seen. A source
   * that waits before it asks calls it, so that what changed while it waited needs no further read. Never called: the fetch's beginning.
   */
  begins(sourceIds: readonly string[]): void;
}

export interface PollPage {
  readonly hints: readonly Hint[];
  /**
   * Where to go on once this page and those before it are published; opaque to the runtime. The next page may be asked for before: what
   * was told stays with the runtime until it is published, so a source need not tell it again.
   */
  readonly cursor: string;
}

export interface SourceContext<Settings, Secrets> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly log: VendorLog;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told to the operator on the connection, until replaced by null. */
  raiseAttention(message: string | null): void;
  /** Calls wait for the vendor's limits, and why; null once they do not. Shown on the connection while it lasts. */
  reportThrottled(reason: string | null): void;
}

/** The source side of one connection. Methods throw {@link VendorError} only. */
export interface Source {
  /**
   * Fetches records by id in as few calls as the vendor allows; one result an id, any order. Where the vendor's budget is short or a record
   * takes many calls, it gives back as soon as anything is whole or was achieved: the rest as `unfinished`, those asked for first begun
   * first. Nothing that was read is lost: it throws only when this fetch achieved nothing.
   */
  fetch<E extends EntityName>(
    entity: E,
    sourceIds: readonly string[],
    signal: AbortSignal,
    reading?: Reading,
  ): Promise<(Fetched<E> | Unfinished)[]>;
  /**
   * Lists what changed since `cursor` (null: from `sinceMicros`, or everything when that is null), oldest first, with the overlap the
   * vendor's clock and paging need. Ends when it has caught up.
   */
  poll(
    entity: EntityName,
    cursor: string | null,
    sinceMicros: number | null,
    signal: AbortSignal,
  ): AsyncIterable<PollPage>;
  test(signal: AbortSignal): Promise<TestReport>;
  listValues(kind: string, signal: AbortSignal): Promise<ListedValue[]>;
  /**
   * Compares what the vendor sends with what the connection needs, and makes again what is missing, where it may. Left out when the vendor
   * has no list of its subscriptions, or the connection takes no webhooks.
   * @param known topics that an earlier check found at the vendor
   */
  checkSubscriptions?(known: readonly string[], signal: AbortSignal): Promise<SubscriptionFindings>;
  close(): Promise<void>;
}

/** What a vendor sends of what a connection needs, by topic. */
export interface SubscriptionFindings {
  /** Sent; those just made included. */
  readonly present: readonly string[];
  /** Were missing, and have been made. */
  readonly made: readonly string[];
  /** Are missing, and why they were not made: for people, with what to do. */
  readonly missing: readonly { readonly topic: string; readonly reason: string }[];
}

export interface SourceDefinition<Settings = unknown, Secrets = unknown> {
  readonly entities: readonly EntityName[];
  /** Most ids one fetch is given; it may look at fewer, by its budget. */
  readonly fetchBatchSize: number;
  /** Default time between reconciliation polls. */
  readonly pollIntervalMs: number;
  readonly webhook: WebhookReceiver<Settings, Secrets> | null;
  open(context: SourceContext<Settings, Secrets>): Source;
}
