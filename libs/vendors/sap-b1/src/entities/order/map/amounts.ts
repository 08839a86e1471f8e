import { type Bag, Decimal, type Discount, type Tax } from '@entrepot/canonical';

/** Which of a bag's two amounts a document is written in. */
export type AmountSide = 'document' | 'base';

/** The amount of a bag on one side; a source with one currency gives only the base. */
export function amountOf(bag: Bag, side: AmountSide): Decimal {
  return side === 'document' && bag.document !== null ? bag.document.amount : bag.base.amount;
}

export function sum(values: readonly Decimal[]): Decimal {
  return values.reduce((total, value) => total.plus(value), new Decimal(0));
}

export function sumDiscounts(discounts: readonly Discount[], side: AmountSide): Decimal {
  return sum(discounts.map((discount) => amountOf(discount.amount, side)));
}

export function sumTaxes(taxes: readonly Tax[], side: AmountSide): Decimal {
  return sum(taxes.map((tax) => amountOf(tax.amount, side)));
}

/** What of the taxes is already inside the price. */
export function sumIncludedTaxes(taxes: readonly Tax[], side: AmountSide): Decimal {
  return sumTaxes(
    taxes.filter((tax) => tax.included),
    side,
  );
}

/**
 * Splits `total` over the weights so that the parts, rounded to `digits`, add up to it exactly (largest remainder). Weights of zero
 * get nothing; when all are zero the first takes all.
 */
export function allocate(total: Decimal, weights: readonly Decimal[], digits: number): Decimal[] {
  if (weights.length === 0) return [];
  const whole = sum(weights.map((weight) => weight.abs()));
  if (whole.isZero()) return weights.map((_, index) => (index === 0 ? total : new Decimal(0)));
  const shares = weights.map((weight, index) => {
    const exact = total.times(weight.abs()).div(whole);
    const rounded = exact.toDecimalPlaces(digits, Decimal.ROUND_DOWN);
    return { index, rounded, rest: exact.minus(rounded).abs() };
  });
  const step = new Decimal(10).pow(-digits).times(total.isNegative() ? -1 : 1);
  let missing = total.minus(sum(shares.map((share) => share.rounded)));
  const parts = shares.map((share) => share.rounded);
  for (const share of [...shares].sort((a, b) => b.rest.comparedTo(a.rest) || a.index - b.index)) {
    if (missing.abs().lt(step.abs())) break;
    parts[share.index] = (parts[share.index] as Decimal).plus(step);
    missing = missing.minus(step);
  }
  // Less than one step is left only when the total itself has more digits than the currency.
  parts[0] = (parts[0] as Decimal).plus(missing);
  return parts;
}

/** A part of a line as SAP takes it: quantity × price comes out at the wanted amount. */
export interface PricedPart {
  readonly quantity: Decimal;
  readonly price: Decimal;
  /** Percent off `price`; zero = none. */
  readonly discountPercent: Decimal;
  /** What SAP computes for the part. */
  readonly value: Decimal;
}

export interface PriceDigits {
  readonly amount: number;
  readonly price: number;
  readonly percent: number;
}

/**
 * Ways to express `value` for `quantity` pieces as SAP's quantity × price, each to the last minor unit, the plainest first. A price has
 * few digits, so 10.00 for 3 pieces is no single price: the line is split then, most pieces at the lower price and the rest one step
 * dearer. The further ways differ in how the pieces are priced, which moves the rounding of the tax.
 */
export function* expressAsPrice(value: Decimal, quantity: Decimal, digits: PriceDigits): Generator<PricedPart[]> {
  const single = partOf(quantity, value.div(quantity).toDecimalPlaces(digits.price), digits);
  if (single.value.eq(value)) {
    yield [single];
    return;
  }
  // At finer prices both parts are rounded on their own and may miss by a minor unit: whole minor units never do.
  for (const priceDigits of new Set([digits.price, Math.min(digits.price, digits.amount)])) {
    const split = splitByStep(value, quantity, { ...digits, price: priceDigits });
    if (split !== null) yield split;
  }
  for (const pieces of SPLIT_OFF)
    if (quantity.gt(pieces)) yield* splitOff(new Decimal(pieces), value, quantity, digits);
}

function splitByStep(value: Decimal, quantity: Decimal, digits: PriceDigits): PricedPart[] | null {
  const step = new Decimal(10).pow(-digits.price);
  const lower = value.div(quantity).toDecimalPlaces(digits.price, Decimal.ROUND_FLOOR);
  const dearer = value.minus(lower.times(quantity)).div(step);
  if (!dearer.isInteger() || dearer.lte(0) || dearer.gte(quantity)) return null;
  const parts = [partOf(quantity.minus(dearer), lower, digits), partOf(dearer, lower.plus(step), digits)];
  return sum(parts.map((part) => part.value)).eq(value) ? parts : null;
}

/** As many as it takes for the tax of a low rate to be rounded the other way. */
const STEPS_TRIED = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8, 8] as const;

/** How many pieces are priced apart from the others; more than one only moves the rounding of the tax again. */
const SPLIT_OFF = [1, 2, 3, 4, 5] as const;

/** A few pieces take what the others leave; works for quantities with a fraction too. */
function* splitOff(pieces: Decimal, value: Decimal, quantity: Decimal, digits: PriceDigits): Generator<PricedPart[]> {
  const coarse = { ...digits, price: Math.min(digits.price, digits.amount) };
  const middle = value.div(quantity).toDecimalPlaces(coarse.price);
  for (const steps of STEPS_TRIED) {
    const price = middle.plus(new Decimal(10).pow(-coarse.price).times(steps));
    const others = partOf(quantity.minus(pieces), price, coarse);
    const rest = value.minus(others.value);
    const restPrice = rest.div(pieces).toDecimalPlaces(coarse.price);
    if (price.gte(0) && rest.gte(0) && restPrice.times(pieces).eq(rest))
      yield [others, partOf(pieces, restPrice, coarse)];
  }
}

/**
 * Expresses `value` as list price less a percentage; null when no percentage of SAP's digits comes out exactly, whether SAP rounds the
 * price after discount or only the line.
 */
export function expressAsPercent(
  value: Decimal,
  quantity: Decimal,
  unitPrice: Decimal,
  digits: PriceDigits,
): PricedPart | null {
  const full = unitPrice.times(quantity);
  if (full.lte(0) || !unitPrice.toDecimalPlaces(digits.price).eq(unitPrice)) return null;
  const discountPercent = new Decimal(1).minus(value.div(full)).times(100).toDecimalPlaces(digits.percent);
  if (discountPercent.lte(0) || discountPercent.gt(100)) return null;
  const after = unitPrice.times(new Decimal(100).minus(discountPercent)).div(100);
  const byLine = after.times(quantity).toDecimalPlaces(digits.amount);
  const byPrice = after.toDecimalPlaces(digits.price).times(quantity).toDecimalPlaces(digits.amount);
  return byLine.eq(value) && byPrice.eq(value) ? { quantity, price: unitPrice, discountPercent, value } : null;
}

function partOf(quantity: Decimal, price: Decimal, digits: PriceDigits): PricedPart {
  return {
    quantity,
    price,
    discountPercent: new Decimal(0),
    value: price.times(quantity).toDecimalPlaces(digits.amount),
  };
}
