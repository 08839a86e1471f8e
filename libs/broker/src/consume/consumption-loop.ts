import type { Logger, Metrics } from '@entrepot/service-kit';
import { createBackoff } from '@entrepot/service-kit/backoff';
import type { Admin, Kafka } from 'kafkajs';
import type { Consumption, ConsumptionOptions, ConsumptionState, TopicPartition } from '../consumption.ts';
import {
  type AcceptResult,
  DEFAULT_LIMITS,
  Dispatcher,
  type DispatcherTrouble,
  type FetchedBatch,
  type PartitionOffset,
  type RunningKeys,
} from '../dispatcher/index.ts';
import { messageOf } from '../kafkajs/errors.ts';
import { createConsumptionMetrics } from './consumption-metrics.ts';
import { EndWatch } from './ends/end-watch.ts';
import type { LogEnds } from './ends/log-ends.ts';
import { awaitPositions } from './ends/positions.ts';
import { logTrouble, logUndecodable } from './log-trouble.ts';
import { MisplacedFetches } from './misplaced-fetches.ts';
import { ConsumerSession, REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS, type SessionListener } from './session.ts';
import { StuckPartitions } from './stuck-partitions.ts';

const REJOIN = { firstMs: 200, longestMs: 5_000 } as const;
const DEFAULT_STOP_DEADLINE_MS = 10_000;
/** What aborted handlers get to return. */
const ABORT_GRACE_MS = 1_000;

export interface ConsumptionParts {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly ends: LogEnds;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly options: ConsumptionOptions;
  /** Keys whose handlers run, over all members of the group in this process. */
  readonly locks: RunningKeys;
}

/** A dispatcher, and one consumer session after the other that feeds it. */
export class ConsumptionLoop implements Consumption, SessionListener {
  readonly groupId: string;
  readonly ready: Promise<void>;
  private readonly parts: ConsumptionParts;
  private readonly log: Logger;
  private readonly dispatcher: Dispatcher;
  private readonly metrics;
  private readonly misplaced: MisplacedFetches;
  private readonly stuck: StuckPartitions;
  private session: ConsumerSession | null = null;
  private status: ConsumptionState['status'] = 'joining';
  private crashes = 0;
  private crashCause: string | null = null;
  /** The epoch whose generation the session has; commits of any other are refused. */
  private joinedEpoch = -1;
  /** Suspended because Kafka does not answer, not because it said so. */
  private silent = false;
  private stopping = false;
  private stopped: Promise<void> | null = null;
  private readonly endWatch: EndWatch;
  private expiry: NodeJS.Timeout | null = null;
  private wakeLoop: () => void = () => undefined;
  private markReady: () => void = () => undefined;

  constructor(parts: ConsumptionParts) {
    const { options } = parts;
    this.parts = parts;
    this.groupId = options.groupId;
    this.log = parts.log.child({ groupId: options.groupId });
    this.ready = new Promise((resolve) => {
      this.markReady = resolve;
    });
    this.metrics = createConsumptionMetrics(parts.metrics, options.groupId, () => this.state());
    this.dispatcher = new Dispatcher(
      {
        ...options,
        onTrouble: (trouble) => this.tellTrouble(trouble),
        onUndecodable: (place, undecodable) => logUndecodable(this.log, place, undecodable),
      },
      {
        schedule: (delayMs, run) => {
          const timer = setTimeout(run, delayMs);
          return () => clearTimeout(timer);
        },
        pause: (topic, partition) => this.session?.pause(topic, partition),
        resume: (topic, partition) => this.session?.resume(topic, partition),
        commit: (epoch, offsets) => this.commit(epoch, offsets),
      },
      parts.locks,
    );
    this.misplaced = new MisplacedFetches({
      dispatcher: this.dispatcher,
      admin: parts.admin,
      log: this.log,
      seek: (position) => this.session?.seek(position),
      onOutOfRange: (topic, lost) => this.metrics.outOfRange(topic, lost),
    });
    this.stuck = new StuckPartitions(this.dispatcher, this.misplaced);
    this.endWatch = new EndWatch(this.dispatcher, parts.ends, options.restingTopics ?? []);
    void this.consumeForEver();
  }

  pause(topic: string, partition: number): void {
    this.dispatcher.hold(topic, partition);
  }

  resume(topic: string, partition: number): void {
    this.dispatcher.release(topic, partition);
  }

  state(): ConsumptionState {
    const { epoch, partitions, running, waiting } = this.dispatcher.state();
    const since = (atMs: number | null | undefined): number | null =>
      atMs == null ? null : Math.round(performance.now() - atMs);
    return {
      groupId: this.groupId,
      status: this.status,
      epoch,
      partitions,
      running,
      waiting,
      sinceHeartbeatMs: since(this.session?.heartbeatAtMs),
      sinceFetchMs: since(this.session?.fetchAtMs),
      crashes: this.crashes,
      crashCause: this.crashCause,
    };
  }

  stop({ deadlineMs = DEFAULT_STOP_DEADLINE_MS }: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.stopped ??= this.shutDown(deadlineMs);
    return this.stopped;
  }

  // From kafkajs, by the session. Everything here returns immediately.

  onJoined(assigned: readonly TopicPartition[]): void {
    if (this.expiry !== null) clearTimeout(this.expiry);
    this.misplaced.clear();
    const { epoch, lost } = this.dispatcher.assign(assigned);
    this.joinedEpoch = epoch;
    this.silent = false;
    this.status = 'consuming';
    this.crashCause = null;
    this.log.info({ epoch, partitions: assigned.length, lost: lost.length }, 'joined the group');
    this.tellRevoked(lost);
    this.callListener(() => this.parts.options.onAssigned?.(assigned, lost));
    void this.findPositions(epoch, assigned);
  }

  onRebalancing(): void {
    this.silent = false;
    this.status = 'rebalancing';
    // Sent before the consumer rejoins: still the generation that owns these partitions.
    void this.dispatcher.flush();
    this.dispatcher.suspend();
    this.expireUnlessJoined(REBALANCE_TIMEOUT_MS);
  }

  onSilent(): void {
    if (this.status !== 'consuming') return;
    this.log.warn({ epoch: this.joinedEpoch }, 'Kafka has been silent for a session: nothing starts until it answers');
    this.silent = true;
    this.status = 'rebalancing';
    this.dispatcher.suspend();
    this.expireUnlessJoined(SESSION_TIMEOUT_MS);
  }

  onHeartbeat(): void {
    if (!this.silent) return;
    this.silent = false;
    if (this.expiry !== null) clearTimeout(this.expiry);
    if (this.dispatcher.epoch === this.joinedEpoch) {
      this.status = 'consuming';
      this.dispatcher.unsuspend();
      return;
    }
    this.session?.abandon(new Error('Kafka answered after the partitions had been given up'));
  }

  onBatch(batch: FetchedBatch): AcceptResult {
    const result = this.dispatcher.accept(batch);
    if (result.kind === 'misplaced') this.misplaced.putRight(batch, result.expected);
    return result;
  }

  onEmptyBatch(topic: string, partition: number, firstOffset: bigint, lastOffset: bigint): void {
    this.dispatcher.skipEmpty(topic, partition, firstOffset, lastOffset);
  }

  private async consumeForEver(): Promise<void> {
    const backoff = createBackoff(REJOIN);
    while (!this.stopping) {
      const { kafka, options } = this.parts;
      const session = new ConsumerSession({
        kafka,
        groupId: this.groupId,
        topics: options.topics,
        log: this.log,
        listener: this,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        owned: () => this.dispatcher.listNumbers(),
      });
      this.session = session;
      const startedAtMs = performance.now();
      const reason = await session.start().then(
        () => session.crashed,
        (error: unknown) => error,
      );
      if (this.stopping) return;
      // A session that held for a while starts the delays anew.
      if (performance.now() - startedAtMs > 60_000) backoff.reset();
      const delayMs = backoff.next();
      this.onCrashed(reason, delayMs);
      await session.stop();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        this.wakeLoop = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private onCrashed(reason: unknown, delayMs: number): void {
    this.crashes += 1;
    this.crashCause = messageOf(reason);
    this.silent = false;
    this.status = 'crashed';
    this.joinedEpoch = -1;
    this.metrics.crashed();
    this.log.error(
      { err: reason, topics: this.parts.options.topics, retryInMs: delayMs },
      `the consumer stopped and is made anew: ${messageOf(reason)}`,
    );
    this.dispatcher.suspend();
    this.expireUnlessJoined(SESSION_TIMEOUT_MS);
  }

  /** Not joined again by then, others own our partitions: what still runs is aborted. */
  private expireUnlessJoined(timeoutMs: number): void {
    if (this.expiry !== null) clearTimeout(this.expiry);
    this.expiry = setTimeout(() => {
      if (this.status !== 'consuming') this.tellRevoked(this.dispatcher.revokeAll());
    }, timeoutMs).unref();
  }

  private async findPositions(epoch: number, assigned: readonly TopicPartition[]): Promise<void> {
    const isOver = (): boolean => this.dispatcher.epoch !== epoch || this.stopping;
    const positions = await awaitPositions(this.parts.admin, this.groupId, assigned, isOver, this.log);
    if (positions === null) return;
    for (const position of positions) {
      const start = this.dispatcher.position(epoch, position, position.offset);
      if (start !== null) this.session?.seek({ ...position, offset: start });
    }
    if (this.dispatcher.epoch === epoch) this.markReady();
    void this.endWatch.refresh();
  }

  private async commit(epoch: number, offsets: readonly PartitionOffset[]): Promise<void> {
    if (epoch !== this.joinedEpoch || this.session === null) throw new Error(`epoch ${epoch} is over`);
    await this.session.commit(offsets);
  }

  private async shutDown(deadlineMs: number): Promise<void> {
    this.stopping = true;
    this.wakeLoop();
    // Before the partitions are paused: it would resume one whose log grows meanwhile.
    this.endWatch.close();
    this.stuck.close();
    for (const { topic, partition } of this.dispatcher.state().partitions) this.session?.pause(topic, partition);
    await this.dispatcher.drain(deadlineMs, ABORT_GRACE_MS);
    await this.dispatcher.flush();
    if (this.expiry !== null) clearTimeout(this.expiry);
    await this.session?.stop();
    this.tellRevoked(this.dispatcher.revokeAll());
    this.dispatcher.close();
    this.metrics.close();
    this.status = 'stopped';
    this.markReady();
  }

  private tellRevoked(lost: readonly TopicPartition[]): void {
    if (lost.length > 0) this.callListener(() => this.parts.options.onRevoked?.(lost));
  }

  private callListener(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.tellTrouble({ kind: 'listener-threw', error });
    }
  }

  private tellTrouble(trouble: DispatcherTrouble): void {
    this.metrics.trouble(trouble.kind);
    logTrouble(this.log, trouble);
  }
}
