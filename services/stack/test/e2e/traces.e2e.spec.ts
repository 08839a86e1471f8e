import { startTraceReceiver } from '@entrepot/runtime-kit/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

let receiver: Awaited<ReturnType<typeof startTraceReceiver>>;
let test: TestStack;

beforeAll(async () => {
  receiver = await startTraceReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '200');
  // An order that a poll finds first is published in that poll's trace, which no webhook began: one look at the start, and then none.
  test = await startTestStack((config) => {
    for (const { vendor, settings } of config.connections)
      if (vendor === 'shopify') settings.poll = { intervalSeconds: 3_600 };
  });
  vi.unstubAllEnvs();
  await waitFor('the first poll to be over', async () =>
    /^entrepot_poll_age_seconds\{.*entity="order"/m.test(
      await (await fetch(`${test.stack.operationsUrlOf('connector-shopify')}/metrics`)).text(),
    ),
  );
}, 180_000);

afterAll(async () => {
  await test?.stop();
  await receiver.close();
}, 60_000);

it('one trace leads from a webhook over connector, sink and target to the ledger', async () => {
  const order = await test.shop.placeOrder({ note: 'ring twice' });
  await waitForState(test.admin, order.id, ['verified']);
  const spansOf = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);
  const isWhole = (traceId: string) => {
    const names = spansOf(traceId).map(({ service, name }) => `${service} ${name}`);
    return ['sink-sap-b1 attempt', 'ledger ingest', 'connector-shopify webhook'].every((name) => names.includes(name));
  };
  let traceId = '';
  await waitFor('a whole trace', async () => {
    traceId = receiver.spans.map((span) => span.traceId).find(isWhole) ?? '';
    return (
      traceId !== '' &&
      spansOf(traceId).some(({ name, attributes }) => name === 'call' && attributes.operation === 'create')
    );
  });
  const spans = spansOf(traceId);
  const parentOf = (name: string) => {
    const { parentSpanId } = spans.find((span) => span.name === name) ?? {};
    return spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? null;
  };
  expect(
    ['webhook', 'sync', 'fetch', 'publish', 'route', 'attempt', 'call', 'ingest'].map((name) => [name, parentOf(name)]),
  ).toEqual([
    ['webhook', null],
    ['sync', 'webhook'],
    ['fetch', 'sync'],
    ['publish', 'sync'],
    ['route', 'publish'],
    ['attempt', 'publish'],
    ['call', 'attempt'],
    ['ingest', 'publish'],
  ]);
  const told = receiver.requests.map(({ body }) => body).join('\n');
  for (const secret of ['ring twice', order.name, order.id, 'sandbox-token', 'B1SESSION'])
    expect(told).not.toContain(secret);
});
