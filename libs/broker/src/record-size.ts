/**
 * The largest record an installation takes, key and headers included, unless ENTREPOT_MAX_RECORD_BYTES says otherwise. An order of 300
 * lines with ten properties each is 1.4 MB where it comes from; twice and a half of that leaves room for larger ones, and the consumers'
 * memory, some records a partition, stays small.
 */
export const DEFAULT_MAX_RECORD_BYTES = 4 * 1024 * 1024;
/** Less than Kafka takes by default would refuse what it could carry. */
export const LEAST_MAX_RECORD_BYTES = 1_000_000;
/** A MongoDB document ends at 16 MiB, and the ledger keeps each record in one, beside what it knows of it. */
export const MAX_RECORD_BYTES_CEILING = 12 * 1024 * 1024;

/** What a record may gain on its way to a target: the headers of its lane. */
export const LANE_HEADROOM_BYTES = 32 * 1024;

/** What a topic must take so that each record of the largest size fits, its lane's headers and Kafka's framing beside it. */
export function maxMessageBytes(maxRecordBytes: number): number {
  return maxRecordBytes + 2 * LANE_HEADROOM_BYTES;
}
