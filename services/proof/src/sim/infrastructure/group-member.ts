import type { BrokerRecord, ConsumptionOptions, TopicPartition } from '@entrepot/broker';
import { Dispatcher, type DispatcherOptions, type FetchedBatch } from '@entrepot/broker/dispatcher';
import type { Conditions } from './conditions.ts';
import { type Group, type Member, SESSION_MS } from './group.ts';
import type { SimProcess } from './process.ts';

const REBALANCE_MS = 10_000;
const POSITION_RETRY_MS = 50;
const HEARTBEAT_MS = 1_000;
const LOOK_MS = 1_000;

export type MemberOptions = DispatcherOptions & Pick<ConsumptionOptions, 'onAssigned' | 'onRevoked'>;

/** A consumer of a group: the product's dispatcher, fed as its consumption feeds it from kafkajs. */
export class GroupMember implements Member {
  readonly process: SimProcess;
  readonly #world: Conditions;
  readonly #group: Group;
  readonly #options: MemberOptions;
  readonly #dispatcher: Dispatcher;
  readonly #position = new Map<string, bigint>();
  readonly #paused = new Set<string>();
  readonly #fetching = new Set<string>();
  #generation = -1;
  #joinedEpoch = -1;
  #consuming = false;
  #cancelExpiry: () => void = () => {};

  constructor(world: Conditions, process: SimProcess, group: Group, options: MemberOptions) {
    this.#world = world;
    this.process = process;
    this.#group = group;
    this.#options = options;
    this.#dispatcher = new Dispatcher(options, {
      schedule: (delayMs, run) => process.later(delayMs, run),
      pause: (topic, partition) => void this.#paused.add(`${topic}/${partition}`),
      resume: (topic, partition) => {
        this.#paused.delete(`${topic}/${partition}`);
        this.#fetchSoon({ topic, partition });
      },
      commit: (epoch, offsets) => this.#commit(epoch, offsets),
    });
    for (const topic of group.topics) world.logs.onAppend(topic, (record) => this.#fetchSoon(record));
    process.onContinue(() => process.later(world.random.between(0, 1_000), () => this.#heartbeat()));
    for (const topic of options.restingTopics ?? []) this.#lookForEver(topic);
    group.join(this);
  }

  hearOfRebalance(): void {
    this.#consuming = false;
    void this.#dispatcher.flush();
    this.#suspend(REBALANCE_MS);
  }

  joined(partitions: readonly TopicPartition[], generation: number): void {
    this.#cancelExpiry();
    const { epoch, lost } = this.#dispatcher.assign(partitions);
    this.#generation = generation;
    this.#joinedEpoch = epoch;
    this.#consuming = true;
    this.#position.clear();
    if (lost.length > 0) this.#options.onRevoked?.(lost);
    this.#options.onAssigned?.(partitions, lost);
    this.#findPositions(epoch, partitions);
  }

  /** The broker has not answered for a session. */
  hearNothing(): void {
    if (!this.#consuming) return;
    this.#consuming = false;
    this.#suspend(SESSION_MS);
  }

  /** The broker answers again. */
  hearAgain(): void {
    this.#heartbeat();
    if (this.#consuming || this.#generation !== this.#group.generation || !this.#group.members.has(this)) return;
    this.#cancelExpiry();
    if (this.#dispatcher.epoch !== this.#joinedEpoch) {
      this.#group.rebalance();
      return;
    }
    this.#consuming = true;
    this.#dispatcher.unsuspend();
    for (const place of this.#position.keys()) this.#fetchSoon(readPlace(place));
  }

  #heartbeat(): void {
    if (this.#world.outages.broker) {
      this.process.later(HEARTBEAT_MS, () => this.#heartbeat());
      return;
    }
    if (this.#generation === this.#group.generation && this.#group.members.has(this)) return;
    this.hearOfRebalance();
    this.#group.join(this);
  }

  #suspend(timeoutMs: number): void {
    this.#dispatcher.suspend();
    this.#cancelExpiry();
    this.#cancelExpiry = this.process.later(timeoutMs, () => {
      const lost = this.#dispatcher.revokeAll();
      if (lost.length > 0) this.#options.onRevoked?.(lost);
    });
  }

  #findPositions(epoch: number, partitions: readonly TopicPartition[]): void {
    const { outages } = this.#world;
    this.process
      .call(() => {
        if (outages.broker) throw new Error('the broker does not answer');
        return partitions.map((place) => this.#group.committed(place));
      })
      .then(
        (offsets) => {
          for (const [index, place] of partitions.entries()) {
            const start = this.#dispatcher.position(epoch, place, offsets[index] ?? 0n);
            if (start === null) continue;
            this.#position.set(`${place.topic}/${place.partition}`, start);
            this.#fetchSoon(place);
          }
        },
        () => {
          if (this.#dispatcher.epoch === epoch)
            this.process.later(POSITION_RETRY_MS, () => this.#findPositions(epoch, partitions));
        },
      );
  }

  #fetchSoon({ topic, partition }: TopicPartition): void {
    const place = `${topic}/${partition}`;
    const from = this.#position.get(place);
    if (from === undefined || this.process.dead || this.#paused.has(place) || this.#fetching.has(place)) return;
    if (from >= this.#world.logs.end(topic, partition)) return;
    this.#fetching.add(place);
    this.process.later(this.#world.random.between(0.5, 8), () => {
      this.#fetching.delete(place);
      this.#fetch(topic, partition);
    });
  }

  #fetch(topic: string, partition: number): void {
    const { logs, random, outages, calm } = this.#world;
    const place = `${topic}/${partition}`;
    const position = this.#position.get(place);
    if (position === undefined) return;
    if (outages.broker) {
      this.#fetching.add(place);
      this.process.later(500, () => {
        this.#fetching.delete(place);
        this.#fetchSoon({ topic, partition });
      });
      return;
    }
    const log = logs.records(topic, partition);
    // Another broker's answer may still deliver records requested before a rebalance.
    const from = !calm && random.chance(0.03) ? random.integer(0, log.length - 1) : Number(position);
    const records = log.slice(from, from + random.integer(1, 8));
    const last = records.at(-1);
    if (last === undefined) return;
    const result = this.#dispatcher.accept(describeBatch(topic, partition, BigInt(from), records, last));
    if (result.kind === 'taken') this.#position.set(place, result.next);
    else if (result.kind === 'misplaced') this.#position.set(place, result.expected);
    else return;
    this.#fetchSoon({ topic, partition });
  }

  /** Reads the end offsets of a topic whose idle partitions are not fetched; they are as old as their answer. */
  #lookForEver(topic: string): void {
    const { logs, outages } = this.#world;
    this.process.later(LOOK_MS, () => {
      const { epoch } = this.#dispatcher;
      this.process
        .call(() => {
          if (outages.broker) throw new Error('the broker does not answer');
          return this.#dispatcher.listNumbers().map((partition) => [partition, logs.end(topic, partition)] as const);
        })
        .then(
          (ends) => {
            if (this.#dispatcher.epoch !== epoch) return;
            for (const [partition, end] of ends) this.#dispatcher.noteLogEnd(topic, partition, end);
          },
          () => this.#dispatcher.wake(topic),
        )
        .finally(() => this.#lookForEver(topic));
    });
  }

  async #commit(epoch: number, offsets: Parameters<Group['commit']>[2]): Promise<void> {
    const { outages, random, calm } = this.#world;
    if (epoch !== this.#joinedEpoch) throw new Error(`epoch ${epoch} is over`);
    const generation = this.#generation;
    const lost = !calm && random.chance(0.05) ? new Error('the answer got lost') : undefined;
    await this.process.call(() => {
      if (outages.broker) throw new Error('the broker does not answer');
      this.#group.commit(this, generation, offsets);
    }, lost);
  }
}

function describeBatch(
  topic: string,
  partition: number,
  fetchedOffset: bigint,
  records: readonly BrokerRecord[],
  last: BrokerRecord,
): FetchedBatch {
  return {
    topic,
    partition,
    fetchedOffset,
    lastOffset: last.offset,
    undecodable: null,
    count: records.length,
    recordAt: (index) => records[index] as BrokerRecord,
    highWatermark: last.offset + 1n,
  };
}

function readPlace(place: string): TopicPartition {
  const slash = place.lastIndexOf('/');
  return { topic: place.slice(0, slash), partition: Number(place.slice(slash + 1)) };
}
