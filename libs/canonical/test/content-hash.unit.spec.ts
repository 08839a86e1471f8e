import { describe, expect, it } from 'vitest';
import { completeSource, contentHash, createOrder, Decimal, type Order, type Sparse } from '../src/index.ts';

const sparse: Sparse<Order> = {
  source: { connection: 'shop', vendor: 'shopify', id: '1', updatedAt: 5 },
  note: 'x',
  tags: ['a', 'b'],
  lines: [{ id: '1', quantity: { ordered: new Decimal('1.5') } }],
};
const order = createOrder(sparse);

describe('the content hash', () => {
  it('is the same whatever the order of keys and the writing of decimals', () => {
    const shuffled = Object.fromEntries(Object.entries(order).reverse()) as unknown as Order;
    expect(contentHash('order', shuffled)).toBe(contentHash('order', order));
    const written = createOrder({ ...sparse, lines: [{ id: '1', quantity: { ordered: new Decimal('1.500') } }] });
    expect(contentHash('order', written)).toBe(contentHash('order', order));
  });

  it('does not depend on how and when the state was read, nor on a touch without a change', () => {
    const read = completeSource(order, { version: 7, contentHash: 'x', via: 'HINT', observedAt: 9, origin: 'erp' });
    expect(contentHash('order', read)).toBe(contentHash('order', order));
    expect(contentHash('order', { ...order, source: { ...order.source, updatedAt: 6 } })).toBe(
      contentHash('order', order),
    );
  });

  it.each([
    ['a text', { note: 'y' }],
    ['the order of a list', { tags: ['b', 'a'] }],
    ['a removed line', { lines: [] }],
    ['a deletion', { deleted: true }],
    ['null against empty text', { note: null }],
    ['another record of the same content', { source: { ...order.source, id: '2' } }],
  ] as [string, Partial<Order>][])('changes with %s', (_case, change) => {
    expect(contentHash('order', { ...order, ...change })).not.toBe(contentHash('order', order));
  });

  it('tells nothing from zero where nothing is possible, and texts from each other', () => {
    const rated = { ...order, exchangeRate: new Decimal(0) };
    expect(contentHash('order', rated)).not.toBe(contentHash('order', order));
    expect(contentHash('order', { ...order, tags: ['a,b'] })).not.toBe(
      contentHash('order', { ...order, tags: ['a', 'b'] }),
    );
  });
});
