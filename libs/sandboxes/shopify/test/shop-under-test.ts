import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, expect } from 'vitest';
import { createShopifySandbox, type ShopifySandbox } from '../src/index.ts';

/** Waits long enough for a busy machine. */
export const until = <Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> =>
  expect.poll(read, { timeout: 5_000 });

interface Answer {
  readonly data?: Record<string, Record<string, unknown> | null> | null;
  readonly errors?: { message: string; extensions?: Record<string, unknown>; path?: unknown[] }[];
  readonly extensions?: Record<string, Record<string, unknown> & { throttleStatus?: Record<string, number> }>;
}

export let sandbox: ShopifySandbox;
export let url = '';
let close = async (): Promise<void> => {};

/** A shop of its own for each test of the spec that calls it. */
export function useShop(): void {
  beforeEach(async () => {
    sandbox = createShopifySandbox();
    const app = express();
    app.use('/_control/shopify', sandbox.control);
    app.use(sandbox.serve);
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = async () => {
      await sandbox.close();
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => close());
}

export const send = (path: string, method: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
export const control = (method: string, path: string, body: unknown = {}) =>
  send(`/_control/shopify${path}`, method, body);

export async function ask(
  query: string,
  variables: object = {},
  token = 'sandbox-token',
  version = '2026-10',
): Promise<Answer> {
  const answer = await send(
    `/shopify/admin/api/${version}/graphql.json`,
    'POST',
    { query, variables },
    { 'x-shopify-access-token': token },
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

export const ORDER_CREATE = `mutation Make($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order {
    id name legacyResourceId displayFinancialStatus displayFulfillmentStatus paymentGatewayNames discountCodes capturable
    subtotalPriceSet { ...M } totalShippingPriceSet { ...M } totalTaxSet { ...M } totalDiscountsSet { ...M } totalPriceSet { ...M }
    currentTotalPriceSet { ...M } totalOutstandingSet { ...M } totalReceivedSet { ...M } totalCapturableSet { ...M }
    lineItems(first: 5) { nodes { id title sku } } transactions { id kind gateway }
  }
  userErrors { field message code } } }
fragment M on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }`;

export const cad = (amount: string) => ({
  shopMoney: { amount, currencyCode: 'CAD' },
  presentmentMoney: { amount, currencyCode: 'CAD' },
});
export const line = (amount: string, quantity = 1, taxLines: object[] = []) => ({
  title: 'Line',
  sku: 'S',
  quantity,
  priceSet: cad(amount),
  requiresShipping: true,
  taxLines,
});

export async function create(order: object, token = 'sandbox-token'): Promise<Record<string, unknown>> {
  const { data, errors } = await ask(ORDER_CREATE, { order: { currency: 'CAD', ...order } }, token);
  expect(errors).toBeUndefined();
  const payload = data?.orderCreate as { order: Record<string, unknown>; userErrors: unknown[] };
  expect(payload.userErrors).toEqual([]);
  return payload.order;
}

export const amounts = (order: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(order).flatMap(([field, value]) =>
      (value as { shopMoney?: { amount: string } } | null)?.shopMoney
        ? [[field, (value as { shopMoney: { amount: string } }).shopMoney.amount]]
        : [],
    ),
  );
