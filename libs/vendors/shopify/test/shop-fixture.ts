import type { AddressInfo } from 'node:net';
import { createShopifySandbox, type ShopifySandbox, type ShopifySandboxOptions } from '@entrepot/sandbox-shopify';
import {
  type CredentialVault,
  type Fetched,
  type OpenSourceEntity,
  openClient,
  type PollPage,
  type Shortage,
  type Source,
  type VendorClient,
} from '@entrepot/vendor-kit';
import { createMemoryVault, fetchWhole, freeBudget } from '@entrepot/vendor-kit/testing';
import express from 'express';
import { secretsSchema } from '../src/config.ts';
import { shopify } from '../src/index.ts';

/** A sandbox shop on a port of its own, and sources opened on it. */
export interface TestShop {
  readonly url: string;
  readonly sandbox: ShopifySandbox;
  readonly attention: (string | null)[];
  /** What the last source said of its budget, in order. */
  /** Whether calls wait for points, as it was told. */
  readonly shortages: (Shortage | null)[];
  /** Shared by all sources of this shop, as those of several processes share it. */
  readonly credentials: CredentialVault;
  /** A source whose fetch goes on until all is whole. */
  open(settings?: Record<string, unknown>, secrets?: Record<string, unknown>, now?: () => number): WholeSource;
  /** The source as it is: a fetch may give records back unfinished. */
  openInParts(settings?: Record<string, unknown>): SourceOfShop;
  /** As the runtimes have it. */
  openPlain(settings?: Record<string, unknown>, secrets?: Record<string, unknown>): VendorClient;
  graphql<Data>(
    document: string,
    variables?: unknown,
    token?: string,
  ): Promise<{ data: Data; errors?: { message: string }[] }>;
  control<Answer = { id: string }>(method: string, path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

interface Polls {
  poll(
    entity: ShopEntity,
    cursor: string | null,
    sinceMicros: number | null,
    signal: AbortSignal,
  ): AsyncIterable<PollPage>;
}

interface Closed {
  close(): Promise<void>;
}

/** A source whose entities are asked by their names. */
export interface SourceOfShop extends Source, Polls, Closed {
  fetch<E extends ShopEntity>(
    entity: E,
    ...given: Parameters<OpenSourceEntity<E>['fetch']>
  ): ReturnType<OpenSourceEntity<E>['fetch']>;
}

export interface WholeSource extends Source, Polls, Closed {
  fetch<E extends ShopEntity>(entity: E, ids: readonly string[], signal: AbortSignal): Promise<Fetched<E>[]>;
}

type ShopEntity = 'order' | 'customer';

function sourceOf({ source }: VendorClient): Source {
  if (source === null) throw new Error('Shopify has a source side');
  return source;
}

function readerOf<E extends ShopEntity>({ source }: VendorClient, entity: E): OpenSourceEntity<E> {
  const records = source?.entity(entity) ?? null;
  if (records === null) throw new Error(`Shopify gives no ${entity} records`);
  return records;
}

export const never: AbortSignal = new AbortController().signal;

export async function startShop(options: ShopifySandboxOptions = {}): Promise<TestShop> {
  const sandbox = createShopifySandbox(options);
  const app = express();
  app.use('/_control/shopify', sandbox.control);
  app.use(sandbox.serve);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const attention: (string | null)[] = [];
  const shortages: (Shortage | null)[] = [];
  const credentials = createMemoryVault(options.now);
  const opened: VendorClient[] = [];
  const silent = () => {};

  const ask = async (path: string, method: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  const open = (
    settings: Record<string, unknown> = {},
    secrets: Record<string, unknown> = {},
    now: () => number = Date.now,
  ): VendorClient => {
    const connection = {
      id: 'shop',
      label: 'Shop',
      revision: 1,
      settings: shopify.settings.parse({
        shop: 'demo.myshopify.test',
        baseUrl: `${url}/shopify`,
        allowedAddresses: ['loopback'],
        ...settings,
      }),
      secrets: secretsSchema.parse({ accessToken: 'sandbox-token', webhookSecrets: ['sandbox-secret'], ...secrets }),
    };
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const made = openClient(shopify, {
      connection,
      log,
      now,
      raiseAttention: (message) => void attention.push(message),
      budget: freeBudget({ now, onShortage: (shortage) => void shortages.push(shortage) }),
      credentials,
    });
    opened.push(made);
    return made;
  };
  return {
    url,
    sandbox,
    attention,
    shortages,
    credentials,
    open: (...given) => {
      const made = open(...given);
      return {
        ...sourceOf(made),
        close: made.close,
        fetch: (entity, ids, signal) => fetchWhole(readerOf(made, entity), ids, signal),
        poll: (entity, ...at) => readerOf(made, entity).poll(...at),
      };
    },
    openPlain: open,
    openInParts: (settings) => {
      const made = open(settings);
      return {
        ...sourceOf(made),
        close: made.close,
        fetch: (entity, ...asked) => readerOf(made, entity).fetch(...asked),
        poll: (entity, ...at) => readerOf(made, entity).poll(...at),
      };
    },
    graphql: (query, variables = {}, token = 'sandbox-token') =>
      ask('/shopify/admin/api/2026-10/graphql.json', 'POST', { query, variables }, { 'x-shopify-access-token': token }),
    control: (method, path, body) => ask(`/_control/shopify${path}`, method, body),
    close: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await sandbox.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const money = (amount: string) => ({ shopMoney: { amount, currencyCode: 'USD' } });

/** A plain paid order: lines at 10.00, shipping 5.00. */
export function plainOrder(overrides: Record<string, unknown> = {}, lineCount = 1) {
  return {
    email: 'jo@example.com',
    lineItems: Array.from({ length: lineCount }, (_, index) => ({
      title: `Item ${index + 1}`,
      sku: `SKU-${index + 1}`,
      quantity: 1,
      priceSet: money('10.00'),
      requiresShipping: true,
    })),
    shippingLines: [{ title: 'Standard', code: 'STD', priceSet: money('5.00') }],
    financialStatus: 'PAID',
    ...overrides,
  };
}

export async function readAll(pages: AsyncIterable<PollPage>): Promise<PollPage[]> {
  const read: PollPage[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** The one result, which must be found. */
export function onlyFound<E extends 'order' | 'customer'>(
  results: readonly Fetched<E>[],
): Extract<Fetched<E>, { status: 'found' }> {
  const [result] = results;
  if (results.length !== 1 || result?.status !== 'found')
    throw new Error(`Not one found record: ${JSON.stringify(results)}`);
  return result as Extract<Fetched<E>, { status: 'found' }>;
}
