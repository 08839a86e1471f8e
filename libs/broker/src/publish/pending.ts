import type { Message } from 'kafkajs';
import { PublishUnavailable } from '../errors.ts';
import type { OutgoingRecord, RecordCoordinates } from '../record.ts';

/** Framing of a record beside key, value and headers, generously. */
const RECORD_FRAMING_BYTES = 64;
const HEADER_FRAMING_BYTES = 10;

/** A record between `send` and its acknowledgement. */
export class Pending {
  readonly topic: string;
  readonly message: Message;
  readonly bytes: number;
  readonly sentAtMs: number;
  readonly promise: Promise<RecordCoordinates>;
  /** Partition once chosen; kept over retries, so that a retried request is the same request. */
  partition: number | null;
  /** The records it is sent with. */
  batch: readonly Pending[] = [];
  inFlight = false;
  settled = false;
  private resolve!: (coordinates: RecordCoordinates) => void;
  private reject!: (error: Error) => void;

  constructor(topic: string, record: OutgoingRecord, nowMs: number) {
    this.topic = topic;
    this.message = {
      key: record.key,
      value: record.value,
      ...(record.headers === undefined ? {} : { headers: { ...record.headers } }),
    };
    this.partition = record.partition ?? null;
    this.bytes = measure(record);
    this.sentAtMs = nowMs;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  acknowledge(offset: bigint): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve({ topic: this.topic, partition: this.partition ?? 0, offset: offset.toString() });
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(error);
  }

  expire(deadlineMs: number, cause: unknown): void {
    this.fail(new PublishUnavailable(this.topic, deadlineMs, this.inFlight, cause));
  }
}

function measure({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_FRAMING_BYTES + (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0);
  for (const [name, text] of Object.entries(headers ?? {})) {
    bytes += HEADER_FRAMING_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}
