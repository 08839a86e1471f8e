import { VendorError } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { decideOnError } from '../src/attempt/outcomes.ts';
import { HoldGate } from '../src/lane/holds.ts';

const never = new AbortController().signal;

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
