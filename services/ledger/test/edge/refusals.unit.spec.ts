import { createSilentLogger } from '@entrepot/service-kit';
import { describe, expect, it } from 'vitest';
import { Guesses } from '../../src/access/guesses.ts';
import { type Refusal, Refusals } from '../../src/access/refusals.ts';
import type { LedgerStore } from '../../src/store/collections.ts';

interface Written {
  updateOne: { filter: { _id: string }; update: { $inc: { 'details.count': number } } };
}

/** An audit that keeps counts by entry, as the database would; refuses while told so. */
function createAudit() {
  const counts = new Map<string, number>();
  const audit = {
    counts,
    isAway: false,
    async bulkWrite(writes: readonly Written[]) {
      if (audit.isAway) throw new Error('away');
      for (const { updateOne } of writes) {
        const { _id } = updateOne.filter;
        counts.set(_id, (counts.get(_id) ?? 0) + updateOne.update.$inc['details.count']);
      }
    },
  };
  return audit;
}

function open(now: () => Date) {
  const audit = createAudit();
  const refusals = new Refusals({ audit } as unknown as LedgerStore, createSilentLogger(), now);
  return { audit, refusals };
}

const guess = (address: string): Refusal => ({ code: 'unknown-token', address, actor: null, subject: address });

describe('refusals in the audit', () => {
  it('a flood from many addresses makes a bounded number of entries, and no refusal is left out', async () => {
    const { audit, refusals } = open(() => new Date(1_700_000_000_000));
    for (let call = 0; call < 20_000; call += 1) refusals.note(guess(`10.0.${call % 80}.${call % 250}`));
    await refusals.close();
    expect(audit.counts.size).toBeLessThanOrEqual(201);
    expect([...audit.counts.values()].reduce((sum, count) => sum + count, 0)).toBe(20_000);
  });

  it('another minute is another entry', async () => {
    let now = 1_700_000_000_000;
    const { audit, refusals } = open(() => new Date(now));
    refusals.note(guess('10.0.0.1'));
    now += 60_000;
    refusals.note(guess('10.0.0.1'));
    refusals.note(guess('10.0.0.1'));
    await refusals.close();
    expect([...audit.counts.values()]).toEqual([1, 2]);
  });

  it('what the database does not take is written later, added to what came since', async () => {
    const { audit, refusals } = open(() => new Date(1_700_000_000_000));
    audit.isAway = true;
    refusals.note(guess('10.0.0.1'));
    await refusals.close();
    audit.isAway = false;
    refusals.note(guess('10.0.0.1'));
    await refusals.close();
    expect([...audit.counts.values()]).toEqual([2]);
  });
});

describe('tokens that are tried', () => {
  it('after 300 unknown ones in a minute an address waits for the next; known tokens and other addresses do not', () => {
    let now = 60_000 * 1_000;
    const guesses = new Guesses(() => now);
    guesses.right('in-use');
    for (let tried = 0; tried < 300; tried += 1) {
      expect(guesses.secondsToWait('10.0.0.1', `guess-${tried}`)).toBe(0);
      guesses.wrong('10.0.0.1', `guess-${tried}`);
    }
    now += 15_000;
    expect(guesses.secondsToWait('10.0.0.1', 'guess-301')).toBe(45);
    expect(guesses.secondsToWait('10.0.0.1', 'in-use')).toBe(0);
    expect(guesses.secondsToWait('10.0.0.2', 'guess-301')).toBe(0);
    // Taken back meanwhile: it is a guess like any other.
    guesses.wrong('10.0.0.1', 'in-use');
    expect(guesses.secondsToWait('10.0.0.1', 'in-use')).toBe(45);
    now += 45_000;
    expect(guesses.secondsToWait('10.0.0.1', 'guess-301')).toBe(0);
  });
});
