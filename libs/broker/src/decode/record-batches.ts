import { DECOMPRESSORS, isTooLargeUnpacked } from './decompress.ts';
import { type BatchContext, type DecodedMessage, RecordReader } from './record-reader.ts';

/** Stands in a fetch's messages for a batch that cannot be decoded, and whatever lies behind it. */
export type UndecodableMark = DecodedMessage & {
  readonly undecodable: { readonly firstOffset: string; readonly cause: string };
};

/** Most bytes of one batch when unpacked. Producers fill batches of 16 KB to 1 MB before they compress them. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
/** Most records of a batch: the shortest take seven bytes, and some hundred in memory. Publishers send a thousand at most. */
export const MAX_BATCH_RECORDS = 250_000;

/** What unpacking may still take in one answer of a broker; shared by its partitions. */
export interface UnpackBudget {
  leftBytes: number;
}

// Where things stand in a batch of format 2 (Kafka's "Record Batch").
const AT = {
  length: 8,
  format: 16,
  attributes: 21,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
/** Kafka's largest number. */
const LAST_OFFSET = String(2n ** 63n - 1n);
const LENGTH_COUNTS_FROM = 12;
const FORMAT = 2;
const COMPRESSION_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Decodes what a fetch brought of one partition, up to the first batch that cannot be: for that one comes a mark, and nothing behind it. A batch
 * that is cut off by the fetch's own limit ends it in silence, as does a used up budget: both come with a later fetch.
 */
export async function decodeBatches(bytes: Buffer, budget: UnpackBudget): Promise<DecodedMessage[]> {
  const messages: DecodedMessage[] = [];
  let start = 0;
  while (start + AT.records <= bytes.length) {
    const end = start + LENGTH_COUNTS_FROM + bytes.readInt32BE(start + AT.length);
    if (end > bytes.length) break;
    const batch = bytes.subarray(start, Math.max(end, start + AT.records));
    const context = readContext(batch);
    if (packedBy(batch) !== 0 && budget.leftBytes <= 0) break;
    try {
      if (end < start + AT.records) throw new Error('it is shorter than a batch can be');
      for (const message of await decodeBatch(batch, context, budget)) messages.push(message);
    } catch (error) {
      messages.push(markUndecodable(context, error));
      break;
    }
    start = end;
  }
  return messages;
}

async function decodeBatch(batch: Buffer, context: BatchContext, budget: UnpackBudget): Promise<DecodedMessage[]> {
  const format = batch.readInt8(AT.format);
  if (format !== FORMAT) throw new Error(`its record format is ${format}, only ${FORMAT} can be read`);
  const count = batch.readInt32BE(AT.count);
  if (count < 0 || count > MAX_BATCH_RECORDS)
    throw new Error(`it says that it has ${count} records, ${MAX_BATCH_RECORDS} are taken`);
  // All its records were compacted away.
  if (count === 0) return [];
  const packed = batch.subarray(AT.records);
  const records = packedBy(batch) === 0 ? packed : await unpack(packed, packedBy(batch), budget);
  return new RecordReader(records).readAll(count, context, {
    firstMs: batch.readBigInt64BE(AT.firstTimestamp),
    appendedMs: (readAttributes(batch) & APPEND_TIME) === 0 ? null : batch.readBigInt64BE(AT.maxTimestamp),
  });
}

async function unpack(packed: Buffer, compression: number, budget: UnpackBudget): Promise<Buffer> {
  const found = DECOMPRESSORS.get(compression);
  if (found === undefined) throw new Error(`its compression, number ${compression}, is not known to this build`);
  try {
    const unpacked = await found.decompress(packed, MAX_UNPACKED_BYTES);
    budget.leftBytes -= unpacked.length;
    return unpacked;
  } catch (error) {
    throw new Error(
      isTooLargeUnpacked(error)
        ? `it is larger than ${MAX_UNPACKED_BYTES} bytes when its ${found.name} is unpacked`
        : `its ${found.name} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function readContext(batch: Buffer): BatchContext {
  const attributes = readAttributes(batch);
  return {
    firstOffset: batch.readBigInt64BE(0).toString(),
    producerId: batch.readBigInt64BE(AT.producerId).toString(),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
  };
}

function readAttributes(batch: Buffer): number {
  return batch.readInt16BE(AT.attributes);
}

function packedBy(batch: Buffer): number {
  return readAttributes(batch) & COMPRESSION_MASK;
}

/**
 * kafkajs drops what lies before the fetch's offset, and what belongs to an aborted transaction; what a broken batch says of itself is not to be
 * relied upon for either. So the mark lies behind everything, and belongs to nothing.
 */
function markUndecodable(context: BatchContext, error: unknown): UndecodableMark {
  return {
    key: null,
    value: null,
    headers: {},
    offset: LAST_OFFSET,
    timestamp: '0',
    attributes: 0,
    isControlRecord: false,
    batchContext: { ...context, inTransaction: false, isControlBatch: false },
    undecodable: {
      firstOffset: context.firstOffset,
      cause: error instanceof Error ? error.message : String(error),
    },
  };
}
