import { Decimal, type Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { makeFlow, makeOrder, money } from './orders-for-tests.ts';

export interface OrderCase {
  readonly order: Order;
  readonly flow: FlowSettings<'order'>;
}

const ny = (amount: string) => ({ rate: '0.08875', amount });
const both = (amount: string, document: string) => ({
  base: { amount: new Decimal(amount), currency: 'USD' },
  document: { amount: new Decimal(document), currency: 'EUR' },
});

/** What kinds of order the fixtures hold; the fixture files are written from these and then stand for themselves. */
export const ORDER_CASES: Readonly<Record<string, () => OrderCase>> = {
  simple: () => ({
    order: makeOrder({ lines: [{ price: '12.50', quantity: '2', tax: ny('2.22') }], shipping: { price: '6.90' } }),
    flow: makeFlow(),
  }),
  discount: () => ({
    order: makeOrder({
      lines: [
        { sku: 'TSHIRT-BLK-M', price: '25.00', quantity: '2', discount: '5.00', tax: ny('3.99') },
        { sku: 'STICKER-SET', price: '4.99', quantity: '3', discount: '4.97', tax: ny('0.89') },
      ],
    }),
    flow: makeFlow({ discounts: 'percent' }),
  }),
  'taxes-included': () => ({
    order: makeOrder({
      taxesIncluded: true,
      lines: [{ sku: 'CAP-NAVY', price: '19.99', quantity: '3', tax: { rate: '0.19', amount: '9.58' } }],
      shipping: { price: '4.90', tax: { rate: '0.19', amount: '0.78' } },
    }),
    flow: makeFlow(),
  }),
  'shipping-as-item': () => ({
    order: makeOrder({ lines: [{ price: '12.50', tax: ny('1.11') }], shipping: { price: '6.90', tax: ny('0.61') } }),
    flow: makeFlow({ shipping: { as: 'item', itemCode: 'SHIPPING' } }),
  }),
  'gift-card': () => ({
    order: makeOrder({
      lines: [
        { kind: 'GIFT_CARD', sku: null, title: 'Gift card', price: '50.00' },
        { price: '12.50', tax: ny('1.11') },
      ],
    }),
    flow: makeFlow(),
  }),
  tip: () => ({
    order: makeOrder({
      lines: [
        { price: '12.50', tax: ny('1.11') },
        { kind: 'TIP', sku: null, title: 'Tip', price: '3.00' },
      ],
    }),
    flow: makeFlow(),
  }),
  'custom-line': () => ({
    order: makeOrder({ lines: [{ kind: 'CUSTOM', sku: null, title: 'Engraving', price: '15.00', tax: ny('1.33') }] }),
    flow: makeFlow(),
  }),
  'multi-currency': () => ({
    order: makeOrder({
      lines: [],
      more: {
        documentCurrency: 'EUR',
        exchangeRate: new Decimal('1.1'),
        lines: [
          {
            id: 'l1',
            position: 1,
            kind: 'PRODUCT',
            item: { productId: 'p1', variantId: 'v1', sku: 'HOODIE-GRY-M' },
            title: 'Hoodie',
            quantity: { ordered: new Decimal(1), current: new Decimal(1) },
            unitPrice: both('59.00', '53.64'),
            taxable: false,
          },
        ],
        totals: {
          original: { lines: both('59.00', '53.64'), total: both('59.00', '53.64') },
          current: { lines: both('59.00', '53.64'), total: both('59.00', '53.64') },
        },
      },
    }),
    flow: makeFlow({ currency: { amounts: 'document', rate: 'order' } }),
  }),
  'exempt-with-tax-charge': () => ({
    order: makeOrder({
      lines: [{ price: '12.50', quantity: '2', tax: { rate: '0.065', amount: '1.63', name: 'Unmapped county tax' } }],
      shipping: { price: '6.90' },
    }),
    flow: makeFlow({
      tax: { policy: 'exempt-with-charge', exemptCode: 'EX', charge: { as: 'expense', expenseCode: 3 } },
    }),
  }),
  'tax-override': () => ({
    order: makeOrder({ lines: [{ price: '12.50', quantity: '2', tax: ny('2.24') }] }),
    flow: makeFlow({ tax: { policy: 'override' } }),
  }),
  'sixty-lines': () => ({
    order: makeOrder({
      lines: Array.from({ length: 60 }, (_, index) => ({
        price: `${index + 1}.99`,
        quantity: String((index % 4) + 1),
      })),
    }),
    flow: makeFlow(),
  }),
  'order-discount-unallocated': () => {
    const order = makeOrder({
      lines: [
        { price: '10.00', quantity: '3' },
        { sku: 'CAP-NAVY', price: '19.99' },
      ],
    });
    const amounts = { ...order.totals.current, discounts: money('5.00'), total: money('44.99') };
    return {
      order: {
        ...order,
        discounts: [
          { id: null, code: 'FIVE', title: null, kind: null, target: 'ORDER', percent: null, amount: money('5.00') },
        ],
        totals: { original: amounts, current: amounts },
      },
      flow: makeFlow(),
    };
  },
  cancelled: () => ({
    order: makeOrder({
      lines: [{ price: '12.50' }],
      more: { orderStatus: 'CANCELLED', cancelledAt: Date.UTC(2026, 2, 3) * 1000, cancelReason: 'customer' },
    }),
    flow: makeFlow(),
  }),
};
