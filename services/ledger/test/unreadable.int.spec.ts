import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { routedReport } from './reports.ts';
import { waitFor } from './wait.ts';

let test: TestLedger;
let shop: string;

beforeAll(async () => {
  test = await startTestLedger();
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  shop = connections.find(({ vendor }) => vendor === 'shopify')?.id ?? '';
}, 60_000);
afterAll(() => test?.close());

it('a version that a router could not read is made good by a newer one, also when that was taken in before the router told', async () => {
  const first = await test.publishOrder('4001', '#4001', 1);
  await test.publishOrder('4001', '#4001', 2);
  const findRow = async () => {
    const rows = (await test.call('GET', '/v1/orders?q=4001')).body.items as {
      readonly version: number;
      readonly status: string;
      readonly unmapped: unknown;
    }[];
    return rows.find(({ version }) => version === 2) ?? null;
  };
  await waitFor(findRow);
  await test.report(
    routedReport({
      connection: shop,
      sourceId: '4001',
      number: '#4001',
      version: 1,
      eventId: first.eventId,
      publishedAtMicros: first.publishedAtMicros,
      decisions: [],
      problem: { kind: 'invalid', code: 'unreadable', message: 'no Avro', advice: 'look at the producer', fields: [] },
    }),
  );
  const unreadable = await waitFor(() =>
    test.ledger.store.messages.findOne({ connection: shop, version: 1, error: { $ne: null } }),
  );
  const closed = await waitFor(async () => {
    const message = await test.ledger.store.messages.findOne({ _id: unreadable._id });
    return message?.repairedByVersion === 2 ? message : null;
  });
  expect(closed.routedBy).toEqual(['sap-b1']);
  const shown = await waitFor(async () => {
    const row = await findRow();
    return row?.status === 'open' && row.unmapped === null ? row : null;
  });
  expect(shown.version).toBe(2);
});
