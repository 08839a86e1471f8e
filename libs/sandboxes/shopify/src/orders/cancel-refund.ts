import { currentQuantityOf } from '../fulfillment/quantities.ts';
import { isPositive, type MoneyBag, subtractBags, sumBags, zeroBag } from '../money.ts';
import type { OrderState, RefundState, TransactionState } from '../state.ts';
import type { Store } from '../store.ts';
import { refundedShareOf } from '../sums/refund-share.ts';

/** The refund that a cancellation makes: each line that is still wanted with its own price and tax, shipping, and all that was paid. */
export function makeCancelRefund(
  store: Store,
  order: OrderState,
  payment: TransactionState,
  options: { readonly restock: boolean; readonly at: string },
): RefundState {
  const lines = order.lines
    .filter((line) => currentQuantityOf(line) > 0)
    .map((line) => ({
      id: store.nextGid('RefundLineItem'),
      lineId: line.id,
      quantity: currentQuantityOf(line),
      restockType: options.restock ? 'CANCEL' : 'NO_RESTOCK',
      ...refundedShareOf(order, line, currentQuantityOf(line)),
      locationId: null,
    }));
  const shipping = refundAllShipping(store, order);
  const tax = (bag: MoneyBag): MoneyBag[] => (order.taxesIncluded ? [] : [bag]);
  const given = sumBags(
    [
      ...lines.flatMap((line) => [line.subtotalSet, ...tax(line.totalTaxSet)]),
      ...shipping.flatMap((line) => [line.subtotalAmountSet, ...tax(line.taxAmountSet)]),
    ],
    order.currencies,
  );
  const difference = subtractBags(payment.amountSet, given);
  return {
    __typename: 'Refund',
    id: store.nextGid('Refund'),
    note: null,
    createdAt: options.at,
    returnId: null,
    refundLineItems: lines,
    refundShippingLines: shipping,
    orderAdjustments: difference.presentmentMoney.amount.isZero()
      ? []
      : [
          {
            id: store.nextGid('OrderAdjustment'),
            reason: 'REFUND_DISCREPANCY',
            amountSet: difference,
            taxAmountSet: zeroBag(order.currencies),
          },
        ],
    transactionIds: [payment.id],
    totalRefundedSet: payment.amountSet,
  };
}

/** What of the shipping lines was not given back before, with its part of the tax. */
function refundAllShipping(store: Store, order: OrderState): RefundState['refundShippingLines'] {
  const sum = (bags: readonly MoneyBag[]): MoneyBag => sumBags(bags, order.currencies);
  return order.shippingLines
    .filter((line) => !line.isRemoved)
    .map((line) => {
      const before = order.refunds
        .flatMap((refund) => refund.refundShippingLines)
        .filter((one) => one.shippingLineId === line.id);
      const price = subtractBags(
        line.originalPriceSet,
        sum(line.discountAllocations.map((one) => one.allocatedAmountSet)),
      );
      return {
        id: store.nextGid('RefundShippingLine'),
        shippingLineId: line.id,
        subtotalAmountSet: subtractBags(price, sum(before.map((one) => one.subtotalAmountSet))),
        taxAmountSet: subtractBags(
          sum(line.taxLines.map((tax) => tax.priceSet)),
          sum(before.map((one) => one.taxAmountSet)),
        ),
      };
    })
    .filter((line) => isPositive(line.subtotalAmountSet));
}
