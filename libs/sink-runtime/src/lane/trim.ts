import type { Broker } from '@entrepot/broker';
import type { VendorLog } from '@entrepot/vendor-kit';
import type { Clock } from '../ports.ts';

const TRIM_EVERY_MS = 60_000;

/**
 * Deletes lane records below the commit, now and then: lanes are kept until delivered (`retention.ms=-1`), so nothing else would.
 * Failing does no harm; the next round deletes more.
 */
export class LaneTrimmer {
  readonly #due = new Map<string, { readonly topic: string; readonly partition: number; readonly offset: bigint }>();
  readonly #broker: Pick<Broker, 'deleteRecordsBelow'>;
  readonly #log: VendorLog;

  constructor(broker: Pick<Broker, 'deleteRecordsBelow'>, log: VendorLog) {
    this.#broker = broker;
    this.#log = log;
  }

  committed(topic: string, partition: number, offset: bigint): void {
    this.#due.set(`${topic}/${partition}`, { topic, partition, offset });
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TRIM_EVERY_MS, signal).catch(() => {});
      if (!signal.aborted) await this.trim();
    }
  }

  async trim(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const { topic, partition, offset } of due) {
      try {
        await this.#broker.deleteRecordsBelow(topic, partition, offset);
      } catch (error) {
        this.#log.warn({ topic, partition, err: error }, 'delivered lane records could not be deleted');
      }
    }
  }
}
