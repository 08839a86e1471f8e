import type { Broker } from '@entrepot/broker';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { VendorLog } from '@entrepot/vendor-kit';

const TRIM_EVERY_MS = 60_000;

/**
 * Deletes lane records below the commit, now and then: lanes are kept until delivered (`retention.ms=-1`), so nothing else would.
 * Failing does no harm; the next round tries again.
 */
export class LaneTrimmer {
  /** Topic → partition → what was committed last. */
  readonly #due = new Map<string, Map<number, bigint>>();
  readonly #broker: Pick<Broker, 'deleteRecordsBelow'>;
  readonly #log: VendorLog;

  constructor(broker: Pick<Broker, 'deleteRecordsBelow'>, log: VendorLog) {
    this.#broker = broker;
    this.#log = log;
  }

  committed(topic: string, partition: number, offset: bigint): void {
    const offsets = this.#due.get(topic) ?? new Map<number, bigint>();
    this.#due.set(topic, offsets.set(partition, offset));
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(TRIM_EVERY_MS, signal).catch(() => {});
      if (!signal.aborted) await this.trim();
    }
  }

  async trim(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const [topic, offsets] of due) {
      try {
        await this.#broker.deleteRecordsBelow(topic, offsets);
      } catch (error) {
        this.#log.warn({ topic, partitions: offsets.size, err: error }, 'delivered lane records could not be deleted');
        this.#putBack(topic, offsets);
      }
    }
  }

  /** For the next round: a lane that commits nothing more would never be named again. */
  #putBack(topic: string, offsets: ReadonlyMap<number, bigint>): void {
    this.#due.set(topic, new Map([...offsets, ...(this.#due.get(topic) ?? [])]));
  }
}
