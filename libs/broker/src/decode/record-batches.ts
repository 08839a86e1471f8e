import type { IHeaders, KafkaMessage } from 'kafkajs';
import { DECOMPRESSORS, isTooLargeUnpacked } from './decompress.ts';

/** Stands in a fetch's messages for a batch that cannot be decoded, and whatever lies behind it. */
export type UndecodableMark = DecodedMessage & {
  readonly undecodable: { readonly firstOffset: string; readonly cause: string };
};

/** Most bytes of one batch when unpacked. Producers fill batches of 16 KB to 1 MB before they compress them. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
/** Most records of a batch: the shortest take seven bytes, and some hundred in memory. Publishers send a thousand at most. */
const MAX_BATCH_RECORDS = 250_000;

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

/** What all records of a batch have in common, as kafkajs keeps it with each of them. */
interface BatchContext {
  readonly firstOffset: string;
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/** A record as kafkajs hands it on: it drops control records and those of aborted transactions. */
export type DecodedMessage = KafkaMessage & {
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
};

interface RecordTimes {
  readonly firstMs: bigint;
  /** Set where the broker stamped the batch as a whole. */
  readonly appendedMs: bigint | null;
}

const CUT_OFF = 'its bytes end in the middle of a record';

/**
 * Reads the records of an unpacked batch (Kafka's record format 2). kafkajs' own reader takes a value that is cut off for a shorter one, and a
 * wrong count of headers for a reason to read for ever; here whatever does not fit to the byte is an error.
 */
export class RecordReader {
  private readonly bytes: Buffer;
  private at = 0;
  private end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** @throws Error when the bytes are not exactly `count` records */
  readAll(count: number, context: BatchContext, times: RecordTimes): DecodedMessage[] {
    const messages: DecodedMessage[] = [];
    const first = BigInt(context.firstOffset);
    for (let index = 0; index < count; index += 1) {
      const length = this.readNumber();
      this.end = this.at + length;
      if (length < 0 || this.end > this.bytes.length) throw new Error(CUT_OFF);
      messages.push(this.readOne(first, context, times));
      if (this.at !== this.end) throw new Error('a record has bytes left over');
      this.end = this.bytes.length;
    }
    if (this.at !== this.end) throw new Error(`it has bytes left over behind its ${count} records`);
    return messages;
  }

  private readOne(first: bigint, context: BatchContext, times: RecordTimes): DecodedMessage {
    this.skip(1);
    const timeDelta = this.readNumber();
    const offset = first + BigInt(this.readNumber());
    const key = this.readBytes();
    const value = this.readBytes();
    return {
      key,
      value,
      headers: this.readHeaders(),
      offset: offset.toString(),
      timestamp: (times.appendedMs ?? times.firstMs + BigInt(timeDelta)).toString(),
      attributes: 0,
      isControlRecord: context.isControlBatch,
      batchContext: context,
    };
  }

  /** Of repeated headers the last. */
  private readHeaders(): IHeaders {
    const count = this.readNumber();
    // Each takes two bytes at least.
    if (count < 0 || count > (this.end - this.at) / 2) throw new Error(CUT_OFF);
    const headers: IHeaders = Object.create(null);
    for (let index = 0; index < count; index += 1) {
      const name = this.readBytes();
      if (name === null) throw new Error('a header has no name');
      headers[name.toString()] = this.readBytes() ?? undefined;
    }
    return headers;
  }

  private readBytes(): Buffer | null {
    const length = this.readNumber();
    if (length < 0) return null;
    const from = this.at;
    this.skip(length);
    return this.bytes.subarray(from, this.at);
  }

  private skip(length: number): void {
    this.at += length;
    if (this.at > this.end) throw new Error(CUT_OFF);
  }

  /** Seven bits a byte, the lowest first, the sign in the lowest bit. Whole up to 2^53; only times could be larger, and are not. */
  private readNumber(): number {
    let sum = 0;
    for (let index = 0; index < 10; index += 1) {
      const byte = this.at < this.end ? this.bytes[this.at] : undefined;
      if (byte === undefined) throw new Error(CUT_OFF);
      this.at += 1;
      sum += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
    }
    throw new Error('a number in it has no end');
  }
}
