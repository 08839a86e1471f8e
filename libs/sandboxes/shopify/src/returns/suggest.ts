import { keptQuantityOf } from '../fulfillment/quantities.ts';
import { type MoneyBag, scaleBag, subtractBags, sumBags, zeroBag } from '../money.ts';
import { findPayment } from '../orders/payments.ts';
import { paymentAmount } from '../orders/refund.ts';
import type { LineState, OrderState } from '../state.ts';
import { refundedShareOf } from '../sums/refund-share.ts';
import { computeTotals } from '../sums/totals.ts';

export interface SuggestInput {
  readonly refundLineItems?:
    | readonly { lineItemId: string; quantity: number; restockType?: string | null; locationId?: string | null }[]
    | null;
  readonly refundShipping?: boolean | null;
  readonly shippingAmount?: string | null;
  readonly suggestFullRefund?: boolean | null;
}

/** What the shop would give back for the named goods: their price and tax, shipping when asked for, no more than was paid. */
export function suggestRefund(order: OrderState, input: SuggestInput) {
  const sum = (bags: readonly MoneyBag[]): MoneyBag => sumBags(bags, order.currencies);
  const totals = computeTotals(order);
  const items = input.suggestFullRefund
    ? order.lines
        .map((line) => ({ line, quantity: line.quantity - line.removed - line.refunded, restockType: restockOf(line) }))
        .filter(({ quantity }) => quantity > 0)
    : (input.refundLineItems ?? []).flatMap(({ lineItemId, quantity, restockType }) =>
        order.lines
          .filter((line) => line.id === lineItemId)
          .map((line) => ({ line, quantity, restockType: restockType ?? 'NO_RESTOCK' })),
      );
  const lines = items.map(({ line, quantity, restockType }) => ({
    id: null,
    line,
    quantity,
    restockType,
    ...refundedShareOf(order, line, quantity),
  }));
  const isWhole = input.refundShipping === true || input.suggestFullRefund === true;
  const shipping = isWhole ? totals.currentShipping : paymentAmount(order, input.shippingAmount ?? '0');
  const shippingTaxes = sum(order.shippingLines.flatMap((line) => line.taxLines.map((tax) => tax.priceSet)));
  const whole = totals.currentShipping.presentmentMoney.amount;
  const shippingTax = whole.isZero()
    ? zeroBag(order.currencies)
    : scaleBag(shippingTaxes, shipping.presentmentMoney.amount.div(whole));
  const subtotal = sum(lines.map((line) => line.subtotalSet));
  const tax = sum([...lines.map((line) => line.totalTaxSet), shippingTax]);
  const maximum = subtractBags(totals.received, totals.refunded);
  const wanted = sum([subtotal, shipping, ...(order.taxesIncluded ? [] : [tax])]);
  const amount = wanted.presentmentMoney.amount.gt(maximum.presentmentMoney.amount) ? maximum : wanted;
  return { lines, subtotal, tax, shipping, shippingTax, maximum, amount, payment: findPayment(order) };
}

function restockOf(line: LineState): string {
  return keptQuantityOf(line) > 0 ? 'RETURN' : 'CANCEL';
}
