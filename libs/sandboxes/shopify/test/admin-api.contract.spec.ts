import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShopifySandbox, type ShopifySandbox } from '../src/index.ts';

/** Waits long enough for a busy machine. */
const until = <Value>(read: () => Value) => expect.poll(read, { timeout: 5_000 });

interface Answer {
  readonly data?: Record<string, Record<string, unknown> | null> | null;
  readonly errors?: { message: string; extensions?: Record<string, unknown>; path?: unknown[] }[];
  readonly extensions?: Record<string, Record<string, unknown> & { throttleStatus?: Record<string, number> }>;
}

let sandbox: ShopifySandbox;
let url = '';
let close = async (): Promise<void> => {};

beforeEach(async () => {
  sandbox = createShopifySandbox();
  const app = express();
  app.use('/_control/shopify', sandbox.control);
  app.use('/shopify', sandbox.router);
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

const send = (path: string, method: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const control = (method: string, path: string, body: unknown = {}) => send(`/_control/shopify${path}`, method, body);

async function ask(
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

const ORDER_CREATE = `mutation Make($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order {
    id name legacyResourceId displayFinancialStatus displayFulfillmentStatus paymentGatewayNames discountCodes capturable
    subtotalPriceSet { ...M } totalShippingPriceSet { ...M } totalTaxSet { ...M } totalDiscountsSet { ...M } totalPriceSet { ...M }
    currentTotalPriceSet { ...M } totalOutstandingSet { ...M } totalReceivedSet { ...M } totalCapturableSet { ...M }
    lineItems(first: 5) { nodes { id title sku } } transactions { id kind gateway }
  }
  userErrors { field message code } } }
fragment M on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }`;

const cad = (amount: string) => ({
  shopMoney: { amount, currencyCode: 'CAD' },
  presentmentMoney: { amount, currencyCode: 'CAD' },
});
const line = (amount: string, quantity = 1, taxLines: object[] = []) => ({
  title: 'Line',
  sku: 'S',
  quantity,
  priceSet: cad(amount),
  requiresShipping: true,
  taxLines,
});

async function create(order: object, token = 'sandbox-token'): Promise<Record<string, unknown>> {
  const { data, errors } = await ask(ORDER_CREATE, { order: { currency: 'CAD', ...order } }, token);
  expect(errors).toBeUndefined();
  const payload = data?.orderCreate as { order: Record<string, unknown>; userErrors: unknown[] };
  expect(payload.userErrors).toEqual([]);
  return payload.order;
}

const amounts = (order: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(order).flatMap(([field, value]) =>
      (value as { shopMoney?: { amount: string } } | null)?.shopMoney
        ? [[field, (value as { shopMoney: { amount: string } }).shopMoney.amount]]
        : [],
    ),
  );

describe('orderCreate', () => {
  // Figures as a real development store answered them.
  it('leaves an unpaid order without financial status', async () => {
    const order = await create({ lineItems: [line('10.00', 2)] });
    expect(order).toMatchObject({
      name: '#1001',
      displayFinancialStatus: null,
      displayFulfillmentStatus: 'UNFULFILLED',
      paymentGatewayNames: [],
    });
    expect(amounts(order)).toMatchObject({
      subtotalPriceSet: '20.0',
      totalPriceSet: '20.0',
      totalOutstandingSet: '20.0',
      totalReceivedSet: '0.0',
    });
  });

  it('adds tax and shipping, and is paid', async () => {
    const order = await create({
      financialStatus: 'PAID',
      lineItems: [line('12.00', 2, [{ title: 'Tax', rate: 0.1, priceSet: cad('2.40') }])],
      shippingLines: [
        {
          title: 'Ground',
          code: 'G',
          priceSet: cad('5.00'),
          taxLines: [{ title: 'Tax', rate: 0.1, priceSet: cad('0.50') }],
        },
      ],
      transactions: [{ kind: 'SALE', status: 'SUCCESS', gateway: 'manual', amountSet: cad('31.90') }],
    });
    expect(order).toMatchObject({ displayFinancialStatus: 'PAID', paymentGatewayNames: ['manual'] });
    expect(amounts(order)).toMatchObject({
      subtotalPriceSet: '24.0',
      totalShippingPriceSet: '5.0',
      totalTaxSet: '2.9',
      totalPriceSet: '31.9',
      totalOutstandingSet: '0.0',
      totalReceivedSet: '31.9',
    });
  });

  it('spreads a fixed discount, authorises, and keeps two currencies apart', async () => {
    const discounted = await create({
      lineItems: [line('30.00')],
      shippingLines: [{ title: 'G', priceSet: cad('4.00') }],
      discountCode: { itemFixedDiscountCode: { code: 'MATH5', amountSet: cad('5.00') } },
    });
    expect(discounted).toMatchObject({ discountCodes: ['MATH5'] });
    expect(amounts(discounted)).toMatchObject({
      subtotalPriceSet: '25.0',
      totalDiscountsSet: '5.0',
      totalPriceSet: '29.0',
    });
    const authorized = await create({
      lineItems: [line('18.00')],
      transactions: [{ kind: 'AUTHORIZATION', status: 'SUCCESS', gateway: 'manual', amountSet: cad('18.00') }],
    });
    expect(authorized).toMatchObject({ displayFinancialStatus: 'AUTHORIZED', capturable: true });
    expect(amounts(authorized)).toMatchObject({ totalOutstandingSet: '0.0', totalCapturableSet: '18.0' });
    const foreign = {
      shopMoney: { amount: '10.00', currencyCode: 'CAD' },
      presentmentMoney: { amount: '7.00', currencyCode: 'USD' },
    };
    const order = await create({ presentmentCurrency: 'USD', lineItems: [{ ...line('1'), priceSet: foreign }] });
    expect(order.totalPriceSet).toEqual({
      shopMoney: { amount: '10.0', currencyCode: 'CAD' },
      presentmentMoney: { amount: '7.0', currencyCode: 'USD' },
    });
  });

  it('refuses an order without lines with the shop’s words', async () => {
    const { data } = await ask(ORDER_CREATE, { order: { lineItems: [] } });
    expect(data?.orderCreate).toEqual({
      order: null,
      userErrors: [
        { field: ['order', 'lineItems'], message: 'Line items must have at least one line item', code: 'INVALID' },
      ],
    });
  });

  it('numbers orders per store, with ids beyond 2^53, and two stores share numbers', async () => {
    const first = await create({ lineItems: [line('1.00')] });
    const second = await create({ lineItems: [line('1.00')] }, 'second-token');
    expect([first.name, second.name]).toEqual(['#1001', '#1001']);
    expect(first.id).not.toBe(second.id);
    expect(BigInt(String(first.legacyResourceId)) > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
  });

  it('upserts the customer by e-mail without case', async () => {
    for (const email of ['A@example.com', 'a@EXAMPLE.com'])
      await create({ lineItems: [line('1.00')], customer: { toUpsert: { email } } });
    expect(sandbox.stores[0]?.customers.size).toBe(1);
  });
});

describe('answers', () => {
  it('refuses a wrong token with 401, and a query it does not know without data', async () => {
    const answer = await send(
      '/shopify/admin/api/2026-10/graphql.json',
      'POST',
      { query: '{ shop { name } }' },
      { 'x-shopify-access-token': 'wrong' },
    );
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { errors: expect.stringContaining('Invalid API key or access token') },
    ]);
    const unknown = await ask('{ orders(first: 1) { nodes { colour } } }');
    expect(unknown.data).toBeUndefined();
    expect(unknown.errors?.[0]?.message).toContain('Cannot query field "colour"');
    const variable = await ask('query($n: Int!) { orders(first: $n) { nodes { id } } }', { n: 'x' });
    expect([variable.data, variable.errors?.[0]?.extensions?.code]).toEqual([undefined, 'INVALID_VARIABLE']);
  });

  it('serves an unsupported version by the oldest supported one', async () => {
    const versionOf = async (version: string) =>
      (
        await send(
          `/shopify/admin/api/${version}/graphql.json`,
          'POST',
          { query: '{ shop { name } }' },
          { 'x-shopify-access-token': 'sandbox-token' },
        )
      ).headers.get('x-shopify-api-version');
    expect([await versionOf('2026-07'), await versionOf('2023-01')]).toEqual(['2026-07', '2026-01']);
  });

  it('reserves and refunds cost, throttles, and refuses a query above the limit', async () => {
    const cheap = await ask('{ shop { id } }');
    expect(cheap.extensions?.cost).toMatchObject({
      requestedQueryCost: 1,
      actualQueryCost: 1,
      throttleStatus: { maximumAvailable: 2000, restoreRate: 100 },
    });
    await control('PATCH', '/stores/demo.myshopify.test', { available: 1, restoreRate: 0.001 });
    const throttled = await ask('{ orders(first: 50) { nodes { id } } }');
    expect(throttled).toMatchObject({
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
      extensions: { cost: { actualQueryCost: null } },
    });
    expect(throttled.data).toBeUndefined();
    await control('PATCH', '/stores/demo.myshopify.test', { available: 2000 });
    const greedy = await ask('{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } } }');
    expect(greedy.errors?.[0]?.extensions?.code).toBe('MAX_COST_EXCEEDED');
  });

  it('denies what scopes do not open: the field is null, the status 200', async () => {
    await create({ lineItems: [line('1.00')], customer: { toUpsert: { email: 'a@example.com' } } });
    await control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders'] });
    const { data, errors } = await ask('{ orders(first: 1) { nodes { id customer { id } } } }');
    expect(data?.orders).toMatchObject({ nodes: [{ customer: null }] });
    expect(errors?.[0]).toMatchObject({
      path: ['orders', 'nodes', 0, 'customer'],
      extensions: { code: 'ACCESS_DENIED', requiredAccess: '`read_customers` access scope.' },
    });
  });

  it('drops a filter it does not know with a warning, and gives everything', async () => {
    await create({ lineItems: [line('1.00')] });
    const { data, extensions } = await ask('{ orders(first: 5, query: "colour:red status:any") { nodes { id } } }');
    expect(data?.orders).toMatchObject({ nodes: [{}] });
    expect(extensions?.search).toMatchObject([
      { warnings: [{ field: 'colour', message: 'Invalid search field for this query.' }] },
    ]);
  });

  it('pages by cursor through records that change meanwhile', async () => {
    for (let index = 0; index < 5; index += 1) await create({ lineItems: [line('1.00')] });
    const page =
      'query($after: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT) { nodes { name } pageInfo { hasNextPage endCursor } } }';
    const names: string[] = [];
    let after: string | null = null;
    for (;;) {
      const orders = (await ask(page, { after })).data?.orders as {
        nodes: { name: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      names.push(...orders.nodes.map((node) => node.name));
      if (!orders.pageInfo.hasNextPage) break;
      after = orders.pageInfo.endCursor;
    }
    expect(names).toEqual(['#1001', '#1002', '#1003', '#1004', '#1005']);
    expect((await ask('{ orders { nodes { id } } }')).errors?.[0]?.message).toContain('first or last');
  });

  it('gives tokens by client credentials', async () => {
    const grant = { grant_type: 'client_credentials', client_id: 'sandbox-client', client_secret: 'sandbox-secret' };
    const { access_token: token, expires_in: life } = (await (
      await send('/shopify/admin/oauth/access_token', 'POST', grant)
    ).json()) as { access_token: string; expires_in: number };
    expect(life).toBe(86_399);
    expect((await ask('{ shop { myshopifyDomain } }', {}, token)).data?.shop).toEqual({
      myshopifyDomain: 'demo.myshopify.test',
    });
    const refused = await send('/shopify/admin/oauth/access_token', 'POST', { ...grant, client_id: 'nobody' });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'app_not_installed' }]);
  });
});

describe('changes', () => {
  it('marks as paid once, then says it cannot', async () => {
    const { id } = await create({ lineItems: [line('12.50')] });
    const pay =
      'mutation($id: ID!) { orderMarkAsPaid(input: { id: $id }) { order { displayFinancialStatus } userErrors { field message } } }';
    expect((await ask(pay, { id })).data?.orderMarkAsPaid).toEqual({
      order: { displayFinancialStatus: 'PAID' },
      userErrors: [],
    });
    expect((await ask(pay, { id })).data?.orderMarkAsPaid).toMatchObject({
      userErrors: [{ field: ['id'], message: 'Order cannot be marked as paid.' }],
    });
  });

  it('cancels: closed, current totals nothing', async () => {
    const { id } = await create({ lineItems: [line('12.50')] });
    await ask(
      'mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: false) { orderCancelUserErrors { message } } }',
      { id },
    );
    const read = await ask(
      'query($id: ID!) { order(id: $id) { closed cancelReason currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } } lineItems(first: 1) { nodes { currentQuantity } } } }',
      { id },
    );
    expect(read.data?.order).toEqual({
      closed: true,
      cancelReason: 'OTHER',
      currentTotalPriceSet: { shopMoney: { amount: '0.0' } },
      totalOutstandingSet: { shopMoney: { amount: '0.0' } },
      lineItems: { nodes: [{ currentQuantity: 0 }] },
    });
  });

  it('edits in a session that takes effect at commit', async () => {
    const order = await create({ lineItems: [line('10.00', 2)] });
    const lineId = (order.lineItems as { nodes: { id: string }[] }).nodes[0]?.id;
    const begun = (
      await ask('mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { message } } }', {
        id: order.id,
      })
    ).data?.orderEditBegin as { calculatedOrder: { id: string } };
    const edit = begun.calculatedOrder.id;
    await ask(
      'mutation($id: ID!, $line: ID!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 1) { userErrors { message } } }',
      { id: edit, line: lineId },
    );
    const committed = await ask(
      'mutation($id: ID!) { orderEditCommit(id: $id) { order { edited lineItems(first: 1) { nodes { quantity currentQuantity } } currentTotalPriceSet { shopMoney { amount } } } userErrors { message } } }',
      { id: edit },
    );
    expect(committed.data?.orderEditCommit).toMatchObject({
      order: {
        edited: true,
        lineItems: { nodes: [{ quantity: 2, currentQuantity: 1 }] },
        currentTotalPriceSet: { shopMoney: { amount: '10.0' } },
      },
      userErrors: [],
    });
  });

  it('refunds only with an idempotency key, and the same key once', async () => {
    const order = await create({ lineItems: [line('15.00')], financialStatus: 'PAID' });
    const parentId = (order.transactions as { id: string }[])[0]?.id;
    const input = {
      orderId: order.id,
      transactions: [{ orderId: order.id, amount: '15.00', gateway: 'manual', kind: 'REFUND', parentId }],
    };
    const refund = (directive: string) =>
      ask(
        `mutation($input: RefundInput!) { refundCreate(input: $input) ${directive} { refund { id } order { displayFinancialStatus } userErrors { message } } }`,
        { input },
      );
    expect((await refund('')).errors?.[0]).toMatchObject({
      message: 'The @idempotent directive is required for this mutation but was not provided.',
      extensions: { code: 'BAD_REQUEST' },
    });
    const first = await refund('@idempotent(key: "k")');
    expect(first.data?.refundCreate).toMatchObject({ order: { displayFinancialStatus: 'REFUNDED' }, userErrors: [] });
    expect((await refund('@idempotent(key: "k")')).data).toEqual(first.data);
  });

  it('counts committed documents per external reference, and commits late after the client was cut', async () => {
    await control('POST', '/faults', {
      match: { operation: 'orderCreate' },
      fault: { type: 'commitLate', ms: 50 },
      times: 1,
    });
    await expect(
      ask(ORDER_CREATE, { order: { currency: 'CAD', sourceIdentifier: 'x-1', lineItems: [line('1.00')] } }),
    ).rejects.toThrow();
    expect(sandbox.stores[0]?.orders.size).toBe(0);
    await until(() => sandbox.stores[0]?.orders.size).toBe(1);
    expect(await (await fetch(`${url}/_control/shopify/documents?externalRef=x-1`)).json()).toMatchObject({
      created: { 'x-1': 1 },
    });
  });

  it('starts anew after a reset', async () => {
    await create({ lineItems: [line('1.00')] });
    await control('POST', '/reset');
    expect(sandbox.stores[0]?.orders.size).toBe(0);
    expect(await create({ lineItems: [line('1.00')] })).toMatchObject({ name: '#1001' });
  });
});
