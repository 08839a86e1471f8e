import type { LaneReport } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { Outage, type Reports } from '../ports.ts';
import type { Outages } from './holds.ts';
import type { LaneState } from './lane-holds.ts';

/** Reports the state of lanes to the ledger: in order for each lane; of several pending changes only the last. */
export class LaneReporter {
  readonly #clock: Clock;
  readonly #reports: Reports;
  readonly #outages: Outages;
  readonly #next = new Map<string, LaneReport>();
  readonly #sending = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(clock: Clock, reports: Reports, outages: Outages) {
    this.#clock = clock;
    this.#reports = reports;
    this.#outages = outages;
  }

  /** A starting lane is not reported: the last reported state stands. */
  note(connection: string, { state, reason }: LaneState, epoch: number): void {
    if (state === 'starting' || this.#stopped.signal.aborted) return;
    const atMicros = this.#clock.nowMicros();
    const reportId = `lane/${connection}/${epoch}/${atMicros}`;
    this.#next.set(connection, { kind: 'lane', reportId, connection, state, reason, epoch, atMicros });
    if (!this.#sending.has(connection)) void this.#send(connection);
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'));
  }

  async #send(connection: string): Promise<void> {
    this.#sending.add(connection);
    try {
      for (let report = this.#next.get(connection); report !== undefined; report = this.#next.get(connection)) {
        await this.#outages.pass(this.#stopped.signal);
        if ((await this.#reach(connection, report)) && this.#next.get(connection) === report)
          this.#next.delete(connection);
      }
    } catch {
      // Stopped: the lane's next owner reports its state.
    } finally {
      this.#sending.delete(connection);
    }
  }

  /**
   * False when Kafka is away: the report is sent again when Kafka is back, since the lane may never change again (it
   * may wait for a person).
   */
  async #reach(connection: string, report: LaneReport): Promise<boolean> {
    try {
      await this.#reports.send(connection, report);
      return true;
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
      this.#outages.note(error);
      return false;
    }
  }
}
