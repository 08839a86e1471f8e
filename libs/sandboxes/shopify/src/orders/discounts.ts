import { allocateBag, type MoneyBag, readBag, scaleBag } from '../money.ts';
import type { DiscountApplicationState, OrderState } from '../state.ts';
import { originalTotalOf } from '../sums/totals.ts';
import type { DiscountInput } from './create-input.ts';

/** Spreads a discount code over the lines (or takes shipping off), to the last minor unit. */
export function applyDiscountCode(order: OrderState, discount: DiscountInput): void {
  const lines = order.lines.filter((line) => !line.isGiftCard);
  const weights = lines.map(originalTotalOf);
  const spread = (parts: readonly MoneyBag[], application: DiscountApplicationState): void => {
    for (const [index, line] of lines.entries()) {
      const part = parts[index];
      if (part !== undefined && !part.presentmentMoney.amount.isZero())
        line.discountAllocations.push({ allocatedAmountSet: part, discountApplication: application });
    }
  };
  if (discount.itemFixedDiscountCode) {
    const amount = readBag(discount.itemFixedDiscountCode.amountSet, order.currencies);
    const value = { __typename: 'MoneyV2', ...amount.presentmentMoney } as const;
    spread(
      allocateBag(amount, weights, order.currencies),
      makeApplication(discount.itemFixedDiscountCode.code, 'LINE_ITEM', value),
    );
  } else if (discount.itemPercentageDiscountCode) {
    const { code, percentage } = discount.itemPercentageDiscountCode;
    const value = { __typename: 'PricingPercentageValue', percentage: percentage ?? 0 } as const;
    const parts = weights.map((weight) => scaleBag(weight, (percentage ?? 0) / 100));
    spread(parts, makeApplication(code, 'LINE_ITEM', value));
  } else if (discount.freeShippingDiscountCode) {
    const value = { __typename: 'PricingPercentageValue', percentage: 100 } as const;
    const application = makeApplication(discount.freeShippingDiscountCode.code, 'SHIPPING_LINE', value);
    for (const line of order.shippingLines)
      line.discountAllocations.push({ allocatedAmountSet: line.originalPriceSet, discountApplication: application });
  }
}

function makeApplication(
  code: string,
  targetType: 'LINE_ITEM' | 'SHIPPING_LINE',
  value: DiscountApplicationState['value'],
): DiscountApplicationState {
  return {
    __typename: 'DiscountCodeApplication',
    index: 0,
    targetType,
    targetSelection: 'ALL',
    allocationMethod: 'ACROSS',
    value,
    code,
  };
}
