import { describe, expect, it } from 'vitest';
import { amounts, ask, cad, control, create, line, ORDER_CREATE, sandbox, send, useShop } from './shop-under-test.ts';

useShop();

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

  it('keeps which taxes the sales channel remits', async () => {
    const order = await create({
      lineItems: [
        line('12.00', 1, [
          { title: 'Tax', rate: 0.1, priceSet: cad('1.20'), channelLiable: true },
          { title: 'Tax', rate: 0.1, priceSet: cad('1.20') },
        ]),
      ],
    });
    const { data } = await ask(
      'query ($id: ID!) { order(id: $id) { taxLines { channelLiable } lineItems(first: 1) { nodes { taxLines { channelLiable } } } } }',
      { id: order.id },
    );
    const liable = [{ channelLiable: true }, { channelLiable: false }];
    expect(data?.order).toEqual({ taxLines: liable, lineItems: { nodes: [{ taxLines: liable }] } });
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
    expect(unknown.errors?.[0]?.message).toBe("Field 'colour' doesn't exist on type 'Order'");
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
    const greedy = await ask(
      '{ orders(first: 250) { nodes { id fulfillmentOrders(first: 250) { nodes { id lineItems(first: 250) { nodes { id lineItem { id } } } } } } } }',
    );
    expect(greedy.errors?.[0]?.extensions?.code).toBe('MAX_COST_EXCEEDED');
  });

  it('denies what scopes do not open: the field is null, the status 200', async () => {
    await create({ lineItems: [line('1.00')], customer: { toUpsert: { email: 'a@example.com' } } });
    await control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders'] });
    const { data, errors } = await ask('{ orders(first: 1) { nodes { id customer { id } } } }');
    expect(data?.orders).toMatchObject({ nodes: [{ customer: null }] });
    expect(errors?.[0]).toMatchObject({
      message: 'Access denied for customer field. Required access: `read_customers` access scope.',
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
