import type { Actions } from '../actions.ts';
import { isPositive, type MoneyBagInput, readBag, subtractBags } from '../money.ts';
import { findVariant } from '../orders/create.ts';
import { asInput, findPayment } from '../orders/payments.ts';
import { paymentAmount, type RefundInput } from '../orders/refund.ts';
import type { ProcessInput } from '../returns/process.ts';
import { returnableOf } from '../returns/returns.ts';
import type { ReturnState } from '../returns/state.ts';
import { suggestRefund } from '../returns/suggest.ts';
import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import { sumFees } from '../sums/fees.ts';
import { findLine } from './lines.ts';

/** Goods and money given back without a return. */
export interface RefundPatch {
  /** By position or id. */
  readonly lines?: Readonly<Record<string, number | { readonly quantity: number; readonly restockType?: string }>>;
  /** Money given back, in the customer's currency; without it, what the shop suggests; "0" none. */
  readonly amount?: string;
  /** True: all of the shipping; or an amount of it. */
  readonly shipping?: boolean | string;
  readonly note?: string;
}

export interface ReturnPatch {
  /** By position or id: how many come back. */
  readonly lines: Readonly<Record<string, number>>;
  readonly exchange?: readonly {
    readonly sku?: string;
    readonly variantId?: string;
    readonly title?: string;
    readonly quantity: number;
    /** Price of one, in the order's currencies; without it, the catalogue's. */
    readonly price?: string | MoneyBagInput;
  }[];
  /** Confirms the whole return and closes it; false leaves it open. */
  readonly process?: boolean;
  readonly restock?: boolean;
  /** Amount refunded when it is processed, in the customer's currency; "suggested" is the shop's own suggestion. */
  readonly refund?: string;
  readonly reason?: string;
  /** For sending the goods back, in the customer's currency. */
  readonly shippingFee?: string;
  /** For taking them in, in percent of their price. */
  readonly restockingFee?: number;
}

export function applyRefund(actions: Actions, store: Store, order: OrderState, patch: RefundPatch): void {
  const refundLineItems = Object.entries(patch.lines ?? {}).map(([key, value]) => {
    const { quantity, restockType = 'NO_RESTOCK' } = typeof value === 'number' ? { quantity: value } : value;
    return { lineItemId: findLine(order, key).id, quantity, restockType };
  });
  const shipping =
    patch.shipping === undefined || patch.shipping === false
      ? null
      : patch.shipping === true
        ? { fullRefund: true }
        : { amount: patch.shipping };
  const suggested = suggestRefund(order, {
    refundLineItems,
    refundShipping: patch.shipping === true,
    shippingAmount: typeof patch.shipping === 'string' ? patch.shipping : null,
  });
  const amount = patch.amount ?? suggested.amount.presentmentMoney.amount.toFixed();
  const result = actions.refund(store, order, {
    orderId: order.id,
    note: patch.note ?? null,
    refundLineItems,
    shipping,
    transactions: payBack(order, amount),
  });
  if (!result.ok) throw new Error(`refund: ${result.message}`);
}

function payBack(order: OrderState, amount: string): RefundInput['transactions'] {
  const payment = findPayment(order);
  if (payment === null || Number(amount) === 0) return [];
  return [{ amount, gateway: payment.gateway ?? 'manual', kind: 'REFUND', parentId: payment.id }];
}

export function applyReturn(actions: Actions, store: Store, order: OrderState, patch: ReturnPatch): void {
  const returned = Object.entries(patch.lines).flatMap(([key, quantity]) => {
    const line = findLine(order, key);
    let left = quantity;
    const parts = order.fulfillments
      .filter((one) => one.status === 'SUCCESS')
      .flatMap((one) => one.lines)
      .filter((one) => one.lineId === line.id)
      .flatMap((handedOver) => {
        const taken = Math.min(left, returnableOf(order, handedOver));
        left -= taken;
        return taken === 0
          ? []
          : [
              {
                fulfillmentLineItemId: handedOver.id,
                quantity: taken,
                reason: patch.reason ?? 'UNKNOWN',
                note: '',
                restockingFee: patch.restockingFee ?? null,
              },
            ];
      });
    if (left > 0) throw new Error(`return: ${left} more of line ${key} than was handed over and is not returned yet.`);
    return parts;
  });
  const made = actions.openReturn(
    store,
    order,
    returned,
    (patch.exchange ?? []).map((exchange) => readExchange(store, order, exchange)),
    patch.shippingFee === undefined ? null : { amount: patch.shippingFee, currencyCode: order.currencies.presentment },
  );
  if (!('id' in made))
    throw new Error(made.map((failure) => `return.${failure.field.join('.')}: ${failure.message}`).join('; '));
  if (patch.process !== true) return;
  processWhole(actions, store, order, made, patch);
  const refusal = actions.changeReturn(store, order, made, 'CLOSED');
  if (refusal !== null) throw new Error(refusal);
}

function readExchange(store: Store, order: OrderState, exchange: NonNullable<ReturnPatch['exchange']>[number]) {
  const { sku, title, quantity, price } = exchange;
  const bySku = store.products
    .flatMap((product) => product.variants)
    .find((one) => sku !== undefined && one.sku === sku);
  const variant = exchange.variantId === undefined ? bySku : findVariant(store, exchange.variantId)?.variant;
  if (variant === undefined && (title === undefined || price === undefined))
    throw new Error(`return.exchange: no variant has SKU ${sku ?? exchange.variantId}; give title and price instead.`);
  const given = price ?? variant?.price ?? '0';
  return {
    variantId: variant?.id ?? null,
    sku: sku ?? null,
    title: title ?? null,
    quantity,
    unitPriceSet: typeof given === 'string' ? paymentAmount(order, given) : readBag(given, order.currencies),
    discount: null,
  };
}

function processWhole(actions: Actions, store: Store, order: OrderState, one: ReturnState, patch: ReturnPatch): void {
  const dispositions = (quantity: number): ProcessInput['returned'][number]['dispositions'] =>
    patch.restock === false
      ? []
      : [{ type: 'RESTOCKED', quantity, locationId: order.fulfillments.at(-1)?.locationId ?? null }];
  const suggested = suggestRefund(order, {
    refundLineItems: one.lines.map((line) => ({ lineItemId: line.lineId, quantity: line.quantity })),
  });
  const given = subtractBags(suggested.amount, sumFees(order, one));
  const transfer =
    patch.refund === undefined
      ? null
      : patch.refund !== 'suggested'
        ? payBack(order, patch.refund)
        : isPositive(given)
          ? payBack(order, asInput(given).presentmentMoney.amount)
          : null;
  const failures = actions.processReturn(store, order, one, {
    returned: one.lines.map(({ id, quantity }) => ({ id, quantity, dispositions: dispositions(quantity) })),
    exchanged: one.exchanges.map(({ id, quantity }) => ({ id, quantity })),
    transfer: transfer ?? null,
    shipping: null,
    note: null,
  });
  if (failures.length > 0) throw new Error(failures.map((failure) => `return: ${failure.message}`).join('; '));
}
