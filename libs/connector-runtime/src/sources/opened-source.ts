import { randomUUID } from 'node:crypto';
import { ConnectionBudget, type ConnectionBudgetOptions } from '@entrepot/runtime-kit/budget';
import type { Logger } from '@entrepot/service-kit';
import type { Credentials } from '@entrepot/store';
import { type ConnectionView, openSource, type Source, type SourceDefinition, type Vendor } from '@entrepot/vendor-kit';

/** The source side of a connection, with the budget that its calls draw on. */
export interface OpenedSource {
  readonly source: Source;
  readonly budget: ConnectionBudget;
  /** Calls at once that the connection allows. */
  readonly concurrency: number;
  /** Aborts when it is closed. */
  readonly signal: AbortSignal;
  close(reason: Error): Promise<void>;
}

export interface SourceOpenerOptions {
  readonly vendor: Vendor;
  readonly definition: SourceDefinition;
  readonly credentials: Pick<Credentials, 'vault'>;
  readonly budgets: Pick<ConnectionBudgetOptions, 'shares' | 'clock' | 'waits'>;
  readonly log: Logger;
}

/** How an opened source tells of itself. */
export interface SourceTold {
  raiseAttention(message: string | null): void;
  /** Why calls wait for the vendor's limits; null while none does. */
  reportShortage(reason: string | null): void;
}

/** @throws what the vendor's settings or client throw */
export function openWithBudget(
  { vendor, definition, credentials, budgets, log }: SourceOpenerOptions,
  connection: ConnectionView,
  end: AbortSignal,
  { raiseAttention, reportShortage }: SourceTold,
): OpenedSource {
  const { id } = connection;
  const limits = vendor.budget(connection.settings);
  const budget = new ConnectionBudget({
    ...budgets,
    connection: id,
    holder: `connector ${randomUUID()}`,
    limits,
    log,
    onShortage: reportShortage,
  });
  const source = openSource(definition, {
    connection,
    log: log.child({ connection: id }),
    now: Date.now,
    raiseAttention,
    credentials: credentials.vault(id),
    budget,
  });
  const abort = new AbortController();
  return {
    source,
    budget,
    concurrency: limits.concurrency,
    signal: AbortSignal.any([abort.signal, end]),
    async close(reason) {
      abort.abort(reason);
      await source.close().catch((err: unknown) => log.warn({ err, connection: id }, 'source did not close cleanly'));
      await budget.close();
    },
  };
}
