import { Decimal } from 'decimal.js';

export interface Money {
  readonly amount: Decimal;
  readonly currencyCode: string;
}

/** One amount in the shop's and in the customer's currency. */
export interface MoneyBag {
  readonly shopMoney: Money;
  readonly presentmentMoney: Money;
}

export interface Currencies {
  readonly shop: string;
  readonly presentment: string;
}

export interface MoneyBagInput {
  readonly shopMoney: { readonly amount: string; readonly currencyCode: string };
  readonly presentmentMoney?: { readonly amount: string; readonly currencyCode: string } | null;
}

const MINOR_UNITS: Readonly<Record<string, number>> = {
  JPY: 0,
  KRW: 0,
  VND: 0,
  CLP: 0,
  ISK: 0,
  KWD: 3,
  BHD: 3,
  OMR: 3,
  TND: 3,
  JOD: 3,
};

export function minorUnitsOf(currency: string): number {
  return MINOR_UNITS[currency] ?? 2;
}

export function makeBag(shop: Decimal, presentment: Decimal, currencies: Currencies): MoneyBag {
  return {
    shopMoney: { amount: shop, currencyCode: currencies.shop },
    presentmentMoney: { amount: presentment, currencyCode: currencies.presentment },
  };
}

const ZERO = new Decimal(0);

export function zeroBag(currencies: Currencies): MoneyBag {
  return makeBag(ZERO, ZERO, currencies);
}

/** What is given in one currency only counts for both when they are the same, else at the given rate (presentment per shop unit). */
export function readBag(input: MoneyBagInput | null | undefined, currencies: Currencies): MoneyBag {
  if (!input) return zeroBag(currencies);
  const { shopMoney, presentmentMoney } = input;
  return makeBag(new Decimal(shopMoney.amount), new Decimal((presentmentMoney ?? shopMoney).amount), currencies);
}

function combine(left: MoneyBag, right: MoneyBag, merge: (a: Decimal, b: Decimal) => Decimal): MoneyBag {
  return {
    shopMoney: { ...left.shopMoney, amount: merge(left.shopMoney.amount, right.shopMoney.amount) },
    presentmentMoney: {
      ...left.presentmentMoney,
      amount: merge(left.presentmentMoney.amount, right.presentmentMoney.amount),
    },
  };
}

/** Most amounts of an order are zero: then nothing is computed, and no new decimal made. */
function add(left: Decimal, right: Decimal): Decimal {
  if (right.isZero()) return left;
  return left.isZero() ? right : left.plus(right);
}

export function addBags(left: MoneyBag, right: MoneyBag): MoneyBag {
  return combine(left, right, add);
}

export function subtractBags(left: MoneyBag, right: MoneyBag): MoneyBag {
  return combine(left, right, (a, b) => (b.isZero() ? a : a.minus(b)));
}

export function sumBags(bags: readonly MoneyBag[], currencies: Currencies): MoneyBag {
  let [shop, presentment] = [ZERO, ZERO];
  for (const bag of bags) {
    shop = add(shop, bag.shopMoney.amount);
    presentment = add(presentment, bag.presentmentMoney.amount);
  }
  return makeBag(shop, presentment, currencies);
}

/** The bag times a factor, rounded to what can be paid. */
export function scaleBag(bag: MoneyBag, factor: Decimal.Value): MoneyBag {
  const scale = (money: Money): Money => ({
    ...money,
    amount: money.amount.isZero()
      ? money.amount
      : money.amount.times(factor).toDecimalPlaces(minorUnitsOf(money.currencyCode)),
  });
  return { shopMoney: scale(bag.shopMoney), presentmentMoney: scale(bag.presentmentMoney) };
}

export function isPositive(bag: MoneyBag): boolean {
  return bag.presentmentMoney.amount.gt(0);
}

/** Amounts as GraphQL shows them: trimmed, but with one digit after the point ("12.0"). */
export function formatTrimmed(amount: Decimal): string {
  return amount.decimalPlaces() === 0 ? amount.toFixed(1) : amount.toFixed();
}

/** Amounts as webhook payloads show them: padded ("12.00"). */
export function formatPadded(amount: Decimal, currency: string): string {
  return amount.toFixed(minorUnitsOf(currency));
}

/** Splits an amount over weights so that the parts add up to the last minor unit: the last part takes the rest. */
export function allocateBag(total: MoneyBag, weights: readonly MoneyBag[], currencies: Currencies): MoneyBag[] {
  const sum = sumBags(weights, currencies);
  let left = total;
  return weights.map((weight, index) => {
    const share = sum.shopMoney.amount.isZero() ? new Decimal(0) : weight.shopMoney.amount.div(sum.shopMoney.amount);
    const part = index === weights.length - 1 ? left : scaleBag(total, share);
    left = subtractBags(left, part);
    return part;
  });
}
