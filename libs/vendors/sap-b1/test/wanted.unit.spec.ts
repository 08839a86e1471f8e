import { createOrder, Decimal, type Order, type Sparse } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, dependenciesOf, errorOf, planOf } from './map-for-tests.ts';
import { type LineInput, makeFlow, makeOrder, money } from './orders-for-tests.ts';

type Quantities = Readonly<Record<'ordered' | 'current' | 'fulfilled' | 'cancelled' | 'returned', number>>;

const quantityOf = (given: Partial<Quantities>) => {
  const all = { ordered: 0, current: 0, fulfilled: 0, cancelled: 0, returned: 0, ...given };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, new Decimal(value)]),
  ) as unknown as Order['lines'][number]['quantity'];
};

/** An order as the shop shows it later: quantities by line id, and its total now. */
function later(
  lines: readonly LineInput[],
  quantities: Readonly<Record<string, Partial<Quantities>>>,
  total: string,
  more: Sparse<Order> = {},
): Order {
  const order = makeOrder({ lines, more });
  return {
    ...order,
    lines: order.lines.map((line) => ({ ...line, quantity: quantityOf(quantities[line.id] ?? {}) })),
    totals: { ...order.totals, current: { ...order.totals.current, total: money(total) } },
  };
}

const shirts = { id: 'a', sku: 'TSHIRT-BLK-M', price: '25.00', quantity: '2' };
const REFUSED = { as: 'refuse' };
const mug = { id: 'b', sku: 'MUG-WHITE', price: '12.50' };
const shown = (order: Order, target: Record<string, unknown> = {}) =>
  planOf(mapOrder(order, contextFor(makeFlow(target)))).lines.map((line) => [line.sourceLineId, line.quantity]);
const stateOf = (order: Order) => {
  const outcome = mapOrder(order, contextFor(makeFlow()));
  return outcome.ok ? outcome.documents[0]?.desired : outcome.error.code;
};

describe('goods that were handed over keep their place', () => {
  it('refunded without restock', () => {
    const order = later(
      [shirts, mug],
      { a: { ordered: 2, current: 1, fulfilled: 2 }, b: { ordered: 1, current: 1, fulfilled: 1 } },
      '37.50',
    );
    expect(shown(order)).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
    expect(planOf(mapOrder(order, contextFor(makeFlow()))).expected.total).toBe('62.5');
  });

  it('one shipped and refunded, one still to ship, one taken off', () => {
    const order = later(
      [{ ...shirts, quantity: '3' }],
      { a: { ordered: 3, current: 1, fulfilled: 1, cancelled: 1 } },
      '25.00',
    );
    expect(shown(order)).toEqual([['a', '2']]);
  });

  it('all of it refunded after shipping: the order stays', () => {
    const order = later([shirts], { a: { ordered: 2, current: 0, fulfilled: 2 } }, '0.00');
    expect(stateOf(order)).toBe('posted');
    expect(shown(order)).toEqual([['a', '2']]);
  });

  it('come back before the refund: counted once', () => {
    const order = later([shirts], { a: { ordered: 2, current: 2, fulfilled: 2, returned: 1 } }, '50.00');
    expect(shown(order)).toEqual([['a', '2']]);
  });

  it('an order cancelled after a part was shipped keeps that part', () => {
    const order = later([shirts, mug], { a: { ordered: 2, current: 1, fulfilled: 1 }, b: { ordered: 1 } }, '25.00', {
      orderStatus: 'CANCELLED',
    });
    expect(shown(order)).toEqual([['a', '1']]);
  });

  it('shipping given back lowers the total of the shop, and is no reason to refuse', () => {
    const order = makeOrder({ lines: [shirts], shipping: { price: '6.90' } });
    const refunded: Order = {
      ...order,
      lines: order.lines.map((line) => ({ ...line, quantity: quantityOf({ ordered: 2, current: 1, cancelled: 1 }) })),
      refunds: createOrder({ refunds: [{ id: 'r', shipping: money('6.90') }] }).refunds,
      totals: { ...order.totals, current: { ...order.totals.current, total: money('25.00') } },
    };
    const plan = planOf(mapOrder(refunded, contextFor(makeFlow())));
    expect(plan.expected.total).toBe('31.9');
  });

  it.each([
    ['goodwill paid back', '-5.00', '45.00', { refunds: [{ id: 'r' }] }],
    ['a fee kept for the return', '4.00', '54.00', { returns: [{ id: 'r' }] }],
  ])('%s changes the total of the shop and not the document', (_what, adjustment, total, more) => {
    const order = makeOrder({ lines: [shirts], more });
    const current = { ...order.totals.current, adjustments: money(adjustment), total: money(total) };
    const plan = planOf(
      mapOrder({ ...order, totals: { ...order.totals, current } }, contextFor(makeFlow({ adjustments: REFUSED }))),
    );
    expect(plan.expected.total).toBe('50');
    expect(plan.lines).toHaveLength(1);
  });

  it('an adjustment that the order had from the start stays a charge, whatever was refunded', () => {
    const order = makeOrder({ lines: [shirts], more: { refunds: [{ id: 'r' }] } });
    const original = { ...order.totals.original, adjustments: money('2.00'), total: money('52.00') };
    const current = { ...original, adjustments: money('-3.00'), total: money('47.00') };
    const adjusted = { ...order, totals: { original, current } };
    const flow = makeFlow({ adjustments: { as: 'item', itemCode: 'ADJ' } });
    expect(planOf(mapOrder(adjusted, contextFor(flow))).expected.total).toBe('52');
    expect(errorOf(mapOrder(adjusted, contextFor(makeFlow({ adjustments: REFUSED })))).code).toBe(
      'unmapped-adjustments',
    );
  });
});

describe('nothing wanted any more', () => {
  it('refunded whole before shipping: cancelled', () => {
    expect(stateOf(later([shirts], { a: { ordered: 2, cancelled: 2 } }, '0.00'))).toBe('cancelled');
  });

  it('shipping kept, or a tip left: cancelled all the same, and nothing is looked up', () => {
    const order = later(
      [shirts, { id: 't', kind: 'TIP', sku: null, price: '3.00' }],
      { a: { ordered: 2, cancelled: 2 }, t: { ordered: 1, current: 1 } },
      '3.00',
    );
    expect(stateOf(order)).toBe('cancelled');
    expect(dependenciesOf(order, makeFlow({ customers: { mode: 'create' } }))).toEqual([]);
  });

  it('one line left: goes on', () => {
    const order = later([shirts, mug], { a: { ordered: 2, cancelled: 2 }, b: { ordered: 1, current: 1 } }, '12.50');
    expect(shown(order)).toEqual([['b', '1']]);
  });

  it('an order that never had goods: written when its charges are items, else refused with advice that works', () => {
    const tip = makeOrder({ lines: [{ id: 't', kind: 'TIP', sku: null, price: '3.00' }] });
    expect(shown(tip)).toEqual([['t', '1']]);
    const error = errorOf(mapOrder(tip, contextFor(makeFlow({ tips: { as: 'expense', expenseCode: 2 } }))));
    expect(error.code).toBe('empty-order');
    expect(error.advice).not.toContain('ancel');
  });
});

describe('goods sent in exchange', () => {
  const exchanged = (quantities: Partial<Quantities> = { ordered: 2, current: 1, fulfilled: 2, returned: 1 }) =>
    later(
      [shirts, { id: 'x', kind: 'EXCHANGE', sku: 'CAP-NAVY', price: '19.99' }],
      { a: quantities, x: { ordered: 1, current: 1 } },
      '44.99',
    );

  it('are kept off the order by default, and not waited for', () => {
    expect(shown(exchanged())).toEqual([['a', '2']]);
    expect(dependenciesOf(exchanged(), makeFlow()).map(({ naturalKey }) => naturalKey)).toEqual(['TSHIRT-BLK-M']);
  });

  it('or added to it', () => {
    expect(shown(exchanged(), { exchanges: 'on-order' })).toEqual([
      ['a', '2'],
      ['x', '1'],
    ]);
  });

  it('the gate of the totals counts them where they are kept off', () => {
    // Nothing has come back yet: 2 × 25.00 + 19.99.
    const order = exchanged({ ordered: 2, current: 2, fulfilled: 2 });
    const total = (amount: string): Order => ({
      ...order,
      totals: {
        original: { ...order.totals.original, total: money('50.00') },
        current: { ...order.totals.current, total: money(amount) },
      },
    });
    expect(shown(total('69.99'))).toEqual([['a', '2']]);
    const wrong: Order = {
      ...total('70.99'),
      totals: {
        original: { ...order.totals.original, total: money('51.00') },
        current: { ...order.totals.current, total: money('70.99') },
      },
    };
    expect(errorOf(mapOrder(wrong, contextFor(makeFlow()))).code).toBe('totals-differ');
  });

  it('an exchange that is an order of its own is written', () => {
    const order = makeOrder({
      lines: [{ id: 'x', kind: 'EXCHANGE', sku: 'CAP-NAVY', price: '19.99' }],
      more: { orderType: 'EXCHANGE' },
    });
    expect(shown(order)).toEqual([['x', '1']]);
  });
});

describe('what is left of a line meets the total of the shop, however that rounds', () => {
  const rest = (
    input: { price: string; pieces: string; discount?: string },
    taxes: [string, string][],
    total: string,
  ) => {
    const { price, pieces, discount } = input;
    const line = { price, quantity: pieces, ...(discount === undefined ? {} : { discount }) };
    const order = makeOrder({ lines: [line] });
    return {
      ...order,
      lines: order.lines.map((each) => ({
        ...each,
        quantity: { ...each.quantity, current: new Decimal(pieces).minus(1), cancelled: new Decimal(1) },
        taxes: createOrder({
          lines: [
            { taxes: taxes.map(([rate, amount]) => ({ name: rate, rate: new Decimal(rate), amount: money(amount) })) },
          ],
        }).lines.flatMap((made) => made.taxes),
      })),
      totals: { ...order.totals, current: { ...order.totals.current, total: money(total) } },
    };
  };
  const ny: [string, string][] = [
    ['0.04', '2.62'],
    ['0.045', '2.95'],
    ['0.00375', '0.25'],
  ];
  const planned = (order: Order) => planOf(mapOrder(order, contextFor(makeFlow()))).expected;

  it('each tax halved and rounded: 1.31 + 1.48 + 0.13', () => {
    expect(planned(rest({ price: '32.76', pieces: '2' }, ny, '35.68'))).toMatchObject({ total: '35.68', tax: '2.92' });
  });

  it('a cent less or more is on the tax, or on the price where there is no tax', () => {
    expect(planned(rest({ price: '32.76', pieces: '2' }, ny, '35.67'))).toMatchObject({ total: '35.67', tax: '2.91' });
    // A third of the discount is 0.33, two thirds 0.67.
    const discounted = { price: '10.00', pieces: '3', discount: '1.00' };
    for (const total of ['19.33', '19.34']) expect(planned(rest(discounted, [], total))).toMatchObject({ total });
  });

  it('two cents are no rounding of one line', () => {
    const order = rest({ price: '32.76', pieces: '2' }, ny, '35.70');
    expect(errorOf(mapOrder(order, contextFor(makeFlow()))).code).toBe('totals-differ');
  });
});
