import type { Decimal } from 'decimal.js';
import { recordTransaction } from '../history/record.ts';
import { type MoneyBag, makeBag, minorUnitsOf, readBag } from '../money.ts';
import type { OrderState, TransactionState } from '../state.ts';
import type { Store } from '../store.ts';
import type { TransactionInput } from './create-input.ts';

export function addTransaction(
  store: Store,
  order: OrderState,
  input: TransactionInput & { readonly parentId?: string | null },
  at: string,
): TransactionState {
  const transaction: TransactionState = {
    __typename: 'OrderTransaction',
    id: store.nextGid('OrderTransaction'),
    kind: input.kind ?? 'SALE',
    status: input.status ?? 'SUCCESS',
    gateway: input.gateway ?? 'manual',
    authorizationCode: input.authorizationCode ?? null,
    test: input.test ?? order.test,
    createdAt: at,
    processedAt: input.processedAt ?? at,
    parentId: input.parentId ?? null,
    amountSet: readBag(input.amountSet, order.currencies),
  };
  order.transactions.push(transaction);
  recordTransaction(store, order, transaction, at);
  return transaction;
}

/** The payment that a refund of the order returns to: the last one that brought money. */
export function findPayment(order: OrderState): TransactionState | null {
  return (
    [...order.transactions]
      .reverse()
      .find((transaction) => ['SALE', 'CAPTURE'].includes(transaction.kind) && transaction.status === 'SUCCESS') ?? null
  );
}

export function asInput(bag: MoneyBag) {
  return {
    shopMoney: { amount: bag.shopMoney.amount.toFixed(), currencyCode: bag.shopMoney.currencyCode },
    presentmentMoney: {
      amount: bag.presentmentMoney.amount.toFixed(),
      currencyCode: bag.presentmentMoney.currencyCode,
    },
  };
}

/** A payment at the store's rate of today; null when the order keeps its own rate, or has one currency. */
export function convertPayment(store: Store, order: OrderState, presentment: Decimal): MoneyBag | null {
  const { shop, presentment: other } = order.currencies;
  if (store.paymentRate === null || shop === other) return null;
  const amount = presentment.times(store.paymentRate).toDecimalPlaces(minorUnitsOf(shop));
  return makeBag(amount, presentment, order.currencies);
}
