import type { Bag } from '../generated/shared.gen.ts';
import { Decimal } from './decimals.ts';

/** ISO 4217 minor units, where they are not 2. */
const MINOR_UNITS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

/** How many digits the currency has after the point (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorUnitsOf(currency: string): number {
  return MINOR_UNITS[currency] ?? 2;
}

/** Rounds an amount half up (away from zero) to what can be paid in the currency. */
export function roundToCurrency(amount: Decimal, currency: string): Decimal {
  return amount.toDecimalPlaces(minorUnitsOf(currency), Decimal.ROUND_HALF_UP);
}

/**
 * Reads a decimal from a source's text or number.
 * Throws when it is none (empty text, NaN, a thousands separator), because a wrong amount must never become zero in silence.
 */
export function parseDecimal(value: string | number): Decimal {
  const text = String(value).trim();
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw new TypeError(`"${text}" is not a decimal number.`);
  return new Decimal(text);
}

/** Adds up. The sum of nothing is zero. */
export function sumDecimals(amounts: Iterable<Decimal>): Decimal {
  let sum = new Decimal(0);
  for (const amount of amounts) sum = sum.plus(amount);
  return sum;
}

/** Writes a decimal plainly: no exponent, no needless zeros; at least `minimumDigits` digits after the point. */
export function formatDecimal(amount: Decimal, minimumDigits = 0): string {
  return amount.decimalPlaces() < minimumDigits ? amount.toFixed(minimumDigits) : amount.toFixed();
}

/** Writes an amount as people read it in its currency: "12.50 EUR", "1200 JPY". */
export function formatMoney(amount: Decimal, currency: string): string {
  return `${formatDecimal(amount, minorUnitsOf(currency))} ${currency}`;
}

/**
 * Makes a bag. `document` is the amount in the customer's currency, when the source gives one.
 * Amounts are text or Decimal, never a computed JS number.
 */
export function createAmounts(
  base: { amount: Decimal | string; currency: string },
  document: { amount: Decimal | string; currency: string } | null = null,
): Bag {
  const read = (money: { amount: Decimal | string; currency: string }) => ({
    amount: typeof money.amount === 'string' ? parseDecimal(money.amount) : money.amount,
    currency: money.currency,
  });
  return { base: read(base), document: document && read(document) };
}
