import { describe, expect, it } from 'vitest';
import { ask, cad, control, create, line, useShop } from './shop-under-test.ts';

useShop();

it('a variant has an inventory item, also from a line and by its id', async () => {
  const read = await ask(
    '{ productVariants(first: 1) { nodes { id sku inventoryItem { id sku tracked requiresShipping variants(first: 2) { nodes { id } } } } } }',
  );
  const listed = read.data?.productVariants as { nodes: Record<string, unknown>[] } | undefined;
  const variant = listed?.nodes[0];
  const item = variant?.inventoryItem as Record<string, unknown>;
  expect(item).toEqual({
    id: expect.stringMatching(/^gid:\/\/shopify\/InventoryItem\/\d+$/),
    sku: variant?.sku,
    tracked: false,
    requiresShipping: true,
    variants: { nodes: [{ id: variant?.id }] },
  });
  const node = await ask('query($id: ID!) { node(id: $id) { ... on InventoryItem { sku } } }', { id: item.id });
  expect(node.data?.node).toEqual({ sku: variant?.sku });
  const { id } = await create({ lineItems: [{ ...line('1.00'), variantId: variant?.id }] });
  const order = await ask(
    'query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { variant { displayName createdAt inventoryItem { id } } product { handle } } } } }',
    { id },
  );
  const lines = order.data?.order?.lineItems as { nodes: unknown[] } | undefined;
  expect(lines?.nodes).toMatchObject([
    { variant: { inventoryItem: { id: item.id } }, product: { handle: expect.stringMatching(/\w/) } },
  ]);
});

it.each(['2026-01', '2026-04', '2026-07', '2026-10'])(
  'an inventory item says in %s what it costs, weighs and where it comes from; found by SKU and by id',
  async (version) => {
    const fields =
      'id sku unitCost { amount currencyCode } measurement { weight { value unit } } countryCodeOfOrigin harmonizedSystemCode duplicateSkuCount';
    const found = await ask(
      `{ known: inventoryItems(first: 5, query: "sku:MUG-WHITE") { nodes { ${fields} } } bare: inventoryItems(first: 5, query: "sku:STICKER-SET") { nodes { ${fields} } } }`,
      {},
      'sandbox-token',
      version,
    );
    expect(found.errors).toBeUndefined();
    const known = found.data?.known?.nodes as Record<string, unknown>[];
    expect(known).toMatchObject([
      {
        sku: 'MUG-WHITE',
        unitCost: { amount: '4.2', currencyCode: 'USD' },
        measurement: { weight: { value: 0.35, unit: 'KILOGRAMS' } },
        countryCodeOfOrigin: 'CN',
        harmonizedSystemCode: '691110',
        duplicateSkuCount: 0,
      },
    ]);
    expect(found.data?.bare?.nodes).toMatchObject([
      { unitCost: null, measurement: { weight: null }, countryCodeOfOrigin: null, harmonizedSystemCode: null },
    ]);
    const read = 'query($id: ID!) { inventoryItem(id: $id) { sku } }';
    expect((await ask(read, { id: known[0]?.id })).data).toEqual({ inventoryItem: { sku: 'MUG-WHITE' } });
    expect((await ask(read, { id: 'gid://shopify/InventoryItem/1' })).data).toEqual({ inventoryItem: null });
  },
);

describe('the history of an order', () => {
  const eventsOf = async (id: unknown, page = 'first: 50') => {
    const read = await ask(
      `query($id: ID!) { order(id: $id) { events(${page}) { nodes { id action message createdAt ... on BasicEvent { subjectId subjectType subject { ... on Order { name } } } } pageInfo { hasNextPage endCursor } } } }`,
      { id },
    );
    expect(read.errors).toBeUndefined();
    return read.data?.order?.events as {
      nodes: Record<string, string>[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  };
  const actionsOf = async (id: unknown) => (await eventsOf(id)).nodes.map(({ action }) => action);
  const patch = async (id: unknown, body: object) =>
    expect((await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, body)).status).toBe(200);

  it('tells that it was placed, paid, fulfilled, edited and refunded, in the words of the schema', async () => {
    const { id } = await create({ lineItems: [line('5.00', 2), line('3.00')] });
    await patch(id, { pay: true });
    await patch(id, { fulfill: { lines: { 0: 2 } } });
    await patch(id, { quantities: { 1: 0 } });
    await patch(id, { refund: { lines: { 0: { quantity: 1, restockType: 'RETURN' } } } });
    const { nodes } = await eventsOf(id);
    expect(nodes.map(({ action, message }) => [action, message])).toEqual([
      ['placed', 'Order was placed.'],
      ['confirmed', 'Received a new order: #1001.'],
      ['sale_success', 'We successfully captured 13.00 CAD.'],
      ['fulfillment_success', 'We successfully fulfilled 1 line item.'],
      ['update', '#1001 was updated.'],
      ['refund_success', 'We successfully refunded 5.00 CAD.'],
      ['restock_line_items', 'We restocked 1 line item.'],
    ]);
    expect(nodes.every((one) => one.subjectId === id && one.subjectType === 'ORDER')).toBe(true);
    expect(nodes[0]?.subject).toEqual({ name: '#1001' });
  });

  it('tells that it was authorised and captured; or cancelled, which voids, restocks and closes', async () => {
    const authorised = {
      lineItems: [line('5.00')],
      transactions: [{ kind: 'AUTHORIZATION', status: 'SUCCESS', gateway: 'card', amountSet: cad('5.00') }],
    };
    const captured = await create(authorised);
    await patch(captured.id, { pay: true });
    expect(await actionsOf(captured.id)).toEqual(['placed', 'confirmed', 'authorization_success', 'capture_success']);
    const cancelled = await create(authorised);
    await patch(cancelled.id, { cancel: {} });
    expect(await actionsOf(cancelled.id)).toEqual([
      'placed',
      'confirmed',
      'authorization_success',
      'void_success',
      'restock_line_items',
      'cancelled',
      'closed',
    ]);
  });

  it('keeps what was undone since: a hand-over taken back, an archived order that a return opened', async () => {
    const { id } = await create({ lineItems: [line('5.00')], financialStatus: 'PAID' });
    await patch(id, { fulfill: true });
    const { data } = await ask('query($id: ID!) { order(id: $id) { fulfillments { id } } }', { id });
    const [fulfillment] = (data?.order?.fulfillments ?? []) as { id: string }[];
    await ask('mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }', { id: fulfillment?.id });
    await patch(id, { fulfill: true });
    await ask('mutation($id: ID!) { orderClose(input: { id: $id }) { userErrors { message } } }', { id });
    await patch(id, { return: { lines: { 0: 1 } } });
    expect((await actionsOf(id)).slice(3)).toEqual([
      'fulfillment_success',
      'fulfillment_cancelled',
      'fulfillment_success',
      'closed',
      're_opened',
    ]);
  });

  it('is read by pages, backwards, and by action', async () => {
    const { id } = await create({ lineItems: [line('5.00')], financialStatus: 'PAID' });
    const first = await eventsOf(id, 'first: 2');
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect((await eventsOf(id, `first: 2, after: "${first.pageInfo.endCursor}"`)).nodes).toMatchObject([
      { action: 'sale_success' },
    ]);
    expect((await eventsOf(id, 'first: 1, reverse: true, sortKey: CREATED_AT')).nodes).toMatchObject([
      { action: 'sale_success' },
    ]);
    const paid = await eventsOf(id, 'first: 5, query: "action:sale_success"');
    expect(paid.nodes).toHaveLength(1);
    const node = await ask('query($id: ID!) { node(id: $id) { ... on BasicEvent { action } } }', {
      id: paid.nodes[0]?.id,
    });
    expect(node.data?.node).toEqual({ action: 'sale_success' });
  });
});
