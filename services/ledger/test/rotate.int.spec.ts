import { randomUUID } from 'node:crypto';
import { createSilentLogger } from '@entrepot/service-kit';
import { openKeyRotation, openStore, parseMasterKey } from '@entrepot/store';
import { afterAll, expect, it } from 'vitest';
import { runRotate } from '../src/keys/run-rotate.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';

const keyOf = (byte: number) => parseMasterKey(Buffer.alloc(32, byte).toString('base64'), 'the test');
const [former, next] = [keyOf(1), keyOf(2)];
const uri = new URL(process.env.MONGODB_URI ?? '');
uri.pathname = `/ledger-${randomUUID().slice(0, 8)}`;
const store = await openStore({
  uri: uri.href,
  masterKeys: { current: former, previous: null },
  vendors: [],
  log: createSilentLogger(),
  migrates: LEDGER_COLLECTIONS,
});
const rotation = await openKeyRotation({ uri: uri.href, longestCallMs: 0 }, { current: next, previous: former });
afterAll(async () => {
  await rotation.close();
  await store.mongoose.dropDatabase();
  await store.close();
});

async function run(planOnly: boolean): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await runRotate(rotation, planOnly, new AbortController().signal, (line) => lines.push(line));
  return { code, lines };
}

it('tells what is sealed under which key, re-seals it, tells that it is done, and then finds nothing to do', async () => {
  const lease = await store.lanes.acquire('erp', 'a', 60_000);
  if (lease !== null) await store.lanes.writeSession(lease, 'the session');
  const headline = `From master key ${former.keyId} to ${next.keyId}:`;
  const sessions = (current: number, previous: number) =>
    `  sessions of lanes: ${current} under the key, ${previous} under the previous one`;
  const planned = await run(true);
  expect(planned.code).toBe(0);
  expect(planned.lines).toContain(headline);
  expect(planned.lines).toContain(sessions(0, 1));
  const rotated = await run(false);
  expect(rotated.code).toBe(0);
  expect(rotated.lines.at(-1)).toMatch(/^Done: nothing is sealed under [0-9a-f]{12} any more/);
  expect((await run(true)).lines).toContain(sessions(1, 0));
});

it('is not done while something is sealed under the former key that it cannot open', async () => {
  const sealedSession = `v1.${former.keyId}.AAAA.AAAA`;
  await store.mongoose.collection('lanes').updateOne({ _id: 'erp' as never }, { $set: { sealedSession } });
  const { code, lines } = await run(false);
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(/erp: .*start the sink of the connection again/);
  expect(lines.at(-1)).toMatch(/^Not done: 1 under .* Keep both keys/);
});
