import type { LineQuantity, Order, OrderAmounts } from './generated/order.gen.ts';
import type { Bag } from './generated/shared.gen.ts';
import type { FieldIssue } from './model/validate.ts';
import { type Decimal, formatDecimal, roundToCurrency, sumDecimals } from './values.ts';

interface OrderDifference {
  /** The sums as ordered, or as they are now. */
  readonly which: 'original' | 'current';
  /** The company's currency, or the customer's. */
  readonly side: 'base' | 'document';
  /** The sum that does not fit, for example `total`. */
  readonly field: keyof OrderAmounts;
  /** What it should be by the other sums; decimals as text. */
  readonly expected: string;
  readonly actual: string;
  /** actual − expected: what would have to be explained by an adjustment. */
  readonly difference: string;
  readonly currency: string;
}

export interface OrderArithmetic {
  readonly ok: boolean;
  readonly differences: readonly OrderDifference[];
}

const ADDED = ['lines', 'shipping', 'fees', 'tips', 'cashRounding', 'adjustments'] as const;

/**
 * Looks whether an order adds up, to the last minor unit of each currency, for the original and the current sums apart:
 * total = lines + shipping + fees + duties + tips + taxes − discounts + cashRounding + adjustments. Taxes are not added where
 * prices include them, nor duties where prices include those. An amount in another currency than its total is a difference too.
 */
export function checkOrderArithmetic(
  order: Pick<Order, 'totals' | 'taxesIncluded' | 'dutiesIncluded'>,
): OrderArithmetic {
  const differences: OrderDifference[] = [];
  for (const which of ['original', 'current'] as const)
    for (const side of ['base', 'document'] as const) differences.push(...compareSums(order, which, side));
  return { ok: differences.length === 0, differences };
}

function compareSums(
  order: Pick<Order, 'totals' | 'taxesIncluded' | 'dutiesIncluded'>,
  which: 'original' | 'current',
  side: 'base' | 'document',
): OrderDifference[] {
  const amounts = order.totals[which];
  const total = amounts.total[side];
  if (!total) return [];
  const added: (keyof OrderAmounts)[] = [
    ...ADDED,
    ...(order.taxesIncluded ? [] : ['taxes' as const]),
    ...(order.dutiesIncluded ? [] : ['duties' as const]),
  ];
  const differences: OrderDifference[] = [];
  const amountOf = (field: keyof OrderAmounts): Decimal => {
    const money = pickSide(amounts[field], side);
    if (money.currency === total.currency || money.amount.isZero()) return money.amount;
    const text = formatDecimal(money.amount);
    differences.push({
      which,
      side,
      field,
      expected: `an amount in ${total.currency}`,
      actual: `${text} ${money.currency}`,
      difference: text,
      currency: money.currency,
    });
    return money.amount.times(0);
  };
  const expected = sumDecimals(added.map(amountOf)).minus(amountOf('discounts'));
  const difference = total.amount.minus(expected);
  if (!roundToCurrency(difference, total.currency).isZero())
    differences.push({
      which,
      side,
      field: 'total',
      expected: formatDecimal(expected),
      actual: formatDecimal(total.amount),
      difference: formatDecimal(difference),
      currency: total.currency,
    });
  return differences;
}

/** Where an amount has no side of its own in the customer's currency, the company's amount stands for it (and must be in that currency). */
function pickSide(bag: Bag, side: 'base' | 'document') {
  return (side === 'document' ? bag.document : null) ?? bag.base;
}

/**
 * Looks whether the quantities of each line can stand together: none is negative, fulfilled ≤ ordered − cancelled, returned ≤ fulfilled,
 * cancelled + returned ≤ ordered. What breaks a rule says that goods were handed over which nobody ordered, came back which nobody had, or
 * were cancelled although they were handed over. Gives every fault with its path; nothing when all is well.
 */
export function checkLineQuantities(order: {
  readonly lines: readonly Pick<Order['lines'][number], 'quantity'>[];
}): FieldIssue[] {
  return order.lines.flatMap(({ quantity }, index) =>
    findFaults(quantity).map(([field, message]) => ({ path: `lines[${index}].quantity.${field}`, message })),
  );
}

const QUANTITIES = ['ordered', 'current', 'fulfilled', 'cancelled', 'returned'] as const;

function findFaults(quantity: LineQuantity): [field: keyof LineQuantity, message: string][] {
  const negative = QUANTITIES.filter((field) => quantity[field].isNegative() && !quantity[field].isZero());
  // A negative quantity breaks the other rules in ways that say nothing.
  if (negative.length > 0) return negative.map((field) => [field, `is ${formatDecimal(quantity[field])}, below zero`]);
  const { ordered, fulfilled, cancelled } = quantity;
  const faults: [keyof LineQuantity, string][] = [];
  const limit = (field: keyof LineQuantity, most: Decimal, words: string) => {
    const over = quantity[field].gt(most);
    if (over) faults.push([field, `is ${formatDecimal(quantity[field])}, more than ${words} (${formatDecimal(most)})`]);
    return over;
  };
  // cancelled + returned ≤ ordered follows from the other three.
  if (!limit('cancelled', ordered, 'was ordered'))
    limit('fulfilled', ordered.minus(cancelled), 'was ordered and not cancelled');
  limit('returned', fulfilled, 'was fulfilled');
  return faults;
}
