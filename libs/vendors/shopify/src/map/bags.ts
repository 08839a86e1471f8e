import { type Bag, createAmounts, Decimal, parseDecimal } from '@entrepot/canonical';
import type { WireBag, WireOrder } from '../wire.ts';

/** The two currencies of an order: the shop's and the customer's. */
export interface Currencies {
  readonly base: string;
  readonly document: string;
}

/** Amounts come trimmed ("12.0") in GraphQL and are always decimals here. Both sides are kept, also when the currencies are the same. */
export function bagOf(wire: WireBag): Bag {
  const read = (money: WireBag['shopMoney']) => ({ amount: money.amount, currency: money.currencyCode });
  return createAmounts(read(wire.shopMoney), read(wire.presentmentMoney));
}

export function bagOrZero(wire: WireBag | null | undefined, currencies: Currencies): Bag {
  return wire ? bagOf(wire) : makeBag(new Decimal(0), new Decimal(0), currencies);
}

export function makeBag(base: Decimal, document: Decimal, currencies: Currencies): Bag {
  return createAmounts(
    { amount: base, currency: currencies.base },
    { amount: document, currency: currencies.document },
  );
}

/** The amount in the customer's currency. */
export function documentOf(bag: Bag): Decimal {
  return (bag.document ?? bag.base).amount;
}

function combine(left: Bag, right: Bag, merge: (a: Decimal, b: Decimal) => Decimal): Bag {
  return {
    base: { amount: merge(left.base.amount, right.base.amount), currency: left.base.currency },
    document: { amount: merge(documentOf(left), documentOf(right)), currency: (left.document ?? left.base).currency },
  };
}

export function addBags(left: Bag, right: Bag): Bag {
  return combine(left, right, (a, b) => a.plus(b));
}

export function subtractBags(left: Bag, right: Bag): Bag {
  return combine(left, right, (a, b) => a.minus(b));
}

export function sumBags(bags: readonly Bag[], currencies: Currencies): Bag {
  return bags.reduce(addBags, bagOrZero(null, currencies));
}

export function multiplyBag(bag: Bag, factor: number): Bag {
  return combine(bag, bag, (amount) => amount.times(factor));
}

export function absoluteBag(bag: Bag): Bag {
  return combine(bag, bag, (amount) => amount.abs());
}

export function isZeroBag(bag: Bag): boolean {
  return bag.base.amount.isZero() && documentOf(bag).isZero();
}

/** Shopify names no rate: it follows from the total in both currencies, as exactly as amounts of that size can say. */
export function computeRate(order: WireOrder): Decimal | null {
  if (order.currencyCode === order.presentmentCurrencyCode) return parseDecimal(1);
  const { shopMoney, presentmentMoney } = order.totalPriceSet;
  const document = parseDecimal(presentmentMoney.amount);
  return document.isZero() ? null : parseDecimal(shopMoney.amount).div(document).toDecimalPlaces(15);
}
