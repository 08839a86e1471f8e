import { createCostBudget, type Fetched, type Reading, type Unfinished } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHold } from '../src/hold.ts';
import type { ReadItem } from '../src/sources/read-queue.ts';
import { createFetchPlaces, createKeptProgress, type KeptProgress } from '../src/sources/read-queue.ts';
import { createRecordReader } from '../src/sources/record-reader.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;
const NOTHING_READ: Reading = { progress: new Map(), begins: () => {} };
const LOOK_COST = 50;
const PAGE_COST = 100;
const LOOKS_A_CALL = 4;

/** A vendor without any name: 2,000 points, 100 back a second, records of as many pages as they have, some that do not exist. */
function openVendor(pagesOf: Map<string, number>, available = 0) {
  let left = available;
  let atMs = Date.now();
  let asked = 0;
  const status = () => {
    left = Math.min(2_000, left + (Date.now() - atMs) / 10);
    atMs = Date.now();
    return { maximum: 2_000, available: left, restoredPerSecond: 100 };
  };
  const budget = createCostBudget({ now: () => Date.now() });
  const spend = (cost: number): void => {
    if (status().available < cost) throw new Error('the vendor refuses: more than is there');
    left -= cost;
    asked += 1;
  };
  const finish = (sourceId: string): Fetched => ({ status: 'not-found', sourceId });

  async function look(ids: readonly string[], reading: Reading, signal: AbortSignal) {
    const most = Math.min(LOOKS_A_CALL, ids.length);
    const grant = await budget.acquire({ use: 'look', least: LOOK_COST, most: LOOK_COST * most, signal });
    const batch = ids.slice(0, Math.floor(grant.points / LOOK_COST));
    reading.begins(batch);
    // What is absent costs next to nothing, but is asked for as all the others are.
    for (const id of batch) spend(pagesOf.has(id) ? LOOK_COST : 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    grant.end(status());
    return ids.map((sourceId): Fetched | Unfinished => {
      if (!batch.includes(sourceId)) return { status: 'unfinished', sourceId, progress: null };
      const pages = pagesOf.get(sourceId) ?? 0;
      return pages === 0
        ? finish(sourceId)
        : { status: 'unfinished', sourceId, progress: { bytes: 10, state: { left: pages } } };
    });
  }

  const fetch = async (ids: readonly string[], signal: AbortSignal, reading: Reading = NOTHING_READ) => {
    if (budgetUnknown) budget.tryAcquire({ use: 'look', least: 0, most: 0, signal })?.end(status());
    budgetUnknown = false;
    const begun = ids.filter((id) => reading.progress.has(id));
    if (begun.length === 0) return look(ids, reading, signal);
    const id = begun.reduce((a, b) => (leftOf(reading, b) > leftOf(reading, a) ? b : a));
    const grant = await budget.acquire({ use: 'page', least: PAGE_COST, most: PAGE_COST, signal });
    spend(PAGE_COST);
    grant.end(status());
    const state = reading.progress.get(id)?.state as { left: number };
    state.left -= 1;
    return ids.map((sourceId): Fetched | Unfinished => {
      const progress = reading.progress.get(sourceId) ?? null;
      return sourceId === id && state.left === 0 ? finish(sourceId) : { status: 'unfinished', sourceId, progress };
    });
  };
  let budgetUnknown = true;
  return { records: { fetch }, count: () => asked };
}

function leftOf(reading: Reading, id: string): number {
  return ((reading.progress.get(id)?.state ?? { left: 0 }) as { left: number }).left;
}

function setUp(pages: Record<string, number>, options: { available?: number; kept?: KeptProgress } = {}) {
  const vendor = openVendor(new Map(Object.entries(pages)), options.available);
  const reader = createRecordReader({
    entity: 'order',
    batchSize: 50,
    places: createFetchPlaces(() => 2),
    hold: createHold({ onUnauthorized: () => {}, onOutage: () => {} }),
    kept: options.kept ?? createKeptProgress(),
    source: () => ({ records: vendor.records, signal: never, replaced: never }),
    nowMicros: () => Date.now() * 1_000,
    observe: () => {},
  });
  const beganAt = Date.now();
  /** Seconds until it was read. */
  const read = async (id: string, priority: 'live' | 'again' | 'bulk' = 'live'): Promise<number> => {
    const { readBeganAtMicros, readEndedAtMicros } = await reader.read(id, priority);
    expect(readBeganAtMicros).toBeLessThanOrEqual(readEndedAtMicros);
    return (Date.now() - beganAt) / 1_000;
  };
  return { vendor, reader, read };
}

const name = (count: number, pages: number, prefix = 'wide'): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}-${index}`, pages]));

describe('records that cost more than the budget has', () => {
  it.each([
    [5, 25],
    [2, 40],
    [40, 6],
    [1, 90],
  ])('%i records of %i pages all arrive, each page read once', async (count, pages) => {
    const wide = name(count, pages);
    const { vendor, read } = setUp(wide);
    const reads = Promise.all(Object.keys(wide).map((id) => read(id)));
    await vi.advanceTimersByTimeAsync(3_600_000);
    const last = Math.max(...(await reads));
    expect(vendor.count()).toBe(count * (1 + pages));
    // Nothing is there at first; all of it has to come back, at 100 points a second.
    expect(last).toBeLessThan((count * (LOOK_COST + pages * PAGE_COST)) / 100 + 10);
  });

  it('a small one placed behind them is read in seconds', async () => {
    const wide = name(5, 25);
    const { read } = setUp({ ...wide, small: 0 });
    for (const id of Object.keys(wide)) void read(id);
    await vi.advanceTimersByTimeAsync(10_000);
    const small = read('small');
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await small) - 10).toBeLessThan(6);
  });

  it('a stream of small ones does not starve a wide one', async () => {
    const small = name(400, 0, 'small');
    const { read } = setUp({ wide: 10, ...small });
    const wide = read('wide');
    // Four a second where the budget has two.
    for (const id of Object.keys(small)) {
      void read(id);
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(await wide).toBeLessThan(60);
  });

  it('says which of them wait', async () => {
    const { reader, read } = setUp({ ...name(2, 25), small: 0 });
    for (const id of ['wide-0', 'wide-1', 'small']) void read(id);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(reader.listWaiting().map((record) => record.sourceId)).toEqual(['wide-0', 'wide-1']);
  });
});

describe('records that do not exist', () => {
  it('however many, one that does is read in seconds; and they all come to their end', async () => {
    const { read } = setUp({ present: 0 }, { available: 2_000 });
    const absent = Array.from({ length: 8_000 }, (_, index) => `absent-${index}`);
    const looks = Promise.all(absent.map((id) => read(id)));
    await vi.advanceTimersByTimeAsync(1_000);
    const present = read('present');
    await vi.advanceTimersByTimeAsync(600_000);
    expect((await present) - 1).toBeLessThan(6);
    expect(Math.max(...(await looks))).toBeLessThan(300);
  });

  it('further looks at them stand aside, but not for ever', async () => {
    const { read } = setUp({ ...name(60, 0, 'present') }, { available: 2_000 });
    const again = Promise.all(Array.from({ length: 200 }, (_, index) => read(`absent-${index}`, 'again')));
    const present = Promise.all(Array.from({ length: 60 }, (_, index) => read(`present-${index}`)));
    await vi.advanceTimersByTimeAsync(600_000);
    const [lastPresent, lastAgain] = [Math.max(...(await present)), Math.max(...(await again))];
    expect(lastPresent).toBeLessThan(lastAgain);
  });
});

describe('what is kept of a record', () => {
  const item = (order: number): ReadItem => ({ order, progress: null, sourceId: String(order) }) as ReadItem;
  const progress = (bytes: number, beganAtMicros = 0) => ({ bytes, beganAtMicros, state: null });

  it('has a bound in memory: what is least far is given up, what is furthest never', () => {
    const kept = createKeptProgress(100);
    const [a, b, c] = [item(1), item(2), item(3)];
    kept.keep(a, progress(60));
    kept.keep(b, progress(30));
    kept.keep(c, progress(20));
    expect([a, b, c].map((one) => one.progress?.bytes)).toEqual([60, 30, undefined]);
    kept.keep(a, progress(500));
    expect([a, b].map((one) => one.progress?.bytes)).toEqual([500, undefined]);
    expect(kept.bytes).toBe(500);
    kept.drop(a);
    expect(kept.bytes).toBe(0);
  });

  it('has a bound in age', () => {
    const kept = createKeptProgress();
    const [old, young] = [item(1), item(2)];
    kept.keep(old, progress(10, 0));
    kept.keep(young, progress(10, 60_000_000));
    kept.dropAged([old, young], 15 * 60_000_000 + 1);
    expect([old.progress, young.progress?.bytes]).toEqual([null, 10]);
    expect(kept.bytes).toBe(10);
  });

  it('given up, a record is read from its beginning, and arrives', async () => {
    const { read } = setUp(name(6, 12), { kept: createKeptProgress(25) });
    const reads = Promise.all(Object.keys(name(6, 12)).map((id) => read(id)));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await reads).toHaveLength(6);
  });
});
