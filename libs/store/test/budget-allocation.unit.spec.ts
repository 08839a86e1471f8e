import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BudgetDocument,
  type BudgetLimit,
  countBooked,
  releaseShare,
  renewShare,
  type Share,
  type ShareRequest,
} from '../src/budgets/allocation.ts';

const LEASE_MS = 8_000;
const SEAT: BudgetLimit = { name: 'concurrency', count: 1, windowMs: 0 };
const empty: BudgetDocument = { _id: 'erp', revision: 0, renewedAt: new Date(0), pausedUntil: null, holders: [] };

/** The stored budget of one connection and the holders that draw on it, on the database's clock. */
class Trial {
  nowMs = 1_000_000;
  stored = empty;
  readonly #limits: readonly BudgetLimit[];
  readonly #asked = new Map<string, { readonly request: ShareRequest; readonly sentAtMs: number }>();
  readonly #turns = new Map<string, number>();
  /** As the holder knows them: its caps, and when its lease ends. */
  readonly known = new Map<string, { caps: Record<string, number>; endsAtMs: number }>();
  /** Calls of each holder: under way (concurrency), and made at which time (intervals). */
  readonly underWay = new Map<string, number>();
  readonly made = new Map<string, number[]>();

  constructor(...limits: readonly BudgetLimit[]) {
    this.#limits = limits;
  }

  used(holder: string, { windowMs }: BudgetLimit): number {
    if (windowMs === 0) return this.underWay.get(holder) ?? 0;
    return (this.made.get(holder) ?? []).filter((atMs) => atMs + windowMs > this.nowMs).length;
  }

  renew(holder: string, wanted: number, pauseMs: number | null = null): Share {
    this.ask(holder, wanted, pauseMs);
    return this.arrive(holder, true);
  }

  /** Sends a request: what is called until its answer is read goes by the share before it. */
  ask(holder: string, wanted: number, pauseMs: number | null = null): void {
    const known = this.known.get(holder);
    const needs = this.#limits.map((limit) => {
      const used = this.used(holder, limit);
      return { limit, held: Math.max(used, known?.caps[limit.name] ?? 0), wanted: used + wanted };
    });
    const turn = this.#nextTurn(holder);
    const request = { holder, turn, needs, leaseMs: LEASE_MS, pauseMs, waiting: wanted, waitingMs: 0 };
    this.#asked.set(holder, { request, sentAtMs: this.nowMs });
  }

  /** The database takes a request; unanswered, the holder goes on with the share before it. */
  arrive(holder: string, isAnswered: boolean): Share {
    const asked = this.#asked.get(holder);
    if (asked === undefined) throw new Error('nothing was asked');
    this.#asked.delete(holder);
    const renewed = renewShare(this.stored, asked.request, this.nowMs);
    if (renewed === null) throw new Error('no later request was under way');
    this.stored = renewed.after;
    if (isAnswered) {
      const caps = Object.fromEntries(renewed.share.allowances.map(({ name, cap }) => [name, cap]));
      this.known.set(holder, { caps, endsAtMs: asked.sentAtMs + LEASE_MS });
    }
    return renewed.share;
  }

  cap(holder: string, limit: BudgetLimit = SEAT): number {
    const known = this.known.get(holder);
    return known === undefined || known.endsAtMs <= this.nowMs ? 0 : (known.caps[limit.name] ?? 0);
  }

  /** Calls where its share allows it. */
  tryCall(holder: string): boolean {
    if (this.#limits.some((limit) => this.used(holder, limit) >= this.cap(holder, limit))) return false;
    this.underWay.set(holder, (this.underWay.get(holder) ?? 0) + 1);
    this.made.set(holder, [...(this.made.get(holder) ?? []), this.nowMs]);
    return true;
  }

  end(holder: string): void {
    this.underWay.set(holder, Math.max(0, (this.underWay.get(holder) ?? 0) - 1));
  }

  isAsking(holder: string): boolean {
    return this.#asked.has(holder);
  }

  release(holder: string): void {
    const used = Object.fromEntries(this.#limits.map((limit) => [limit.name, this.used(holder, limit)]));
    this.known.delete(holder);
    this.stored = releaseShare(this.stored, { holder, turn: this.#nextTurn(holder), used }, this.nowMs);
  }

  /** What the vendor counts of all holders. */
  counted(limit: BudgetLimit): number {
    const holders = new Set([...this.underWay.keys(), ...this.made.keys()]);
    return [...holders].reduce((sum, holder) => sum + this.used(holder, limit), 0);
  }

  booked(limit: BudgetLimit): number {
    return countBooked(this.stored.holders, limit, this.nowMs);
  }

  #nextTurn(holder: string): number {
    const turn = (this.#turns.get(holder) ?? 0) + 1;
    this.#turns.set(holder, turn);
    return turn;
  }
}

describe('shares of one seat', () => {
  it('go to the first that asks, and to the other one only when that has given it back', () => {
    const trial = new Trial(SEAT);
    trial.renew('connector', 1);
    trial.nowMs += 1;
    trial.renew('sink', 1);
    expect([trial.cap('connector'), trial.cap('sink')]).toEqual([1, 0]);
    trial.nowMs += 1;
    // A call is under way: the seat is due to the sink, and not free yet.
    trial.tryCall('connector');
    trial.renew('connector', 1);
    trial.renew('sink', 1);
    expect([trial.cap('connector'), trial.cap('sink')]).toEqual([0, 0]);
    trial.end('connector');
    trial.renew('connector', 1);
    trial.renew('sink', 1);
    expect([trial.cap('connector'), trial.cap('sink')]).toEqual([0, 1]);
  });

  it('tell the one that waits that it is owed the seat, and the other one that it is not', () => {
    const trial = new Trial(SEAT);
    trial.renew('connector', 1);
    expect(trial.renew('sink', 1).allowances).toEqual([{ name: 'concurrency', cap: 0, owed: true }]);
    expect(trial.renew('connector', 1).allowances).toEqual([{ name: 'concurrency', cap: 0, owed: false }]);
  });

  it('go round among three that all want it', () => {
    const trial = new Trial(SEAT);
    const order: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (const holder of ['a', 'b', 'c']) {
        trial.renew(holder, 1);
        if (trial.cap(holder) === 1) order.push(holder);
      }
      trial.nowMs += 500;
    }
    const turns = order.filter((holder, at) => holder !== order[at - 1]);
    for (const [at, holder] of turns.entries()) if (at >= 3) expect(holder).toBe(turns[at - 3]);
    expect(new Set(turns)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('end with the lease of a holder that was killed', () => {
    const trial = new Trial(SEAT);
    trial.renew('connector', 1);
    for (let elapsedMs = 500; elapsedMs < LEASE_MS; elapsedMs += 500) {
      trial.nowMs += 500;
      expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(0);
    }
    trial.nowMs += 500;
    expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(1);
  });

  it('stay with their holder for one more lease when the database was away for all', () => {
    const trial = new Trial(SEAT);
    trial.renew('connector', 1);
    trial.nowMs += 60_000;
    // The connector has gone on with its share, and has not reached the database yet.
    expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(0);
    for (let elapsedMs = 500; elapsedMs < LEASE_MS; elapsedMs += 500) {
      trial.nowMs += 500;
      expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(0);
    }
    trial.nowMs += 500;
    expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(1);
  });

  it('are free at once when they are given back', () => {
    const trial = new Trial(SEAT);
    trial.renew('connector', 1);
    trial.release('connector');
    expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(1);
  });
});

describe('shares of several places', () => {
  const places: BudgetLimit = { name: 'concurrency', count: 4, windowMs: 0 };

  it('leave one place to a newcomer while they are not all wanted', () => {
    const trial = new Trial(places);
    expect(trial.renew('sink', 1).allowances[0]?.cap).toBe(3);
    expect(trial.renew('sink', 9).allowances[0]?.cap).toBe(4);
    expect(trial.renew('connector', 9).allowances[0]).toEqual({ name: 'concurrency', cap: 0, owed: true });
    expect(trial.renew('sink', 9).allowances[0]?.cap).toBe(2);
    trial.renew('sink', 9);
    expect(trial.renew('connector', 9).allowances[0]?.cap).toBe(2);
  });

  it('do not undo a later answer when an earlier request arrives late', () => {
    const late = { holder: 'sink', turn: 1, needs: [], leaseMs: LEASE_MS, pauseMs: null, waiting: 0, waitingMs: 0 };
    const first = renewShare(empty, { ...late, turn: 2 }, 1_000);
    expect(first).not.toBeNull();
    expect(renewShare(first?.after ?? empty, late, 1_001)).toBeNull();
    const after = first?.after ?? empty;
    expect(releaseShare(after, { holder: 'sink', turn: 1, used: {} }, 1_001)).toBe(after);
  });
});

describe('calls in an interval', () => {
  const quarter: BudgetLimit = { name: 'interval:900000', count: 100, windowMs: 900_000 };

  it('count after the share is given back, for as long as the vendor counts them', () => {
    const trial = new Trial(quarter);
    trial.renew('connector', 100);
    for (let call = 0; call < 60; call += 1) expect(trial.tryCall('connector')).toBe(true);
    trial.release('connector');
    expect(trial.renew('sink', 100).allowances[0]?.cap).toBe(40);
    trial.nowMs += 900_000;
    expect(trial.renew('sink', 100).allowances[0]?.cap).toBe(100);
  });

  it('are not given in advance: a killed holder would keep them for the whole interval', () => {
    const trial = new Trial(quarter);
    expect(trial.renew('connector', 5).allowances[0]?.cap).toBe(5);
  });
});

describe('a pause that the vendor asks for', () => {
  it('is read by the other holders, and ends by the clock of the database', () => {
    const trial = new Trial(SEAT);
    trial.renew('sink', 1, 30_000);
    trial.nowMs += 10_000;
    expect(trial.renew('connector', 1).pausedForMs).toBe(20_000);
    trial.nowMs += 20_000;
    expect(trial.renew('connector', 1).pausedForMs).toBeLessThanOrEqual(0);
    expect(trial.stored.pausedUntil).toBeNull();
  });
});

type Step =
  | { readonly kind: 'ask'; readonly holder: string; readonly wanted: number }
  | { readonly kind: 'arrive'; readonly holder: string; readonly isAnswered: boolean }
  | { readonly kind: 'call' | 'end' | 'release'; readonly holder: string }
  | { readonly kind: 'wait'; readonly ms: number };

describe('shares in any order of events', () => {
  const holder = fc.constantFrom('connector', 'sink', 'ledger');
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), holder, wanted: fc.nat({ max: 6 }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('arrive' as const), holder, isAnswered: fc.boolean() }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('call' as const), holder }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), holder }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), holder }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 3_000 }) }) },
  );

  it('never exceed a limit, and neither do the calls that are made by them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 150 }),
        (places, requests, steps) => {
          const concurrency = { name: 'concurrency', count: places, windowMs: 0 };
          const interval = { name: 'interval:2000', count: requests, windowMs: 2_000 };
          const trial = new Trial(concurrency, interval);
          for (const next of steps) {
            if (next.kind === 'wait') trial.nowMs += next.ms;
            else if (next.kind === 'call') trial.tryCall(next.holder);
            else if (next.kind === 'end') trial.end(next.holder);
            else if (next.kind === 'arrive') {
              if (trial.isAsking(next.holder)) trial.arrive(next.holder, next.isAnswered);
            } else if (trial.isAsking(next.holder)) continue;
            else if (next.kind === 'ask') trial.ask(next.holder, next.wanted);
            // Only one without calls under way gives its share back.
            else if (trial.used(next.holder, concurrency) === 0) trial.release(next.holder);
            for (const limit of [concurrency, interval]) {
              expect(trial.booked(limit)).toBeLessThanOrEqual(limit.count);
            }
            expect(trial.counted(interval)).toBeLessThanOrEqual(interval.count);
          }
        },
      ),
      { numRuns: 600 },
    );
  });

  it('let every holder call that goes on asking', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer({ min: 50, max: 3_000 }), { minLength: 3, maxLength: 3 }),
        (places, durationsMs) => {
          const trial = new Trial({ ...SEAT, count: places });
          const calls = { connector: 0, sink: 0, ledger: 0 };
          const ends = new Map<string, number>();
          const renewed = new Map<string, number>();
          for (let tick = 0; tick < 1_200; tick += 1) {
            for (const [at, name] of (['connector', 'sink', 'ledger'] as const).entries()) {
              if ((ends.get(name) ?? 0) <= trial.nowMs && trial.used(name, SEAT) > 0) trial.end(name);
              if (trial.nowMs - (renewed.get(name) ?? 0) >= 250) {
                trial.renew(name, 1);
                renewed.set(name, trial.nowMs);
              }
              if (trial.used(name, SEAT) === 0 && trial.tryCall(name)) {
                calls[name] += 1;
                ends.set(name, trial.nowMs + (durationsMs[at] ?? 50));
              }
            }
            expect(trial.counted(SEAT)).toBeLessThanOrEqual(places);
            trial.nowMs += 50;
          }
          for (const count of Object.values(calls)) expect(count).toBeGreaterThanOrEqual(3);
        },
      ),
      { numRuns: 12 },
    );
  });
});
