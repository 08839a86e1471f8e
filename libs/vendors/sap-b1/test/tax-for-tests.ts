import { Decimal, type Order, type Tax } from '@entrepot/canonical';
import { makeFlow, makeOrder, money } from './orders-for-tests.ts';

export interface TaxInput {
  readonly name: string;
  readonly rate: string | null;
  readonly amount: string;
  readonly channelLiable?: boolean;
}

export const taxOf = ({ name, rate, amount, channelLiable }: TaxInput, included = false): Tax => ({
  name,
  code: null,
  rate: rate === null ? null : new Decimal(rate),
  basis: null,
  jurisdiction: null,
  amount: money(amount),
  included,
  channelLiable: channelLiable ?? null,
});

/** One line, and its taxes as the shop lists them. */
export function taxed(price: string, taxes: readonly TaxInput[], included = false): Order {
  const order = makeOrder({ taxesIncluded: included, lines: [{ sku: 'TSHIRT-BLK-S', price }] });
  const sum = taxes.reduce((total, tax) => total.plus(tax.amount), new Decimal(0));
  const total = money(included ? new Decimal(price) : sum.plus(price));
  const amounts = { ...order.totals.current, taxes: money(sum), total };
  return {
    ...order,
    lines: order.lines.map((line) => ({ ...line, taxable: true, taxes: taxes.map((tax) => taxOf(tax, included)) })),
    totals: { original: amounts, current: amounts },
  };
}

/** One untaxed line, and shipping with its taxes. */
export function shipped(price: string, taxes: readonly TaxInput[]): Order {
  const order = makeOrder({ lines: [{ price: '10.00' }], shipping: { price } });
  const sum = taxes.reduce((total, tax) => total.plus(tax.amount), new Decimal(0));
  const amounts = { ...order.totals.current, taxes: money(sum), total: money(sum.plus(price).plus(10)) };
  return {
    ...order,
    shippingLines: order.shippingLines.map((line) => ({ ...line, taxes: taxes.map((tax) => taxOf(tax)) })),
    totals: { original: amounts, current: amounts },
  };
}

const profile = (rates: Record<string, string>) => ({
  profile: {
    localCurrency: 'USD',
    priceDigits: 2,
    percentDigits: 4,
    quantityDigits: 3,
    taxRates: { EX: '0', VAT7: '7', VAT19: '19', NY: '8.875', ...rates },
  },
});
export const LOCAL = profile({ LOC45: '4.5' });
export const MAP = { '0': 'EX', '4.5': 'LOC45', '8.875': 'NY', '7': 'VAT7', '19': 'VAT19' };
export const flowOf = (target: Record<string, unknown> = {}, tax: Record<string, string> = MAP) => ({
  ...makeFlow(target, { valueMaps: { tax } }),
  totalTolerance: '0',
});

export const CLOTHING: readonly TaxInput[] = [
  { name: 'State', rate: '0.04', amount: '0.00' },
  { name: 'County', rate: '0.045', amount: '2.25' },
  { name: 'MCTD', rate: '0.00375', amount: '0.00' },
];
