import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCustomer } from '@entrepot/canonical';
import { openClient, type Source, type Target } from '@entrepot/vendor-kit';
import { createMemoryVault, freeBudget, freeCall } from '@entrepot/vendor-kit/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TOKEN, WEBHOOK_SECRET } from '../src/model-vendor/rows.ts';
import { createModelSandbox } from '../src/model-vendor/simulator/sandbox.ts';
import { model } from '../src/model-vendor/vendor.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const ROW = { name: 'Ann', phone: '1', note: 'new' };
const call = freeCall();

let server: Server;
let opened: ReturnType<typeof openClient>;
let source: Source;
let target: Target;

beforeEach(async () => {
  const sandbox = createModelSandbox();
  server = createServer((request, response) => sandbox.serve(request, response, () => response.writeHead(404).end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const given = { baseUrl: `http://127.0.0.1:${port}/model/left`, allowedAddresses: ['loopback'] };
  const settings = model.settings.parse(given);
  const secrets = model.secrets.parse({ token: TOKEN, webhookSecret: WEBHOOK_SECRET });
  const context = {
    connection: { id: 'left', label: 'left', settings, secrets, revision: 1 },
    log: SILENT,
    now: Date.now,
    budget: freeBudget(),
    credentials: createMemoryVault(),
    raiseAttention: () => {},
  };
  opened = openClient(model, context);
  if (opened.source === null || opened.target === null) throw new Error('the model has both sides');
  ({ source, target } = opened);
});

afterEach(async () => {
  await opened.close();
  await new Promise((resolve) => server.close(resolve));
});

test('what the model’s target writes, its source reads with the same hashes, and an update of what changed meanwhile is refused', async () => {
  const customers = target.entity('customer');
  if (customers === null) throw new Error('the model writes customers');
  const planned = {
    role: 'customer',
    subId: null,
    desired: 'posted',
    body: ROW,
    externalRef: 'right/right-1',
  } as const;
  const { targetId } = await customers.create(planned, call);
  await expect(customers.create(planned, call)).rejects.toMatchObject({ kind: 'conflict' });
  const [found] = await customers.find(planned, call);
  if (found === undefined || targetId === null) throw new Error('it was created');
  expect(found).toMatchObject({ targetId, body: ROW });
  await customers.update({ ...planned, body: { ...ROW, phone: '2' } }, found, call);
  await expect(customers.update({ ...planned, body: { ...ROW, phone: '3' } }, found, call)).rejects.toMatchObject({
    kind: 'conflict',
  });

  const read = await customers.read(planned, targetId, call);
  if (read === null) throw new Error('it is there');
  const [shown] = (await source.entity('customer')?.fetch([targetId], call.signal)) ?? [];
  expect(shown).toMatchObject({
    status: 'found',
    entity: createCustomer({ ...ROW, phone: '2', source: { connection: 'left', vendor: 'model', id: targetId } }),
    states: [
      { role: 'customer', targetId, reference: 'right/right-1', ...customers.fieldGroups?.stateOf(planned, read) },
    ],
  });
});
