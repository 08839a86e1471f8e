import { SESSION_MS } from './infrastructure/group.ts';
import type { SimProcess } from './infrastructure/process.ts';
import { SHOP } from './models/records.ts';
import type { ReplicaPlan } from './plan/plan.ts';
import { startConnector } from './processes/connector.ts';
import { Ledger } from './processes/ledger.ts';
import { Replica } from './processes/replica.ts';
import { startSink } from './processes/sink.ts';
import type { RunResult } from './run-result.ts';
import { planPeople } from './world/people.ts';
import { type Tell, World } from './world/world.ts';

/** Maximum time until a run comes to rest after the last disturbance, on its own clock. */
const REST_LIMIT_MS = 1_800_000;
/** Abandoned requests commit before this. */
const SETTLED_MS = 6_000;
const LOOK_MS = 500;
const MAX_STOP_MS = 20_000;

/** Plays one seed from its beginning to rest. The same seed gives the same run, event by event; the listener receives each of them. */
export async function runSeed(seed: number, tell?: Tell): Promise<RunResult> {
  const world = new World(seed, tell);
  const run = new Run(world);
  const startMs = world.clock.monotonicMs();
  try {
    await world.clock.drive(run.play(), world.plan.troubleMs + REST_LIMIT_MS);
    world.checks.atEnd(run.ledger);
    world.sharedChecks.atEnd();
  } catch (error) {
    world.blame(`${error instanceof Error ? error.message : String(error)}; ${run.describeRest()}`);
  }
  return {
    seed,
    faults: world.faults,
    kills: run.kills,
    stops: run.stops,
    deliveries: run.ledger.deliveries.size,
    writes: world.countWrites(),
    seconds: Math.round((world.clock.monotonicMs() - startMs) / 1_000),
  };
}

class Run {
  readonly ledger: Ledger;
  kills = 0;
  stops = 0;
  readonly #world: World;
  readonly #replicas: Replica[];

  constructor(world: World) {
    this.#world = world;
    this.ledger = new Ledger(world);
    const { plan } = world;
    const one = (kind: string, index: number, part: ReplicaPlan, start: (process: SimProcess) => void): Replica =>
      new Replica(world, `${kind}-${index}`, part, start, () => {
        this.kills += 1;
      });
    this.#replicas = [
      ...plan.sinks.map((part, index) => one('sink', index, part, (process) => startSink(world, process))),
      ...plan.connectors.map((part, index) =>
        one('connector', index, part, (process) => startConnector(world, process)),
      ),
      one('ledger', 0, plan.ledger, (process) => this.ledger.start(process)),
    ];
  }

  async play(): Promise<void> {
    const { plan } = this.#world;
    for (const replica of this.#replicas) replica.start();
    planPeople(this.#world);
    this.#planTrouble();
    await this.#until(plan.troubleMs);
    this.#endTrouble();
    await this.#comeToRest();
    if (plan.corrections === 0) return;
    // A process that was stopped in the middle of a delivery may still end it, with what it read before.
    await this.#pause(MAX_STOP_MS);
    await this.#comeToRest();
    for (let correction = 0; correction < plan.corrections; correction += 1) this.#correctSome();
    await this.#comeToRest();
  }

  async #comeToRest(): Promise<void> {
    for (;;) {
      await this.#pause(LOOK_MS);
      if (!this.#isAtRest()) continue;
      const before = this.#world.reports.length;
      await this.#pause(SETTLED_MS);
      if (this.#isAtRest() && this.#world.reports.length === before) return;
    }
  }

  describeRest(): string {
    const { groups } = this.#world;
    const open = [...this.ledger.deliveries.values()].filter(({ endedAt }) => endedAt === null);
    return [
      `inbox ${groups.inbox.isDone}`,
      `router ${groups.router.isDone}`,
      `lane ${groups.lane.isDone}`,
      ...open.map(
        ({ sourceId, version, state, reason, outstanding }) =>
          `${sourceId} v${version} ${state} (${reason}) ${outstanding?.stage ?? ''}`,
      ),
    ].join(', ');
  }

  #isAtRest(): boolean {
    const { inbox, router, lane } = this.#world.groups;
    return this.#world.announced === 0 && inbox.isDone && router.isDone && lane.isDone && this.ledger.isDone;
  }

  #correctSome(): void {
    const { shop, random } = this.#world;
    const [process] = this.#replicas.filter(({ name }) => name === 'ledger-0').map((replica) => replica.process);
    const orders = shop.ids('order');
    if (process === undefined || process.dead || orders.length === 0) return;
    void this.ledger.correct(process, random.pick(orders), `Corrected-${random.integer(0, 9)}`);
  }

  #planTrouble(): void {
    const world = this.#world;
    const { plan, clock, random, outages, groups } = world;
    for (const { of, atMs, forMs } of plan.outages) {
      clock.schedule(atMs, () => {
        outages[of] = true;
        world.disturbedAtMs = clock.monotonicMs();
        world.note(() => `${of} is away for ${Math.round(forMs)} ms`);
        if (of === 'broker') this.#silence(forMs);
      });
      clock.schedule(atMs + forMs, () => {
        outages[of] = false;
        world.disturbedAtMs = clock.monotonicMs();
        if (of === 'broker') this.#breakSilence();
      });
    }
    for (const atMs of plan.rebalances) clock.schedule(atMs, () => random.pick(Object.values(groups)).rebalance());
    if (plan.everythingKilledAtMs !== null)
      clock.schedule(plan.everythingKilledAtMs, () => {
        for (const { process } of this.#replicas) process.kill();
      });
    for (const replica of this.#replicas) this.stops += replica.planTrouble();
    clock.schedule(plan.pollAtMs, () => this.#poll());
    const connectors = this.#replicas.filter(({ name }) => name.startsWith('connector-'));
    for (const { atMs, connector, order } of plan.polls)
      clock.schedule(atMs, () => this.#pollOrder(connectors[connector]?.process, `o${order}`));
  }

  #pollOrder(process: SimProcess | undefined, id: string): void {
    const { syncs, shop } = this.#world;
    if (process?.running !== true || shop.history('order', id).length === 0) return;
    const trigger = { via: 'POLL', snapshot: false, traceparent: null, cause: 'poll' } as const;
    syncs
      .get(process)
      ?.sync({ connection: SHOP, entity: 'order', sourceId: id }, trigger)
      .catch((error: unknown) => this.#world.blame(`a poll of ${id} failed: ${String(error)}`));
  }

  #silence(forMs: number): void {
    if (forMs < SESSION_MS) return;
    const { clock, random, outages, groups } = this.#world;
    for (const group of Object.values(groups))
      for (const member of group.members)
        clock.schedule(SESSION_MS, () => {
          if (outages.broker)
            member.process.later(random.between(0, 1_500), () => outages.broker && member.hearNothing());
        });
  }

  #breakSilence(): void {
    const { random, groups } = this.#world;
    for (const group of Object.values(groups))
      for (const member of group.members) member.process.later(random.between(0, 1_000), () => member.hearAgain());
  }

  #endTrouble(): void {
    const world = this.#world;
    world.calm = true;
    for (const system of ['database', 'registry', 'erp', 'broker'] as const) world.outages[system] = false;
    this.#breakSilence();
    for (const replica of this.#replicas) replica.endTrouble();
    this.#poll();
  }

  /** The poll finds records without a hint. */
  #poll(): void {
    const world = this.#world;
    for (const source of [world.shop, world.catalogue, world.outlet])
      for (const { entity, id } of source.records()) world.hint(source.connection, entity, id);
    for (const id of world.customers.keys()) world.hint(SHOP, 'customer', id);
  }

  #pause(ms: number): Promise<void> {
    return this.#world.clock.sleep(ms, new AbortController().signal);
  }

  #until(ms: number): Promise<void> {
    return this.#pause(1_000_000 + ms - this.#world.clock.monotonicMs());
  }
}
