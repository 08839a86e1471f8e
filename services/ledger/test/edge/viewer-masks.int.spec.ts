import { PERSONAL_MASK } from '@entrepot/canonical';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from '../ledger-process.ts';
import { attemptReport, rejected, routedReport } from '../reports.ts';
import { waitFor } from '../wait.ts';

let test: TestLedger;
let viewer: string;
let operator: string;

beforeAll(async () => {
  test = await startTestLedger();
  const make = async (role: string) => (await test.call('POST', '/v1/tokens', { label: role, role })).body.token;
  [viewer, operator] = [await make('viewer'), await make('operator')];
}, 60_000);

afterAll(() => test?.close());

/** Texts in answers to viewers that name systems, records and states, and no person. */
const PLAIN = [
  ...[
    'id',
    'eventId',
    'deliveryId',
    'messageId',
    'operationId',
    'sourceId',
    'sourceKey',
    'targetId',
    'subId',
    'sample',
  ],
  ...[
    'flow',
    'from',
    'to',
    'connection',
    'vendor',
    'origin',
    'externalRef',
    'topic',
    'offset',
    'number',
    'targetNumber',
  ],
  ...['state', 'kind', 'outcome', 'mode', 'stage', 'role', 'action', 'reasonCode', 'code', 'fingerprint', 'method'],
  // Labels of tokens, which are not those of customers.
  ...['requestedBy', 'startedBy', 'endedBy', 'actor'],
  // What the target names an accepted document by; a service and its process.
  ...['handle', 'holder'],
  // In our words: what nobody accounts for, why a record cannot be decoded.
  ...['detail', 'payloadProblem', 'entity', 'next'],
  // Of the schemas for settings; the attention is that of a flow, which names fields of its settings.
  ...['label', 'attention', 'secretNames', 'openapi'],
  // Ids of an order's lines.
  'lines',
  // The id of a customer company.
  'tenant',
];

/**
 * Answers about no record: troubles of our own processes, which name topics, and what vendors declare, the same in every installation. What
 * other answers call `name` or `title` is judged by itself.
 */
const OF_NO_RECORD = ['/v1/attention', '/v1/vendors', '/v1/vendors/{name}'];

// biome-ignore lint/suspicious/noExplicitAny: the description as it comes
function textsOf(schema: any, name: string, found = new Set<string>()): Set<string> {
  if (schema === undefined || schema['x-masked-for'] === 'viewer') return found;
  if (schema.type === 'string' && schema.enum === undefined && schema.format !== 'date-time') found.add(name);
  for (const [field, inner] of Object.entries(schema.properties ?? {})) {
    textsOf(inner, field, found);
  }
  for (const inner of [schema.items, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) textsOf(inner, name, found);
  return found;
}

it('every text that viewers may read is masked, or known to name no person', async () => {
  const { body } = await test.call('GET', '/v1/openapi.json', undefined, null);
  const found = new Set<string>();
  // biome-ignore lint/suspicious/noExplicitAny: the description as it comes
  for (const [path, { get }] of Object.entries<any>(body.paths)) {
    if (!OF_NO_RECORD.includes(path) && get?.['x-role'] === 'viewer')
      textsOf(get.responses['200'].content['application/json'].schema, '', found);
  }
  expect([...found].filter((name) => !PLAIN.includes(name))).toEqual([]);
  expect(found.size).toBeGreaterThan(20);
});

it('a viewer reads no name, address or note in lists, failures, evidence and records; an operator reads them all', async () => {
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  const shop = connections.find(({ vendor }) => vendor === 'shopify')?.id ?? '';
  const erp = connections.find(({ vendor }) => vendor === 'sap-b1')?.id ?? '';
  const flow = `order:${shop}:${erp}`;
  const { eventId, publishedAtMicros } = await test.publishOrder('7001', '#7001', 1);
  const id = `d-${shop}-7001`;
  const about = { connection: shop, sourceId: '7001', number: '#7001', version: 1, eventId };
  const lane = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '1000000' };
  const decision = { deliveryId: id, flow, flowRevision: 1, to: erp, result: 'matched' as const, lane };
  await test.report(routedReport({ ...about, publishedAtMicros, decisions: [decision] }));
  await test.report(
    routedReport({
      ...about,
      sourceId: '7003',
      number: '#7003',
      eventId: `${eventId}-7003`,
      decisions: [
        {
          ...decision,
          deliveryId: `${id}-7003`,
          result: 'skipped',
          reasonCode: 'channel',
          reason: 'the channel "Ada Lovelace" is not let in',
        },
      ],
    }),
  );
  const words = 'Business partner Ada Lovelace, 12 St James Square, ada@example.com is blocked';
  const exchange = {
    method: 'POST',
    url: "https://sap/b1s/v2/BusinessPartners?$filter=EmailAddress eq 'ada@example.com'",
    status: 400,
    requestBody: '{"CardName":"Ada Lovelace"}',
    responseBody: `{"error":"${words}"}`,
    startedAtMicros: publishedAtMicros,
    durationMs: 3,
  };
  await test.report(
    attemptReport({
      ...about,
      deliveryId: id,
      flow,
      to: erp,
      outcome: 'failed',
      documents: [],
      error: rejected(words),
      exchanges: [exchange],
    }),
  );
  const unmapped = { entity: 'customer' as const, vendor: 'shopify', connection: shop, sourceId: '7002', number: null };
  const source = { kind: 'source', code: 'BAD', message: words, advice: null, fields: [] };
  const atMicros = Date.now() * 1000;
  await test.report({ kind: 'unmapped', reportId: 'u-7002', ...unmapped, error: source, atMicros });
  await waitFor(async () => {
    const shown = (await test.call('GET', `/v1/deliveries/${id}`)).body;
    const open = (await test.call('GET', `/v1/messages?open=true&connection=${shop}`)).body.items;
    const { items } = (await test.call('GET', `/v1/skipped?connection=${shop}`)).body;
    return (shown.state === 'failed' && shown.payload !== null && open.length === 1 && items.length === 1) || null;
  });
  const paths = [
    '/v1/deliveries?state=failed',
    `/v1/deliveries/${id}`,
    `/v1/messages?connection=${shop}`,
    `/v1/messages/${eventId}`,
    `/v1/orders?connection=${shop}`,
    `/v1/records?entity=order&connection=${shop}`,
    `/v1/skipped?connection=${shop}`,
    '/v1/failure-groups',
  ];
  for (const path of paths) {
    const seen = await test.call('GET', path, undefined, viewer);
    const whole = await test.call('GET', path, undefined, operator);
    expect([path, seen.status, whole.status]).toEqual([path, 200, 200]);
    expect(JSON.stringify(seen.body), path).not.toMatch(/\bada\b|ada@|lovelace|james/i);
    expect(JSON.stringify(whole.body), path).toMatch(/\bada\b/i);
  }
  const [skipped] = (await test.call('GET', `/v1/skipped?connection=${shop}`, undefined, viewer)).body.items;
  expect(skipped).toMatchObject({ sourceId: '7003', reason: 'the channel "…" is not let in' });
  expect((await test.call('GET', `/v1/deliveries/${id}`, undefined, viewer)).body).toMatchObject({
    id,
    number: '#7001',
    state: 'failed',
    error: { kind: 'rejected', code: '-5002' },
    payload: { source: { id: '7001' }, email: PERSONAL_MASK },
  });
});

it('the reasons that people give are for operators and admins', async () => {
  await test.call('POST', '/v1/deliveries/none/discard', { reason: 'Mrs Lovelace called' }, operator);
  const audit = (token: string) => test.call('GET', '/v1/audit?subject=none', undefined, token);
  expect((await audit(operator)).body.items[0]).toMatchObject({ reason: 'Mrs Lovelace called', actor: 'operator' });
  const [entry] = (await audit(viewer)).body.items;
  expect(entry).toMatchObject({ action: 'delivery.discard', actor: 'operator', outcome: 'refused: not-found' });
  expect(entry.reason).not.toContain('Lovelace');
});
