import type { EntityName } from '@entrepot/canonical';
import type { CallContext } from '../call.ts';
import type { ListedValue, Scope, TestReport } from '../connection.ts';
import type { SourceEntity } from './entity.ts';
import type { SubscriptionFindings, WebhookReceiver } from './webhook.ts';

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
 * The source side of a vendor, declared entity by entity, on the client that the vendor declares once for both sides. Members are methods,
 * so that a definition with types of its own stands in a list of vendors without a cast.
 */
export interface SourceDefinition<Settings = unknown, Secrets = unknown, Client = unknown> {
  /** Tests the connection: whether sign-in works, reaches the intended system, and what it may read. */
  test(client: Client, call: CallContext): Promise<TestReport>;
  /** Rights that the connection needs at the vendor; empty where rights have no names. Its test says which are missing. */
  readonly scopes: readonly Scope[];
  readonly values: Readonly<Record<string, ListSourceValues<Client>>>;
  /** Left out when the vendor pushes nothing. */
  readonly webhook?: SourceWebhook<Settings, Secrets, Client>;
  readonly entities: { readonly [E in EntityName]?: SourceEntity<E, Client> };
}
