import type { Logger, Metrics } from '@entrepot/service-kit';
import type { Kafka } from 'kafkajs';
import type { PublisherOptions } from '../broker-contract.ts';
import { PublisherClosed, RecordTooLarge, TopicUnknown } from '../errors.ts';
import { messageOf } from '../kafkajs/errors.ts';
import type { OutgoingRecord, Publisher, RecordCoordinates } from '../record.ts';
import { LANE_HEADROOM_BYTES } from '../record-size.ts';
import { Pending, Sender } from './sender.ts';

const DEFAULTS = { deadlineMs: 120_000, writesLanes: false, maxBatchRecords: 1_000 } as const;
/** Small records gather up to here; a larger one goes alone. Kafka's own default, so that requests stay as short as they are there. */
const MAX_BATCH_BYTES = 1_000_000;
const SWEEP_MS = 250;

export interface OldestWait {
  /** 0 when there is none. */
  readonly ms: number;
  readonly cause: string | null;
}

interface PublisherParts {
  readonly kafka: Kafka;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Partition count of a topic, null when it does not exist. */
  readonly countPartitions: (topic: string) => Promise<number | null>;
  readonly maxRecordBytes: number;
  readonly options?: PublisherOptions;
}

/**
 * Sends immediately when idle and gathers what arrives while a request is under way into the next one: single sends do 3,000/s, batches of a
 * hundred ten times that, and no record waits for a timer.
 */
export class BatchingPublisher implements Publisher {
  private readonly limits: Required<PublisherOptions>;
  private readonly size: { readonly bytes: number; readonly headroom: number };
  private readonly sender: Sender;
  private readonly topics: TopicGate;
  private readonly count;
  private readonly latency;
  private queue: Pending[] = [];
  private inFlight: readonly Pending[] = [];
  private sending = false;
  private closed = false;
  private gated = 0;
  private sweep: NodeJS.Timeout | null = null;
  private whenIdle: (() => void)[] = [];

  constructor(parts: PublisherParts) {
    this.limits = { ...DEFAULTS, ...parts.options };
    const headroom = this.limits.writesLanes ? LANE_HEADROOM_BYTES : 0;
    this.size = { bytes: parts.maxRecordBytes + headroom, headroom };
    this.sender = new Sender({ kafka: parts.kafka, log: parts.log });
    this.topics = new TopicGate(parts.countPartitions, this.limits.deadlineMs);
    this.count = parts.metrics.counter('entrepot_published_records_total');
    this.latency = parts.metrics.histogram('entrepot_publish_seconds');
  }

  /**
   * Rejects with `RecordTooLarge`, `TopicUnknown`, `PublishUnavailable` (deadline passed) or `PublisherClosed`. Records of one topic are
   * written in the order of the calls.
   */
  async send(topic: string, record: OutgoingRecord): Promise<RecordCoordinates> {
    if (this.closed) throw new PublisherClosed();
    const pending = new Pending(topic, record, performance.now());
    if (pending.bytes > this.size.bytes) throw new RecordTooLarge(topic, pending.bytes, this.size);
    if (this.topics.isOpen(topic, record.partition)) this.enqueue(pending);
    else await this.enqueueBehindGate(pending, record.partition);
    try {
      const coordinates = await pending.promise;
      this.count.inc({ topic, outcome: 'acknowledged' });
      this.latency.observe({ topic }, (performance.now() - pending.sentAtMs) / 1_000);
      return coordinates;
    } catch (error) {
      this.count.inc({ topic, outcome: 'failed' });
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (!this.isIdle()) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    await this.sender.close();
  }

  /** How long the oldest unacknowledged record has waited, and for what, as far as is known. */
  oldestWait(): OldestWait {
    const oldest = this.inFlight.find(({ settled }) => !settled) ?? this.queue[0];
    const { lastError } = this.sender;
    return {
      ms: oldest === undefined ? 0 : performance.now() - oldest.sentAtMs,
      cause: lastError === null ? null : messageOf(lastError),
    };
  }

  private async enqueueBehindGate(pending: Pending, partition: number | undefined): Promise<void> {
    this.gated += 1;
    try {
      await this.topics.pass(pending.topic, partition);
      this.enqueue(pending);
    } catch (error) {
      if (error instanceof TopicUnknown) pending.fail(error);
      else pending.expire(this.limits.deadlineMs, error);
    } finally {
      this.topics.leave(pending.topic);
      this.gated -= 1;
      this.reportIdle();
    }
  }

  private enqueue(pending: Pending): void {
    this.queue.push(pending);
    this.sweep ??= setInterval(() => this.expireOverdue(), SWEEP_MS).unref();
    if (this.sending) return;
    this.sending = true;
    // After this turn of the event loop: what is sent together travels together.
    setImmediate(() => void this.sendAll());
  }

  private async sendAll(): Promise<void> {
    while (this.queue.length > 0) {
      this.inFlight = this.takeBatch();
      await this.sender.deliver(this.inFlight);
      this.inFlight = [];
    }
    this.sending = false;
    if (this.sweep !== null) clearInterval(this.sweep);
    this.sweep = null;
    this.reportIdle();
  }

  private takeBatch(): readonly Pending[] {
    this.queue = this.queue.filter(({ settled }) => !settled);
    // Kafka's limit (max.message.bytes) is for the records of one request and partition together, so a batch ends there too.
    let bytes = 0;
    let count = 0;
    for (const pending of this.queue) {
      if (count > 0 && (bytes + pending.bytes > MAX_BATCH_BYTES || count === this.limits.maxBatchRecords)) break;
      bytes += pending.bytes;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private expireOverdue(): void {
    const limit = performance.now() - this.limits.deadlineMs;
    for (const pending of [...this.inFlight, ...this.queue]) {
      if (pending.sentAtMs < limit) pending.expire(this.limits.deadlineMs, this.sender.lastError);
    }
    this.queue = this.queue.filter(({ settled }) => !settled);
    this.reportIdle();
  }

  /** A request may still be under way for records that have all expired: no caller waits for that one. */
  private isIdle(): boolean {
    return this.gated === 0 && this.queue.length === 0 && this.inFlight.every(({ settled }) => settled);
  }

  private reportIdle(): void {
    if (this.isIdle()) for (const resolve of this.whenIdle.splice(0)) resolve();
  }
}

/** How long a missing topic may be on its way: it was created a moment ago, or another process is about to. */
const TOPIC_GRACE_MS = 5_000;
const TOPIC_RETRY_MS = 250;

/**
 * Lets records through once their topic (and partition) is known to exist. Without it one unknown topic would keep a request, and every
 * record behind it, waiting until its deadline.
 */
class TopicGate {
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
        if (elapsedMs > Math.min(TOPIC_GRACE_MS, this.deadlineMs))
          throw new TopicUnknown(topic, count === null ? undefined : partition);
      } catch (error) {
        if (error instanceof TopicUnknown || elapsedMs > this.deadlineMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, TOPIC_RETRY_MS));
    }
  }
}
