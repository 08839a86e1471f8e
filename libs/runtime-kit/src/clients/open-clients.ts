import { randomUUID } from 'node:crypto';
import type { Credentials, Store } from '@entrepot/store';
import {
  type BudgetLimits,
  type ConnectionView,
  openClient,
  type Vendor,
  type VendorClient,
  type VendorLog,
} from '@entrepot/vendor-kit';
import { type BudgetWaits, ConnectionBudget, type ConnectionBudgetOptions } from '../budget/index.ts';
import type { Clock } from '../clock.ts';

/** What the clients of one process have in common. */
export interface OpenClientsOptions {
  /** Names this run of the process among the holders of budgets; never the same again. */
  readonly instance: string;
  readonly credentials: Pick<Credentials, 'vault'>;
  readonly shares: ConnectionBudgetOptions['shares'];
  readonly clock: Clock;
  readonly log: VendorLog;
}

/** A side that works with a client, and what it wants to know of it. */
export interface ClientUser {
  /** What a person must do about the connection; null = nothing any more. Left out: another side shows it. */
  raiseAttention?(message: string | null): void;
  /** Why calls wait for the vendor's limits; null while none does. */
  reportShortage?(reason: string | null): void;
  /** How long calls wait for their places. */
  readonly waits?: BudgetWaits;
}

/** The client of a connection, as one side has it. */
export interface OpenClient extends Pick<VendorClient, 'source' | 'target'> {
  /** What the calls of all sides in this process draw on. */
  readonly budget: ConnectionBudget;
  readonly limits: BudgetLimits;
  /** The vendor refused what it signs in by: who opens the connection next gets another client. */
  spend(): void;
  /** Lets go of it; the last one to do so closes it, when no call is under way any more. Resolves when it is closed, or serves others. */
  release(): Promise<void>;
}

type OpenedVendor = Pick<Vendor, 'client' | 'source' | 'target' | 'budget'>;

/** Calls end by their own timeouts; one that does not is cut off. */
const LAST_CALL_MS = 30_000;

/**
 * The clients of a process: one a connection, whatever sides work with it. New settings or secrets make a new one for whoever opens the
 * connection from then on; the former one serves its users until the last has let go.
 */
export class OpenClients {
  readonly #options: OpenClientsOptions;
  readonly #current = new Map<string, SharedClient>();
  readonly #closing = new Set<Promise<void>>();
  #opened = 0;

  constructor(options: OpenClientsOptions) {
    this.#options = options;
  }

  /** Those of a process that works on this store. @param name of the process, among the holders of budgets */
  static on(
    { credentials, budgets }: Pick<Store, 'credentials' | 'budgets'>,
    { name, clock, log }: Pick<OpenClientsOptions, 'clock' | 'log'> & { readonly name: string },
  ): OpenClients {
    return new OpenClients({ instance: `${name} ${randomUUID()}`, credentials, shares: budgets, clock, log });
  }

  /** @throws what the vendor's settings or client throw */
  open(vendor: OpenedVendor, connection: ConnectionView, user: ClientUser): OpenClient {
    const { id, revision } = connection;
    const known = this.#current.get(id);
    const shared = known?.revision === revision ? known : this.#make(vendor, connection);
    shared.join(user);
    const { client, budget, limits } = shared;
    const forget = (): void => {
      if (this.#current.get(id) === shared) this.#current.delete(id);
    };
    return {
      source: client.source,
      target: client.target,
      budget,
      limits,
      spend: forget,
      release: async () => {
        if (!shared.leave(user)) return;
        forget();
        const closing = shared.close().finally(() => this.#closing.delete(closing));
        this.#closing.add(closing);
        await closing;
      },
    };
  }

  /** Resolves when all that were let go of are closed: what they need of the process may close after it. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #make(vendor: OpenedVendor, connection: ConnectionView): SharedClient {
    this.#opened += 1;
    const shared = new SharedClient(vendor, connection, this.#options, `${this.#options.instance} ${this.#opened}`);
    this.#current.set(connection.id, shared);
    return shared;
  }
}

/** A client with those who work with it. Who joins later gets to know what the others were told. */
class SharedClient {
  readonly revision: number;
  readonly limits: BudgetLimits;
  readonly budget: ConnectionBudget;
  readonly client: VendorClient;
  readonly #connection: string;
  readonly #options: OpenClientsOptions;
  readonly #users = new Set<ClientUser>();
  #attention: string | null = null;
  #shortage: string | null = null;

  constructor(vendor: OpenedVendor, connection: ConnectionView, options: OpenClientsOptions, holder: string) {
    const { clock, credentials, log, shares } = options;
    const { id, settings } = connection;
    this.revision = connection.revision;
    this.#connection = id;
    this.#options = options;
    this.limits = vendor.budget(settings);
    this.budget = new ConnectionBudget({
      connection: id,
      holder,
      limits: this.limits,
      shares,
      clock,
      log,
      waits: {
        observe: (...waited) => {
          for (const { waits } of this.#users) waits?.observe(...waited);
        },
      },
      onShortage: (reason) => {
        this.#shortage = reason;
        for (const user of this.#users) user.reportShortage?.(reason);
      },
    });
    this.client = openClient(vendor, {
      connection,
      log,
      now: () => clock.nowMicros() / 1_000,
      raiseAttention: (message) => {
        this.#attention = message;
        for (const user of this.#users) user.raiseAttention?.(message);
      },
      credentials: credentials.vault(id),
      budget: this.budget,
    });
  }

  join(user: ClientUser): void {
    this.#users.add(user);
    if (this.#attention !== null) user.raiseAttention?.(this.#attention);
    if (this.#shortage !== null) user.reportShortage?.(this.#shortage);
  }

  /** True when it was the last one, and has not left before. */
  leave(user: ClientUser): boolean {
    const left = this.#users.delete(user);
    if (left && this.#shortage !== null) user.reportShortage?.(null);
    return left && this.#users.size === 0;
  }

  async close(): Promise<void> {
    const { clock, log } = this.#options;
    const settled = new AbortController();
    const late = clock.sleep(LAST_CALL_MS, settled.signal).catch(() => {});
    await Promise.race([this.client.settled(), late]);
    settled.abort();
    await this.client
      .close()
      .catch((err: unknown) => log.warn({ err, connection: this.#connection }, 'a client did not close cleanly'));
    await this.budget.close();
  }
}
