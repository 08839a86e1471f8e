import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBroker } from '@entrepot/broker';
import {
  createOrder,
  Decimal,
  entityTopic,
  eventId,
  eventKey,
  formatEventHeaders,
  listSharedTopics,
  type Order,
} from '@entrepot/canonical';
import { createCodec, createRegistryClient } from '@entrepot/codec';
import { findFreePort } from '@entrepot/embedded';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { createSandboxControl } from '@entrepot/stack/clients';
import { parse, stringify } from 'yaml';
import type { ChildProgram } from './programs.ts';
import { type BenchServers, ROOT } from './servers.ts';
import { ADMIN_TOKEN, startAlone } from './service-alone.ts';

const POLL_MS = 200;
const PLACED_AT_MICROS = Date.UTC(2026, 2, 2, 14, 30) * 1_000;

/** A simulated company, in a process of its own. */
export interface Company extends ChildProgram {
  readonly url: string;
  /** Delays every answer by this time from now on. */
  delay(ms: number): Promise<void>;
  /** When the order of each reference was first stored, ms since 1970. */
  listStored(): Promise<ReadonlyMap<string, number>>;
}

export async function startCompany(servers: BenchServers, name: string): Promise<Company> {
  const port = await findFreePort();
  const folder = join(ROOT, 'services/sandbox');
  const url = `http://127.0.0.1:${port}`;
  const program = await servers.program({
    name,
    args: [join(folder, 'dist', 'main.js')],
    cwd: folder,
    env: { ENTREPOT_PORT: String(port) },
    logFile: join(servers.folder, `${name}.log`),
    readyUrl: `${url}/readyz`,
  });
  const control = createSandboxControl(url);
  const stored = new Map<string, number>();
  let seen = 0;
  return {
    ...program,
    url,
    async delay(ms) {
      await control.clearFaults('sap-b1');
      await control.addFault('sap-b1', { fault: { type: 'latency', ms } });
    },
    async listStored() {
      // Resumes after the last document read: the company shares the machine with the measured processes.
      const { items } = await control.get<{
        items: readonly { externalRef: string | null; kind: string; action: string; at: string }[];
      }>(`sap-b1/documents?after=${seen}`);
      seen += items.length;
      for (const { externalRef, kind, action, at } of items) {
        if (kind === 'Orders' && action === 'create' && externalRef !== null && !stored.has(externalRef))
          stored.set(externalRef, Date.parse(at));
      }
      return stored;
    },
  };
}

/** Waits until the companies hold all references, or the timeout ends. */
export async function awaitStored(
  companies: readonly Company[],
  references: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, number>> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const stored = new Map(
      (await Promise.all(companies.map((company) => company.listStored()))).flatMap((it) => [...it]),
    );
    if (references.every((reference) => stored.has(reference)) || Date.now() > until) return stored;
    await sleep(POLL_MS);
  }
}

export interface TargetSettings {
  readonly companyUrl: string;
  readonly maxConcurrency: number;
}

/**
 * Adds to the store a connection to the demo shop, one to a company, and a flow like the demo's for each target: `shop-0` → `erp-0` and so
 * on. Existing ones stay. Nothing is polled.
 */
export async function loadTargets(servers: BenchServers, targets: readonly TargetSettings[]): Promise<void> {
  const demo = parse(readFileSync(join(ROOT, 'deploy', 'demo.yaml'), 'utf8')) as {
    flows: { entity: string; settings: { target: object } }[];
  };
  const usual = demo.flows.find(({ entity }) => entity === 'order')?.settings;
  const customers = { mode: 'collective', cardCode: 'C-WEB' };
  const settings = { ...usual, target: { ...usual?.target, customers } };
  const config = {
    version: 1,
    connections: targets.flatMap(({ companyUrl, maxConcurrency }, index) => [
      {
        id: `shop-${index}`,
        label: `Shop ${index}`,
        vendor: 'shopify',
        active: true,
        settings: {
          shop: 'demo.myshopify.test',
          baseUrl: `${companyUrl}/shopify`,
          allowedAddresses: ['loopback'],
          poll: { intervalSeconds: 3_600 },
        },
        secrets: { accessToken: 'sandbox-token', webhookSecrets: ['sandbox-secret'] },
      },
      {
        id: `erp-${index}`,
        label: `Company ${index}`,
        vendor: 'sap-b1',
        active: true,
        settings: {
          baseUrl: `${companyUrl}/sap-b1`,
          allowedAddresses: ['loopback'],
          company: 'SBODEMO',
          user: 'manager',
          settleMs: 2_000,
          maxConcurrency,
        },
        secrets: { password: 'sandbox' },
      },
    ]),
    flows: targets.map((_, index) => ({
      entity: 'order',
      from: `shop-${index}`,
      to: `erp-${index}`,
      active: true,
      settings,
    })),
  };
  const ledger = await startAlone(servers, 'ledger', { ENTREPOT_CONFIG: '' });
  const answer = await fetch(`${ledger.url}/v1/configuration`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/yaml' },
    body: stringify(config, { aliasDuplicateObjects: false }),
  });
  if (!answer.ok) throw new Error(`the targets were not taken: ${answer.status} ${await answer.text()}`);
  await ledger.stop();
}

/** Puts orders on the topic, as a connector does. */
export interface OrderPublisher {
  /** @returns the reference that its document in the company carries */
  publish(target: number, orderId: string): Promise<string>;
  close(): Promise<void>;
}

export async function openOrderPublisher(servers: BenchServers): Promise<OrderPublisher> {
  const { kafkaBrokers, registryUrl } = await servers.infra();
  const metrics = createMetrics({ service: 'bench', processMetrics: false });
  const log = createSilentLogger();
  const broker = await connectBroker({ brokers: kafkaBrokers.split(','), clientId: 'bench', log, metrics });
  await broker.ensureTopics(listSharedTopics());
  const codec = createCodec({ registry: createRegistryClient({ baseUrl: registryUrl }) });
  await codec.registerReleased();
  const publisher = await broker.publisher();
  return {
    async publish(target, orderId) {
      const connection = `shop-${target}`;
      const order = makeOrder(connection, orderId);
      const { vendor, id, number, version, contentHash } = order.source;
      const identity = { entity: 'order' as const, connection, id, version, contentHash };
      const headers = formatEventHeaders({
        ...identity,
        eventId: eventId(identity),
        vendor,
        sourceId: id,
        number,
        publishedAtMicros: Date.now() * 1_000,
        deleted: false,
        snapshot: false,
        repeats: null,
        origin: null,
        traceparent: null,
      });
      const key = eventKey(connection, id);
      await publisher.send(entityTopic('order'), { key, value: await codec.encode('order', order), headers });
      return key;
    },
    async close() {
      await publisher.close();
      await broker.close();
    },
  };
}

/** Two printers, no tax: it adds up in the simulated company. */
function makeOrder(connection: string, id: string): Order {
  const money = (amount: string) => ({ base: { amount: new Decimal(amount), currency: 'USD' }, document: null });
  const address = {
    firstName: 'Ada',
    lastName: 'Example',
    lines: ['1 Main Street'],
    city: 'Springfield',
    country: 'US',
  };
  const amounts = { lines: money('600'), total: money('600') };
  return createOrder({
    source: { connection, vendor: 'shopify', id, number: `#${id}`, version: 1, contentHash: 'h', observedAt: 1 },
    orderType: 'SALE',
    orderStatus: 'OPEN',
    paymentStatus: 'PAID',
    placedAt: PLACED_AT_MICROS,
    billTo: address,
    shipTo: address,
    baseCurrency: 'USD',
    documentCurrency: 'USD',
    lines: [
      {
        id: 'line-1',
        position: 1,
        kind: 'PRODUCT',
        item: { productId: 'p1', variantId: 'v1', sku: 'A00001' },
        title: 'Printer',
        quantity: { ordered: new Decimal(2), current: new Decimal(2) },
        unitPrice: money('300'),
        taxable: false,
      },
    ],
    totals: { original: amounts, current: amounts },
  });
}
