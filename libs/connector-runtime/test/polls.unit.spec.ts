import { createSilentLogger } from '@entrepot/service-kit';
import type { Cursors } from '@entrepot/store';
import type { Hint, PollPage } from '@entrepot/vendor-kit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createHold } from '../src/hold.ts';
import type { ConnectorMetrics } from '../src/metrics.ts';
import { startPoller } from '../src/polls/poller.ts';
import type { OpenConnection } from '../src/sources/open-connections.ts';

/**
 * A poller of one connection, whose shop tells of each change once (as Shopify's change reader does), and whose reads end when the test says
 * so. `crash` is what a process leaves behind that is gone: the cursor.
 */
function setUp(options: { pageSize?: number; intervalMs?: number } = {}) {
  const { pageSize = 2, intervalMs = 3_600_000 } = options;
  const stop = new AbortController();
  onTestFinished(() => stop.abort(new Error('the test ends')));
  const changes: string[] = [];
  const told = new Set<string>();
  const reads = new Map<string, { readonly done: () => void; readonly fail: (error: Error) => void }>();
  const asked: string[] = [];
  const world = {
    cursor: null as string | null,
    polledAt: null as Date | null,
    listings: 0,
    stop,
    reads,
    asked,
    changes,
  };
  const records = {
    async *poll(cursor: string | null): AsyncIterable<PollPage> {
      world.listings += 1;
      for (let at = Number(cursor ?? 0); at < changes.length; at += pageSize) {
        const page = changes.slice(at, at + pageSize);
        const fresh = page.filter((sourceId) => !told.has(sourceId));
        for (const sourceId of page) told.add(sourceId);
        const hints = fresh.map((sourceId): Hint => ({ entity: 'order', sourceId, cause: 'poll' }));
        yield { hints, cursor: String(at + page.length) };
      }
    },
  };
  const cursors: Pick<Cursors, 'get' | 'acquirePoller' | 'renewPoller' | 'set' | 'releasePoller'> = {
    get: async () => ({ _id: 'c', cursor: world.cursor, owner: null, leaseUntil: null, polledAt: world.polledAt }),
    acquirePoller: async (connection, entity, owner) => ({
      connection,
      entity,
      owner,
      cursor: world.cursor,
      remainingMs: () => 7_000,
      outlives: () => true,
    }),
    renewPoller: async () => true,
    set: async (_lease, cursor) => {
      world.cursor = cursor;
      return true;
    },
    releasePoller: async (_lease, complete) => {
      if (complete) world.polledAt = new Date();
    },
  };
  const poller = startPoller({
    connection: {
      id: 'shop',
      hold: createHold({ onUnauthorized: () => {}, onOutage: () => {} }),
      view: () => ({ settings: {} }),
      source: () => ({
        source: { entity: () => records },
        signal: new AbortController().signal,
        replaced: new AbortController().signal,
      }),
      raiseAttention: () => {},
      closed: new AbortController().signal,
    } as unknown as OpenConnection,
    entity: 'order',
    cursors: cursors as Cursors,
    sync: {
      pending: 0,
      republish: async () => ({ result: 'passed' }),
      sync: ({ sourceId }) => {
        asked.push(sourceId);
        return new Promise((resolve, reject) =>
          reads.set(sourceId, { done: () => resolve({ result: 'not-found' }), fail: reject }),
        );
      },
    },
    log: createSilentLogger(),
    metrics: { polled: () => {}, pollFailed: () => {} } as unknown as ConnectorMetrics,
    defaultIntervalMs: intervalMs,
    signal: stop.signal,
    nowMicros: () => Date.now() * 1_000,
  });
  const end = (...ids: string[]): void => {
    for (const id of ids) reads.get(id)?.done();
  };
  const begin = (...ids: string[]): void => void changes.push(...ids);
  return { ...world, world, poller, end, begin };
}

it('lists on while a record is still being read, and notes no cursor beyond it', async () => {
  const { world, begin, end, asked } = setUp();
  begin('wide', 'a', 'b', 'c');
  await vi.waitFor(() => expect(asked).toEqual(['wide', 'a', 'b', 'c']));
  end('a', 'b', 'c');
  await new Promise((resolve) => setTimeout(resolve, 20));
  // Were the process gone now, the next one would list the wide one again.
  expect(world.cursor).toBe(null);
  expect(world.polledAt).toBe(null);
  end('wide');
  await vi.waitFor(() => expect(world.polledAt).not.toBe(null));
  expect(world.cursor).toBe('4');
});

it('lists again when it is due, and when it is asked for, though a record is still being read', async () => {
  const { world, poller, begin, end, asked } = setUp({ intervalMs: 300 });
  begin('wide');
  await vi.waitFor(() => expect(asked).toEqual(['wide']));
  begin('small');
  await vi.waitFor(() => expect(asked).toEqual(['wide', 'small']), 3_000);
  begin('asked for');
  let served = false;
  const now = poller.pollNow().then(() => {
    served = true;
  });
  await vi.waitFor(() => expect(asked).toEqual(['wide', 'small', 'asked for']), 500);
  end('small', 'asked for');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(served).toBe(false);
  expect(world.cursor).toBe(null);
  end('wide');
  await now;
  expect(world.cursor).toBe('3');
});

it('follows what failed once more, told again or not, before any cursor goes beyond it', async () => {
  const { world, poller, begin, end, reads, asked } = setUp();
  begin('bad', 'a', 'b');
  await vi.waitFor(() => expect(asked).toEqual(['bad', 'a', 'b']));
  end('a', 'b');
  reads.get('bad')?.fail(new Error('a bug'));
  // Polls that fail come again after seconds; one that is asked for at once.
  const asking = setInterval(() => void poller.pollNow().catch(() => {}), 20);
  onTestFinished(() => clearInterval(asking));
  await vi.waitFor(() => expect(asked.filter((id) => id === 'bad')).toHaveLength(2), 2_000);
  expect(world.cursor).toBe(null);
  end('bad');
  await vi.waitFor(() => expect(world.polledAt).not.toBe(null));
  expect(world.cursor).toBe('3');
  expect(asked).toEqual(['bad', 'a', 'b', 'bad']);
});

it('lists no more than a bounded number of records ahead', async () => {
  const { begin, end, asked } = setUp({ pageSize: 100 });
  const ids = Array.from({ length: 1_500 }, (_, index) => `o${index}`);
  begin(...ids);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1_000));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toHaveLength(1_100);
  end(...ids.slice(0, 100));
  await vi.waitFor(() => expect(asked).toHaveLength(1_200));
});
