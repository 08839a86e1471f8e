import { Decimal } from '@entrepot/canonical';
import { allocate, expressAsPercent, expressAsPrice, type PricedPart } from './amounts.ts';
import { type OrderContext } from './plan.ts';
import { type ChosenTax } from './tax.ts';

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
  const unit = new Decimal(10).pow(-digits);
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
