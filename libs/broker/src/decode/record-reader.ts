import type { IHeaders, KafkaMessage } from 'kafkajs';

/** What all records of a batch have in common, as kafkajs keeps it with each of them. */
export interface BatchContext {
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

export interface RecordTimes {
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
