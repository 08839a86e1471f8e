import { Decimal, type Order } from '@entrepot/canonical';
import { amountOf, sum } from './amounts.ts';
import { sumAfterSale, type WantedCharge } from './charges.ts';
import { type OrderContext } from './plan.ts';
import { type PlannedRows } from './rows.ts';
import { isKeptOff, sumKeptOff, type WantedLine, type WantedRules, wantedQuantity } from './wanted.ts';

/** What the shop asks for all that is written, and the tax in it. */
export interface ShopAmounts {
  readonly total: Decimal;
  readonly tax: Decimal;
  /** Tax in the shop's own totals that is not written. */
  readonly leftOut: Decimal;
}

export function sumShop(
  lines: readonly WantedLine[],
  charges: readonly WantedCharge[],
  cashRounding: Decimal,
): ShopAmounts {
  const rows = [...lines, ...charges];
  return {
    total: sum(rows.map((row) => row.net.plus(row.tax))).plus(cashRounding),
    tax: sum(rows.map((row) => row.tax)),
    leftOut: sum(rows.map((row) => row.leftOut)),
  };
}

/**
 * The lines with the shop's total met to the last minor unit: of a line of which pieces were taken off, the share of each amount is rounded
 * here, and the shop may round it otherwise. At most one minor unit a line, on the tax where it stands beside the price.
 */
export function meetShopTotal(
  context: OrderContext,
  lines: readonly WantedLine[],
  charges: readonly WantedCharge[],
  cashRounding: Decimal,
  rules: WantedRules,
): WantedLine[] {
  const unit = new Decimal(10).pow(-context.digits.amount);
  const differences = listDifferences(context, sumShop(lines, charges, cashRounding), rules);
  const most = unit.times(lines.filter((line) => line.scaled).length);
  const isMet = differences.some((difference) => difference.isZero());
  let missing = isMet ? undefined : differences.find((difference) => difference.abs().lte(most));
  return lines.map((line) => {
    if (!line.scaled || missing === undefined || missing.abs().lt(unit)) return line;
    const step = missing.isNegative() ? unit.neg() : unit;
    missing = missing.minus(step);
    if (!context.order.taxesIncluded && !line.tax.isZero()) return { ...line, tax: line.tax.plus(step) };
    return { ...line, value: line.value.plus(step), net: line.net.plus(step) };
  });
}

/** The sum of our lines and charges must equal the shop's total; otherwise we have misread the order. */
export function checkShopTotal(context: OrderContext, shop: ShopAmounts, rules: WantedRules): void {
  const { order, flow, tax, problems } = context;
  const differences = listDifferences(context, shop, rules);
  const [difference] = differences;
  if (difference === undefined || differences.some((each) => each.abs().lte(flow.totalTolerance))) return;
  const current = amountOf(order.totals.current.total, tax.side);
  const total = current.minus(difference);
  problems.add(
    'totals-differ',
    'totals.current.total',
    `lines and charges come to ${total.toFixed()}, the shop's total is ${current.toFixed()} (difference ${difference.toFixed()})`,
    'The order does not add up for SAP: look for a surcharge or discount that is on no line.',
    { expected: current.toFixed(), actual: total.toFixed() },
  );
}

/** What lacks to each of the totals that the order may come to, the present one first; none where no total of the shop says it. */
function listDifferences({ order, tax }: OrderContext, shop: ShopAmounts, rules: WantedRules): Decimal[] {
  // What was refunded after it was handed over is in the document and in no total of the shop.
  if (order.lines.some((line) => staysThoughRefunded(order, line, rules))) return [];
  const keptOff = sumKeptOff(order, rules);
  const total = shop.total.plus(shop.leftOut).plus(keptOff);
  const current = amountOf(order.totals.current.total, tax.side).minus(sumAfterSale(order, tax.side));
  const original = amountOf(order.totals.original.total, tax.side);
  // Shipping given back lowers the current total; the order of it stays. The original total never had what was sent in exchange.
  const accepted = [current, current.plus(sumShippingRefunds(order, tax.side)), original, original.plus(keptOff)];
  return accepted.map((expected) => expected.minus(total));
}

function staysThoughRefunded(order: Order, line: Order['lines'][number], rules: WantedRules): boolean {
  return !isKeptOff(order, line, rules) && !wantedQuantity(order, line, rules).eq(line.quantity.current);
}

function sumShippingRefunds(order: Order, side: OrderContext['tax']['side']): Decimal {
  return sum(
    order.refunds.map((refund) => {
      const shipping = amountOf(refund.shipping, side);
      return order.taxesIncluded ? shipping : shipping.plus(amountOf(refund.shippingTax, side));
    }),
  );
}

/** SAP computes tax by its own rates: a difference above the tolerance means a wrong code or another way of rounding. */
export function checkSapTotals(context: OrderContext, shop: ShopAmounts, rows: PlannedRows, rounding: Decimal): void {
  const { flow, settings, problems } = context;
  const within = (actual: Decimal, expected: Decimal) => actual.minus(expected).abs().lte(flow.totalTolerance);
  const total = rows.net.plus(rows.tax).plus(rounding);
  // Written as a charge, the tax is none for SAP.
  const taxFits = settings.tax.policy === 'exempt-with-charge' || within(rows.tax.minus(rows.rounding), shop.tax);
  if (within(total, shop.total) && taxFits) return;
  const isTotal = !within(total, shop.total);
  const [actual, expected] = isTotal ? [total, shop.total] : [rows.tax, shop.tax];
  problems.add(
    'tax-differs',
    'totals.current.taxes',
    `SAP would compute a ${isTotal ? 'total' : 'tax'} of ${actual.toFixed()}, the shop's is ${expected.toFixed()}`,
    settings.tax.policy === 'exempt-with-charge'
      ? 'Under this tax policy SAP must compute no tax: name codes without tax in "tax.exemptCode" and in "taxCode" of the charges.'
      : 'Check the rates of the tax codes in SAP, raise the flow\'s totalTolerance, or use the tax policy "override" or "exempt-with-charge".',
    { expected: expected.toFixed(), actual: actual.toFixed() },
  );
}
