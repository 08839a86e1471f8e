import type { BrokerRecord } from '@entrepot/broker';
import { REPORT_VERSION } from '@entrepot/canonical';
import type { ServiceTrouble } from '@entrepot/store';

/** A report in the shape of a later release: it stays in Kafka until this ledger is upgraded, so that none of it is lost or half read. */
export class NewerReport extends Error {
  override readonly name = 'NewerReport';

  constructor(version: number) {
    super(`a report of version ${version} is of a later release than this ledger, which reads up to ${REPORT_VERSION}`);
  }
}

const NEWER_ADVICE = 'Upgrade the ledger; it then goes on by itself. Nothing is lost: the reports wait in Kafka.';
/** Tried again every few seconds: what was not met again is read, or another replica's by now. */
const STILL_WAITS_MS = 60_000;

/** The partitions that wait before a {@link NewerReport}, for `GET /v1/attention`. */
export class NewerReports {
  private readonly met = new Map<string, { readonly error: NewerReport; readonly atMs: number }>();
  private readonly now: () => Date;

  constructor(now: () => Date) {
    this.now = now;
  }

  note({ topic, partition }: Pick<BrokerRecord, 'topic' | 'partition'>, error: NewerReport): void {
    this.met.set(`${topic}/${partition}`, { error, atMs: this.now().getTime() });
  }

  list(): ServiceTrouble[] {
    const nowMs = this.now().getTime();
    return [...this.met].flatMap(([subject, { error, atMs }]) =>
      nowMs - atMs > STILL_WAITS_MS
        ? []
        : [{ subject, message: `The ledger waits before ${subject}: ${error.message}`, advice: NEWER_ADVICE }],
    );
  }
}
