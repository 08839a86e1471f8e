import type { Masker } from '@entrepot/service-kit/masking';
import type { CallBudget, ClientBudget } from '../call.ts';
import type { ConnectionView, VendorLog } from '../connection.ts';
import type { CredentialVault } from '../credentials/index.ts';

/** What a runtime gives to open the client of a connection. */
export interface ClientContext<Settings = unknown, Secrets = unknown> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly log: VendorLog;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Shown to the operator on the connection, until replaced by null. */
  raiseAttention(message: string | null): void;
  readonly budget: CallBudget;
  /** Credentials that the vendor gave the connection, shared by all processes. */
  readonly credentials: CredentialVault;
}

/** The same as a vendor gets it: everything that leaves through it is masked. */
export interface GuardedClientContext<Settings = unknown, Secrets = unknown>
  extends Omit<ClientContext<Settings, Secrets>, 'budget'>,
    ClientBudget {
  /** Knows the secrets of the connection; for the HTTP client, which teaches it those of the session. */
  readonly masker: Masker;
}

/**
 * What the calls of a connection go through: sign-in, session, sockets, caches. Source and target work with the same
 * one; a process opens it once for each connection. Members are methods, so that a definition with types of its own
 * stands in a list of vendors without a cast.
 */
export interface ClientDefinition<Settings = unknown, Secrets = unknown, Client = unknown> {
  /** Makes it without a request: what it needs of the vendor it asks for with the first call. */
  open(context: GuardedClientContext<Settings, Secrets>): Client;
  /** Ends what it holds at the vendor (sessions) and here (sockets). Called once, when no side works with it any more. */
  close(client: Client): Promise<void>;
}
