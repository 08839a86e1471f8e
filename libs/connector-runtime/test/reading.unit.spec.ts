import { type Fetched, VendorError, type VendorErrorKind } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHold, type Hold } from '../src/hold.ts';
import { createKeyCoalescer } from '../src/publish/reads.ts';
import { createFetchPlaces, createKeptProgress } from '../src/sources/read-queue.ts';
import { ConnectionClosed, createRecordReader, type RecordReader } from '../src/sources/record-reader.ts';

type Fetch = (ids: readonly string[]) => Promise<Fetched[]>;

const never = new AbortController().signal;

const gone = (id: string): Fetched => ({ status: 'not-found', sourceId: id });

function setUp(
  fetch: Fetch,
  options: { batchSize?: number; maxInFlight?: number } = {},
): { reader: RecordReader; hold: Hold; calls: string[][]; attention: (string | null)[] } {
  const calls: string[][] = [];
  const attention: (string | null)[] = [];
  const hold = createHold({
    onUnauthorized: (message) => attention.push(message),
    onOutage: (message) => attention.push(message),
  });
  const records = {
    fetch: (ids: readonly string[]) => {
      calls.push([...ids]);
      return fetch(ids);
    },
  };
  let micros = 0;
  const reader = createRecordReader({
    entity: 'order',
    batchSize: options.batchSize ?? 10,
    places: createFetchPlaces(() => options.maxInFlight ?? 1),
    hold,
    kept: createKeptProgress(),
    source: () => ({ records, signal: never, replaced: never }),
    nowMicros: () => {
      micros += 1;
      return micros;
    },
    observe: () => {},
  });
  return { reader, hold, calls, attention };
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('record reader', () => {
  it('reads what is asked for meanwhile together, each id once, live before bulk', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { reader, calls } = setUp(
      async (ids) => {
        if (ids.includes('first')) await gate;
        return ids.map(gone);
      },
      { batchSize: 3 },
    );
    const first = reader.read('first', 'live');
    await later(5);
    const others = [
      reader.read('b1', 'bulk'),
      reader.read('a', 'live'),
      reader.read('b', 'live'),
      reader.read('a', 'live'),
      reader.read('b2', 'bulk'),
    ];
    release();
    await Promise.all([first, ...others]);
    expect(calls).toEqual([['first'], ['a', 'b', 'b1'], ['b2']]);
  });

  it('a read asked for during a call is not served by that call', async () => {
    let content = 1;
    const { reader } = setUp(async (ids) => {
      const seen = content;
      await later(10);
      return ids.map((id) => ({ ...gone(id), seen }) as never);
    });
    const early = reader.read('x', 'live');
    await later(3);
    content = 2;
    const late = reader.read('x', 'live');
    expect((await early).fetched).toMatchObject({ seen: 1 });
    expect((await late).fetched).toMatchObject({ seen: 2 });
  });

  it.each<VendorErrorKind>(['unavailable', 'timeout', 'throttled'])(
    '%s: waits and goes on, nothing lost',
    async (kind) => {
      let failures = 2;
      const { reader, hold } = setUp(async (ids) => {
        failures -= 1;
        if (failures >= 0) throw new VendorError(kind, 'not now', { retryAfterMs: 20 });
        return ids.map(gone);
      });
      const reads = ['a', 'b', 'c'].map((id) => reader.read(id, 'live'));
      await later(10);
      expect(hold.state()).toMatchObject({ held: true, kind });
      expect((await Promise.all(reads)).map((read) => read.fetched.sourceId)).toEqual(['a', 'b', 'c']);
      expect(hold.state()).toEqual({ held: false });
    },
  );

  it('an outage that lasts is told in words, and taken back when it is over', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let left = 5;
    const { reader, hold, attention } = setUp(async (ids) => {
      left -= 1;
      if (left >= 0) throw new VendorError('unavailable', `a page answers (${left})`);
      return ids.map(gone);
    });
    const reading = reader.read('1', 'live');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(attention).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await reading).fetched.status).toBe('not-found');
    const words = 'Its calls wait, and are tried again by themselves.';
    expect(attention).toEqual([`a page answers (1). ${words}`, `a page answers (0). ${words}`, null]);
    hold.close();
  });

  it('unauthorized: no probes, attention once, goes on when released', async () => {
    let allowed = false;
    const { reader, hold, calls, attention } = setUp(async (ids) => {
      if (!allowed) throw new VendorError('unauthorized', 'token refused', { advice: 'Enter a new one.' });
      return ids.map(gone);
    });
    const read = reader.read('a', 'live');
    await later(30);
    expect(calls).toHaveLength(1);
    expect(attention).toEqual(['token refused Enter a new one.']);
    allowed = true;
    hold.release();
    await read;
    expect(attention).toEqual(['token refused Enter a new one.', null]);
  });

  it('finds the record that is to blame and spares its neighbours', async () => {
    const { reader } = setUp(async (ids) => {
      if (ids.includes('bad')) throw new VendorError('rejected', 'no such field');
      if (ids.includes('bug')) throw new TypeError('undefined is not a function');
      return ids.map(gone);
    });
    const ids = ['a', 'bad', 'b', 'bug', 'c'];
    const reads = await Promise.all(ids.map((id) => reader.read(id, 'live')));
    expect(reads.map((read) => read.fetched.status)).toEqual([
      'not-found',
      'unmapped',
      'not-found',
      'unmapped',
      'not-found',
    ]);
    expect(reads[1]?.fetched).toMatchObject({ error: { kind: 'rejected', message: 'no such field' } });
    expect(reads[3]?.fetched).toMatchObject({ error: { kind: 'bug', stack: expect.stringContaining('TypeError') } });
  });

  it('an answer that lacks a record is asked for again, then told', async () => {
    vi.useFakeTimers();
    try {
      const { reader, calls } = setUp(async (ids) => ids.filter((id) => id !== 'lost').map(gone));
      const read = reader.read('lost', 'live');
      await vi.advanceTimersByTimeAsync(5_000);
      expect((await read).fetched).toMatchObject({ status: 'unmapped', error: { kind: 'unexpected' } });
      expect(calls).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('closed: what waits is told', async () => {
    const { reader } = setUp(() => new Promise(() => {}));
    const read = reader.read('a', 'live');
    await later(2);
    const waiting = reader.read('b', 'live');
    reader.close();
    await expect(waiting).rejects.toThrow(ConnectionClosed);
    await expect(reader.read('c', 'live')).rejects.toThrow(ConnectionClosed);
    void read.catch(() => {});
  });
});

describe('key coalescer', () => {
  it('never overlaps work of one key, and every trigger is followed by a run that began after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('k1', 'k2'), { minLength: 1, maxLength: 12 }),
        async (scheduler, keys) => {
          const running = new Set<string>();
          let tick = 0;
          const runs = createKeyCoalescer<{ at: number }, number>(
            async (key) => {
              expect(running.has(key)).toBe(false);
              running.add(key);
              tick += 1;
              const began = tick;
              await scheduler.schedule(Promise.resolve());
              running.delete(key);
              return began;
            },
            (a, b) => ({ at: Math.max(a.at, b.at) }),
          );
          const results = keys.map(async (key, index) => {
            await scheduler.schedule(Promise.resolve(), `trigger ${index}`);
            tick += 1;
            const asked = tick;
            expect(await runs.run(key, { at: asked })).toBeGreaterThan(asked);
          });
          await scheduler.waitFor(Promise.all(results));
          expect(runs.size).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a failed run does not keep the next from running', async () => {
    let calls = 0;
    const runs = createKeyCoalescer<string, number>(
      async () => {
        calls += 1;
        if (calls === 1) throw new Error('first');
        return calls;
      },
      (a) => a,
    );
    const first = runs.run('k', 'a');
    const second = runs.run('k', 'b');
    await expect(first).rejects.toThrow('first');
    expect(await second).toBe(2);
  });
});
