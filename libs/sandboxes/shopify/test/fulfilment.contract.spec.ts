import { describe, expect, it } from 'vitest';
import { look, mutate, order, patch, place, places, ship } from './fulfilment-for-tests.ts';
import { ask, control, create, line, sandbox, url, useShop } from './shop-under-test.ts';

useShop();

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
