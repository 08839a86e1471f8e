import type { BrokerRecord, OutgoingRecord, RecordCoordinates } from '@entrepot/broker';

/** A broker's logs: acknowledged records stay. Readers are notified of each append. */
export class Logs {
  readonly #partitions = new Map<string, BrokerRecord[]>();
  readonly #listeners = new Map<string, ((record: BrokerRecord) => void)[]>();
  readonly #nowMs: () => number;
  readonly #counts: Readonly<Record<string, number>>;

  /** `counts`: the existing topics, with their numbers of partitions. */
  constructor(counts: Readonly<Record<string, number>>, nowMs: () => number) {
    this.#counts = counts;
    this.#nowMs = nowMs;
  }

  topics(): string[] {
    return Object.keys(this.#counts);
  }

  count(topic: string): number {
    return this.#counts[topic] ?? 0;
  }

  records(topic: string, partition: number): readonly BrokerRecord[] {
    return this.#partitions.get(`${topic}/${partition}`) ?? [];
  }

  all(topic: string): BrokerRecord[] {
    return Array.from({ length: this.count(topic) }, (_, partition) => this.records(topic, partition)).flat();
  }

  end(topic: string, partition: number): bigint {
    return BigInt(this.records(topic, partition).length);
  }

  onAppend(topic: string, listener: (record: BrokerRecord) => void): void {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  append(topic: string, { key, value, headers, partition }: OutgoingRecord): RecordCoordinates {
    if (this.count(topic) === 0) throw new Error(`the world has no topic ${topic}`);
    const at = partition ?? hash(key ?? '') % this.count(topic);
    const place = `${topic}/${at}`;
    const records = this.#partitions.get(place) ?? [];
    this.#partitions.set(place, records);
    const offset = BigInt(records.length);
    const record = { topic, partition: at, offset, key, value, headers: headers ?? {}, timestampMs: this.#nowMs() };
    records.push(record);
    for (const listener of this.#listeners.get(topic) ?? []) listener(record);
    return { topic, partition: at, offset: offset.toString() };
  }
}

/** Spreads keys; the distribution does not matter here. */
function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum;
}
