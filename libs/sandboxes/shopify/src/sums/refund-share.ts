import { Decimal } from 'decimal.js';
import { type MoneyBag, scaleBag, subtractBags, sumBags } from '../money.ts';
import type { LineState, OrderState } from '../state.ts';
import { originalTotalOf } from './totals.ts';

/** What goes back for some pieces of a line: its own price after discounts, and its own tax. */
export function refundedShareOf(
  order: OrderState,
  line: LineState,
  quantity: number,
): { readonly subtotalSet: MoneyBag; readonly totalTaxSet: MoneyBag } {
  const share = new Decimal(quantity).div(line.quantity);
  const sum = (bags: readonly MoneyBag[]): MoneyBag => sumBags(bags, order.currencies);
  const discount = sum(line.discountAllocations.map((one) => one.allocatedAmountSet));
  return {
    subtotalSet: scaleBag(subtractBags(originalTotalOf(line), discount), share),
    totalTaxSet: sum(line.taxLines.map((tax) => scaleBag(tax.priceSet, share))),
  };
}
