import type { LineQuantity, Order } from '../generated/order.gen.ts';
import type { FieldIssue } from '../model/validate.ts';
import type { Decimal } from '../values/decimals.ts';
import { formatDecimal } from '../values/money.ts';

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
