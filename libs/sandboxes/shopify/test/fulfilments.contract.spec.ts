import { describe, expect, it } from 'vitest';
import { FULFILLMENT_ORDERS, look, mutate, order, patch, place, places, ship } from './fulfilment-for-tests.ts';
import { ask, control, create, line, useShop } from './shop-under-test.ts';

useShop();

describe('fulfilments', () => {
  it('hand over a part, then the rest; status follows; repeating it is refused as recorded', async () => {
    const gid = await place({ order });
    const [first] = (await look(gid)).fulfillmentOrders.nodes;
    const one = { id: first?.lineItems.nodes[0]?.id, quantity: 1 };
    const trackingInfo = { company: 'Hermes', number: 'T1', url: 'https://example.com/T1' };
    const lineItemsByFulfillmentOrder = [{ fulfillmentOrderId: first?.id, fulfillmentOrderLineItems: [one] }];
    expect(await ship({ lineItemsByFulfillmentOrder, trackingInfo })).toMatchObject({
      fulfillment: { status: 'SUCCESS', displayStatus: 'FULFILLED', trackingInfo: [trackingInfo] },
      userErrors: [],
    });
    expect(await look(gid)).toMatchObject({
      displayFulfillmentStatus: 'PARTIALLY_FULFILLED',
      lineItems: { nodes: [{ unfulfilledQuantity: 1, currentQuantity: 2 }, { unfulfilledQuantity: 1 }] },
    });
    const rest = { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: first?.id }] };
    expect(await ship(rest)).toMatchObject({ userErrors: [] });
    const seen = await look(gid);
    expect(seen.displayFulfillmentStatus).toBe('FULFILLED');
    expect(seen.fulfillmentOrders.nodes[0]).toMatchObject({ status: 'CLOSED', supportedActions: [] });
    expect(seen.fulfillments).toMatchObject([{ totalQuantity: 1 }, { totalQuantity: 2 }]);
    expect(await ship(rest)).toMatchObject({
      fulfillment: null,
      userErrors: [
        {
          field: ['fulfillment'],
          message: `Fulfillment order ${first?.id.split('/').at(-1)} has an unfulfillable status= closed.`,
        },
      ],
    });
  });

  // Messages and fields as recorded from a real store.
  it('refuses nothing, too much, and what does not exist', async () => {
    const [first] = (await look(await place({ order }))).fulfillmentOrders.nodes;
    const item = (quantity: number) => [{ id: first?.lineItems.nodes[0]?.id, quantity }];
    const of = (fulfillmentOrderId: unknown, fulfillmentOrderLineItems?: object[]) =>
      ship({ lineItemsByFulfillmentOrder: [{ fulfillmentOrderId, fulfillmentOrderLineItems }] });
    expect((await of(first?.id, item(0))).userErrors).toEqual([
      {
        field: ['fulfillment', 'lineItemsByFulfillmentOrder', '0', 'fulfillmentOrderLineItems', '0', 'quantity'],
        message: 'Quantity must be greater than 0',
      },
    ]);
    expect((await of(first?.id, item(3))).userErrors).toEqual([
      { field: ['fulfillment'], message: 'Invalid fulfillment order line item quantity requested.' },
    ]);
    expect((await of('gid://shopify/FulfillmentOrder/1')).userErrors).toEqual([
      { field: ['fulfillment'], message: 'Fulfillment order does not exist.' },
    ]);
  });

  it('are cancelled, twice without an error: the goods are to be handed over again', async () => {
    const gid = await place({ order });
    await patch(gid, { fulfill: true });
    const id = (await look(gid)).fulfillments[0]?.id;
    const cancel = () =>
      mutate('fulfillmentCancel', 'id: $id', 'fulfillment { status displayStatus }', { id }, '$id: ID!');
    const cancelled = { fulfillment: { status: 'CANCELLED', displayStatus: 'CANCELED' }, userErrors: [] };
    expect(await cancel()).toEqual(cancelled);
    expect(await cancel()).toEqual(cancelled);
    const seen = await look(gid);
    expect(seen.displayFulfillmentStatus).toBe('UNFULFILLED');
    expect(places(seen)).toEqual([
      ['Main warehouse', 'CLOSED', [0, 0]],
      ['Main warehouse', 'OPEN', [2, 1]],
    ]);
    const tracked = await mutate(
      'fulfillmentTrackingInfoUpdate',
      'fulfillmentId: $id, trackingInfoInput: { number: "T2", company: "Hermes" }',
      'fulfillment { status trackingInfo { number } }',
      { id },
      '$id: ID!',
    );
    expect(tracked).toEqual({ fulfillment: { status: 'CANCELLED', trackingInfo: [{ number: 'T2' }] }, userErrors: [] });
  });

  it('are one for each location by the control API, or of named lines at one', async () => {
    const extras = { fulfillmentOrders: [{ location: 1, lines: [{ line: 0, quantity: 1 }] }] };
    const gid = await place({ order, extras });
    await patch(gid, { fulfill: { lines: { 0: 1 }, location: 1 } });
    expect((await look(gid)).fulfillments).toMatchObject([{ location: { name: 'Downtown store' } }]);
    const tooMany = await control('PATCH', `/orders/${gid.split('/').at(-1)}`, {
      fulfill: { lines: { 0: 1 }, location: 1 },
    });
    expect(tooMany.status).toBe(400);
    await patch(gid, { fulfill: true });
    const seen = await look(gid);
    expect(seen.fulfillments.map((one) => one.location.name)).toEqual(['Downtown store', 'Main warehouse']);
    expect(seen.displayFulfillmentStatus).toBe('FULFILLED');
  });

  it('are there from the start when an order is created as fulfilled', async () => {
    const { id } = await create({ lineItems: [line('1.00', 2)], fulfillmentStatus: 'FULFILLED' });
    expect(await look(id)).toMatchObject({
      displayFulfillmentStatus: 'FULFILLED',
      fulfillments: [{ totalQuantity: 2 }],
    });
  });

  it('leave a tip alone, and give goods without shipment a group of their own', async () => {
    const goods = { ...line('5.00'), requiresShipping: false };
    const gid = await place({
      order: { currency: 'CAD', lineItems: [line('1.00'), goods] },
      extras: { tip: { shopMoney: { amount: '2.00', currencyCode: 'CAD' } } },
    });
    const { data } = await ask(FULFILLMENT_ORDERS, { id: gid });
    expect(data?.order).toMatchObject({
      fulfillmentOrders: {
        nodes: [{ deliveryMethod: { methodType: 'SHIPPING' } }, { deliveryMethod: { methodType: 'NONE' } }],
      },
    });
    await patch(gid, { fulfill: true });
    expect(await look(gid)).toMatchObject({
      displayFulfillmentStatus: 'FULFILLED',
      lineItems: { nodes: [{}, {}, { unfulfilledQuantity: 0, nonFulfillableQuantity: 1 }] },
    });
  });
});

describe('scopes', () => {
  it.each([
    ['{ fulfillmentOrders(first: 1) { nodes { id } } }', 'fulfillmentOrders'],
    ['{ locations(first: 1) { nodes { id } } }', 'locations'],
    [
      'mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [] }) { fulfillment { id } } }',
      'fulfillmentCreate',
    ],
    [
      'mutation { fulfillmentOrderSplit(fulfillmentOrderSplits: []) { userErrors { message } } }',
      'fulfillmentOrderSplit',
    ],
  ])('close %s to a token without them', async (query, field) => {
    await control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders', 'write_orders'] });
    expect((await ask(query)).errors?.[0]).toMatchObject({ path: [field], extensions: { code: 'ACCESS_DENIED' } });
  });
});
