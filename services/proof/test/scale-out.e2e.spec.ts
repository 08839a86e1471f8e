import { afterAll, expect, it } from 'vitest';
import { runScaleOut } from '../src/bench/harness/scale-out-run.ts';
import { openServers } from '../src/bench/harness/servers.ts';

/** The promise, and what an order takes here anyway. */
const FELT_MS = 8_000;

const servers = openServers(() => undefined);
afterAll(() => servers.close(), 60_000);

it('replicas that join or are killed under load need no hand, lose nothing, and are felt for 8 s at most', async () => {
  const { orders, missing, usualMs, ...felt } = await runScaleOut(servers);
  process.stdout.write(`longest way of ${orders} orders, ms: usually ${usualMs}, ${JSON.stringify(felt)}\n`);
  expect(missing).toBe(0);
  for (const [event, ms] of Object.entries(felt)) expect(ms - usualMs, event).toBeLessThanOrEqual(FELT_MS);
}, 240_000);
