import { Decimal } from 'decimal.js';
import { bookRefund } from '../fulfillment/quantities.ts';
import { syncFulfillmentOrders } from '../fulfillment/routing.ts';
import { recordRestock } from '../history/record.ts';
import { addBags, type MoneyBag, makeBag, scaleBag, subtractBags, sumBags, zeroBag } from '../money.ts';
import type { LineState, OrderState, RefundState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { refundedShareOf } from '../sums/refund-share.ts';
import { touch } from './change.ts';
import { addTransaction, asInput, convertPayment } from './payments.ts';

export interface RefundInput {
  readonly orderId: string;
  readonly note?: string | null;
  readonly refundLineItems?:
    | readonly { lineItemId: string; quantity: number; restockType?: string | null; locationId?: string | null }[]
    | null;
  readonly shipping?: { amount?: string | null; fullRefund?: boolean | null } | null;
  readonly transactions?: readonly { amount: string; gateway: string; kind: string; parentId?: string | null }[] | null;
}

export type RefundResult =
  | { readonly ok: true; readonly refund: RefundState }
  | { readonly ok: false; readonly field: string[] | null; readonly message: string };

/** Books a refund; what the money differs from the goods and shipping given back becomes an order adjustment. */
export function createRefund(
  store: Store,
  order: OrderState,
  input: RefundInput,
  now: () => number,
  /** The return that it belongs to, whether what the money differs from the goods becomes an adjustment, and the fees kept of it. */
  {
    returnId,
    balances,
    fees,
  }: { readonly returnId: string | null; readonly balances: boolean; readonly fees: MoneyBag } = {
    returnId: null,
    balances: true,
    fees: zeroBag(order.currencies),
  },
): RefundResult {
  const mistake = findMistake(order, input);
  if (mistake !== null) return mistake;
  const at = isoSeconds(now());
  const lines = (input.refundLineItems ?? []).map((item) => {
    const line = order.lines.find((candidate) => candidate.id === item.lineItemId) as LineState;
    bookRefund(line, item.quantity, returnId === null ? (item.restockType ?? 'NO_RESTOCK') : 'RETURN');
    return {
      id: store.nextGid('RefundLineItem'),
      lineId: line.id,
      quantity: item.quantity,
      restockType: item.restockType ?? 'NO_RESTOCK',
      ...refundedShareOf(order, line, item.quantity),
      locationId: item.locationId ?? null,
    };
  });
  const shipping = refundShipping(store, order, input);
  const transactions = (input.transactions ?? []).map((transaction) =>
    addTransaction(
      store,
      order,
      {
        kind: 'REFUND',
        gateway:
          order.transactions.find((parent) => parent.id === transaction.parentId)?.gateway ?? transaction.gateway,
        amountSet: asInput(
          convertPayment(store, order, new Decimal(transaction.amount)) ?? paymentAmount(order, transaction.amount),
        ),
        parentId: transaction.parentId ?? null,
      },
      at,
    ),
  );
  const tax = (bag: MoneyBag): MoneyBag => (order.taxesIncluded ? zeroBag(order.currencies) : bag);
  const goods = sumBags(
    [
      ...lines.flatMap((line) => [line.subtotalSet, tax(line.totalTaxSet)]),
      ...shipping.flatMap((line) => [line.subtotalAmountSet, tax(line.taxAmountSet)]),
    ],
    order.currencies,
  );
  const money = sumBags(
    transactions.map((transaction) => transaction.amountSet),
    order.currencies,
  );
  const discrepancy = subtractBags(money, subtractBags(goods, fees));
  const refund: RefundState = {
    __typename: 'Refund',
    id: store.nextGid('Refund'),
    note: input.note ?? null,
    createdAt: at,
    returnId,
    refundLineItems: lines,
    refundShippingLines: shipping,
    orderAdjustments:
      !balances || discrepancy.presentmentMoney.amount.isZero()
        ? []
        : [
            {
              id: store.nextGid('OrderAdjustment'),
              reason: 'REFUND_DISCREPANCY',
              amountSet: discrepancy,
              taxAmountSet: zeroBag(order.currencies),
            },
          ],
    transactionIds: transactions.map((transaction) => transaction.id),
    totalRefundedSet: money,
  };
  order.refunds.push(refund);
  recordRestock(store, order, lines.filter((line) => line.restockType !== 'NO_RESTOCK').length, at);
  syncFulfillmentOrders(store, order, now);
  touch(order, now);
  return { ok: true, refund };
}

function findMistake(order: OrderState, input: RefundInput): Extract<RefundResult, { ok: false }> | null {
  for (const transaction of input.transactions ?? []) {
    if (transaction.kind !== 'REFUND')
      return { ok: false, field: null, message: `Kind ${transaction.kind.toLowerCase()} is not a valid transaction` };
    if (!order.transactions.some((parent) => parent.id === transaction.parentId))
      return {
        ok: false,
        field: ['transactions'],
        message: 'Transactions require a parent_id associated with the order',
      };
  }
  for (const [index, item] of (input.refundLineItems ?? []).entries()) {
    const line = order.lines.find((candidate) => candidate.id === item.lineItemId);
    const left = line === undefined ? 0 : line.quantity - line.removed - line.refunded;
    if (item.quantity > left)
      return {
        ok: false,
        field: ['refundLineItems', String(index), 'quantity'],
        message: 'Quantity cannot refund more items than were purchased',
      };
  }
  return null;
}

/** Given amounts are in the customer's currency; the shop's amount follows the order's own rate. */
export function paymentAmount(order: OrderState, amount: string): MoneyBag {
  const unit = order.lines[0]?.originalUnitPriceSet;
  const presentment = new Decimal(amount);
  if (unit === undefined || unit.presentmentMoney.amount.isZero())
    return makeBag(presentment, presentment, order.currencies);
  const shop = presentment.times(unit.shopMoney.amount).div(unit.presentmentMoney.amount).toDecimalPlaces(2);
  return makeBag(shop, presentment, order.currencies);
}

function refundShipping(store: Store, order: OrderState, input: RefundInput): RefundState['refundShippingLines'] {
  const line = order.shippingLines[0];
  if (!input.shipping || line === undefined) return [];
  const taxes = sumBags(
    line.taxLines.map((tax) => tax.priceSet),
    order.currencies,
  );
  const price = subtractBags(
    line.originalPriceSet,
    sumBags(
      line.discountAllocations.map((one) => one.allocatedAmountSet),
      order.currencies,
    ),
  );
  const amount = input.shipping.fullRefund ? price : paymentAmount(order, input.shipping.amount ?? '0');
  const whole = addBags(price, zeroBag(order.currencies)).presentmentMoney.amount;
  const share = whole.isZero() ? new Decimal(0) : amount.presentmentMoney.amount.div(whole);
  return [
    {
      id: store.nextGid('RefundShippingLine'),
      shippingLineId: line.id,
      subtotalAmountSet: amount,
      taxAmountSet: scaleBag(taxes, share),
    },
  ];
}
