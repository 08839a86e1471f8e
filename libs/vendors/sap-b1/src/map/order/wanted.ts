import { Decimal, type Order, type OrderLine, type Tax } from '@entrepot/canonical';
import { type AmountSide, allocate, amountOf, sum, sumDiscounts, sumIncludedTaxes, sumTaxes } from '../amounts.ts';
import { totalPercent } from './tax.ts';

/** A line as it is wanted now. Returned pieces stay in: a return is a document of its own in SAP, the order is not rewritten. */
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
  /** True when only a part of the ordered quantity is wanted, so that amounts were scaled and rounded. */
  readonly scaled: boolean;
}

/** The lines that become lines of the document: everything but comments, tips and fees, without what was taken off. */
export function listWantedLines(order: Order, side: AmountSide, digits: number): WantedLine[] {
  const taken = order.lines
    .map((line, index) => ({
      line,
      path: `lines[${index}]`,
      quantity: line.quantity.current.plus(line.quantity.returned),
    }))
    .filter(({ line, quantity }) => quantity.gt(0) && !['COMMENT', 'TIP', 'FEE'].includes(line.kind));
  const valued = taken.map((entry) => ({ ...entry, ...valueLine(entry.line, entry.quantity, side, digits) }));
  const withTaxes = spreadOrderTaxes(order, valued, side, digits);
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

function valueLine(line: OrderLine, quantity: Decimal, side: AmountSide, digits: number) {
  // Discounts and taxes are for the ordered quantity; a line that an edit added was ordered zero times "at first".
  const basis = line.quantity.ordered.gt(0) ? line.quantity.ordered : quantity;
  const scale = (amount: Decimal) => amount.times(quantity).div(basis);
  const exact = amountOf(line.unitPrice, side)
    .times(quantity)
    .minus(scale(sumDiscounts(line.discounts, side)));
  const value = exact.toDecimalPlaces(digits);
  const tax = scale(sumTaxes(line.taxes, side)).toDecimalPlaces(digits);
  const included = scale(sumIncludedTaxes(line.taxes, side)).toDecimalPlaces(digits);
  return { value, net: value.minus(included), tax, taxes: line.taxes, scaled: !basis.eq(quantity) };
}

/** Sources that give taxes only for the whole order: spread over the taxable lines by value. */
function spreadOrderTaxes(order: Order, lines: WantedLine[], side: AmountSide, digits: number): WantedLine[] {
  const perLine = sum(order.lines.map((line) => sumTaxes(line.taxes, side)))
    .plus(sum(order.shippingLines.map((line) => sumTaxes(line.taxes, side))))
    .plus(sum(order.fees.map((fee) => sumTaxes(fee.taxes, side))));
  const whole = sumTaxes(order.taxes, side);
  if (!perLine.isZero() || whole.isZero()) return lines;
  const weights = lines.map((entry) => (entry.line.taxable ? entry.value : new Decimal(0)));
  const taxes = allocate(whole, weights, digits);
  const includes = order.taxes.some((tax) => tax.included);
  // One rate for all lines only where every tax says its rate; else the policy finds no rate and says so.
  const shared = totalPercent(order.taxes) === null ? order.taxes.map((tax) => ({ ...tax, rate: null })) : order.taxes;
  return lines.map((entry, index) => {
    const tax = taxes[index] ?? new Decimal(0);
    if (tax.isZero()) return entry;
    return { ...entry, tax, taxes: shared, net: includes ? entry.value.minus(tax) : entry.net };
  });
}
