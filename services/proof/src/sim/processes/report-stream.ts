import type { Report } from '@entrepot/canonical';
import type { Conditions } from '../infrastructure/conditions.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import { retriable } from '../infrastructure/stores.ts';

/** Maximum of reports ingested again after a crash. */
const REPLAYED = 5;

interface StreamConditions extends Conditions {
  readonly reports: readonly Report[];
}

/** The ledger's documents in the database. */
export function reachLedger<T>(world: Conditions, process: SimProcess, work: () => T | Promise<T>): Promise<T> {
  return process.call(() => {
    if (world.outages.database) throw retriable('down');
    return work();
  });
}

/** A partition of the topic of reports, as the ledger reads it: in order, and now before the other one, now behind it. */
export class ReportStream {
  readonly #world: StreamConditions;
  readonly #holds: (report: Report) => boolean;
  /** Share of reports before which nobody reads it for a while: its replica was killed, the other's reads on. */
  readonly #lags: number;
  #committed = 0;

  constructor(world: StreamConditions, holds: (report: Report) => boolean, lags: number) {
    this.#world = world;
    this.#holds = holds;
    this.#lags = lags;
  }

  /** Whether every report is ingested. */
  get isDone(): boolean {
    return this.#skip(this.#committed) === this.#world.reports.length;
  }

  /** Takes each report through all steps, until the process dies. A process begins where the one before it has committed, or a little before. */
  async ingestForEver(
    process: SimProcess,
    steps: readonly ((report: Report) => void | Promise<void>)[],
  ): Promise<void> {
    const { random } = this.#world;
    let position = Math.max(0, this.#committed - random.integer(0, REPLAYED));
    while (!process.dead) {
      position = this.#skip(position);
      const report = this.#world.reports[position];
      await process.clock.sleep(report === undefined ? 200 : random.between(0.1, 4), new AbortController().signal);
      if (report === undefined) continue;
      if (this.#lags > 0 && !this.#world.calm && random.chance(this.#lags))
        await process.clock.sleep(random.between(1_000, 8_000), new AbortController().signal);
      for (const step of steps) await this.#persist(process, () => step(report));
      position += 1;
      if (position > this.#committed) this.#committed = position;
    }
  }

  /** Where the next report of the partition is, or will be. */
  #skip(from: number): number {
    const { reports } = this.#world;
    let position = from;
    for (; position < reports.length; position += 1) {
      const report = reports[position];
      if (report !== undefined && this.#holds(report)) break;
    }
    return position;
  }

  async #persist(process: SimProcess, work: () => void | Promise<void>): Promise<void> {
    for (;;) {
      try {
        await reachLedger(this.#world, process, work);
        return;
      } catch (error) {
        if (!(error instanceof Error && 'retriable' in error)) throw error;
        await process.clock.sleep(500, new AbortController().signal);
      }
    }
  }
}
