import { describe, expect, it } from 'vitest';
import { ask, control, create, line, sandbox, url } from './shop-under-test.ts';

const FULFILLMENT_ORDERS = `query($id: ID!) { order(id: $id) { displayFulfillmentStatus
  fulfillmentOrders(first: 10) { nodes { id status requestStatus supportedActions { action } assignedLocation { name location { id } }
    deliveryMethod { methodType } lineItems(first: 10) { nodes { id totalQuantity remainingQuantity lineItem { id } } } } }
  fulfillments { id status displayStatus name location { name } totalQuantity fulfillmentLineItems(first: 5) { nodes { id quantity lineItem { id } } } }
  lineItems(first: 10) { nodes { id quantity currentQuantity unfulfilledQuantity fulfillableQuantity nonFulfillableQuantity refundableQuantity } } } }`;

interface Seen {
  displayFulfillmentStatus: string;
  fulfillmentOrders: {
    nodes: {
      id: string;
      status: string;
      requestStatus: string;
      supportedActions: { action: string }[];
      assignedLocation: { name: string };
      lineItems: { nodes: { id: string; totalQuantity: number; remainingQuantity: number }[] };
    }[];
  };
  fulfillments: { id: string; status: string; displayStatus: string; location: { name: string } }[];
  lineItems: { nodes: Record<string, unknown>[] };
}

const look = async (id: unknown): Promise<Seen> =>
  (await ask(FULFILLMENT_ORDERS, { id })).data?.order as unknown as Seen;
/** Place, status and remaining quantities of each fulfilment order. */
const places = (seen: Seen) =>
  seen.fulfillmentOrders.nodes.map((one) => [
    one.assignedLocation.name,
    one.status,
    one.lineItems.nodes.map((item) => item.remainingQuantity),
  ]);

const place = async (body: object): Promise<string> => {
  const answer = await control('POST', '/orders', body);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { gid: string }).gid;
};
const patch = async (gid: string, body: object): Promise<Record<string, unknown>> => {
  const answer = await control('PATCH', `/orders/${gid.slice(gid.lastIndexOf('/') + 1)}`, body);
  const value = (await answer.json()) as Record<string, unknown>;
  expect(answer.status, JSON.stringify(value)).toBe(200);
  return value;
};
const mutate = async (name: string, args: string, fields: string, variables: object, types: string) =>
  (await ask(`mutation(${types}) { ${name}(${args}) { ${fields} userErrors { field message } } }`, variables)).data?.[
    name
  ] as Record<string, unknown>;
const ship = (fulfillment: object) =>
  mutate(
    'fulfillmentCreate',
    'fulfillment: $fulfillment',
    'fulfillment { id status displayStatus trackingInfo { number url company } }',
    { fulfillment },
    '$fulfillment: FulfillmentInput!',
  );
const order = { currency: 'CAD', lineItems: [line('10.00', 2), line('5.00', 1)] };

describe('locations', () => {
  it('has three, and takes more by the control API', async () => {
    const listed = (await (await fetch(`${url}/_control/shopify/locations`)).json()) as { items: { name: string }[] };
    expect(listed.items.map((one) => one.name)).toEqual(['Main warehouse', 'Downtown store', 'North depot']);
    expect((await control('POST', '/locations', { name: 'Annex', address: { city: 'Utica' } })).status).toBe(201);
    const { data } = await ask(
      '{ locations(first: 10) { nodes { name isActive address { city } } } location { name } }',
    );
    expect(data?.locations?.nodes).toContainEqual({ name: 'Annex', isActive: true, address: { city: 'Utica' } });
    expect(data?.location).toEqual({ name: 'Main warehouse' });
  });
});

describe('fulfilment orders', () => {
  it('go to the first location, as recorded: open, not submitted', async () => {
    const seen = await look((await create({ lineItems: [line('10.00', 1)] })).id);
    expect(seen).toMatchObject({
      displayFulfillmentStatus: 'UNFULFILLED',
      fulfillments: [],
      fulfillmentOrders: {
        nodes: [{ status: 'OPEN', requestStatus: 'UNSUBMITTED', assignedLocation: { name: 'Main warehouse' } }],
      },
      lineItems: { nodes: [{ fulfillableQuantity: 1, unfulfilledQuantity: 1 }] },
    });
  });

  it('are of several locations, also cancelled ones, when the control API says so', async () => {
    const gid = await place({
      order,
      extras: {
        fulfillmentOrders: [
          { location: 0, status: 'CANCELLED', lines: [{ line: 0, quantity: 2 }] },
          { location: 'Downtown store', lines: [{ line: 0, quantity: 1 }] },
          { location: 2, status: 'ON_HOLD', lines: [{ line: 0, quantity: 1 }] },
        ],
      },
    });
    expect(places(await look(gid))).toEqual([
      ['Main warehouse', 'CANCELLED', [2]],
      ['Downtown store', 'OPEN', [1]],
      ['North depot', 'ON_HOLD', [1]],
      ['Main warehouse', 'OPEN', [1]],
    ]);
  });

  it('refuses a plan of more than was ordered, and a location that there is not', async () => {
    const tooMany = await control('POST', '/orders', {
      order,
      extras: { fulfillmentOrders: [{ location: 1, lines: [{ line: 1, quantity: 2 }] }] },
    });
    expect(tooMany.status).toBe(400);
    const nowhere = await control('POST', '/orders', {
      order,
      extras: { fulfillmentOrders: [{ location: 'Moon', lines: [] }] },
    });
    expect(JSON.stringify(await nowhere.json())).toContain('There is no location Moon');
    expect(sandbox.stores[0]?.orders.size).toBe(0);
  });

  it('moves work by the control API: the old one is cancelled when nothing is left in it', async () => {
    const gid = await place({ order });
    await patch(gid, { move: { from: 0, to: 1, lines: { 0: 1 } } });
    expect(places(await look(gid))).toEqual([
      ['Main warehouse', 'OPEN', [1, 1]],
      ['Downtown store', 'OPEN', [1]],
    ]);
    await patch(gid, { move: { from: 0, to: 2 } });
    expect(places(await look(gid))).toEqual([
      ['Main warehouse', 'CANCELLED', [1, 1]],
      ['Downtown store', 'OPEN', [1]],
      ['North depot', 'OPEN', [1, 1]],
    ]);
  });

  it('moves by fulfillmentOrderMove as its description says: whole ones change their place, parts become new ones', async () => {
    const gid = await place({ order });
    const [first] = (await look(gid)).fulfillmentOrders.nodes;
    const locations = sandbox.stores[0]?.locations ?? [];
    const move = (id: unknown, to: number, lines?: object[]) =>
      mutate(
        'fulfillmentOrderMove',
        'id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines',
        'movedFulfillmentOrder { id } originalFulfillmentOrder { id status }',
        { id, to: locations[to]?.id, lines },
        '$id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]',
      );
    expect(await move(first?.id, 1)).toMatchObject({ movedFulfillmentOrder: { id: first?.id }, userErrors: [] });
    expect(places(await look(gid))).toEqual([['Downtown store', 'OPEN', [2, 1]]]);
    const part = await move(first?.id, 2, [{ id: first?.lineItems.nodes[0]?.id, quantity: 1 }]);
    expect(part.originalFulfillmentOrder).toEqual({ id: first?.id, status: 'OPEN' });
    expect((part.movedFulfillmentOrder as { id: string }).id).not.toBe(first?.id);
    expect(places(await look(gid))).toEqual([
      ['Downtown store', 'OPEN', [1, 1]],
      ['North depot', 'OPEN', [1]],
    ]);
    await move(first?.id, 2);
    expect(places(await look(gid)).filter(([, status]) => status === 'OPEN')).toEqual([
      ['North depot', 'OPEN', [2, 1]],
    ]);
  });

  it('are split, held (which a fulfilment refuses) and released', async () => {
    const gid = await place({ order });
    const [first] = (await look(gid)).fulfillmentOrders.nodes;
    await mutate(
      'fulfillmentOrderSplit',
      'fulfillmentOrderSplits: $splits',
      'fulfillmentOrderSplits { remainingFulfillmentOrder { id } }',
      {
        splits: [
          {
            fulfillmentOrderId: first?.id,
            fulfillmentOrderLineItems: [{ id: first?.lineItems.nodes[0]?.id, quantity: 1 }],
          },
        ],
      },
      '$splits: [FulfillmentOrderSplitInput!]!',
    );
    expect(places(await look(gid))).toEqual([
      ['Main warehouse', 'OPEN', [1, 1]],
      ['Main warehouse', 'OPEN', [1]],
    ]);
    await mutate(
      'fulfillmentOrderHold',
      'id: $id, fulfillmentHold: { reason: AWAITING_PAYMENT }',
      'fulfillmentHold { id reason }',
      { id: first?.id },
      '$id: ID!',
    );
    const held = await look(gid);
    expect(held.displayFulfillmentStatus).toBe('UNFULFILLED');
    expect(held.fulfillmentOrders.nodes[0]).toMatchObject({ status: 'ON_HOLD' });
    const number = first?.id.split('/').at(-1);
    expect(await ship({ lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: first?.id }] })).toEqual({
      fulfillment: null,
      userErrors: [
        { field: ['fulfillment'], message: `Fulfillment order ${number} has an unfulfillable status= on_hold.` },
      ],
    });
    await patch(gid, { hold: 'OTHER' });
    expect((await look(gid)).displayFulfillmentStatus).toBe('ON_HOLD');
    await patch(gid, { hold: null });
    expect((await look(gid)).displayFulfillmentStatus).toBe('UNFULFILLED');
  });

  it('follow edits and refunds: what is no longer wanted goes off', async () => {
    const gid = await place({ order });
    await patch(gid, { quantities: { 0: 1 }, addLines: [line('3.00', 4)] });
    expect(places(await look(gid))).toEqual([['Main warehouse', 'OPEN', [1, 1, 4]]]);
    await patch(gid, { quantities: { 0: 0, 1: 0, 2: 0 } });
    expect(places(await look(gid))).toEqual([['Main warehouse', 'CLOSED', []]]);
  });
});

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
