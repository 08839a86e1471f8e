import {
  type BudgetDocument,
  type Budgets,
  type LeasedShare,
  releaseShare,
  renewShare,
  type ShareRequest,
  type ShareReturn,
} from '@entrepot/store';
import type { Clock } from '../clock.ts';

/** The stored budgets in memory, on one clock: what holders are answered is computed by the store's own functions. */
export class BudgetModel implements Pick<Budgets, 'renew' | 'release'> {
  /** True: the database does not answer. */
  isAway = false;
  /** Renewals and returns that were written. */
  writes = 0;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #stored = new Map<string, BudgetDocument>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  read(connection: string): BudgetDocument {
    const empty = { revision: 0, renewedAt: new Date(0), pausedUntil: null, holders: [] };
    return this.#stored.get(connection) ?? { _id: connection, ...empty };
  }

  async renew(connection: string, request: ShareRequest): Promise<LeasedShare> {
    if (this.isAway) throw new Error('the database does not answer');
    return this.answer(connection, request);
  }

  async release(connection: string, given: ShareReturn): Promise<void> {
    if (this.isAway) throw new Error('the database does not answer');
    this.takeBack(connection, given);
  }

  /** A renewal as the database makes it, for a simulation that has its own outages. */
  answer(connection: string, request: ShareRequest): LeasedShare {
    const nowMs = this.#clock.monotonicMs();
    const renewed = renewShare(this.read(connection), request, nowMs);
    if (renewed === null) throw new Error('a later request was answered before this one');
    this.#write(renewed.after);
    return { ...renewed.share, remainingMs: () => nowMs + request.leaseMs - this.#clock.monotonicMs() };
  }

  takeBack(connection: string, given: ShareReturn): void {
    this.#write(releaseShare(this.read(connection), given, this.#clock.monotonicMs()));
  }

  #write(document: BudgetDocument): void {
    this.writes += 1;
    this.#stored.set(document._id, document);
  }
}
