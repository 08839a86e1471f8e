import { Decimal } from 'decimal.js';
import { scaleBag } from '../money.ts';
import { paymentAmount } from '../orders/refund.ts';
import type { LineState, OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import { refundedShareOf } from '../sums/refund-share.ts';
import type { RestockingFeeState, ReturnFeeState } from './state.ts';

/** What a merchant keeps of the money for sending the goods back, in the currency that the customer sees. */
export interface ShippingFeeInput {
  readonly amount: string;
  readonly currencyCode: string;
}

/** Why a fee is not taken; null when it is. The schema says which currency; the words are ours, no recording has them. */
export function refuseShippingFee(order: OrderState, fee: ShippingFeeInput | null): string | null {
  if (fee === null) return null;
  if (fee.currencyCode !== order.currencies.presentment)
    return 'Return shipping fee must be in the presentment currency of the order.';
  return new Decimal(fee.amount).lt(0) ? 'Return shipping fee must not be negative.' : null;
}

export function refuseRestockingFee(percentage: number | null): string | null {
  if (percentage === null || (percentage >= 0 && percentage <= 100)) return null;
  return 'Restocking fee must be a percentage from 0 to 100.';
}

export function makeShippingFees(store: Store, order: OrderState, fee: ShippingFeeInput | null): ReturnFeeState[] {
  if (fee === null) return [];
  return [{ id: store.nextGid('ReturnShippingFee'), amountSet: paymentAmount(order, fee.amount) }];
}

/** A part of what the returned pieces cost after discounts. */
export function makeRestockingFee(
  store: Store,
  order: OrderState,
  line: LineState,
  { quantity, percentage }: { readonly quantity: number; readonly percentage: number | null },
): RestockingFeeState | null {
  if (percentage === null) return null;
  const amountSet = scaleBag(refundedShareOf(order, line, quantity).subtotalSet, new Decimal(percentage).div(100));
  return { id: store.nextGid('RestockingFee'), percentage, amountSet };
}
