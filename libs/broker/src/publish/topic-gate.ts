import { TopicUnknown } from '../errors.ts';

/** How long a missing topic may be on its way: it was created a moment ago, or another process is about to. */
const GRACE_MS = 5_000;
const RETRY_MS = 250;

/**
 * Lets records through once their topic (and partition) is known to exist. Without it one unknown topic would keep a request, and every
 * record behind it, waiting until its deadline.
 */
export class TopicGate {
  private readonly countPartitions: (topic: string) => Promise<number | null>;
  private readonly deadlineMs: number;
  private readonly known = new Map<string, number>();
  private readonly waiting = new Map<string, number>();
  private readonly passing = new Map<string, Promise<void>>();

  constructor(countPartitions: (topic: string) => Promise<number | null>, deadlineMs: number) {
    this.countPartitions = countPartitions;
    this.deadlineMs = deadlineMs;
  }

  isOpen(topic: string, partition: number | undefined): boolean {
    const count = this.known.get(topic);
    return count !== undefined && (partition === undefined || partition < count) && !this.waiting.has(topic);
  }

  /**
   * Rejects with `TopicUnknown`, or with the last error when Kafka could not be asked until the deadline. The caller says `leave` once it
   * has acted: until then the gate stays shut for others, so that no record overtakes.
   */
  pass(topic: string, partition: number | undefined): Promise<void> {
    this.waiting.set(topic, (this.waiting.get(topic) ?? 0) + 1);
    const name = `${topic}/${partition ?? ''}`;
    let passing = this.passing.get(name);
    if (passing === undefined) {
      passing = this.lookUp(topic, partition).finally(() => this.passing.delete(name));
      this.passing.set(name, passing);
    }
    return passing;
  }

  leave(topic: string): void {
    const left = (this.waiting.get(topic) ?? 0) - 1;
    if (left > 0) this.waiting.set(topic, left);
    else this.waiting.delete(topic);
  }

  private async lookUp(topic: string, partition: number | undefined): Promise<void> {
    const startedAtMs = performance.now();
    for (;;) {
      const elapsedMs = performance.now() - startedAtMs;
      try {
        const count = await this.countPartitions(topic);
        if (count !== null) this.known.set(topic, count);
        if (count !== null && (partition === undefined || partition < count)) return;
        if (elapsedMs > Math.min(GRACE_MS, this.deadlineMs))
          throw new TopicUnknown(topic, count === null ? undefined : partition);
      } catch (error) {
        if (error instanceof TopicUnknown || elapsedMs > this.deadlineMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * 32-bit murmur2 as Kafka's Java client computes it (org.apache.kafka.common.utils.Utils), signed. Any Kafka client with the
 * `murmur2` partitioner then finds a key in the same partition.
 */
export function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = SEED ^ length;
  const tail = length & ~3;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - tail;
  if (rest === 3) hash ^= (data[tail + 2] as number) << 16;
  if (rest >= 2) hash ^= (data[tail + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[tail] as number), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}

/** Partition of a keyed record, as Java's default partitioner chooses it. */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}
