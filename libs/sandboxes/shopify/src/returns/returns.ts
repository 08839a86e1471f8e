import { keptQuantityOf } from '../fulfillment/quantities.ts';
import { findLine } from '../fulfillment/ship.ts';
import type { FulfillmentState } from '../fulfillment/state.ts';
import { recordEvent } from '../history/record.ts';
import type { MoneyBag } from '../money.ts';
import { findVariant } from '../orders/create.ts';
import type { OrderState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import {
  makeRestockingFee,
  makeShippingFees,
  refuseRestockingFee,
  refuseShippingFee,
  type ShippingFeeInput,
} from './fee-input.ts';
import type { ExchangeDiscount, ReturnState } from './state.ts';

export interface ReturnedInput {
  readonly fulfillmentLineItemId: string;
  readonly quantity: number;
  readonly reason: string;
  readonly note: string;
  /** Of the price, in percent; null: no fee. */
  readonly restockingFee: number | null;
}

/** Goods sent for those that come back: of the catalogue, or described. */
export interface ExchangeInput {
  readonly variantId: string | null;
  readonly sku?: string | null;
  readonly title?: string | null;
  readonly quantity: number;
  readonly unitPriceSet: MoneyBag;
  readonly discount: ExchangeDiscount | null;
}

export interface ReturnFailure {
  readonly field: readonly string[];
  readonly message: string;
  readonly code: string;
}

/** A line of a hand-over that was not taken back. */
export function findHandedOver(order: OrderState, id: string): FulfillmentState['lines'][number] | undefined {
  return order.fulfillments
    .filter((one) => one.status === 'SUCCESS')
    .flatMap((one) => one.lines)
    .find((line) => line.id === id);
}

/** How much of a handed-over line can still come back: what is in no other return and was not refunded without one. */
export function returnableOf(order: OrderState, handedOver: FulfillmentState['lines'][number]): number {
  const under = order.returns.filter((one) => one.status !== 'CANCELED').flatMap((one) => one.lines);
  const ofThis = under
    .filter((line) => line.fulfillmentLineId === handedOver.id)
    .reduce((count, line) => count + line.quantity, 0);
  const waiting = under
    .filter((line) => line.lineId === handedOver.lineId)
    .reduce((count, line) => count + line.quantity - line.processed, 0);
  const kept = keptQuantityOf(findLine(order, handedOver.lineId)) - waiting;
  return Math.max(0, Math.min(handedOver.quantity - ofThis, kept));
}

export function openReturn(
  store: Store,
  order: OrderState,
  returned: readonly ReturnedInput[],
  exchanges: readonly ExchangeInput[],
  shippingFee: ShippingFeeInput | null,
  now: () => number,
): ReturnState | readonly ReturnFailure[] {
  if (returned.length === 0)
    return [{ field: ['returnLineItems'], message: 'Return line items are required.', code: 'BLANK' }];
  const lines: ReturnState['lines'][number][] = [];
  for (const [index, item] of returned.entries()) {
    const field = ['returnLineItems', String(index)];
    const handedOver = findHandedOver(order, item.fulfillmentLineItemId);
    if (handedOver === undefined)
      return [
        { field: [...field, 'fulfillmentLineItemId'], message: 'Fulfillment line item not found.', code: 'NOT_FOUND' },
      ];
    if (item.quantity < 1 || item.quantity > returnableOf(order, handedOver))
      return [{ field: [...field, 'quantity'], message: 'Return line item has an invalid quantity.', code: 'INVALID' }];
    const refusal = refuseRestockingFee(item.restockingFee);
    if (refusal !== null)
      return [{ field: [...field, 'restockingFee', 'percentage'], message: refusal, code: 'INVALID' }];
    lines.push({
      id: store.nextGid('ReturnLineItem'),
      reverseLineId: store.nextGid('ReverseFulfillmentOrderLineItem'),
      fulfillmentLineId: handedOver.id,
      lineId: handedOver.lineId,
      quantity: item.quantity,
      processed: 0,
      reason: item.reason,
      note: item.note,
      restockingFee: makeRestockingFee(store, order, findLine(order, handedOver.lineId), {
        quantity: item.quantity,
        percentage: item.restockingFee,
      }),
      dispositions: [],
    });
  }
  for (const [index, exchange] of exchanges.entries())
    if (exchange.quantity < 1 || (exchange.variantId !== null && findVariant(store, exchange.variantId) === null))
      return [
        {
          field: ['exchangeLineItems', String(index), exchange.quantity < 1 ? 'quantity' : 'variantId'],
          message: exchange.quantity < 1 ? 'Quantity must be greater than 0.' : 'Variant not found.',
          code: exchange.quantity < 1 ? 'GREATER_THAN' : 'NOT_FOUND',
        },
      ];
  const refusal = refuseShippingFee(order, shippingFee);
  if (refusal !== null) return [{ field: ['returnShippingFee', 'amount'], message: refusal, code: 'INVALID' }];
  const made: ReturnState = {
    __typename: 'Return',
    id: store.nextGid('Return'),
    reverseOrderId: store.nextGid('ReverseFulfillmentOrder'),
    name: `${order.name}-R${order.returns.length + 1}`,
    status: 'OPEN',
    createdAt: isoSeconds(now()),
    closedAt: null,
    shippingFees: makeShippingFees(store, order, shippingFee),
    lines,
    exchanges: exchanges.map((exchange) => {
      const found = exchange.variantId === null ? null : findVariant(store, exchange.variantId);
      return {
        id: store.nextGid('ExchangeLineItem'),
        variantId: exchange.variantId,
        productId: found?.product.id ?? null,
        sku: exchange.sku ?? found?.variant.sku ?? null,
        title: exchange.title ?? found?.product.title ?? '',
        variantTitle: found === null || found.variant.title === 'Default Title' ? null : found.variant.title,
        quantity: exchange.quantity,
        processed: 0,
        unitPriceSet: exchange.unitPriceSet,
        discount: exchange.discount,
        requiresShipping: true,
        lineIds: [],
      };
    }),
  };
  order.returns.push(made);
  // As the mutation's description says: a return opens an archived order.
  if (order.cancelledAt === null && order.closedAt !== null) {
    order.closedAt = null;
    recordEvent(store, order, { action: 're_opened', message: 'Order was re-opened.' }, made.createdAt);
  }
  order.updatedAt = made.createdAt;
  return made;
}

/** Closing, reopening and cancelling; a message when its state does not allow it. */
export function changeReturn(
  order: OrderState,
  one: ReturnState,
  to: ReturnState['status'],
  now: () => number,
): string | null {
  const isTouched =
    one.lines.some((line) => line.processed > 0 || line.dispositions.length > 0) ||
    one.exchanges.some((line) => line.processed > 0);
  if (to === 'CANCELED' && (one.status !== 'OPEN' || isTouched)) return 'Return is not cancelable.';
  if (to === 'CLOSED' && one.status === 'CANCELED') return 'Return is not closable.';
  if (to === 'OPEN' && one.status !== 'CLOSED') return 'Return is not reopenable.';
  const at = isoSeconds(now());
  one.status = to;
  one.closedAt = to === 'CLOSED' ? at : null;
  order.updatedAt = at;
  return null;
}

/** `returnStatus`: among several returns, that of the one with the most work left. */
export function returnStatusOf(order: OrderState): string {
  const open = order.returns.filter((one) => one.status === 'OPEN');
  if (open.some((one) => one.lines.some((line) => line.processed < line.quantity))) return 'IN_PROGRESS';
  if (open.length > 0) return 'INSPECTION_COMPLETE';
  return order.returns.some((one) => one.status === 'CLOSED') ? 'RETURNED' : 'NO_RETURN';
}
