import { Decimal } from 'decimal.js';

// decimal.js rounds results to 20 digits by default; decimal(38,15) times decimal(28,6) needs 66 to stay exact.
Decimal.set({ precision: 80, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -80, toExpPos: 80 });

export { Decimal };

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

const ZERO = new Decimal(0);

/** Most discounts, taxes and refunds of an order are zero: then nothing is computed, and no new decimal made. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  if (right.isZero()) return left;
  return left.isZero() ? right : left.plus(right);
}

/** As {@link addDecimals}. */
export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  return right.isZero() ? left : left.minus(right);
}

/** Adds up. The sum of nothing is zero. */
export function sumDecimals(amounts: Iterable<Decimal>): Decimal {
  let sum = ZERO;
  for (const amount of amounts) sum = addDecimals(sum, amount);
  return sum;
}

/** 10 to the power of a whole number: read from a text, which costs a tenth of computing it. */
export function powerOfTen(exponent: number): Decimal {
  return new Decimal(`1e${exponent}`);
}

/** Writes a decimal plainly: no exponent, no needless zeros; at least `minimumDigits` digits after the point. */
export function formatDecimal(amount: Decimal, minimumDigits = 0): string {
  return amount.decimalPlaces() < minimumDigits ? amount.toFixed(minimumDigits) : amount.toFixed();
}

/** Writes an amount as people read it in its currency: "12.50 EUR", "1200 JPY". */
export function formatMoney(amount: Decimal, currency: string): string {
  return `${formatDecimal(amount, minorUnitsOf(currency))} ${currency}`;
}

interface Amount {
  amount: Decimal;
  currency: string;
}

/**
 * Makes a bag. `document` is the amount in the customer's currency, when the source gives one.
 * Amounts are text or Decimal, never a computed JS number.
 */
export function createAmounts(
  base: { amount: Decimal | string; currency: string },
  document: { amount: Decimal | string; currency: string } | null = null,
): { base: Amount; document: Amount | null } {
  const read = (money: { amount: Decimal | string; currency: string }) => ({
    amount: typeof money.amount === 'string' ? parseDecimal(money.amount) : money.amount,
    currency: money.currency,
  });
  return { base: read(base), document: document && read(document) };
}

/** Microseconds since 1970-01-01T00:00:00Z: a safe integer until the year 2255. */
export type TimestampMicros = number;

/** Now, in microseconds (with the clock's milliseconds). */
export function nowMicros(): TimestampMicros {
  return Date.now() * 1000;
}

/** No wait is longer: what comes later is as good as lost, and far beyond it lie times that no clock and no database knows. */
export const MAX_DELAY_MS = 30 * 86_400_000;

/** A delay as it may be added to a time: neither back, nor beyond {@link MAX_DELAY_MS}, whatever a setting or a vendor said. */
export function boundDelayMs(delayMs: number): number {
  // In this order, since NaN is below nothing.
  return delayMs < MAX_DELAY_MS ? Math.max(0, delayMs) : MAX_DELAY_MS;
}

/** Writes microseconds as ISO 8601 in UTC: `2026-11-21T22:12:16.123456Z`, without a fraction that is zero. */
export function formatTimestamp(micros: TimestampMicros): string {
  if (!Number.isSafeInteger(micros))
    throw new TypeError(`${micros} is not a time in microseconds: it must be a whole number.`);
  const ms = Math.floor(micros / 1000);
  const rest = micros - ms * 1000;
  const text = new Date(ms).toISOString().replace('.000Z', rest === 0 ? 'Z' : '.000Z');
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/**
 * Reads ISO 8601 with a zone, keeping microseconds (further digits are cut).
 * Throws without a zone: the reader of a source knows its zone and must give it.
 */
export function parseTimestamp(text: string): TimestampMicros {
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})$/.exec(text);
  const ms = parts
    ? Date.parse(`${parts[1]}${parts[3] === 'Z' ? 'Z' : parts[3]!.replace(/^(.\d{2}):?(\d{2})$/, '$1:$2')}`)
    : Number.NaN;
  if (!parts || Number.isNaN(ms))
    throw new TypeError(
      `"${text}" is not a time: expected ISO 8601 with a zone, for example 2026-11-21T22:12:16.123456Z.`,
    );
  return ms * 1000 + Number((parts[2] ?? '').slice(0, 6).padEnd(6, '0'));
}
