import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from '../ledger-process.ts';
import { attemptReport, rejected, routedReport } from '../reports.ts';
import { waitFor } from '../wait.ts';

const HOOKS = fileURLToPath(new URL('./hooks.py', import.meta.url));
/** The same requests each time. */
const SEED = 20_261_130;
const EXAMPLES = 12;

let test: TestLedger;
let folder: string;
const real: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-fuzz-'));
  test = await startTestLedger();
  await seed();
}, 90_000);

afterAll(async () => {
  await test?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Deliveries of each end, an unmapped record, a dead letter, a retry and a token: so that every answer has something in it. */
async function seed(): Promise<void> {
  const connections = (await test.call('GET', '/v1/connections')).body.items as { id: string; vendor: string }[];
  const shop = connections.find(({ vendor }) => vendor === 'shopify')?.id ?? '';
  const erp = connections.find(({ vendor }) => vendor === 'sap-b1')?.id ?? '';
  const flow = `order:${shop}:${erp}`;
  for (const [sourceId, outcome] of [
    ['1', 'verified'],
    ['2', 'failed'],
    ['3', 'waiting'],
  ] as const) {
    const { eventId, publishedAtMicros } = await test.publishOrder(sourceId, `#${sourceId}`, 1);
    const about = { connection: shop, sourceId, number: `#${sourceId}`, version: 1, eventId };
    const lane = { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '1000000' };
    const deliveryId = `d-${shop}-${sourceId}`;
    const decision = { deliveryId, flow, flowRevision: 1, to: erp, result: 'matched' as const, lane };
    await test.report(routedReport({ ...about, publishedAtMicros, decisions: [decision] }));
    const waitingOn = [{ entity: 'customer' as const, sourceKey: null, match: 'ada@example.com' }];
    const change = outcome === 'verified' ? {} : { documents: [], error: rejected('Ada is blocked') };
    await test.report(
      attemptReport({
        ...about,
        deliveryId,
        flow,
        to: erp,
        outcome,
        ...change,
        ...(outcome === 'waiting' ? { waitingOn } : {}),
      }),
    );
    await waitFor(async () => (await test.call('GET', `/v1/deliveries/${deliveryId}`)).body.state === outcome || null);
    real.delivery = deliveryId;
    real.message = eventId;
  }
  const publisher = await test.broker.publisher();
  await publisher.send('entrepot.internal.attempt.v1', { key: 'x', value: Buffer.from('no report') });
  await publisher.close();
  const error = {
    kind: 'source',
    code: 'totals',
    message: 'totals differ',
    advice: null,
    fields: [{ path: 'totals' }],
  };
  const unmapped = { entity: 'order' as const, vendor: 'shopify', connection: shop, sourceId: '4', number: '#4' };
  await test.report({ kind: 'unmapped', reportId: 'u-4', ...unmapped, error, atMicros: Date.now() * 1000 });
  await waitFor(async () => (await test.call('GET', '/v1/messages?open=true')).body.items.length > 1 || null);
  const failed = `d-${shop}-2`;
  await waitFor(async () => (await test.call('GET', `/v1/deliveries/${failed}`)).body.payload !== null || null);
  real.operation = (await test.call('POST', `/v1/deliveries/${failed}/retry`, { mode: 'as-is', reason: 'x' })).body.id;
  real.fingerprint = (await test.call('GET', `/v1/deliveries/${failed}`)).body.fingerprint;
  real.connection = shop;
  real.flow = flow;
}

/** The settings of a run: in part the ids are real ones, so that answers are compared with their schemas too. */
function configure(): string {
  const ids: Record<string, string | undefined> = {
    '/v1/deliveries/{id}': real.delivery,
    '/v1/messages/{id}': real.message,
    '/v1/operations/{id}': real.operation,
    '/v1/connections/{id}': real.connection,
    '/v1/flows/{id}': real.flow,
  };
  const operations = Object.entries(ids).map(
    ([path, id]) => `[[operations]]\ninclude-path = "${path}"\nparameters = { "path.id" = ${JSON.stringify(id)} }\n`,
  );
  const group = '/v1/failure-groups/{fingerprint}/retry';
  operations.push(
    `[[operations]]\ninclude-path = "${group}"\nparameters = { "path.fingerprint" = ${JSON.stringify(real.fingerprint)} }\n`,
  );
  const file = join(folder, 'schemathesis.toml');
  writeFileSync(file, [`hooks = ${JSON.stringify(HOOKS)}`, '[cache]', 'enabled = false', ...operations].join('\n'));
  return file;
}

function runSchemathesis(token: string): Promise<{ code: number | null; output: string }> {
  const args = [
    ...['-c', 'from schemathesis.cli import schemathesis; schemathesis()'],
    ...['--config-file', configure(), '--no-color', 'run', `${test.url}/v1/openapi.json`],
    ...['--header', `Authorization: Bearer ${token}`, '--phases', 'examples,coverage,fuzzing'],
    ...['--seed', String(SEED), '--generation-database', 'none'],
    ...['--max-examples', String(EXAMPLES), '--continue-on-failure', '--workers', '2', '--request-timeout', '30'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.SCHEMATHESIS_PYTHON ?? '', args, { cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

it.each(['viewer', 'operator', 'admin'])(
  'whatever the description allows or forbids, a %s gets what it says',
  async (role) => {
    const { token } = (await test.call('POST', '/v1/tokens', { label: `fuzz ${role}`, role })).body;
    const { code, output } = await runSchemathesis(token);
    expect(output).toMatch(/Operations?:\s+\d\d/);
    expect(code, output).toBe(0);
  },
);
