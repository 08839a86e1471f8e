import { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { StateFillDocument, StateFills } from '@entrepot/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATE_TIMES, StateKeeper } from '../src/states/keeper.ts';

const PAIR = { entity: 'inventory', connection: 'erp' } as const;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The topic, the store and the sinks of one vendor: what passes, what is kept, and what the store says of it. */
class Keeping {
  readonly clock = new VirtualClock();
  readonly passed: number[] = [];
  readonly kept = new Set<number>();
  fill: StateFillDocument | null = null;
  collected = false;
  readonly stop = new AbortController();
  readonly replicas: { readonly keeper: StateKeeper; hears: boolean }[] = [];
  /** How often each number of fills was done with something missing. */
  readonly lacking: number[] = [];

  /** It routes once it has taken over what is kept, as a sink does. */
  async addReplica(): Promise<void> {
    const heard = { hears: this.collected };
    const replica = Object.assign(heard, { keeper: this.#makeKeeper(() => heard.hears) });
    this.replicas.push(replica);
    await replica.keeper.load();
    void replica.keeper.run(this.stop.signal);
  }

  /** Replicas hear of it some time later, each within what a fill waits for. */
  switchFlow(active: boolean, lagsMs: readonly number[]): void {
    this.collected = active;
    for (const [index, replica] of this.replicas.entries())
      this.clock.schedule(lagsMs[index] ?? 0, () => {
        replica.hears = active;
      });
  }

  /** A record is routed by one of the replicas. */
  route(replica: number): void {
    const id = this.passed.push(this.passed.length) - 1;
    if (this.replicas[replica]?.keeper.keeps('inventory', 'erp') === true) this.kept.add(id);
    this.check();
  }

  check(): void {
    if (this.fill?.doneAt instanceof Date) this.lacking.push(...this.passed.filter((id) => !this.kept.has(id)));
  }

  async wait(ms: number): Promise<void> {
    await this.clock.drive(this.clock.sleep(ms, new AbortController().signal), ms + 1);
    this.check();
  }

  async end(): Promise<void> {
    this.stop.abort(new Error('stopped'));
    await this.wait(1);
  }

  #makeKeeper(hears: () => boolean): StateKeeper {
    const { clock } = this;
    return new StateKeeper({
      vendor: 'model',
      clock,
      owner: `replica ${this.replicas.length}`,
      fills: this.#fills(),
      listCollected: () => (hears() ? [PAIR] : []),
      fill: async (_pair, isHeld, signal) => {
        const settledMs = clock.monotonicMs() + STATE_TIMES.settleMs;
        while (clock.monotonicMs() < settledMs) {
          await clock.sleep(500, signal);
          if (!(await isHeld())) return false;
        }
        for (const id of this.passed) this.kept.add(id);
        return true;
      },
      log: SILENT,
      times: STATE_TIMES,
    });
  }

  #fills(): StateFills {
    const isOurs = ({ owner, revision }: StateFillDocument): boolean =>
      this.fill !== null && this.fill.owner === owner && this.fill.revision === revision && this.fill.doneAt === null;
    return {
      list: async () => (this.fill === null ? [] : [this.fill]),
      isDone: async () => this.fill?.doneAt instanceof Date,
      begin: async ({ vendor, entity, connection }, owner, ttlMs) => {
        const now = this.clock.monotonicMs();
        const { fill } = this;
        if (fill?.doneAt instanceof Date) return null;
        if (fill !== null && fill.owner !== null && fill.owner !== owner && fill.leaseUntil.getTime() > now)
          return null;
        const leaseUntil = new Date(now + ttlMs);
        const revision = (fill?.revision ?? 0) + 1;
        this.fill = { _id: 'pair', vendor, entity, connection, owner, leaseUntil, revision, doneAt: null };
        return this.fill;
      },
      renew: async (held, ttlMs) => {
        if (!isOurs(held) || this.fill === null) return false;
        this.fill = { ...this.fill, leaseUntil: new Date(this.clock.monotonicMs() + ttlMs) };
        return true;
      },
      finish: async (held) => {
        if (!isOurs(held) || this.fill === null) return false;
        this.fill = { ...this.fill, owner: null, doneAt: new Date(this.clock.monotonicMs()) };
        return true;
      },
      giveBack: async (held) => {
        if (isOurs(held) && this.fill !== null) this.fill = { ...this.fill, owner: null };
      },
      forgetSome: async () => {
        const any = this.kept.size > 0;
        this.kept.clear();
        return any;
      },
      discard: async (held) => {
        if (isOurs(held)) this.fill = null;
      },
      invalidate: async () => {
        if (this.fill !== null) this.fill = { ...this.fill, doneAt: null, revision: this.fill.revision + 1 };
      },
    };
  }
}

const MINUTE_MS = 60_000;

describe('the states that plans are based on', () => {
  it('are filled in when a flow begins to collect, though they passed before it', async () => {
    const keeping = new Keeping();
    await keeping.addReplica();
    for (let id = 0; id < 5; id += 1) keeping.route(0);
    expect(keeping.kept.size).toBe(0);
    keeping.switchFlow(true, [0]);
    await keeping.wait(2 * MINUTE_MS);
    expect(keeping.fill?.doneAt).toBeInstanceOf(Date);
    expect(keeping.kept.size).toBe(5);
    await keeping.end();
  });

  it('are kept on for a while after the flow is switched off, and forgotten then', async () => {
    const keeping = new Keeping();
    await keeping.addReplica();
    keeping.switchFlow(true, [0]);
    await keeping.wait(2 * MINUTE_MS);
    keeping.switchFlow(false, [0]);
    await keeping.wait(MINUTE_MS / 2);
    keeping.route(0);
    expect(keeping.fill?.doneAt).toBeInstanceOf(Date);
    expect(keeping.kept.size).toBe(1);
    await keeping.wait(MINUTE_MS);
    expect(keeping.fill).toBeNull();
    expect(keeping.kept.size).toBe(0);
    keeping.route(0);
    expect(keeping.kept.size).toBe(0);
    await keeping.end();
  });

  it('are looked after by another process when the one that filled them died', async () => {
    const keeping = new Keeping();
    await keeping.addReplica();
    keeping.switchFlow(true, [0]);
    await keeping.wait(10_000);
    expect(keeping.fill?.owner).toBe('replica 0');
    await keeping.end();
    // Its lease runs on, as that of a killed one.
    keeping.fill = keeping.fill === null ? null : { ...keeping.fill, owner: 'replica 0' };
    const later = Object.assign(new Keeping(), { fill: keeping.fill });
    later.collected = true;
    await later.addReplica();
    await later.addReplica();
    later.route(1);
    await later.wait(3 * MINUTE_MS);
    expect(later.fill?.doneAt).toBeInstanceOf(Date);
    expect(later.lacking).toEqual([]);
    await later.end();
  });

  const lag = fc.integer({ min: 0, max: 20_000 });
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('switch' as const),
        active: fc.boolean(),
        lags: fc.array(lag, { minLength: 3, maxLength: 3 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('route' as const), replica: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'join' as const }) },
  );

  it('are complete whenever they count as complete, however flows are switched and whoever routes', async () => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const keeping = new Keeping();
        await keeping.addReplica();
        await keeping.addReplica();
        for (const each of steps) {
          if (each.do === 'switch') keeping.switchFlow(each.active, each.lags);
          if (each.do === 'route') keeping.route(each.replica % keeping.replicas.length);
          if (each.do === 'wait') await keeping.wait(each.ms);
          if (each.do === 'join' && keeping.replicas.length < 3) await keeping.addReplica();
          if (keeping.fill?.doneAt instanceof Date) done += 1;
        }
        await keeping.end();
        expect(keeping.lacking).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(done).toBeGreaterThan(0);
  });
});
