import type { EntityName } from '@entrepot/canonical';
import type { Masker } from '@entrepot/service-kit/masking';
import type { CallBudget, CallContext, ClientBudget } from '../call.ts';
import type { ConnectionView, ListedValue, Scope, TestReport, VendorLog } from '../connection.ts';
import type { CredentialVault } from '../credentials/index.ts';
import type { SourceEntity } from './entity.ts';
import type { SubscriptionFindings, WebhookReceiver } from './webhook.ts';

/** What a runtime gives a source to open a connection. */
export interface SourceContext<Settings = unknown, Secrets = unknown> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly log: VendorLog;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Shown to the operator on the connection, until replaced by null. */
  raiseAttention(message: string | null): void;
  readonly budget: CallBudget;
  /** Credentials that the vendor gave the connection, shared with its target side. */
  readonly credentials: CredentialVault;
}

/** The same as a vendor gets it: everything that leaves through it is masked. */
export interface GuardedSourceContext<Settings = unknown, Secrets = unknown>
  extends Omit<SourceContext<Settings, Secrets>, 'budget'>,
    ClientBudget {
  /** Knows the secrets of the connection; for the HTTP client, which teaches it those of the session. */
  readonly masker: Masker;
}

/** Webhook subscriptions of a vendor that the connection's client may check. */
export interface SourceWebhook<Settings = unknown, Secrets = unknown, Client = unknown>
  extends WebhookReceiver<Settings, Secrets> {
  /**
   * Compares the vendor's subscriptions with those the connection needs, and creates missing ones, where it may. Left
   * out when the vendor has no list of its subscriptions.
   * @param known topics that an earlier check found at the vendor
   */
  checkSubscriptions?(client: Client, known: readonly string[], call: CallContext): Promise<SubscriptionFindings>;
}

/** Values of one kind, read live. A kind is the name of the value map, or the setting, that it feeds. */
export type ListSourceValues<Client = unknown> = {
  list(client: Client, call: CallContext): Promise<readonly ListedValue[]>;
}['list'];

/**
 * The source side of a vendor, declared entity by entity. Everything but `open` takes the client that `open` made; members are methods, so
 * that a definition with types of its own stands in a list of vendors without a cast.
 */
export interface SourceDefinition<Settings = unknown, Secrets = unknown, Client = unknown> {
  open(context: GuardedSourceContext<Settings, Secrets>): Client;
  close(client: Client): Promise<void>;
  /** Tests the connection: whether sign-in works, reaches the intended system, and what it may read. */
  test(client: Client, call: CallContext): Promise<TestReport>;
  /** Rights that the connection needs at the vendor; empty where rights have no names. Its test says which are missing. */
  readonly scopes: readonly Scope[];
  readonly values: Readonly<Record<string, ListSourceValues<Client>>>;
  /** Left out when the vendor pushes nothing. */
  readonly webhook?: SourceWebhook<Settings, Secrets, Client>;
  readonly entities: { readonly [E in EntityName]?: SourceEntity<E, Client> };
}
