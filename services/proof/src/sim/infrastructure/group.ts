import type { TopicPartition } from '@entrepot/broker';
import type { PartitionOffset } from '@entrepot/broker/dispatcher';
import type { Conditions } from './conditions.ts';
import type { SimProcess } from './process.ts';

export const SESSION_MS = 6_000;

/** A process in a group, as its coordinator sees it. */
export interface Member {
  readonly process: SimProcess;
  hearOfRebalance(): void;
  hearNothing(): void;
  hearAgain(): void;
  joined(partitions: readonly TopicPartition[], generation: number): void;
}

/** A consumer group at its coordinator: generations, assignments, committed offsets. */
export class Group {
  readonly topics: readonly string[];
  readonly members = new Set<Member>();
  readonly #world: Conditions;
  readonly #committed = new Map<string, bigint>();
  /** Names what is wrong with a commit: offsets below which something is unfinished. */
  readonly #check: (place: PartitionOffset, before: bigint) => void;
  #generation = 0;
  #rebalancing = false;

  constructor(world: Conditions, topics: readonly string[], check: (place: PartitionOffset, before: bigint) => void) {
    this.#world = world;
    this.topics = topics;
    this.#check = check;
  }

  get generation(): number {
    return this.#generation;
  }

  committed({ topic, partition }: TopicPartition): bigint {
    return this.#committed.get(`${topic}/${partition}`) ?? 0n;
  }

  /** Every record of every topic is finished. */
  get isDone(): boolean {
    const { logs } = this.#world;
    return this.topics.every((topic) =>
      Array.from({ length: logs.count(topic) }).every(
        (_, partition) => this.committed({ topic, partition }) >= logs.end(topic, partition),
      ),
    );
  }

  join(member: Member): void {
    this.members.add(member);
    this.rebalance();
  }

  leave(member: Member): void {
    if (this.members.delete(member)) this.rebalance();
  }

  /** Members learn of it with their next heartbeat; a member that is silent by the end leaves the group. */
  rebalance(): void {
    if (this.#rebalancing) return;
    this.#rebalancing = true;
    const { clock, random } = this.#world;
    for (const member of this.members) member.process.later(random.between(0, 1_000), () => member.hearOfRebalance());
    clock.schedule(random.between(1_000, 2_000), () => this.#complete());
  }

  commit(member: Member, generation: number, offsets: readonly PartitionOffset[]): void {
    if (generation !== this.#generation || !this.members.has(member)) throw new Error('ILLEGAL_GENERATION');
    for (const place of offsets) {
      this.#check(place, this.committed(place));
      this.#committed.set(`${place.topic}/${place.partition}`, place.offset);
    }
  }

  #complete(): void {
    const { clock, random, outages, logs } = this.#world;
    if (outages.broker) {
      clock.schedule(500, () => this.#complete());
      return;
    }
    this.#rebalancing = false;
    this.#generation += 1;
    const generation = this.#generation;
    for (const member of this.members) if (!member.process.running) this.members.delete(member);
    const members = [...this.members];
    const assignment = new Map<Member, TopicPartition[]>(members.map((member) => [member, []]));
    for (const topic of this.topics) {
      for (let partition = 0; partition < logs.count(topic); partition += 1) {
        // Partition n of every topic to the same member, as the product's assigner does; another one in each generation.
        const owner = members[(partition + generation) % members.length];
        if (owner !== undefined) assignment.get(owner)?.push({ topic, partition });
      }
    }
    for (const [member, partitions] of assignment) {
      member.process.later(random.between(0, 50), () => {
        if (generation === this.#generation && this.members.has(member)) member.joined(partitions, generation);
      });
    }
  }
}
