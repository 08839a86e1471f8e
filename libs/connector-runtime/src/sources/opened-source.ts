import type { BudgetWaits, ConnectionBudget } from '@entrepot/runtime-kit/budget';
import type { OpenClients } from '@entrepot/runtime-kit/clients';
import type { ConnectionView, Source, Vendor } from '@entrepot/vendor-kit';

/** The source side of a connection, on the client that all sides of this process share. */
export interface OpenedSource {
  readonly source: Source;
  readonly budget: ConnectionBudget;
  /** Calls at once that the connection allows. */
  readonly concurrency: number;
  /** Aborts when the connection is switched off: calls under way end. */
  readonly signal: AbortSignal;
  /** Aborts when another takes its place: what is under way goes on, and nothing else begins. */
  readonly replaced: AbortSignal;
  /** The vendor refused what its client signs in by: the next one opened is another. */
  spend(): void;
  /** Resolves when its client is closed, or serves others. */
  replace(): Promise<void>;
}

export interface SourceOpenerOptions {
  readonly vendor: Vendor;
  readonly clients: OpenClients;
  readonly waits: BudgetWaits;
}

/** How an opened source tells of itself. */
export interface SourceTold {
  raiseAttention(message: string | null): void;
  /** Why calls wait for the vendor's limits; null while none does. */
  reportShortage(reason: string | null): void;
}

/** @throws what the vendor's settings or client throw */
export function openSource(
  { vendor, clients, waits }: SourceOpenerOptions,
  connection: ConnectionView,
  signal: AbortSignal,
  told: SourceTold,
): OpenedSource {
  const { source, budget, limits, spend, release } = clients.open(vendor, connection, { ...told, waits });
  if (source === null) throw new TypeError(`${vendor.title} has no source side`);
  const replaced = new AbortController();
  return {
    source,
    budget,
    concurrency: limits.concurrency,
    signal,
    replaced: replaced.signal,
    spend,
    replace: () => {
      replaced.abort(new Error('the settings changed'));
      return release();
    },
  };
}
