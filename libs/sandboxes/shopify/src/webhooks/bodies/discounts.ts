import { formatPadded } from '../../money.ts';
import type { DiscountApplicationState, OrderState } from '../../state.ts';

/** Discounts of an order, in the order that allocations count them. */
export function applicationsOf(order: OrderState): DiscountApplicationState[] {
  const found = new Map<number, DiscountApplicationState>();
  for (const line of [...order.lines, ...order.shippingLines])
    for (const { discountApplication } of line.discountAllocations)
      found.set(discountApplication.index, discountApplication);
  return [...found.values()].sort((left, right) => left.index - right.index);
}

const TYPES: Readonly<Record<DiscountApplicationState['__typename'], string>> = {
  DiscountCodeApplication: 'discount_code',
  AutomaticDiscountApplication: 'automatic',
  ManualDiscountApplication: 'manual',
};

export function restApplication(one: DiscountApplicationState) {
  const { value } = one;
  return {
    target_type: one.targetType.toLowerCase(),
    type: TYPES[one.__typename],
    value:
      value.__typename === 'PricingPercentageValue'
        ? value.percentage.toFixed(1)
        : formatPadded(value.amount, value.currencyCode),
    value_type: value.__typename === 'PricingPercentageValue' ? 'percentage' : 'fixed_amount',
    allocation_method: one.allocationMethod.toLowerCase(),
    target_selection: one.targetSelection.toLowerCase(),
    ...(one.code === undefined ? {} : { code: one.code }),
    ...(one.title === undefined ? {} : { title: one.title, description: one.title }),
  };
}
