import { Decimal } from 'decimal.js';
import { syncFulfillmentOrders } from '../fulfillment/routing.ts';
import { findLine } from '../fulfillment/ship.ts';
import { type MoneyBag, scaleBag, subtractBags, sumBags } from '../money.ts';
import { makeLine } from '../orders/create.ts';
import { asInput } from '../orders/payments.ts';
import { createRefund, type RefundInput } from '../orders/refund.ts';
import type { LineState, OrderState, RefundState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { chargedFeesOf } from '../sums/fees.ts';
import { originalTotalOf } from '../sums/totals.ts';
import { taxByRates } from '../tax/by-rate.ts';
import type { ReturnFailure } from './returns.ts';
import type { ExchangeLineState, ReturnState } from './state.ts';

export interface ProcessInput {
  readonly returned: readonly {
    readonly id: string;
    readonly quantity: number;
    readonly dispositions: readonly {
      readonly type: string;
      readonly quantity: number;
      readonly locationId: string | null;
    }[];
  }[];
  readonly exchanged: readonly { readonly id: string; readonly quantity: number }[];
  /** Money that goes back with it; null: none. */
  readonly transfer: RefundInput['transactions'] | null;
  readonly shipping: RefundInput['shipping'];
  readonly note: string | null;
}

/** Confirms returned goods, sends their exchange and refunds money; updates the order's lines and sums. */
export function processReturn(
  store: Store,
  order: OrderState,
  one: ReturnState,
  input: ProcessInput,
  now: () => number,
): { readonly refund: RefundState | null; readonly added: readonly LineState[] } | readonly ReturnFailure[] {
  const mistake = findMistake(one, input);
  if (mistake !== null) return [mistake];
  const at = isoSeconds(now());
  const feesBefore = chargedFeesOf(order);
  const refundLineItems = input.returned.flatMap(({ id, quantity, dispositions }) => {
    const line = one.lines.find((candidate) => candidate.id === id) as ReturnState['lines'][number];
    line.processed += quantity;
    for (const { type, quantity: count, locationId } of dispositions)
      line.dispositions.push({
        id: store.nextGid('ReverseFulfillmentOrderDisposition'),
        type,
        quantity: count,
        locationId,
        createdAt: at,
      });
    const restocked = dispositions.filter(({ type }) => type === 'RESTOCKED');
    const rest = quantity - restocked.reduce((count, each) => count + each.quantity, 0);
    return [
      ...restocked.map((each) => ({
        lineItemId: line.lineId,
        quantity: each.quantity,
        restockType: 'RETURN',
        locationId: each.locationId,
      })),
      ...(rest > 0 ? [{ lineItemId: line.lineId, quantity: rest, restockType: 'NO_RESTOCK' }] : []),
    ];
  });
  const added = input.exchanged.map(({ id, quantity }) => {
    const exchange = one.exchanges.find((candidate) => candidate.id === id) as ExchangeLineState;
    return addExchanged(store, order, one, exchange, quantity);
  });
  syncFulfillmentOrders(store, order, now);
  order.updatedAt = at;
  if (refundLineItems.length === 0 && !input.transfer && !input.shipping) return { refund: null, added };
  const result = createRefund(
    store,
    order,
    {
      orderId: order.id,
      note: input.note,
      refundLineItems,
      shipping: input.shipping ?? null,
      transactions: input.transfer ?? [],
    },
    now,
    // What is not paid back pays for the goods sent instead, or is still owed: no discrepancy.
    {
      returnId: one.id,
      balances: input.transfer !== null && one.exchanges.length === 0,
      fees: subtractBags(chargedFeesOf(order), feesBefore),
    },
  );
  if (!result.ok) return [{ field: result.field ?? [], message: result.message, code: 'INVALID' }];
  return { refund: result.refund, added };
}

function findMistake(one: ReturnState, input: ProcessInput): ReturnFailure | null {
  if (one.status !== 'OPEN')
    return { field: ['returnId'], message: 'Return must be open to be processed.', code: 'INVALID_STATE' };
  const check = (
    field: string,
    lines: readonly { readonly id: string; readonly quantity: number; readonly processed: number }[],
    items: readonly { readonly id: string; readonly quantity: number }[],
  ): ReturnFailure | null => {
    for (const [index, item] of items.entries()) {
      const line = lines.find((candidate) => candidate.id === item.id);
      if (line === undefined)
        return { field: [field, String(index), 'id'], message: 'Line item not found.', code: 'NOT_FOUND' };
      if (item.quantity < 1 || item.quantity > line.quantity - line.processed)
        return { field: [field, String(index), 'quantity'], message: 'Quantity is not processable.', code: 'INVALID' };
    }
    return null;
  };
  const disposed = input.returned.findIndex(
    ({ quantity, dispositions }) => dispositions.reduce((count, each) => count + each.quantity, 0) > quantity,
  );
  if (disposed !== -1)
    return {
      field: ['returnLineItems', String(disposed), 'dispositions'],
      message: 'Dispositions are for more than the quantity.',
      code: 'INVALID',
    };
  return (
    check('returnLineItems', one.lines, input.returned) ?? check('exchangeLineItems', one.exchanges, input.exchanged)
  );
}

/** The goods sent become a line of the order, taxed as the line they are for. */
function addExchanged(
  store: Store,
  order: OrderState,
  one: ReturnState,
  exchange: ExchangeLineState,
  quantity: number,
): LineState {
  const made = makeLine(
    store,
    {
      title: exchange.title,
      sku: exchange.sku,
      variantId: exchange.variantId,
      variantTitle: exchange.variantTitle,
      quantity,
      priceSet: asInput(exchange.unitPriceSet),
      requiresShipping: exchange.requiresShipping,
    },
    order.currencies,
  );
  const discount = discountOf(made, exchange, quantity);
  if (discount !== null)
    made.discountAllocations = [
      {
        allocatedAmountSet: discount,
        discountApplication: {
          __typename: 'ManualDiscountApplication',
          index: countApplications(order),
          targetType: 'LINE_ITEM',
          targetSelection: 'EXPLICIT',
          allocationMethod: 'ACROSS',
          value:
            exchange.discount?.percentage == null
              ? { __typename: 'MoneyV2', ...discount.presentmentMoney }
              : { __typename: 'PricingPercentageValue', percentage: exchange.discount.percentage },
          title: exchange.discount?.description ?? 'Discount',
        },
      },
    ];
  const net = subtractBags(originalTotalOf(made), sumBags(discount === null ? [] : [discount], order.currencies));
  const returned = one.lines[0];
  const taxes = returned === undefined ? [] : findLine(order, returned.lineId).taxLines;
  made.taxLines = taxByRates(
    order,
    net,
    taxes.filter(({ rate }) => rate !== null),
  );
  order.lines.push(made);
  exchange.lineIds.push(made.id);
  exchange.processed += quantity;
  return made;
}

function discountOf(line: LineState, exchange: ExchangeLineState, quantity: number): MoneyBag | null {
  const { discount } = exchange;
  if (discount === null) return null;
  if (discount.percentage !== null) return scaleBag(originalTotalOf(line), new Decimal(discount.percentage).div(100));
  return discount.amount && scaleBag(discount.amount, new Decimal(quantity).div(exchange.quantity));
}

/** Applications are numbered through the order. */
function countApplications(order: OrderState): number {
  const indexes = [...order.lines, ...order.shippingLines].flatMap((line) =>
    line.discountAllocations.map((one) => one.discountApplication.index),
  );
  return Math.max(-1, ...indexes) + 1;
}
