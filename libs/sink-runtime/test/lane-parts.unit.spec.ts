import { VirtualClock } from '@entrepot/runtime-kit/testing';
import { VendorError } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideOnError } from '../src/delivery/outcomes.ts';
import { HoldGate } from '../src/lane/holds.ts';
import { ConcurrencyLimit, TokenBucket } from '../src/lane/session.ts';

const never = new AbortController().signal;

describe('concurrency limit', () => {
  it('lets live work first, and bulk work take half at most', async () => {
    const concurrency = new ConcurrencyLimit(4);
    const held = [await concurrency.take(true, never), await concurrency.take(true, never)];
    const entered: string[] = [];
    const enter = async (bulk: boolean, name: string): Promise<void> => {
      await concurrency.take(bulk, never);
      entered.push(name);
    };
    const bulk = enter(true, 'bulk');
    const live = [enter(false, 'live 1'), enter(false, 'live 2'), enter(false, 'live 3')];
    await Promise.all(live.slice(0, 2));
    expect(entered).toEqual(['live 1', 'live 2']);
    held[0]?.();
    await live[2];
    expect(entered).toEqual(['live 1', 'live 2', 'live 3']);
    held[1]?.();
    await bulk;
    expect(entered.at(-1)).toBe('bulk');
  });

  it('rises by and by after an outage', async () => {
    const concurrency = new ConcurrencyLimit(8);
    concurrency.rampUp();
    const limits: number[] = [];
    for (let call = 0; call < 8; call += 1) {
      limits.push(concurrency.limit);
      concurrency.noteSuccess();
    }
    expect(limits).toEqual([1, 2, 2, 4, 4, 4, 4, 8]);
  });

  it('is what the settings allow, from the next call on', async () => {
    const concurrency = new ConcurrencyLimit(8);
    concurrency.allow(1);
    const leave = await concurrency.take(false, never);
    let entered = false;
    const second = concurrency.take(false, never).then(() => {
      entered = true;
    });
    await null;
    expect(entered).toBe(false);
    concurrency.allow(2);
    await second;
    leave();
    expect(concurrency.busy).toBe(1);
  });

  it('is given back by everyone, also by those who gave up waiting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 30 }), async (takers) => {
        const concurrency = new ConcurrencyLimit(3);
        const work = takers.map(async ([bulk, impatient]) => {
          const stop = new AbortController();
          const taking = concurrency.take(bulk, stop.signal);
          if (impatient) stop.abort(new Error('impatient'));
          const leave = await taking.catch(() => null);
          await null;
          leave?.();
        });
        await Promise.all(work);
        expect(concurrency.busy).toBe(0);
      }),
    );
  });
});

describe('the gate', () => {
  it('keeps the place of a probe while something else holds too', async () => {
    const gate = new HoldGate(() => {});
    const passed: string[] = [];
    gate.hold('circuit', 'open');
    void gate.pass(never).then(() => passed.push('first'));
    void gate.pass(never).then(() => passed.push('second'));
    gate.hold('throttled', 'a pause');
    gate.admitOne('circuit');
    await Promise.resolve();
    expect(passed).toEqual([]);
    gate.release('throttled');
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toEqual(['first']);
  });

  it('forgets the probe when what it was for holds again, or no more', async () => {
    const gate = new HoldGate(() => {});
    let passed = 0;
    gate.hold('circuit', 'open');
    gate.admitOne('circuit');
    gate.hold('circuit', 'open again');
    void gate.pass(never).then(() => {
      passed += 1;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(0);
    gate.admitOne('circuit');
    gate.release('circuit');
    gate.hold('circuit', 'open once more');
    void gate.pass(never).then(() => {
      passed += 1;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(1);
  });
});

describe('other parts', () => {
  it('a bucket keeps to its rate after the first burst', async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket(clock, 10);
    const startMs = clock.monotonicMs();
    await clock.drive(Promise.all(Array.from({ length: 60 }, () => bucket.take(never))), 60_000);
    expect(clock.monotonicMs() - startMs).toBeCloseTo(5_000, -1);
  });

  it('a gate keeps shut until the last reason is gone', async () => {
    const gate = new HoldGate(() => {});
    gate.hold('a', 'A');
    gate.hold('b', 'B');
    let passed = 0;
    const waiting = [gate.pass(never), gate.pass(never)].map((each) => each.then(() => (passed += 1)));
    gate.admitOne('a');
    gate.release('a');
    await null;
    expect(passed).toBe(0);
    gate.admitOne('b');
    await waiting[0];
    expect(passed).toBe(1);
    gate.release('b');
    await Promise.all(waiting);
  });
});

describe('what an error means', () => {
  const none = { transient: 0, unavailable: 0, laneWorks: false };
  it.each([
    ['throttled', none, 'repeat'],
    ['unauthorized', none, 'repeat'],
    ['unavailable', { ...none, unavailable: 99 }, 'repeat'],
    ['unavailable', { ...none, unavailable: 5, laneWorks: true }, 'retrying'],
    ['timeout', { ...none, unavailable: 2, laneWorks: true }, 'retrying'],
    ['conflict', { ...none, transient: 1 }, 'repeat'],
    ['conflict', { ...none, transient: 2 }, 'retrying'],
    ['unexpected', { ...none, transient: 2 }, 'retrying'],
    ['rejected', none, 'failed'],
    ['notFound', none, 'failed'],
  ] as const)('%s after %o: %s', (kind, tries, expected) => {
    const disposition = decideOnError(new VendorError(kind, 'x'), tries);
    expect(disposition.do === 'finish' ? disposition.result.outcome : disposition.do).toBe(expected);
  });
});
