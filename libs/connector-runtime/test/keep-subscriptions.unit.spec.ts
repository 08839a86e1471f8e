import { createSilentLogger } from '@entrepot/service-kit';
import type { SubscriptionFindings } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenConnection } from '../src/sources/open-connections.ts';
import { keepSubscriptions } from '../src/webhooks/keep-subscriptions.ts';

const NOTHING: SubscriptionFindings = { present: [], made: [], missing: [] };

let attention: (string | null)[];
let looks: string[][];
let findings: SubscriptionFindings | Error;
let stored: string | null;
let held: boolean;
let revision: number;
let lastWebhookAtMs: number | null;
let resume: () => void;
let stop: AbortController;
let counted: number[][];

beforeEach(() => {
  vi.useFakeTimers();
  [attention, looks, findings, stored, held, revision, lastWebhookAtMs, counted] = [
    [],
    [],
    NOTHING,
    null,
    false,
    1,
    null,
    [],
  ];
  resume = () => {};
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

async function start(): Promise<void> {
  const check = async (known: readonly string[]): Promise<SubscriptionFindings> => {
    looks.push([...known]);
    if (findings instanceof Error) throw findings;
    return findings;
  };
  const connection = {
    id: 'shop',
    closed: new AbortController().signal,
    hold: {
      state: () => ({ held }),
      onResume: (listener: () => void) => {
        resume = listener;
        return () => {};
      },
    },
    view: () => ({ revision }),
    source: () => ({
      source: { checkSubscriptions: check },
      signal: new AbortController().signal,
      replaced: new AbortController().signal,
    }),
    raiseAttention: (_topic: string, message: string | null) => {
      if (message !== (attention.at(-1) ?? null)) attention.push(message);
    },
    lastWebhookAtMs: () => lastWebhookAtMs,
  } as unknown as OpenConnection;
  keepSubscriptions({
    vendorTitle: 'The shop',
    connection,
    cursors: {
      acquirePoller: async () => ({ cursor: stored }) as never,
      set: async (_lease, cursor) => {
        stored = cursor;
        return true;
      },
      releasePoller: async () => {},
    },
    log: createSilentLogger(),
    metrics: { subscriptionsChecked: (_connection, ...numbers) => void counted.push(numbers) },
    signal: stop.signal,
    intervalMs: 100_000,
    random: () => 0.5,
  });
  await vi.advanceTimersByTimeAsync(0);
}
const later = (ms = 100_000) => vi.advanceTimersByTimeAsync(ms);

describe('the look at webhook subscriptions', () => {
  it('is made at the start and again and again; what a first set-up makes needs nobody', async () => {
    findings = { present: ['a', 'b'], made: ['a', 'b'], missing: [] };
    await start();
    expect([looks, attention, stored]).toEqual([[[]], [], '["a","b"]']);
    findings = { present: ['a', 'b'], made: [], missing: [] };
    await later();
    expect(looks).toEqual([[], ['a', 'b']]);
    expect(counted).toEqual([
      [0, 2],
      [0, 0],
    ]);
    expect(attention).toEqual([]);
  });

  it('tells what was there and had to be made again, once, until a webhook has come', async () => {
    stored = '["a","b"]';
    findings = { present: ['a', 'b'], made: ['b'], missing: [] };
    await start();
    expect(attention).toEqual([
      expect.stringMatching(/gone at The shop and have been made again: b\. .*reached from outside/),
    ]);
    findings = { present: ['a', 'b'], made: [], missing: [] };
    await later();
    expect(attention).toHaveLength(1);
    lastWebhookAtMs = performance.now();
    await later();
    expect(attention.at(-1)).toBeNull();
  });

  it('tells what cannot be made, with each reason once, as long as it is missing; it stays known', async () => {
    stored = '["a","b"]';
    const missing = [
      { topic: 'a', reason: 'no right' },
      { topic: 'b', reason: 'no right' },
      { topic: 'c', reason: 'odd' },
    ];
    findings = { present: [], made: [], missing };
    await start();
    await later();
    expect(attention).toEqual([
      'The shop has no webhook subscription any more for a, b (no right); c (odd). Until it has, changes are found by polls alone.',
    ]);
    // What was never there stays unknown: made later, it is a set-up and no loss.
    expect(stored).toBe('["a","b"]');
    findings = { present: ['a', 'b', 'c'], made: [], missing: [] };
    await later();
    expect(attention.at(-1)).toBeNull();
  });

  it('waits while the connection is held, and looks when it goes on; the ends of later holds are no reason to look', async () => {
    held = true;
    await start();
    expect(looks).toEqual([]);
    held = false;
    resume();
    await later(0);
    expect(looks).toHaveLength(1);
    resume();
    await later(1_000);
    expect(looks).toHaveLength(1);
    revision = 2;
    resume();
    await later(0);
    expect(looks).toHaveLength(2);
  });

  it('goes on after a look that failed, and says nothing of it: polls do', async () => {
    findings = new Error('throttled');
    await start();
    findings = NOTHING;
    await later();
    expect([looks.length, attention]).toEqual([2, []]);
  });
});
