import {
  type Bag,
  createOrderAmounts,
  Decimal,
  minorUnitsOf,
  type OrderAmounts,
  type OrderLine,
  type OrderTotals,
  type ShippingLine,
} from '@entrepot/canonical';
import {
  addBags,
  bagOf,
  bagOrZero,
  type Currencies,
  documentOf,
  isZeroBag,
  multiplyBag,
  subtractBags,
  sumBags,
} from '../../fields.ts';
import type { WireOrder } from './wire.ts';

/** How the sums are made of the parts; where Shopify's words leave several readings, each is a reading to try. */
type Reading = Omit<OrderAmounts, 'paid' | 'refunded' | 'outstanding'>;

/**
 * The sums of an order, before and after edits, refunds and cancellation. `original` is what Shopify calls the total "before returns":
 * everything ever ordered, lines added by an edit included. Sums that do not fit stay as they are, for the caller to judge; what Shopify
 * explains itself (refund discrepancies) and what only conversion rounds off in the shop's currency becomes an adjustment.
 */
export function computeTotals(
  order: WireOrder,
  lines: readonly OrderLine[],
  shippingLines: readonly ShippingLine[],
): OrderTotals {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
  const paid = bagOf(order.totalReceivedSet);
  const refunded = bagOf(order.totalRefundedSet);
  // Shopify counts an authorisation as settled; it is not paid before it is captured.
  const outstandingNow = addBags(bagOf(order.totalOutstandingSet), bagOf(order.totalCapturableSet));
  const parts = lines.length + shippingLines.length + order.refunds.length + 4;
  const original = absorbConversion(
    order,
    pickFitting(order, readOriginal(order, lines, shippingLines, currencies)),
    parts,
  );
  const currentReading = pickFitting(order, readCurrent(order, lines, shippingLines, currencies));
  const current = absorbConversion(order, explainByAfterSale(order, currentReading, currencies), parts);
  return {
    original: { ...original, paid, refunded, outstanding: subtractBags(original.total, paid) },
    current: { ...current, paid, refunded, outstanding: outstandingNow },
  };
}

function goodsOf(lines: readonly OrderLine[]): OrderLine[] {
  return lines.filter((line) => line.kind !== 'TIP');
}

function discountsOf(owners: readonly { readonly discounts: OrderLine['discounts'] }[], currencies: Currencies): Bag {
  return sumBags(
    owners.flatMap((owner) => owner.discounts.map((discount) => discount.amount)),
    currencies,
  );
}

/** Readings of "before returns": with a shipping charge that was removed later, or without; cash rounding on top of the total, or in it. */
function readOriginal(
  order: WireOrder,
  lines: readonly OrderLine[],
  shippingLines: readonly ShippingLine[],
  currencies: Currencies,
): Reading[] {
  const goods = goodsOf(lines);
  const readings: Reading[] = [];
  const kept = shippingLines.filter((line) => !line.removed);
  for (const shipping of kept.length === shippingLines.length ? [kept] : [shippingLines, kept])
    for (const rounded of readRounding(order, bagOf(order.totalPriceSet)))
      readings.push(
        createOrderAmounts({
          lines: sumBags(
            goods.map((line) => multiplyBag(line.unitPrice, line.quantity.ordered.toNumber())),
            currencies,
          ),
          discounts: addBags(discountsOf(goods, currencies), discountsOf(shipping, currencies)),
          shipping: sumBags(
            shipping.map((line) => line.price),
            currencies,
          ),
          taxes: bagOrZero(order.totalTaxSet, currencies),
          duties: bagOrZero(order.originalTotalDutiesSet, currencies),
          fees: bagOrZero(order.originalTotalAdditionalFeesSet, currencies),
          tips: bagOf(order.totalTipReceivedSet),
          adjustments: bagOrZero(null, currencies),
          ...rounded,
        }),
      );
  return readings;
}

/**
 * Readings of "after returns". Shopify gives discounts per line only for the whole ordered quantity, so the current
 * ones follow from the current subtotal (lines after discounts), as the current shipping discount does from the current
 * shipping price.
 */
function readCurrent(
  order: WireOrder,
  lines: readonly OrderLine[],
  shippingLines: readonly ShippingLine[],
  currencies: Currencies,
): Reading[] {
  const goods = goodsOf(lines);
  const goodsValue = sumBags(
    goods.map((line) => multiplyBag(line.unitPrice, line.quantity.current.toNumber())),
    currencies,
  );
  const tipLines = sumTipLines(lines, 'current', currencies);
  const tips = currentTipsOf(order, lines, currencies);
  const received = bagOf(order.totalTipReceivedSet);
  const none = bagOrZero(null, currencies);
  const subtotal = bagOf(order.currentSubtotalPriceSet);
  const kept = shippingLines.filter((line) => !line.removed);
  const keptPrice = sumBags(
    kept.map((line) => line.price),
    currencies,
  );
  const keptDiscount = discountsOf(kept, currencies);
  const shippingNow = bagOf(order.currentShippingPriceSet);
  // A refund of shipping lowers the price itself; discount and refund can then not be separated.
  const isWhole = isZeroBag(subtractBags(subtractBags(keptPrice, keptDiscount), shippingNow));
  const readings: Reading[] = [];
  // A subtotal may have no tips in it, those that are lines, or all of them.
  const tipsWithin = [none, tipLines, tips].filter((bag, index) => index === 0 || !isZeroBag(bag));
  // A tip that was refunded may have left the total, or only the money of it was given back.
  const isTipped = !isZeroBag(received) && order.cancelledAt === null;
  for (const withTips of isTipped ? [tips, received, none] : isZeroBag(tips) ? [tips] : [tips, none])
    for (const goodsNow of tipsWithin.map((within) => subtractBags(subtotal, within)))
      for (const rounded of readRounding(order, bagOf(order.currentTotalPriceSet)))
        readings.push(
          createOrderAmounts({
            lines: goodsValue,
            discounts: addBags(subtractBags(goodsValue, goodsNow), isWhole ? keptDiscount : none),
            shipping: isWhole ? keptPrice : shippingNow,
            taxes: bagOf(order.currentTotalTaxSet),
            duties: bagOrZero(order.currentTotalDutiesSet, currencies),
            fees: bagOrZero(order.currentTotalAdditionalFeesSet, currencies),
            tips: withTips,
            adjustments: none,
            ...rounded,
          }),
        );
  // A reading in which discounts became negative has counted a tip among the goods.
  return readings.sort(
    (a, b) => Number(documentOf(a.discounts).isNegative()) - Number(documentOf(b.discounts).isNegative()),
  );
}

function sumTipLines(lines: readonly OrderLine[], quantity: 'ordered' | 'current', currencies: Currencies): Bag {
  return sumBags(
    lines
      .filter((line) => line.kind === 'TIP')
      .map((line) => multiplyBag(line.unitPrice, line.quantity[quantity].toNumber())),
    currencies,
  );
}

/** Tips that are lines, and what the order received besides as a sum; an order cancelled whole has given that sum back. */
function currentTipsOf(order: WireOrder, lines: readonly OrderLine[], currencies: Currencies): Bag {
  const current = sumTipLines(lines, 'current', currencies);
  if (order.cancelledAt !== null) return current;
  const besides = subtractBags(bagOf(order.totalTipReceivedSet), sumTipLines(lines, 'ordered', currencies));
  return addBags(current, besides);
}

/** True when the sums as ordered add up, to the minor unit, in the customer's currency. */
export function addsUp(order: WireOrder, lines: readonly OrderLine[], shippingLines: readonly ShippingLine[]): boolean {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
  return readOriginal(order, lines, shippingLines, currencies).some((reading) =>
    documentOf(differenceOf(order, reading)).isZero(),
  );
}

/** Cash is rounded when it is paid; whether a shop's total already contains that differs, so both are tried. */
function readRounding(order: WireOrder, total: Bag): Pick<Reading, 'cashRounding' | 'total'>[] {
  const cashRounding = bagOf(order.totalCashRoundingAdjustment.paymentSet);
  if (isZeroBag(cashRounding)) return [{ cashRounding, total }];
  return [
    { cashRounding, total: addBags(total, cashRounding) },
    { cashRounding, total },
  ];
}

/** `total` less everything it should be made of. */
function differenceOf(order: Pick<WireOrder, 'taxesIncluded' | 'dutiesIncluded'>, reading: Reading): Bag {
  const added = [
    reading.lines,
    reading.shipping,
    reading.fees,
    reading.tips,
    reading.cashRounding,
    reading.adjustments,
  ];
  if (!order.taxesIncluded) added.push(reading.taxes);
  if (!order.dutiesIncluded) added.push(reading.duties);
  return added.reduce(subtractBags, addBags(reading.total, reading.discounts));
}

function pickFitting(order: WireOrder, readings: readonly Reading[]): Reading {
  const fits = readings.find(
    (reading) => documentOf(differenceOf(order, reading)).isZero() && !documentOf(reading.discounts).isNegative(),
  );
  return (fits ?? readings[0]) as Reading;
}

/**
 * A refund of more or less than the goods leaves a discrepancy that Shopify books as an order adjustment: that explains the current total,
 * as fees for sending goods back do.
 */
function explainByAfterSale(order: WireOrder, reading: Reading, currencies: Currencies): Reading {
  const difference = differenceOf(order, reading);
  const booked = sumBags(
    order.refunds.flatMap((refund) =>
      refund.orderAdjustments.nodes.map((one) => addBags(bagOf(one.amountSet), bagOf(one.taxAmountSet))),
    ),
    currencies,
  );
  const fees = sumBags(
    (order.returns?.nodes ?? []).flatMap((one) => one.returnShippingFees.map((fee) => bagOf(fee.amountSet))),
    currencies,
  );
  const isBooked = (bag: Bag): boolean => documentOf(bag).abs().eq(documentOf(booked).abs());
  // Fees of returns are in the current total as sales that belong to no line (the schema's FeeSale), once the goods are back.
  const left = subtractBags(difference, fees);
  const explains =
    (!isZeroBag(booked) && isBooked(difference)) || (!isZeroBag(fees) && (documentOf(left).isZero() || isBooked(left)));
  return explains ? { ...reading, adjustments: difference } : reading;
}

/**
 * Where the customer paid in another currency, that side is exact and each of the shop's amounts is converted and rounded for itself:
 * the few minor units this leaves are an adjustment of the shop's side alone.
 */
function absorbConversion(order: WireOrder, reading: Reading, parts: number): Reading {
  if (order.currencyCode === order.presentmentCurrencyCode) return reading;
  const difference = differenceOf(order, reading);
  const minorUnit = new Decimal(10).pow(-minorUnitsOf(order.currencyCode));
  const isRounding = difference.base.amount.abs().lte(minorUnit.times(parts));
  if (!documentOf(difference).isZero() || difference.base.amount.isZero() || !isRounding) return reading;
  return { ...reading, adjustments: addBags(reading.adjustments, difference) };
}

/** Puts what does not fit into `adjustments`, for connections that allow it. */
export function adjustTotals(order: WireOrder, totals: OrderTotals): OrderTotals {
  const adjust = (amounts: OrderAmounts): OrderAmounts => ({
    ...amounts,
    adjustments: addBags(amounts.adjustments, differenceOf(order, amounts)),
  });
  return { original: adjust(totals.original), current: adjust(totals.current) };
}
