import type { Consumption, Publisher } from '@entrepot/broker';
import { inboxGroupId, inboxTopic } from '@entrepot/canonical';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { waitFor } from './wait.ts';

const LIMIT_MS = 1_500;

let test: TestLedger;
let publisher: Publisher;
let shop: string;
let other: string;

beforeAll(async () => {
  test = await startTestLedger({ hintLimitMs: LIMIT_MS });
  publisher = await test.broker.publisher();
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  shop = connections.find(({ vendor }) => vendor === 'shopify')?.id ?? '';
  other = `${shop}-second`;
  // Hints of earlier runs on the same Kafka are not this one's.
  await runConnector();
}, 60_000);
afterAll(() => test?.close());

const hint = (connection: string, sourceId: string, partition: number) =>
  publisher.send(inboxTopic('shopify'), {
    key: `${connection}/${sourceId}`,
    value: Buffer.from(JSON.stringify({ connection, entity: 'order', sourceId, cause: 'orders/updated' })),
    partition,
  });

const startConnector = (handler: (key: string | null, signal: AbortSignal) => Promise<void>): Consumption =>
  test.broker.consume({
    groupId: inboxGroupId('shopify'),
    topics: [inboxTopic('shopify')],
    handler: (record, signal) => handler(record.key, signal),
    onBug: async (_record, error) => {
      throw error;
    },
  });

/** Runs a connector until it has finished the inbox. */
async function runConnector(): Promise<void> {
  const consumption = startConnector(async () => undefined);
  await waitFor(async () => {
    const ends = await test.broker.endOffsets(inboxTopic('shopify'));
    const done = await test.broker.committedOffsets(inboxGroupId('shopify'), inboxTopic('shopify'));
    return [...ends].every(([partition, end]) => end === 0n || done.get(partition) === end) || null;
  });
  await consumption.stop({ deadlineMs: 1_000 });
}

const unaccounted = async (): Promise<{ kind: string; id: string; detail: string }[]> =>
  (await test.call('GET', '/v1/unaccounted')).body.items;
/** A connector that has just ended is a member of its group until Kafka has heard of it. */
const onceNobodyRuns = () =>
  waitFor(async () => {
    const items = await unaccounted();
    return items.some(({ detail }) => detail.includes('Its connector runs')) ? null : items;
  });
const shown = async (id: string) => (await test.call('GET', `/v1/connections/${id}`)).body.unreadHints;
const passLimit = () => new Promise((resolve) => setTimeout(resolve, LIMIT_MS + 100));

it('hints that no connector reads are shown once they are older than the limit, and no more once they are read', {
  timeout: 60_000,
}, async () => {
  const sentAt = Date.now();
  await hint(shop, '7', 0);
  await hint(shop, '8', 0);
  await hint(shop, '9', 1);
  expect(await unaccounted()).toEqual([]);
  await passLimit();
  await onceNobodyRuns();
  await hint(shop, 'younger', 0);

  const [item, ...others] = await unaccounted();
  expect(others).toEqual([]);
  expect(item).toMatchObject({ kind: 'hint-not-read', id: shop, number: null });
  expect(item?.detail).toContain('3 changes that are known and not read');
  expect(item?.detail).toContain(`(${shop}/7)`);
  expect(item?.detail).toContain('No connector of shopify runs: start it');

  const connection = await shown(shop);
  expect(connection).toMatchObject({ hints: 3, more: false, detail: item?.detail });
  expect(Math.abs(Date.parse(connection.oldestAt) - sentAt)).toBeLessThan(1_000);
  expect(await test.renderMetrics()).toMatch(new RegExp(`entrepot_hints_unread\\{[^}]*connection="${shop}"[^}]*\\} 3`));

  await runConnector();
  expect(await unaccounted()).toEqual([]);
  expect(await shown(shop)).toBeNull();
  expect(await test.renderMetrics()).not.toContain('entrepot_hints_unread{');
});

it('while a connector runs, a hint that was followed behind one that waits is not told of', {
  timeout: 60_000,
}, async () => {
  const followed: string[] = [];
  const waits = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await hint(shop, 'held', 2);
  await hint(other, 'followed', 2);
  const connector = startConnector((key, signal) => {
    if (key?.startsWith(`${shop}/`)) return waits(signal);
    followed.push(key ?? '');
    return Promise.resolve();
  });
  await waitFor(async () => followed.includes(`${other}/followed`) || null);
  await passLimit();
  const items = await unaccounted();
  expect(items.map(({ kind, id }) => [kind, id])).toEqual([['hint-not-read', shop]]);
  expect(items[0]?.detail).toContain('1 change that is known and not read');
  expect(items[0]?.detail).toContain('Its connector runs');
  await connector.stop({ deadlineMs: 0 });
  // Nobody runs now: whoever starts next reads both again.
  expect((await onceNobodyRuns()).map(({ id }) => id).sort()).toEqual([shop, other].sort());
  await runConnector();
});
