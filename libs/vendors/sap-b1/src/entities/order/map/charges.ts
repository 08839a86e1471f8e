import { Decimal, type Order, powerOfTen, type Tax } from '@entrepot/canonical';
import { type Charge, type OrderSettings } from '../settings.ts';
import { type OrderContext } from './plan.ts';
import {
  type AmountSide,
  amountOf,
  isKeptOff,
  splitByChannel,
  sum,
  sumDiscounts,
  sumIncludedTaxes,
  sumKeptOff,
  sumTaxes,
  type WantedLine,
  type WantedRules,
  wantedQuantity,
} from './wanted.ts';

/** Something to be paid that is no line of goods. */
export interface WantedCharge {
  /** Identity in the line map when it becomes a line. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly how: Charge;
  /** Name of the setting that says how. */
  readonly setting: string;
  /** As the shop prices (with tax inside when prices include it). */
  readonly value: Decimal;
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly taxes: readonly Tax[];
  /** Tax in the shop's total that is not written, because the sales channel remits it. */
  readonly leftOut: Decimal;
}

/** All charges of an order as they are now; those of zero are left out. */
export function listCharges(order: Order, settings: OrderSettings, rules: WantedRules): WantedCharge[] {
  const { side, digits } = rules;
  const make = (
    id: string,
    name: string,
    path: string,
    setting: ChargeSetting,
    amount: Decimal,
    taxes: readonly Tax[],
  ): WantedCharge => {
    const { written, leftOut } = splitByChannel(taxes, settings.channelTax);
    const value = amount.toDecimalPlaces(digits).minus(sumIncludedTaxes(leftOut, side).toDecimalPlaces(digits));
    return {
      id,
      name,
      path,
      how: settings[setting],
      setting,
      value,
      net: value.minus(sumIncludedTaxes(written, side).toDecimalPlaces(digits)),
      tax: sumTaxes(written, side).toDecimalPlaces(digits),
      taxes: written,
      leftOut: sumTaxes(leftOut, side).toDecimalPlaces(digits),
    };
  };
  const shipping = order.shippingLines.flatMap((line, index) => {
    if (line.removed) return [];
    const amount = amountOf(line.price, side).minus(sumDiscounts(line.discounts, side));
    return [
      make(`shipping:${line.id}`, line.title ?? 'shipping', `shippingLines[${index}]`, 'shipping', amount, line.taxes),
    ];
  });
  const fees = order.fees.map((fee, index) =>
    make(`fee:${fee.id ?? index}`, fee.title ?? 'fee', `fees[${index}]`, 'fees', amountOf(fee.amount, side), fee.taxes),
  );
  return [
    ...shipping,
    ...fees,
    ...listLineCharges(order, rules, make),
    ...listUnlistedCharges(order, rules, make),
  ].filter((charge) => !charge.value.isZero() || !charge.tax.isZero());
}

type ChargeSetting = 'shipping' | 'tips' | 'fees' | 'duties' | 'adjustments';
type MakeCharge = (
  id: string,
  name: string,
  path: string,
  setting: ChargeSetting,
  amount: Decimal,
  taxes: readonly Tax[],
) => WantedCharge;

/** Tips and fees that are lines in the shop, and the duties of lines. */
function listLineCharges(order: Order, rules: WantedRules, make: MakeCharge): WantedCharge[] {
  const { side } = rules;
  return order.lines.flatMap((line, index) => {
    const path = `lines[${index}]`;
    const quantity = wantedQuantity(order, line, rules);
    if (quantity.lte(0)) return [];
    const duties = (order.dutiesIncluded ? [] : line.duties).map((duty, at) =>
      make(
        `duty:${line.id}:${duty.id ?? at}`,
        'duty',
        `${path}.duties[${at}]`,
        'duties',
        amountOf(duty.amount, side),
        duty.taxes,
      ),
    );
    if (line.kind !== 'TIP' && line.kind !== 'FEE') return duties;
    const amount = amountOf(line.unitPrice, side).times(quantity).minus(sumDiscounts(line.discounts, side));
    const setting = line.kind === 'TIP' ? 'tips' : 'fees';
    return [make(line.id, line.title ?? line.kind.toLowerCase(), path, setting, amount, line.taxes), ...duties];
  });
}

/** What the totals say beyond what is listed one by one. */
function listUnlistedCharges(order: Order, rules: WantedRules, make: MakeCharge): WantedCharge[] {
  const { side } = rules;
  const totals = order.totals.current;
  const tipLines = order.lines.filter((line) => line.kind === 'TIP');
  const listedTips = sum(
    tipLines.map((line) => amountOf(line.unitPrice, side).times(wantedQuantity(order, line, rules))),
  );
  const listedDuties = sum(order.lines.flatMap((line) => line.duties.map((duty) => amountOf(duty.amount, side))));
  const tips = amountOf(totals.tips, side).minus(listedTips);
  // Duties inside the prices are paid with them.
  const duties = order.dutiesIncluded ? new Decimal(0) : amountOf(totals.duties, side).minus(listedDuties);
  const adjustments = amountOf(totals.adjustments, side).minus(sumAfterSale(order, side));
  return [
    ...(tips.gt(0) ? [make('tip', 'tip', 'totals.current.tips', 'tips', tips, [])] : []),
    ...(duties.gt(0) ? [make('duty', 'duty', 'totals.current.duties', 'duties', duties, [])] : []),
    ...(adjustments.isZero()
      ? []
      : [make('adjustment', 'adjustment', 'totals.current.adjustments', 'adjustments', adjustments, [])]),
  ];
}

/**
 * What was paid back or kept after the sale without a line to stand on: goodwill, fees of returns. It is in the shop's present total, and
 * the matter of a credit note: the order stays as it was placed.
 */
function sumAfterSale({ refunds, returns, totals }: Order, side: AmountSide): Decimal {
  if (refunds.length === 0 && returns.length === 0) return new Decimal(0);
  return amountOf(totals.current.adjustments, side).minus(amountOf(totals.original.adjustments, side));
}

/** The tax itself as a charge, for the policy that exempts the lines. */
export function makeTaxCharge(how: Charge, tax: Decimal): WantedCharge {
  return {
    id: 'tax',
    name: 'tax',
    path: 'taxes',
    how,
    setting: 'tax.charge',
    value: tax,
    net: tax,
    tax: new Decimal(0),
    taxes: [],
    leftOut: new Decimal(0),
  };
}

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
  const unit = powerOfTen(-context.digits.amount);
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
