import { Decimal, powerOfTen } from '@entrepot/canonical';
import { type ChosenTax } from './codes.ts';
import { type OrderContext, type PriceDigits } from './plan.ts';
import { allocate, sum } from './wanted.ts';

/** What is to be priced: a line's amount over the quantities of its rows. */
export interface Priceable {
  /** Of each row; their amounts add up to `written`. */
  readonly quantities: readonly Decimal[];
  /** Amount as it is written: with tax inside when the document is gross. */
  readonly written: Decimal;
  /** Tax that SAP should come to. */
  readonly tax: Decimal;
  readonly listPrice: Decimal;
  readonly path: string;
}

/** Tax as SAP computes it for a row: on the net amount, or taken out of the gross amount. */
export function computeTax(value: Decimal, percent: Decimal, gross: boolean, digits: number): Decimal {
  if (!gross) return value.times(percent).div(100).toDecimalPlaces(digits);
  return value.minus(value.times(100).div(percent.plus(100)).toDecimalPlaces(digits));
}

/**
 * The parts of each row. SAP rounds the tax of each part on its own, so of the ways to price them the plainest is taken whose taxes add up
 * to the shop's; if none does, the plainest. A gap is noted in the context's problems.
 */
export function priceRows(context: OrderContext, input: Priceable, chosen: ChosenTax): PricedPart[][] {
  let plainest: PricedPart[][] | null = null;
  for (const values of listAllocations(input, context.digits.amount)) {
    const found = priceValues(context, input, values, chosen);
    if (found === null) continue;
    if (found.fits) return found.rows;
    plainest ??= found.rows;
  }
  if (plainest !== null) return plainest;
  context.problems.add(
    'price-digits',
    `${input.path}.unitPrice`,
    `${input.written.toFixed()} for ${input.quantities.map((quantity) => quantity.toFixed()).join(' + ')} cannot be written with prices of ${context.digits.price} digits`,
    "Raise the company's price accuracy in SAP (Administration > System Initialization > General Settings > Display).",
  );
  return [];
}

/** Minor units moved between the first row and another, so that the roundings of their taxes meet. */
const SHIFTS = [1, -1, 2, -2, 3, -3, 4, -4, 5, -5] as const;

/** Amounts of the rows that add up to the whole: by quantity, then with a few minor units moved. */
function* listAllocations({ quantities, written }: Priceable, digits: number): Generator<Decimal[]> {
  const even = allocate(written, quantities, digits);
  yield even;
  const unit = powerOfTen(-digits);
  for (const shift of SHIFTS)
    for (let other = 1; other < even.length; other += 1) {
      const moved = [...even];
      moved[0] = (even[0] as Decimal).plus(unit.times(shift));
      moved[other] = (even[other] as Decimal).minus(unit.times(shift));
      if (moved.every((value) => value.gte(0))) yield moved;
    }
}

/** The most ways looked at for one row: the further ones only move the rounding of the tax. */
const WAYS_TRIED = 60;

/** Prices each row so that the taxes add up where they can; null when a row's amount cannot be expressed at all. */
function priceValues(
  context: OrderContext,
  input: Priceable,
  values: readonly Decimal[],
  chosen: ChosenTax,
): { readonly rows: PricedPart[][]; readonly fits: boolean } | null {
  const wanted = input.tax.toFixed();
  // By the tax that the rows so far come to: the plainest way to it.
  let reached = new Map<string, PricedPart[][]>([['0', []]]);
  for (const [index, value] of values.entries()) {
    const next = new Map<string, PricedPart[][]>();
    for (const [tax, rows] of reached) {
      let tried = 0;
      for (const parts of listPricings(context, value, input.quantities[index] as Decimal, input.listPrice)) {
        const sum = new Decimal(tax).plus(sumComputed(parts, chosen, context)).toFixed();
        const isWhole = index === values.length - 1;
        if (isWhole && sum === wanted) return { rows: [...rows, parts], fits: true };
        if (!next.has(sum)) next.set(sum, [...rows, parts]);
        tried += 1;
        if (tried >= WAYS_TRIED) break;
      }
    }
    reached = next;
  }
  const [plainest] = reached.values();
  return plainest === undefined ? null : { rows: plainest, fits: false };
}

function* listPricings(
  { settings, grossLines, digits }: OrderContext,
  value: Decimal,
  quantity: Decimal,
  listPrice: Decimal,
): Generator<PricedPart[]> {
  const asPercent = grossLines ? null : expressAsPercent(value, quantity, listPrice, digits);
  if (settings.discounts === 'percent' && asPercent !== null) yield [asPercent];
  for (const parts of expressAsPrice(value, quantity, digits)) {
    // A percentage keeps the line whole, where a price would split it.
    if (parts.length > 1 && asPercent !== null) yield [asPercent];
    yield parts;
  }
}

function sumComputed(parts: readonly PricedPart[], chosen: ChosenTax, context: OrderContext): Decimal {
  return parts.reduce(
    (total, part) => total.plus(computeTax(part.value, chosen.percent, context.grossLines, context.digits.amount)),
    new Decimal(0),
  );
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
  const step = powerOfTen(-digits.price);
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
    const price = middle.plus(powerOfTen(-coarse.price).times(steps));
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
