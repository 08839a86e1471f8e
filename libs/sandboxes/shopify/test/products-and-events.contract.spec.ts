import { expect, it } from 'vitest';
import { ask, control, create, line } from './shop-under-test.ts';

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

it('an order tells its history, page by page', async () => {
  const { id } = await create({ lineItems: [line('5.00')], financialStatus: 'PAID' });
  await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, { fulfill: true });
  await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, { refund: { amount: '1.00' } });
  const ofPage = async (page: string) => {
    const read = await ask(
      `query($id: ID!) { order(id: $id) { events(${page}) { nodes { id action message ... on BasicEvent { subjectId } } pageInfo { hasNextPage endCursor } } } }`,
      { id },
    );
    expect(read.errors).toBeUndefined();
    return read.data?.order?.events as { nodes: Record<string, string>[]; pageInfo: { hasNextPage: boolean } };
  };
  const all = await ofPage('first: 20');
  const actions = all.nodes.map(({ action }) => action);
  expect(actions[0]).toBe('create');
  expect(actions).toEqual(expect.arrayContaining(['fulfillment', 'refund']));
  expect(new Set(all.nodes.map((event) => event.id)).size).toBe(all.nodes.length);
  expect(all.nodes.every(({ subjectId }) => subjectId === id)).toBe(true);
  expect((await ofPage('first: 1')).pageInfo.hasNextPage).toBe(true);
});
