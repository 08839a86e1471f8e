import {
  Dispatcher,
  type DispatcherOptions,
  type FetchedBatch,
  type PartitionOffset,
} from '../src/dispatcher/index.ts';
import type { BrokerRecord } from '../src/record.ts';

/** Small seeded generator (mulberry32), so that a failing seed replays exactly. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Virtual time: events in order of time, then of planning. Promises settle between events. */
export class SimulatedClock {
  nowMs = 0;
  private planned: { atMs: number; order: number; run: () => void }[] = [];
  private order = 0;

  schedule = (delayMs: number, run: () => void): (() => void) => {
    const event = { atMs: this.nowMs + delayMs, order: this.order, run };
    this.order += 1;
    this.planned.push(event);
    return () => {
      this.planned = this.planned.filter((other) => other !== event);
    };
  };

  async runUntil(endMs: number): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      let next: (typeof this.planned)[number] | undefined;
      for (const event of this.planned) {
        if (next === undefined || event.atMs < next.atMs || (event.atMs === next.atMs && event.order < next.order))
          next = event;
      }
      if (next === undefined || next.atMs > endMs) break;
      this.planned = this.planned.filter((event) => event !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }
}

export interface WorldOptions {
  readonly seed: number;
  readonly partitions: number;
  readonly conflate: boolean;
  /** Partitions in which nothing comes are left out of the fetches. */
  readonly rests: boolean;
  readonly limits: {
    maxConcurrent: number;
    maxConcurrentPerPartition: number;
    maxQueuedRecords: number;
    maxQueuedBytes: number;
  };
}

interface Log {
  readonly records: BrokerRecord[];
  end: bigint;
  committed: bigint;
}

/** A broker, and members that fetch as kafkajs does: own fetch position, stale batches, no awaited revoke. */
export class World {
  readonly clock = new SimulatedClock();
  readonly random: () => number;
  readonly logs: Log[] = [];
  readonly finished = new Set<string>();
  readonly faults: string[] = [];
  readonly members: Member[] = [];
  readonly options: WorldOptions;
  calm = false;
  generation = 0;
  private written = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = createRandom(options.seed);
    for (let index = 0; index < options.partitions; index += 1) this.logs.push({ records: [], end: 0n, committed: 0n });
  }

  log(partition: number): Log {
    return this.logs[partition] as Log;
  }

  chance(probability: number): boolean {
    return !this.calm && this.random() < probability;
  }

  append(partition: number): void {
    const log = this.log(partition);
    // Compaction leaves holes.
    if (this.random() < 0.1) log.end += BigInt(1 + Math.floor(this.random() * 3));
    this.written += 1;
    const key = `k${Math.floor(this.random() * 5)}`;
    log.records.push({
      topic: 't',
      partition,
      offset: log.end,
      key: this.random() < 0.1 ? null : `${partition}-${key}`,
      value: Buffer.from(String(this.written)),
      headers: {},
      timestampMs: this.written,
    });
    log.end += 1n;
  }

  /** Everything written is committed. */
  isDone(): boolean {
    return this.logs.every(({ records, committed }) => committed === (records.at(-1)?.offset ?? -1n) + 1n);
  }

  finish(record: BrokerRecord): void {
    this.finished.add(`${record.partition}@${record.offset}`);
  }

  /** A new generation: every partition to one of the members, or (rarely) to nobody. */
  rebalance(members: readonly Member[]): void {
    this.generation += 1;
    const assignment = new Map<Member, number[]>(members.map((member) => [member, []]));
    for (let partition = 0; partition < this.logs.length; partition += 1) {
      if (this.chance(0.1)) continue;
      assignment.get(members[Math.floor(this.random() * members.length)] as Member)?.push(partition);
    }
    for (const [member, partitions] of assignment) member.join(partitions, this.generation);
  }

  commit(generation: number, offsets: readonly PartitionOffset[]): void {
    if (generation !== this.generation) throw new Error('ILLEGAL_GENERATION');
    for (const { partition, offset } of offsets) {
      const log = this.log(partition);
      if (offset < log.committed)
        this.faults.push(`commit of ${partition} went back from ${log.committed} to ${offset}`);
      for (const record of log.records) {
        if (record.offset < offset && !this.finished.has(`${partition}@${record.offset}`)) {
          this.faults.push(`offset ${offset} of ${partition} committed, but ${record.offset} is unfinished`);
        }
      }
      log.committed = offset;
    }
  }
}

export class Member {
  readonly dispatcher: Dispatcher;
  private readonly world: World;
  private generationByEpoch = new Map<number, number>();
  private fetchPosition = new Map<number, bigint>();
  private paused = new Set<number>();
  private runningKeys = new Set<string>();
  private lastStarted = new Map<string, bigint>();

  constructor(world: World) {
    this.world = world;
    const options: DispatcherOptions = {
      handler: (record, signal) => this.handle(record, signal),
      onBug: async (record) => {
        if (world.chance(0.3)) throw new Error('report refused');
        world.finish(record);
      },
      onConflated: async (record, by) => {
        await this.sleep(Math.floor(world.random() * 20));
        if (by.offset <= record.offset || by.key !== record.key)
          world.faults.push(`${record.offset} conflated into ${by.offset}`);
        if (world.chance(0.2)) throw new Error('report refused');
        world.finish(record);
      },
      ...(world.options.conflate ? { latestWins: (record: BrokerRecord) => record.key } : {}),
      ...(world.options.rests ? { restingTopics: ['t'] } : {}),
      limits: world.options.limits,
      commitIntervalMs: 50,
    };
    this.dispatcher = new Dispatcher(options, {
      schedule: world.clock.schedule,
      pause: (_, partition) => void this.paused.add(partition),
      resume: (_, partition) => void this.paused.delete(partition),
      commit: async (epoch, offsets) => {
        await this.sleep(Math.floor(world.random() * 10));
        if (world.chance(0.1)) throw new Error('coordinator moved');
        world.commit(this.generationByEpoch.get(epoch) ?? -1, offsets);
      },
    });
    this.fetchForEver();
    this.lookForEver();
  }

  join(partitions: readonly number[], generation: number): void {
    const { world } = this;
    const { epoch, lost } = this.dispatcher.assign(partitions.map((partition) => ({ topic: 't', partition })));
    for (const { partition } of lost) this.forgetOrder(partition);
    this.generationByEpoch.set(epoch, generation);
    for (const partition of partitions) {
      // kafkajs starts fetching by itself; our own position comes a little later.
      this.fetchPosition.set(partition, world.log(partition).committed);
      world.clock.schedule(Math.floor(world.random() * 30), () => {
        const { committed } = world.log(partition);
        const start = this.dispatcher.position(epoch, { topic: 't', partition }, committed);
        if (start !== null) this.fetchPosition.set(partition, start);
      });
    }
  }

  /** Lost partitions may be handled anew from an earlier offset. */
  private forgetOrder(partition: number): void {
    for (const key of this.lastStarted.keys()) if (key.startsWith(`${partition}/`)) this.lastStarted.delete(key);
  }

  private sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.world.clock.schedule(delayMs, resolve));
  }

  private async handle(record: BrokerRecord, signal: AbortSignal): Promise<void> {
    const { world } = this;
    const name = `${record.partition}/${record.key ?? `@${record.offset}`}`;
    if (signal.aborted) world.faults.push(`${record.offset} of ${name} started after it was lost`);
    if (this.runningKeys.has(name)) world.faults.push(`${record.offset} of ${name} started beside another`);
    const last = this.lastStarted.get(name);
    if (last !== undefined && last >= record.offset) world.faults.push(`${name}: ${record.offset} after ${last}`);
    this.lastStarted.set(name, record.offset);
    this.runningKeys.add(name);
    try {
      if (world.chance(0.1)) throw new TypeError('sync bug');
      const hangs = world.chance(0.03);
      await this.sleep(hangs ? 500 : Math.floor(world.random() * 40));
      if (signal.aborted && world.chance(0.5)) throw new Error('aborted');
      if (world.chance(0.1)) throw new Error('late bug');
      world.finish(record);
    } finally {
      this.runningKeys.delete(name);
    }
  }

  private fetchForEver(): void {
    const { world } = this;
    world.clock.schedule(5 + Math.floor(world.random() * 10), () => {
      for (const [partition, position] of this.fetchPosition) {
        if (this.paused.has(partition)) continue;
        // A second broker's fetch may still bring what was asked for before a rebalance.
        const stale = world.chance(0.05);
        const from = stale ? BigInt(Math.floor(world.random() * Number(world.log(partition).end + 1n))) : position;
        this.fetch(partition, from);
      }
      const { partitions, waiting, running } = this.dispatcher.state();
      // Every partition may hold one record, however small the queue.
      const room = Math.max(world.options.limits.maxQueuedRecords, partitions.length);
      if (waiting > room || running > world.options.limits.maxConcurrent + room) {
        world.faults.push(`${waiting} records waiting and ${running} running, there is room for ${room}`);
      }
      this.fetchForEver();
    });
  }

  /** At the ends of the logs, as they were a moment ago. */
  private lookForEver(): void {
    const { world } = this;
    world.clock.schedule(20 + Math.floor(world.random() * 20), async () => {
      const ends = world.logs.map(({ end }) => end);
      await this.sleep(Math.floor(world.random() * 20));
      if (world.chance(0.1)) this.dispatcher.wake('t');
      else for (const [partition, end] of ends.entries()) this.dispatcher.noteLogEnd('t', partition, end);
      for (const { partition, undecodable } of this.dispatcher.state().partitions)
        if (undecodable !== null && world.random() < 0.3) this.dispatcher.lookAgain('t', partition);
      this.lookForEver();
    });
  }

  private fetch(partition: number, from: bigint): void {
    const log = this.world.log(partition);
    const found = log.records.filter(({ offset }) => offset >= from).slice(0, 1 + Math.floor(this.world.random() * 8));
    if (found.length === 0) return;
    // Now and then what comes cannot be decoded from some record on; a later look finds it mended.
    const sound = this.world.chance(0.05) ? Math.floor(this.world.random() * found.length) : found.length;
    const broken = found[sound];
    const records = found.slice(0, sound);
    const batch: FetchedBatch = {
      topic: 't',
      partition,
      fetchedOffset: from,
      lastOffset: records.at(-1)?.offset ?? from - 1n,
      undecodable: broken === undefined ? null : { offset: broken.offset, cause: 'broken' },
      count: records.length,
      recordAt: (index) => records[index] as BrokerRecord,
      highWatermark: log.end,
    };
    const result = this.dispatcher.accept(batch);
    if (result.kind === 'taken') this.fetchPosition.set(partition, result.next);
    if (result.kind === 'misplaced') this.fetchPosition.set(partition, result.expected);
  }
}
