import { describe, expect, it } from 'vitest';
import type { WireOrder } from '../src/entities/order/wire.ts';
import { mapped, quantitiesOf } from './quantity-model.ts';
import {
  connectionOf,
  lineIdOf,
  wireFulfilment,
  wireLine,
  wireLineId,
  wireOrder,
  wireRefund,
  wireReturn,
} from './wire-order.ts';

const status = (wire: WireOrder): string[] => {
  const { fulfilmentStatus, fulfilmentStatusRaw } = mapped(wire);
  return [fulfilmentStatus, fulfilmentStatusRaw ?? ''];
};

describe('quantities of a line', () => {
  it('shipped, one refunded without going back to stock: still two handed over, nothing cancelled', () => {
    const line = wireLine(0, { quantity: 2, currentQuantity: 1, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 });
    const wire = wireOrder([line], {
      fulfillments: [wireFulfilment(1, { 0: 2 })],
      refunds: [wireRefund(2, 0, 1, 'NO_RESTOCK')],
      displayFulfillmentStatus: 'FULFILLED',
    });
    expect(quantitiesOf(wire)).toEqual([[2, 1, 2, 0, 0]]);
    expect(status(wire)).toEqual(['FULFILLED', 'FULFILLED']);
    // The whole order given back in money, kept by the customer.
    const whole = { ...line, currentQuantity: 0, nonFulfillableQuantity: 2 };
    expect(
      quantitiesOf(
        wireOrder([whole], { ...wire, lineItems: connectionOf([whole]), refunds: [wireRefund(2, 0, 2, 'NO_RESTOCK')] }),
      ),
    ).toEqual([[2, 0, 2, 0, 0]]);
  });

  it.each([
    ['RETURN', [2, 1, 2, 0, 1]],
    ['LEGACY_RESTOCK', [2, 1, 2, 0, 1]],
    ['CANCEL', [2, 1, 2, 0, 0]],
    ['A_WORD_OF_TOMORROW', [2, 1, 2, 0, 0]],
  ])('shipped, one refunded with %s', (restockType, expected) => {
    const line = wireLine(0, { quantity: 2, currentQuantity: 1, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 });
    const wire = wireOrder([line], {
      fulfillments: [wireFulfilment(1, { 0: 2 })],
      refunds: [wireRefund(2, 0, 1, restockType)],
    });
    expect(quantitiesOf(wire)).toEqual([expected]);
  });

  it.each(['RETURN', 'CANCEL', 'NO_RESTOCK', 'LEGACY_RESTOCK'])(
    'refunded whole before shipping with %s: cancelled, nothing handed over nor returned',
    (restockType) => {
      // As recorded: a refund with RETURN of an order that is UNFULFILLED.
      const line = wireLine(0, { quantity: 2, currentQuantity: 0, unfulfilledQuantity: 0, nonFulfillableQuantity: 2 });
      const wire = wireOrder([line], {
        refunds: [wireRefund(1, 0, 2, restockType)],
        displayFulfillmentStatus: 'FULFILLMENT_NOT_REQUIRED',
      });
      expect(quantitiesOf(wire)).toEqual([[2, 0, 0, 2, 0]]);
      expect(status(wire)).toEqual(['UNFULFILLED', 'FULFILLMENT_NOT_REQUIRED']);
    },
  );

  it.each([
    // Whether the money was for the shipped or the unshipped piece is not told: what Shopify still means to ship decides.
    ['NO_RESTOCK', 1, [2, 1, 1, 0, 0]],
    ['NO_RESTOCK', 0, [2, 1, 1, 1, 0]],
    ['CANCEL', 1, [2, 1, 1, 1, 0]],
    ['RETURN', 0, [2, 1, 1, 0, 1]],
  ])(
    'one of two shipped, one refunded with %s while %d is to be shipped',
    (restockType, unfulfilledQuantity, expected) => {
      const line = wireLine(0, { quantity: 2, currentQuantity: 1, unfulfilledQuantity });
      const wire = wireOrder([line], {
        fulfillments: [wireFulfilment(1, { 0: 1 })],
        refunds: [wireRefund(2, 0, 1, restockType)],
      });
      expect(quantitiesOf(wire)).toEqual([expected]);
    },
  );

  it('a refund with RETURN before anything was shipped is no return of what is shipped later', () => {
    const line = wireLine(0, { quantity: 2, currentQuantity: 1, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 });
    const wire = wireOrder([line], {
      refunds: [wireRefund(1, 0, 1, 'RETURN')],
      fulfillments: [wireFulfilment(2, { 0: 1 })],
    });
    expect(quantitiesOf(wire)).toEqual([[2, 1, 1, 1, 0]]);
  });

  it('counts a return once, whether it was processed, refunded or both', () => {
    const line = wireLine(0, { quantity: 3, currentQuantity: 2, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 });
    const shipped = { fulfillments: [wireFulfilment(1, { 0: 3 })] };
    const processed = connectionOf([wireReturn(2, 0, 1, 1)]);
    const open = connectionOf([wireReturn(2, 0, 1, 0)]);
    const refunds = [wireRefund(3, 0, 1, 'NO_RESTOCK', 'gid://shopify/Return/2')];
    const expected = [[3, 2, 3, 0, 1]];
    expect(quantitiesOf(wireOrder([line], { ...shipped, returns: processed }))).toEqual(expected);
    expect(quantitiesOf(wireOrder([line], { ...shipped, returns: open, refunds }))).toEqual(expected);
    expect(quantitiesOf(wireOrder([line], { ...shipped, returns: processed, refunds }))).toEqual(expected);
    const waiting = wireLine(0, { quantity: 3, unfulfilledQuantity: 0 });
    expect(quantitiesOf(wireOrder([waiting], { ...shipped, returns: open }))).toEqual([[3, 3, 3, 0, 0]]);
  });

  it('edited off before shipping, the rest shipped', () => {
    const line = wireLine(0, { quantity: 3, currentQuantity: 1, unfulfilledQuantity: 0, nonFulfillableQuantity: 2 });
    expect(quantitiesOf(wireOrder([line], { fulfillments: [wireFulfilment(1, { 0: 1 })] }))).toEqual([[3, 1, 1, 2, 0]]);
  });

  it.each(['CANCELLED', 'ERROR', 'FAILURE'])('a fulfilment that is %s handed nothing over', (state) => {
    const wire = wireOrder([wireLine(0, { quantity: 2 })], {
      fulfillments: [wireFulfilment(1, { 0: 2 }, state)],
      displayFulfillmentStatus: 'UNFULFILLED',
    });
    expect(quantitiesOf(wire)).toEqual([[2, 2, 0, 0, 0]]);
    expect(status(wire)[0]).toBe('UNFULFILLED');
  });

  it('goes by the line’s own numbers where fulfilments are closed to the token', () => {
    const { fulfillments: _closed, ...wire } = wireOrder([
      wireLine(0, { quantity: 3, unfulfilledQuantity: 1 }),
      wireLine(1, { quantity: 2, currentQuantity: 1, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 }),
    ]);
    expect(quantitiesOf({ ...wire, refunds: [wireRefund(1, 1, 1, 'RETURN')] })).toEqual([
      [3, 3, 2, 0, 0],
      [2, 1, 2, 0, 1],
    ]);
  });
});

describe('exchanges', () => {
  const returned = wireLine(0, { quantity: 1, currentQuantity: 0, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 });
  const exchange = { id: 'gid://shopify/ExchangeLineItem/9', quantity: 1 };

  it('processed: the old line stays handed over and returned, the new one is sent in exchange', () => {
    const added = wireLine(1, { title: 'T-shirt, size L', originalUnitPriceSet: usd12() });
    const wire = wireOrder([returned, added], {
      fulfillments: [wireFulfilment(1, { 0: 1 })],
      returns: connectionOf([wireReturn(2, 0, 1, 1, [{ ...exchange, lineItems: [{ id: wireLineId(1) }] }])]),
      displayFulfillmentStatus: 'PARTIALLY_FULFILLED',
    });
    const order = mapped(wire);
    expect(quantitiesOf(wire)).toEqual([
      [1, 0, 1, 0, 1],
      [1, 1, 0, 0, 0],
    ]);
    expect(order.lines.map((line) => [line.kind, line.returnId])).toEqual([
      ['PRODUCT', null],
      ['EXCHANGE', '2'],
    ]);
    expect(order.returns[0]?.exchangeLines).toMatchObject([
      { id: '9', lineIds: [lineIdOf(1)], title: 'T-shirt, size L', item: { sku: 'SKU-1' } },
    ]);
    expect(order.returns[0]?.exchangeLines?.[0]?.unitPrice?.base.amount.toFixed(2)).toBe('12.00');
    expect(order.totals.original.total.base.amount.toFixed(2)).toBe('22.00');
    expect(order.totals.current.total.base.amount.toFixed(2)).toBe('12.00');
    expect(order.totals.current.adjustments.base.amount.isZero()).toBe(true);
    expect(status(wire)[0]).toBe('PARTIALLY_FULFILLED');
  });

  it('pending: the exchange names its goods where the API version does, and no line is one yet', () => {
    const named = {
      ...exchange,
      lineItems: null,
      productId: 'gid://shopify/Product/11',
      variantId: 'gid://shopify/ProductVariant/12',
      variantSku: ' TSHIRT-L ',
      title: 'T-shirt',
      variantTitle: 'L',
    };
    const pending = (line: typeof named | (typeof exchange & { lineItems: null })) =>
      mapped(
        wireOrder([wireLine(0, { unfulfilledQuantity: 0 })], {
          fulfillments: [wireFulfilment(1, { 0: 1 })],
          returns: connectionOf([wireReturn(2, 0, 1, 0, [line])]),
        }),
      );
    const order = pending(named);
    expect(order.lines.map((line) => [line.kind, line.returnId])).toEqual([['PRODUCT', null]]);
    expect(order.returns[0]?.exchangeLineIds).toEqual([]);
    expect(order.returns[0]?.exchangeLines).toMatchObject([
      {
        id: '9',
        lineIds: [],
        item: { productId: '11', variantId: '12', sku: 'TSHIRT-L' },
        title: 'T-shirt',
        variantTitle: 'L',
        unitPrice: null,
      },
    ]);
    const older = pending({ ...exchange, lineItems: null });
    expect(older.returns[0]?.exchangeLines).toMatchObject([{ id: '9', lineIds: [], item: null, title: null }]);
  });
});

function usd12() {
  const money = { amount: '12.0', currencyCode: 'USD' };
  return { shopMoney: money, presentmentMoney: money };
}

describe('fulfilment status', () => {
  const shipped = (quantity: number, of: number, word: string) =>
    status(
      wireOrder([wireLine(0, { quantity: of, unfulfilledQuantity: of - quantity })], {
        fulfillments: quantity === 0 ? [] : [wireFulfilment(1, { 0: quantity })],
        displayFulfillmentStatus: word,
      }),
    );

  it.each([
    [0, 2, 'UNFULFILLED', 'UNFULFILLED'],
    [0, 2, 'FULFILLED', 'UNFULFILLED'],
    [0, 2, 'ON_HOLD', 'ON_HOLD'],
    [0, 2, 'SCHEDULED', 'SCHEDULED'],
    [0, 2, 'IN_PROGRESS', 'IN_PROGRESS'],
    [0, 2, 'RESTOCKED', 'UNFULFILLED'],
    [1, 2, 'PARTIALLY_FULFILLED', 'PARTIALLY_FULFILLED'],
    [1, 2, 'ON_HOLD', 'PARTIALLY_FULFILLED'],
    [2, 2, 'FULFILLED', 'FULFILLED'],
    [2, 2, 'FULFILLMENT_NOT_REQUIRED', 'FULFILLED'],
    [0, 2, 'A_WORD_OF_TOMORROW', 'UNKNOWN'],
    [2, 2, 'A_WORD_OF_TOMORROW', 'UNKNOWN'],
  ])('%d of %d shipped, Shopify says %s: %s', (quantity, of, word, expected) => {
    expect(shipped(quantity, of, word)).toEqual([expected, word]);
  });

  it('a line edited off does not keep an order from being fulfilled', () => {
    const lines = [
      wireLine(0, { unfulfilledQuantity: 0 }),
      wireLine(1, { currentQuantity: 0, unfulfilledQuantity: 0, nonFulfillableQuantity: 1 }),
    ];
    const wire = wireOrder(lines, {
      fulfillments: [wireFulfilment(1, { 0: 1 })],
      displayFulfillmentStatus: 'FULFILLED',
    });
    expect(status(wire)[0]).toBe('FULFILLED');
  });
});
