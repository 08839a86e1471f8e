import {
  type Bag,
  Decimal,
  type Discount,
  type Order,
  type OrderLine,
  powerOfTen,
  sumDecimals,
  type Tax,
} from '@entrepot/canonical';
import { type OrderSettings } from '../settings.ts';

/** How lines and charges of an order are read. */
export interface WantedRules {
  readonly side: AmountSide;
  /** Decimal places of amounts. */
  readonly digits: number;
  readonly settings: Pick<OrderSettings, 'exchanges' | 'channelTax'>;
}

/** A line as it is wanted. Pieces handed over stay in: what happens to them later is a document of its own in SAP. */
export interface WantedLine {
  readonly line: OrderLine;
  readonly path: string;
  readonly quantity: Decimal;
  /** After all discounts, as the shop prices (with tax inside when prices include it). */
  readonly value: Decimal;
  /** Without tax. */
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly taxes: readonly Tax[];
  /** Tax in the shop's total that is not written, because the sales channel remits it. */
  readonly leftOut: Decimal;
  /** True when only a part of the ordered quantity is wanted, so that amounts were scaled and rounded. */
  readonly scaled: boolean;
}

/** True for an order that was taken back as a whole. */
function isOrderCancelled(order: Order): boolean {
  return order.deleted || order.orderStatus === 'CANCELLED' || order.cancelledAt !== null;
}

/** True for lines that are sent instead of returned goods and, by rule, are none of the order's own document. */
export function isKeptOff(order: Order, line: OrderLine, { settings }: Pick<WantedRules, 'settings'>): boolean {
  return line.kind === 'EXCHANGE' && settings.exchanges === 'off-order' && order.orderType !== 'EXCHANGE';
}

/**
 * How much of a line the document holds: what was ordered less what was taken off before it was handed over. Goods handed over keep their
 * place whatever is refunded later. Of a cancelled order only what was handed over is left.
 */
export function wantedQuantity(order: Order, line: OrderLine, rules: Pick<WantedRules, 'settings'>): Decimal {
  if (order.deleted || isKeptOff(order, line, rules)) return new Decimal(0);
  const { ordered, cancelled, current, fulfilled } = line.quantity;
  if (isOrderCancelled(order)) return fulfilled;
  // A source that counts a line added later as ordered zero times still says what is wanted of it.
  return Decimal.max(ordered.minus(cancelled), current);
}

/** True for lines that are goods: everything but comments, tips and fees. */
export function isGoods(line: OrderLine): boolean {
  return !['COMMENT', 'TIP', 'FEE'].includes(line.kind);
}

/**
 * True when the document is to be cancelled: the order was taken back and nothing of it handed over, or all its goods were taken off. A tip
 * or fee that is left makes no delivery; an order that never had goods is none of these.
 */
export function isNothingWanted(order: Order, rules: Pick<WantedRules, 'settings'>): boolean {
  if (order.deleted) return true;
  const goods = order.lines.filter(isGoods);
  const nothing = goods.every((line) => wantedQuantity(order, line, rules).lte(0));
  return nothing && (isOrderCancelled(order) || goods.length > 0);
}

/** The lines that become lines of the document, without what was taken off. */
export function listWantedLines(order: Order, rules: WantedRules): WantedLine[] {
  const taken = order.lines
    .map((line, index) => ({ line, path: `lines[${index}]`, quantity: wantedQuantity(order, line, rules) }))
    .filter(({ line, quantity }) => quantity.gt(0) && isGoods(line));
  return valueLines(order, taken, rules);
}

/** What the lines come to that are kept off the document, tax included: the shop's totals count them. */
export function sumKeptOff(order: Order, rules: WantedRules): Decimal {
  const keptOff = order.lines
    .map((line, index) => ({ line, path: `lines[${index}]`, quantity: line.quantity.current }))
    .filter(({ line, quantity }) => quantity.gt(0) && isKeptOff(order, line, rules))
    .map((entry) => ({ ...entry, ...valueLine(entry.line, entry.quantity, rules) }));
  return sum(keptOff.map((entry) => entry.net.plus(entry.tax).plus(entry.leftOut)));
}

type TakenLine = Pick<WantedLine, 'line' | 'path' | 'quantity'>;

function valueLines(order: Order, taken: readonly TakenLine[], rules: WantedRules): WantedLine[] {
  const { side, digits } = rules;
  const valued = taken.map((entry) => ({ ...entry, ...valueLine(entry.line, entry.quantity, rules) }));
  const withTaxes = spreadOrderTaxes(order, valued, rules);
  const discount = sumDiscounts(order.discounts, side);
  if (discount.isZero()) return withTaxes;
  const shares = allocate(
    discount,
    withTaxes.map((entry) => entry.value),
    digits,
  );
  return withTaxes.map((entry, index) => {
    const share = shares[index] ?? new Decimal(0);
    return { ...entry, value: entry.value.minus(share), net: entry.net.minus(share) };
  });
}

function valueLine(line: OrderLine, quantity: Decimal, { side, digits, settings }: WantedRules) {
  // Discounts and taxes are for the ordered quantity; a line that an edit added was ordered zero times "at first".
  const basis = line.quantity.ordered.gt(0) ? line.quantity.ordered : quantity;
  const scale = (amount: Decimal) => amount.times(quantity).div(basis);
  // As the shop does it: of each tax the share, rounded.
  const scaleTaxes = (taxes: readonly Tax[]) =>
    sum(taxes.map((tax) => scale(amountOf(tax.amount, side)).toDecimalPlaces(digits)));
  const { written, leftOut } = splitByChannel(line.taxes, settings.channelTax);
  const exact = amountOf(line.unitPrice, side)
    .times(quantity)
    .minus(scale(sumDiscounts(line.discounts, side)));
  const included = (taxes: readonly Tax[]) => scaleTaxes(taxes.filter((tax) => tax.included));
  const value = exact.toDecimalPlaces(digits).minus(included(leftOut));
  return {
    value,
    net: value.minus(included(written)),
    tax: scaleTaxes(written),
    taxes: written,
    leftOut: scaleTaxes(leftOut),
    scaled: !basis.eq(quantity),
  };
}

/** Sources that give taxes only for the whole order: spread over the taxable lines by value. */
function spreadOrderTaxes(order: Order, lines: WantedLine[], { side, digits, settings }: WantedRules): WantedLine[] {
  const perLine = sum(order.lines.map((line) => sumTaxes(line.taxes, side)))
    .plus(sum(order.shippingLines.map((line) => sumTaxes(line.taxes, side))))
    .plus(sum(order.fees.map((fee) => sumTaxes(fee.taxes, side))));
  if (!perLine.isZero() || sumTaxes(order.taxes, side).isZero()) return lines;
  const { written, leftOut } = splitByChannel(order.taxes, settings.channelTax);
  const weights = lines.map((entry) => (entry.line.taxable ? entry.value : new Decimal(0)));
  const spread = (amount: Decimal) => allocate(amount, weights, digits);
  const taxes = spread(sumTaxes(written, side));
  const included = spread(sumIncludedTaxes(written, side));
  const off = spread(sumTaxes(leftOut, side));
  const includedOff = spread(sumIncludedTaxes(leftOut, side));
  // One rate for all lines only where every tax says its rate; else the policy finds no rate and says so.
  const shared =
    totalPercent(listCharged(written, side)) === null ? written.map((tax) => ({ ...tax, rate: null })) : written;
  return lines.map((entry, index) => {
    const at = (shares: readonly Decimal[]) => shares[index] ?? new Decimal(0);
    const value = entry.value.minus(at(includedOff));
    const net = value.minus(at(included));
    const tax = at(taxes);
    return { ...entry, value, net, tax, taxes: tax.isZero() ? entry.taxes : shared, leftOut: at(off) };
  });
}

/** The taxes that go into the document, and those that the sales channel remits and the flow leaves out. */
export function splitByChannel(
  taxes: readonly Tax[],
  rule: OrderSettings['channelTax'],
): { readonly written: readonly Tax[]; readonly leftOut: readonly Tax[] } {
  if (rule === 'write') return { written: taxes, leftOut: [] };
  return {
    written: taxes.filter((tax) => tax.channelLiable !== true),
    leftOut: taxes.filter((tax) => tax.channelLiable === true),
  };
}

/** Taxes that charged something. Exempt customers and products keep their tax lines, with zero amounts: those name no code. */
export function listCharged(taxes: readonly Tax[], side: AmountSide): readonly Tax[] {
  return taxes.filter((tax) => !amountOf(tax.amount, side).isZero());
}

/** The whole rate of several taxes, in percent; null when one of them has none. */
export function totalPercent(taxes: readonly Tax[]): Decimal | null {
  let percent = new Decimal(0);
  for (const tax of taxes) {
    if (tax.rate === null) return null;
    percent = percent.plus(tax.rate.times(100));
  }
  return percent;
}

/** Which of a bag's two amounts a document is written in. */
export type AmountSide = 'document' | 'base';

/** The amount of a bag on one side; a source with one currency gives only the base. */
export function amountOf(bag: Bag, side: AmountSide): Decimal {
  return side === 'document' && bag.document !== null ? bag.document.amount : bag.base.amount;
}

export function sum(values: readonly Decimal[]): Decimal {
  return sumDecimals(values);
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
  const step = powerOfTen(-digits).times(total.isNegative() ? -1 : 1);
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
