import type { ConnectionView } from '../connection.ts';
import type { Hint } from './records.ts';

export interface WebhookRequest {
  readonly rawBody: Buffer;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface WebhookMessage {
  readonly hints: readonly Hint[];
  /** Equal for repeated deliveries of one event; null when the vendor gives no such mark. */
  readonly duplicateKey: string | null;
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

/** How a vendor's signed webhooks are received. Pure: no IO, no waiting. */
export interface WebhookReceiver<Settings = unknown, Secrets = unknown> {
  /** Larger bodies are answered 413 without being read. */
  readonly maxBytes: number;
  /** What a person can do about a webhook larger than that; shown with its topic and size. */
  readonly tooLargeAdvice: string;
  /** How long the vendor keeps sending a webhook that was refused. */
  readonly repeatsForMs: number;
  /** Header that names the topic, lower case. */
  readonly topicHeader: string;
  /**
   * Every topic that {@link read} knows. A header that names another one is never shown: anyone on the internet can
   * write it.
   */
  readonly topics: readonly string[];
  /** False when the connection is polled only: its webhooks are refused, and no subscription is looked for. */
  isTaken(settings: Settings): boolean;
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

/** The vendor's subscriptions compared with those a connection needs, by topic. */
export interface SubscriptionFindings {
  /** Sent; those just made included. */
  readonly present: readonly string[];
  /** Were missing, and have been made. */
  readonly made: readonly string[];
  /** Are missing, and why they were not made: for people, with what to do. */
  readonly missing: readonly { readonly topic: string; readonly reason: string }[];
}
