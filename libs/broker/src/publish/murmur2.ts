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
