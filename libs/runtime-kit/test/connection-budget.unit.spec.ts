import { createSilentLogger } from '@entrepot/service-kit';
import type { BudgetLimits } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionBudget } from '../src/budget/connection-budget.ts';
import { BudgetModel, VirtualClock } from '../src/testing/index.ts';

const SEAT: BudgetLimits = { concurrency: 1, requests: [], points: false };
const NEVER = new AbortController().signal;

/** A vendor that counts calls, and the sides that call it. */
class Trial {
  readonly clock = new VirtualClock();
  readonly stored = new BudgetModel(this.clock);
  readonly waits: number[] = [];
  /** Calls of each side, and when each was made. */
  readonly made = new Map<string, number[]>();
  underWay = 0;
  sides = 0;
  mostUnderWay = 0;

  side(name: string, limits: BudgetLimits = SEAT, onShortage: (reason: string | null) => void = () => {}) {
    this.sides += 1;
    return new ConnectionBudget({
      connection: 'erp',
      holder: `${name} ${this.sides}`,
      limits,
      shares: this.stored,
      clock: this.clock,
      log: createSilentLogger(),
      waits: { observe: (_labels, seconds) => this.waits.push(seconds * 1_000) },
      onShortage,
    });
  }

  /** One request, as the HTTP client makes it. */
  async request(name: string, budget: ConnectionBudget, lastsMs: number, signal = NEVER): Promise<void> {
    const call = budget.call(signal);
    const end = await call.admit();
    call.beforeSend(1_000);
    this.made.set(name, [...(this.made.get(name) ?? []), this.clock.monotonicMs()]);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await this.clock.sleep(lastsMs, signal);
    } finally {
      this.underWay -= 1;
      end();
    }
  }

  /** Calls again and again until the signal aborts. */
  async keepCalling(name: string, budget: ConnectionBudget, lastsMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.request(name, budget, lastsMs, signal).catch(() => {});
  }

  count(name: string, sinceMs = 0): number {
    return (this.made.get(name) ?? []).filter((atMs) => atMs >= sinceMs).length;
  }

  run(ms: number): Promise<void> {
    return this.clock.drive(this.clock.sleep(ms, NEVER), ms + 1);
  }

  drive<T>(work: Promise<T>): Promise<T> {
    return this.clock.drive(work, 3_600_000);
  }
}

describe('connector and sink under one seat', () => {
  it('never call at once, and neither starves, whatever their calls last', async () => {
    for (const [connectorMs, sinkMs] of [
      [100, 100],
      [5_000, 50],
      [2_000, 2_000],
      [30, 12_000],
    ] as const) {
      const trial = new Trial();
      const stop = new AbortController();
      void trial.keepCalling('connector', trial.side('connector'), connectorMs, stop.signal);
      void trial.keepCalling('sink', trial.side('sink'), sinkMs, stop.signal);
      await trial.run(300_000);
      stop.abort();
      expect(trial.mostUnderWay).toBe(1);
      expect(trial.count('connector')).toBeGreaterThanOrEqual(10);
      expect(trial.count('sink')).toBeGreaterThanOrEqual(10);
    }
  });

  it('write by time, not by call', async () => {
    const trial = new Trial();
    const stop = new AbortController();
    void trial.keepCalling('connector', trial.side('connector'), 10, stop.signal);
    void trial.keepCalling('sink', trial.side('sink'), 10, stop.signal);
    await trial.run(60_000);
    stop.abort();
    expect(trial.count('connector') + trial.count('sink')).toBeGreaterThan(3_000);
    // At most one in 250 ms a side.
    expect(trial.stored.writes).toBeLessThanOrEqual(480);
  });

  it('plan timers by time, not by call, though calls wait all the time', async () => {
    const trial = new Trial();
    const stop = new AbortController();
    let planned = 0;
    const sleep = trial.clock.sleep.bind(trial.clock);
    const budget = trial.side('sink', SEAT);
    for (let caller = 0; caller < 3; caller += 1) void trial.keepCalling('sink', budget, 10, stop.signal);
    await trial.run(1_000);
    trial.clock.sleep = (ms, signal) => {
      if (ms !== 10) planned += 1;
      return sleep(ms, signal);
    };
    await trial.run(60_000);
    stop.abort();
    expect(trial.count('sink')).toBeGreaterThan(5_000);
    // A look each second, and a renewal of the share, with the time for its answer, every other one; a few more at the start.
    expect(planned).toBeLessThanOrEqual(60 + 30 + 30 + 10);
  });

  it('go on with their last shares while the database is away: one calls, the other one waits', async () => {
    const trial = new Trial();
    const stop = new AbortController();
    void trial.keepCalling('connector', trial.side('connector'), 100, stop.signal);
    await trial.run(1_000);
    trial.stored.isAway = true;
    void trial.keepCalling('sink', trial.side('sink'), 100, stop.signal);
    const awayMs = trial.clock.monotonicMs();
    await trial.run(120_000);
    expect(trial.count('connector', awayMs + 60_000)).toBeGreaterThan(500);
    expect(trial.count('sink')).toBe(0);
    trial.stored.isAway = false;
    await trial.run(30_000);
    stop.abort();
    expect(trial.count('sink')).toBeGreaterThan(30);
    expect(trial.mostUnderWay).toBe(1);
  });

  it('keep to one call however short or long the database is away, in any phase of the shares', async () => {
    const trial = new Trial();
    const stop = new AbortController();
    void trial.keepCalling('connector', trial.side('connector'), 700, stop.signal);
    void trial.keepCalling('sink', trial.side('sink'), 1_100, stop.signal);
    for (let outage = 1; outage <= 60; outage += 1) {
      await trial.run(3_000 + outage * 37);
      trial.stored.isAway = true;
      await trial.run(outage * 400);
      trial.stored.isAway = false;
    }
    stop.abort();
    expect(trial.mostUnderWay).toBe(1);
    expect(trial.count('connector')).toBeGreaterThan(50);
    expect(trial.count('sink')).toBeGreaterThan(50);
  });

  it('go on asking where a request for a share fails on the spot', async () => {
    const trial = new Trial();
    const renew = trial.stored.renew.bind(trial.stored);
    let asked = 0;
    trial.stored.renew = (...request) => {
      asked += 1;
      if (asked <= 3) throw new Error('no connection to the database');
      return renew(...request);
    };
    const budget = trial.side('connector');
    await trial.drive(trial.request('connector', budget, 10));
    expect(asked).toBe(4);
    expect(trial.count('connector')).toBe(1);
  });

  it('leave the seat of one that was killed to the other when its lease has ended', async () => {
    const trial = new Trial();
    // It takes the seat and is never heard of again: no call ends, no renewal comes.
    await trial.stored.renew('erp', {
      holder: 'connector',
      turn: 1,
      needs: [{ limit: { name: 'concurrency', count: 1, windowMs: 0 }, held: 0, wanted: 1 }],
      leaseMs: 8_000,
      pauseMs: null,
      waiting: 0,
      waitingMs: 0,
    });
    const killedMs = trial.clock.monotonicMs();
    await trial.drive(trial.request('sink', trial.side('sink'), 10));
    const waitedMs = (trial.made.get('sink')?.[0] ?? 0) - killedMs;
    expect(waitedMs).toBeGreaterThanOrEqual(8_000);
    expect(waitedMs).toBeLessThan(8_000 + 500);
  });

  it('get it at once from one that has closed', async () => {
    const trial = new Trial();
    const connector = trial.side('connector');
    await trial.drive(trial.request('connector', connector, 10));
    await trial.drive(connector.close());
    const beganMs = trial.clock.monotonicMs();
    await trial.drive(trial.request('sink', trial.side('sink'), 10));
    expect(trial.clock.monotonicMs() - beganMs).toBe(10);
  });

  it('refuse what waits, and what comes, once they are closed: nobody would let it in any more', async () => {
    const trial = new Trial();
    const connector = trial.side('connector');
    await trial.drive(trial.request('connector', connector, 10));
    connector.pause(120_000);
    const waiting = expect(trial.request('connector', connector, 10)).rejects.toThrow('the budget is closed');
    await trial.run(30_000);
    await trial.drive(connector.close());
    await trial.drive(waiting);
    await expect(trial.request('connector', connector, 10)).rejects.toThrow('the budget is closed');
  });
});

describe('a side of a connection', () => {
  it('uses all places when it is the only one, and half when both want all', async () => {
    const places = { ...SEAT, concurrency: 4 };
    const trial = new Trial();
    const stop = new AbortController();
    const connector = trial.side('connector', places);
    for (let worker = 0; worker < 6; worker += 1) void trial.keepCalling('connector', connector, 100, stop.signal);
    await trial.run(5_000);
    expect(trial.underWay).toBe(4);
    const sink = trial.side('sink', places);
    for (let worker = 0; worker < 6; worker += 1) void trial.keepCalling('sink', sink, 100, stop.signal);
    await trial.run(10_000);
    expect([connector.state.busy, sink.state.busy]).toEqual([2, 2]);
    stop.abort();
    expect(trial.mostUnderWay).toBe(4);
  });

  it('makes no more requests in any interval than the vendor allows, both sides together', async () => {
    const limits = {
      ...SEAT,
      concurrency: 8,
      requests: [
        { count: 2, seconds: 1 },
        { count: 20, seconds: 60 },
      ],
    };
    const trial = new Trial();
    const stop = new AbortController();
    for (const name of ['connector', 'sink']) {
      const side = trial.side(name, limits);
      for (let worker = 0; worker < 4; worker += 1) void trial.keepCalling(name, side, 50, stop.signal);
    }
    await trial.run(600_000);
    stop.abort();
    const times = [...trial.made.values()].flat().sort((a, b) => a - b);
    for (const { count, seconds } of limits.requests) {
      for (const [at, sentMs] of times.entries()) {
        const later = times[at + count];
        if (later !== undefined) expect(later - sentMs).toBeGreaterThanOrEqual(seconds * 1_000);
      }
    }
    // Most of what is allowed is used, by both.
    expect(times.length).toBeGreaterThan(150);
    expect(trial.count('connector')).toBeGreaterThan(50);
    expect(trial.count('sink')).toBeGreaterThan(50);
  });

  it('pauses when the vendor asked the other side for a pause', async () => {
    const trial = new Trial();
    const stop = new AbortController();
    const [connector, sink] = [
      trial.side('connector', { ...SEAT, concurrency: 4 }),
      trial.side('sink', { ...SEAT, concurrency: 4 }),
    ];
    void trial.keepCalling('connector', connector, 100, stop.signal);
    void trial.keepCalling('sink', sink, 100, stop.signal);
    await trial.run(10_000);
    connector.pause(30_000);
    const pausedMs = trial.clock.monotonicMs();
    await trial.run(60_000);
    stop.abort();
    expect(trial.count('connector', pausedMs + 1) - trial.count('connector', pausedMs + 30_000)).toBe(0);
    // It reads it with its next share.
    expect(trial.count('sink', pausedMs + 2_100) - trial.count('sink', pausedMs + 30_000)).toBe(0);
    expect(trial.count('sink', pausedMs + 30_000)).toBeGreaterThan(50);
  });

  it('lets live work go before bulk work, which takes at most half of the places', async () => {
    const trial = new Trial();
    const budget = trial.side('sink', { ...SEAT, concurrency: 4 });
    const bulk = await trial.drive(Promise.all([budget.enter('bulk', NEVER), budget.enter('bulk', NEVER)]));
    const order: string[] = [];
    const third = budget.enter('bulk', NEVER).then((place) => [order.push('bulk'), place] as const);
    const live = await trial.drive(Promise.all([budget.enter('live', NEVER), budget.enter('live', NEVER)]));
    const fifth = budget.enter('live', NEVER).then((place) => [order.push('live'), place] as const);
    bulk[0].leave();
    const [, place] = await trial.drive(fifth);
    expect(order).toEqual(['live']);
    for (const each of [...live, bulk[1], place]) each.leave();
    await trial.drive(third);
  });

  it('takes places one by one after an outage, doubling with each round of successes', async () => {
    const trial = new Trial();
    const budget = trial.side('sink', { ...SEAT, concurrency: 8 });
    await trial.drive(trial.request('sink', budget, 1));
    budget.startSlowly();
    const busyAfter = async (successes: number) => {
      for (let count = 0; count < successes; count += 1) budget.noteSuccess();
      const stop = new AbortController();
      for (let worker = 0; worker < 9; worker += 1) void trial.keepCalling('sink', budget, 5_000, stop.signal);
      await trial.run(1_000);
      const { busy } = budget.state;
      stop.abort();
      await trial.run(1);
      return busy;
    };
    expect(await busyAfter(0)).toBe(1);
    expect(await busyAfter(1)).toBe(2);
    expect(await busyAfter(2)).toBe(4);
    expect(await busyAfter(4)).toBe(8);
  });

  it('gets every place back, also from those who gave up waiting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 30 }), async (takers) => {
        const trial = new Trial();
        const budget = trial.side('sink', { concurrency: 3, requests: [{ count: 50, seconds: 1 }], points: false });
        const work = takers.map(async ([isBulk, isImpatient]) => {
          const stop = new AbortController();
          const entering = budget.enter(isBulk ? 'bulk' : 'live', stop.signal);
          if (isImpatient) stop.abort(new Error('impatient'));
          const place = await entering.catch(() => null);
          await null;
          place?.leave();
        });
        await trial.drive(Promise.all(work));
        expect(budget.state).toMatchObject({ busy: 0, waiting: 0 });
      }),
      { numRuns: 50 },
    );
  });

  it('says that calls wait, and why, when they do for more than a second', async () => {
    const trial = new Trial();
    const reasons: (string | null)[] = [];
    const [connector, sink] = [trial.side('connector'), trial.side('sink', SEAT, (reason) => reasons.push(reason))];
    void trial.request('connector', connector, 5_000);
    await trial.run(10);
    await trial.drive(trial.request('sink', sink, 10));
    expect(reasons).toEqual(["1 call waits for the connection's budget (1 at once; settings.budget).", null]);
    expect(Math.max(...trial.waits)).toBeGreaterThan(3_000);
  });

  it('makes the requests of one place one after the other, and keeps it for one that others wait for', async () => {
    const trial = new Trial();
    const budget = trial.side('sink');
    const attempt = new AbortController();
    const place = await trial.drive(budget.enter('live', NEVER));
    const call = place.call({ signal: attempt.signal });
    const endFirst = await call.admit();
    // A log-in that outlives the attempt which began it.
    const shared = call.share(NEVER);
    let isLoggingIn = false;
    const login = shared.admit().then((end) => {
      isLoggingIn = true;
      return end;
    });
    await trial.run(100);
    expect(isLoggingIn).toBe(false);
    endFirst();
    attempt.abort(new Error('gone'));
    place.leave();
    const endLogin = await trial.drive(login);
    expect(() => shared.beforeSend(1_000)).not.toThrow();
    expect(budget.state.busy).toBe(1);
    endLogin();
    await trial.run(1);
    expect(budget.state.busy).toBe(0);
    await expect(call.admit()).rejects.toMatchObject({ code: 'aborted' });
  });
});
