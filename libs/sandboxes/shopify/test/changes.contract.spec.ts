import { describe, expect, it } from 'vitest';
import { ask, cad, control, create, line, ORDER_CREATE, sandbox, until, url, useShop } from './shop-under-test.ts';

useShop();

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

  it('a refunded tip is no part of the total any more', async () => {
    const order = { currency: 'CAD', lineItems: [line('12.50')], financialStatus: 'PAID' };
    const placed = await control('POST', '/orders', { order, extras: { tip: cad('3.00') } });
    const { id } = (await placed.json()) as { id: string };
    await control('PATCH', `/orders/${id}`, { refund: { lines: { 1: 1 }, amount: '3.00' } });
    const read = await ask(
      'query($id: ID!) { order(id: $id) { currentTotalPriceSet { shopMoney { amount } } totalTipReceivedSet { shopMoney { amount } } } }',
      { id: `gid://shopify/Order/${id}` },
    );
    expect(read.data?.order).toEqual({
      currentTotalPriceSet: { shopMoney: { amount: '12.5' } },
      totalTipReceivedSet: { shopMoney: { amount: '3.0' } },
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

  it('shows what an edit would come to before it is committed, and leaves the order as it is', async () => {
    const order = await create({ lineItems: [line('10.00', 2), line('4.00')] });
    const [first] = (order.lineItems as { nodes: { id: string }[] }).nodes;
    const begun = await ask('mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } } }', {
      id: order.id,
    });
    const edit = begun.data?.orderEditBegin as { calculatedOrder: { id: string } };
    const { id } = edit.calculatedOrder;
    const staged = await ask(
      'mutation($id: ID!, $line: ID!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 1) { calculatedOrder { totalPriceSet { shopMoney { amount } } lineItems(first: 5) { nodes { quantity } } } } }',
      { id, line: first?.id },
    );
    expect(staged.data?.orderEditSetQuantity).toEqual({
      calculatedOrder: {
        totalPriceSet: { shopMoney: { amount: '14.0' } },
        lineItems: { nodes: [{ quantity: 1 }, { quantity: 1 }] },
      },
    });
    const read = await ask('query($id: ID!) { order(id: $id) { currentTotalPriceSet { shopMoney { amount } } } }', {
      id: order.id,
    });
    expect(read.data?.order).toEqual({ currentTotalPriceSet: { shopMoney: { amount: '24.0' } } });
  });

  it.each([
    // 45.00 × 7 %
    [false, ['0.07'], '3.15'],
    // 45.00 × 4 / 108.5 and × 4.5 / 108.5
    [true, ['0.04', '0.045'], '3.53'],
  ])(
    'computes the taxes of a raised quantity from their rates, however often it is raised (in the price: %s)',
    async (taxesIncluded, rates, tax) => {
      const amount = { shopMoney: { amount: '0.53', currencyCode: 'USD' } };
      const taxLines = rates.map((rate) => ({ title: `Tax of ${rate}`, rate, priceSet: amount }));
      const order = await create({ lineItems: [{ ...line('7.50'), taxLines }], taxesIncluded });
      const lineId = (order.lineItems as { nodes: { id: string }[] }).nodes[0]?.id;
      for (const quantity of [2, 6]) {
        const begun = await ask('mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } } }', {
          id: order.id,
        });
        const id = (begun.data?.orderEditBegin as { calculatedOrder: { id: string } } | undefined)?.calculatedOrder.id;
        await ask(
          'mutation($id: ID!, $line: ID!, $quantity: Int!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity) { userErrors { message } } }',
          { id, line: lineId, quantity },
        );
        await ask('mutation($id: ID!) { orderEditCommit(id: $id) { userErrors { message } } }', { id });
      }
      const read = await ask('query($id: ID!) { order(id: $id) { currentTotalTaxSet { shopMoney { amount } } } }', {
        id: order.id,
      });
      expect(read.data?.order).toEqual({ currentTotalTaxSet: { shopMoney: { amount: tax } } });
    },
  );

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
