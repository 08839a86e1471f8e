import { type MoneyBag, subtractBags, sumBags } from '../money.ts';
import type { AddressState, AllocationState, OrderState, TaxLineState } from '../state.ts';
import { originalTotalOf } from '../sums/totals.ts';
import { taxByRates } from './by-rate.ts';
import { findTaxRegion, type TaxRegion } from './regions.ts';

/**
 * Charges the taxes of the place that an order goes to now, as `orderUpdate` does from 2026-10 on (changelog of 30 July and 18 August
 * 2026): when the place is another one, and only while nothing was shipped. The totals follow, since they are computed.
 */
export function recalculateTax(order: OrderState, before: AddressState | null, regions: readonly TaxRegion[]): void {
  const to = order.shippingAddress;
  const isOtherPlace = before?.countryCodeV2 !== to?.countryCodeV2 || before?.provinceCode !== to?.provinceCode;
  if (!isOtherPlace || order.cancelledAt !== null || order.lines.some((line) => line.fulfilled > 0)) return;
  const region = order.taxExempt ? null : findTaxRegion(regions, to);
  const taxOf = (full: MoneyBag, discounts: readonly AllocationState[]): TaxLineState[] => {
    const price = subtractBags(full, sumDiscounts(order, discounts));
    const taxes = region?.taxes.map(({ title, rate }) => ({ title, rate: Number(rate), priceSet: price })) ?? [];
    return taxByRates(order, price, taxes);
  };
  for (const line of order.lines)
    line.taxLines = line.taxable && !line.isTip ? taxOf(originalTotalOf(line), line.discountAllocations) : [];
  for (const line of order.shippingLines)
    line.taxLines = region?.shipping ? taxOf(line.originalPriceSet, line.discountAllocations) : [];
  // Taxes that were given for the order as a whole stand on its lines from now on.
  order.orderTaxLines = [];
}

function sumDiscounts(order: OrderState, discounts: readonly AllocationState[]): MoneyBag {
  return sumBags(
    discounts.map((one) => one.allocatedAmountSet),
    order.currencies,
  );
}
