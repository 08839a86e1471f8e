import { Decimal } from 'decimal.js';
import { type MoneyBag, scaleBag, sumBags } from '../money.ts';
import type { OrderState } from '../state.ts';

type ReturnState = OrderState['returns'][number];

/** What returns have charged so far: a line's fee by the pieces that came back, the shipping fee once something did. */
export function chargedFeesOf(order: OrderState): MoneyBag {
  return sumBags(order.returns.flatMap(chargedBy), order.currencies);
}

export function sumFees(order: OrderState, one: ReturnState): MoneyBag {
  return sumBags(
    [...one.shippingFees, ...one.lines.flatMap((line) => line.restockingFee ?? [])].map((fee) => fee.amountSet),
    order.currencies,
  );
}

function chargedBy(one: ReturnState): MoneyBag[] {
  const restocking = one.lines.flatMap(({ restockingFee, processed, quantity }) =>
    restockingFee === null ? [] : [scaleBag(restockingFee.amountSet, new Decimal(processed).div(quantity))],
  );
  const isBack = one.lines.some((line) => line.processed > 0);
  return [...restocking, ...(isBack ? one.shippingFees.map((fee) => fee.amountSet) : [])];
}
