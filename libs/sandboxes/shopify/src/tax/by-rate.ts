import { Decimal } from 'decimal.js';
import { type MoneyBag, scaleBag } from '../money.ts';
import type { OrderState, TaxLineState } from '../state.ts';

/** The taxes of a price, each by its rate; out of a price that includes them, each by its share of the whole. One without a rate stays. */
export function taxByRates(order: OrderState, price: MoneyBag, taxes: readonly TaxLineState[]): TaxLineState[] {
  const all = taxes.reduce((sum, { rate }) => sum.plus(rate ?? 0), new Decimal(1));
  return taxes.map((tax) => {
    if (tax.rate === null) return tax;
    const rate = new Decimal(tax.rate);
    return { ...tax, priceSet: scaleBag(price, order.taxesIncluded ? rate.div(all) : rate) };
  });
}
