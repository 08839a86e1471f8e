import { Decimal } from 'decimal.js';
import { currentQuantityOf } from '../fulfillment/quantities.ts';
import { addBags, isPositive, type MoneyBag, scaleBag, subtractBags, sumBags, zeroBag } from '../money.ts';
import type { LineState, OrderState, ShippingLineState, TaxLineState } from '../state.ts';
import { chargedFeesOf } from './fees.ts';

/** The sums the Admin API shows; all computed, so that any change of the order changes them as in a real shop. */
export interface OrderTotals {
  readonly subtotal: MoneyBag;
  readonly shipping: MoneyBag;
  readonly tax: MoneyBag;
  readonly discounts: MoneyBag;
  readonly tips: MoneyBag;
  readonly duties: MoneyBag;
  readonly fees: MoneyBag;
  readonly total: MoneyBag;
  readonly currentSubtotal: MoneyBag;
  readonly currentShipping: MoneyBag;
  readonly currentTax: MoneyBag;
  readonly currentDiscounts: MoneyBag;
  readonly currentDuties: MoneyBag;
  readonly currentFees: MoneyBag;
  readonly currentTotal: MoneyBag;
  readonly received: MoneyBag;
  readonly refunded: MoneyBag;
  readonly capturable: MoneyBag;
  readonly outstanding: MoneyBag;
}

export function originalTotalOf(line: LineState): MoneyBag {
  return scaleBag(line.originalUnitPriceSet, line.quantity);
}

export function computeTotals(order: OrderState): OrderTotals {
  const sum = (bags: readonly MoneyBag[]): MoneyBag => sumBags(bags, order.currencies);
  const tipLines = order.lines.filter((line) => line.isTip);
  const lines = order.lines.filter((line) => !line.isTip);
  const allocated = (owner: LineState | ShippingLineState): MoneyBag =>
    sum(owner.discountAllocations.map((allocation) => allocation.allocatedAmountSet));
  const taxes = (taxLines: readonly TaxLineState[]): MoneyBag => sum(taxLines.map((tax) => tax.priceSet));
  const share = (line: LineState): Decimal => new Decimal(currentQuantityOf(line)).div(line.quantity || 1);
  const cancelled = order.cancelledAt !== null;
  const zero = zeroBag(order.currencies);
  const ofCurrent = (bag: MoneyBag): MoneyBag => (cancelled ? zero : bag);

  const shippingRefunds = sum(
    order.refunds.flatMap((refund) => refund.refundShippingLines.map((line) => line.subtotalAmountSet)),
  );
  const shippingTaxRefunds = sum(
    order.refunds.flatMap((refund) => refund.refundShippingLines.map((line) => line.taxAmountSet)),
  );
  const keptShipping = order.shippingLines.filter((line) => !line.isRemoved);

  const subtotal = sum(lines.map((line) => subtractBags(originalTotalOf(line), allocated(line))));
  const shipping = sum(order.shippingLines.map((line) => subtractBags(line.originalPriceSet, allocated(line))));
  const lineTax = sum([
    ...lines.map((line) => taxes(line.taxLines)),
    taxes(order.orderTaxLines),
    ...order.additionalFees.map((fee) => taxes(fee.taxLines)),
  ]);
  const tax = addBags(lineTax, sum(order.shippingLines.map((line) => taxes(line.taxLines))));
  const tips = sum(tipLines.map(originalTotalOf));
  const duties = sum(lines.flatMap((line) => line.duties.map((duty) => duty.price)));
  const fees = sum(order.additionalFees.map((fee) => fee.price));
  const outsidePrices = (taxBag: MoneyBag, dutyBag: MoneyBag): MoneyBag[] => [
    ...(order.taxesIncluded ? [] : [taxBag]),
    ...(order.dutiesIncluded ? [] : [dutyBag]),
  ];
  const total = sum([subtotal, shipping, fees, tips, order.surcharge, ...outsidePrices(tax, duties)]);

  const currentSubtotal = ofCurrent(
    sum(lines.map((line) => scaleBag(subtractBags(originalTotalOf(line), allocated(line)), share(line)))),
  );
  const currentShipping = ofCurrent(
    subtractBags(
      sum(keptShipping.map((line) => subtractBags(line.originalPriceSet, allocated(line)))),
      shippingRefunds,
    ),
  );
  const currentTax = ofCurrent(
    sum([
      ...lines.map((line) => sum(line.taxLines.map((taxLine) => scaleBag(taxLine.priceSet, share(line))))),
      taxes(order.orderTaxLines),
      ...order.additionalFees.map((fee) => taxes(fee.taxLines)),
      subtractBags(sum(keptShipping.map((line) => taxes(line.taxLines))), shippingTaxRefunds),
    ]),
  );
  const currentDuties = ofCurrent(
    sum(lines.flatMap((line) => line.duties.map((duty) => scaleBag(duty.price, share(line))))),
  );
  const currentFees = ofCurrent(fees);
  const currentDiscounts = ofCurrent(
    sum([...lines.map((line) => scaleBag(allocated(line), share(line))), ...keptShipping.map(allocated)]),
  );
  const currentTotal = ofCurrent(
    sum([
      currentSubtotal,
      currentShipping,
      currentFees,
      sum(tipLines.map((line) => scaleBag(originalTotalOf(line), share(line)))),
      order.surcharge,
      // A fee of a return is a sale (the schema's FeeSale): the customer owes it as goods.
      chargedFeesOf(order),
      ...outsidePrices(currentTax, currentDuties),
    ]),
  );

  const paid = (kinds: readonly string[]): MoneyBag =>
    sum(
      order.transactions
        .filter((transaction) => kinds.includes(transaction.kind) && transaction.status === 'SUCCESS')
        .map((transaction) => transaction.amountSet),
    );
  const received = paid(['SALE', 'CAPTURE']);
  const refunded = paid(['REFUND']);
  const authorized = subtractBags(paid(['AUTHORIZATION']), paid(['CAPTURE', 'VOID']));
  const capturable = isPositive(authorized) ? authorized : zero;
  // Money given back beyond the goods is not owed again.
  const discrepancy = sum(order.refunds.flatMap((refund) => refund.orderAdjustments.map((one) => one.amountSet)));
  const balance = subtractBags(subtractBags(addBags(currentTotal, order.cashRounding), received), capturable);
  return {
    subtotal,
    shipping,
    tax,
    discounts: sum([...lines.map(allocated), ...order.shippingLines.map(allocated)]),
    tips,
    duties,
    fees,
    total,
    currentSubtotal,
    currentShipping,
    currentTax,
    currentDiscounts,
    currentDuties,
    currentFees,
    currentTotal,
    received,
    refunded,
    capturable,
    outstanding: cancelled ? zero : subtractBags(addBags(balance, refunded), discrepancy),
  };
}

/** `displayFinancialStatus`: null on an API-made order without payment unless it stated one. */
export function financialStatusOf(order: OrderState, totals = computeTotals(order)): string | null {
  const kinds = new Set(
    order.transactions.filter((transaction) => transaction.status === 'SUCCESS').map((transaction) => transaction.kind),
  );
  if (isPositive(totals.refunded))
    return totals.refunded.presentmentMoney.amount.gte(totals.received.presentmentMoney.amount)
      ? 'REFUNDED'
      : 'PARTIALLY_REFUNDED';
  if (isPositive(totals.received))
    return totals.received.presentmentMoney.amount.gte(totals.currentTotal.presentmentMoney.amount)
      ? 'PAID'
      : 'PARTIALLY_PAID';
  if (kinds.has('VOID')) return 'VOIDED';
  if (kinds.has('AUTHORIZATION')) return 'AUTHORIZED';
  return order.statedFinancialStatus;
}
