import { SESSION_MS } from '../infrastructure/group.ts';
import { SimProcess } from '../infrastructure/process.ts';
import type { ReplicaPlan } from '../plan/plan.ts';
import type { World } from '../world/world.ts';

/** A place for a process, and for its successor after its death. */
export class Replica {
  readonly name: string;
  process: SimProcess;
  readonly #world: World;
  readonly #plan: ReplicaPlan;
  readonly #start: (process: SimProcess) => void;
  readonly #onDeath: () => void;
  #life = 0;

  constructor(
    world: World,
    name: string,
    plan: ReplicaPlan,
    start: (process: SimProcess) => void,
    onDeath: () => void,
  ) {
    this.#world = world;
    this.name = name;
    this.#plan = plan;
    this.#start = start;
    this.#onDeath = onDeath;
    this.process = this.#make();
  }

  start(): void {
    this.#world.note(() => `${this.process.name} starts`);
    this.#start(this.process);
  }

  planTrouble(): number {
    const { clock } = this.#world;
    for (const atMs of this.#plan.kills) clock.schedule(atMs, () => this.process.kill());
    for (const { atMs, forMs } of this.#plan.stops) clock.schedule(atMs, () => this.#stop(this.process, forMs));
    return this.#plan.stops.length + (this.#plan.freeze === null ? 0 : 1);
  }

  #stop(process: SimProcess, forMs: number): void {
    const { clock } = this.#world;
    if (process.running) this.#world.note(() => `${process.name} is stopped for ${Math.round(forMs)} ms`);
    process.stop();
    this.#world.disturbedAtMs = clock.monotonicMs();
    clock.schedule(SESSION_MS, () => process.running || this.#leaveGroups(process));
    clock.schedule(forMs, () => {
      process.continue();
      this.#world.disturbedAtMs = clock.monotonicMs();
    });
  }

  endTrouble(): void {
    this.process.crash = null;
    this.process.freeze = null;
  }

  #make(): SimProcess {
    const { clock, random } = this.#world;
    const name = this.#plan.keepsName ? this.name : `${this.name}/${this.#life}`;
    const process = new SimProcess(name, clock, random, random.between(-5_000, 5_000));
    process.crash = this.#world.calm ? null : (this.#plan.crashes[this.#life] ?? null);
    process.onFreeze = (forMs) => this.#stop(process, forMs);
    process.freeze = this.#world.calm || this.#life > 0 ? null : this.#plan.freeze;
    process.onDeath = () => {
      this.#world.note(() => `${process.name} is killed`);
      this.#onDeath();
      this.#world.disturbedAtMs = clock.monotonicMs();
      clock.schedule(SESSION_MS, () => this.#leaveGroups(process));
      clock.schedule(this.#plan.restartMs, () => {
        this.#life += 1;
        this.process = this.#make();
        this.start();
      });
    };
    return process;
  }

  #leaveGroups(process: SimProcess): void {
    for (const group of Object.values(this.#world.groups))
      for (const member of [...group.members]) if (member.process === process) group.leave(member);
  }
}
