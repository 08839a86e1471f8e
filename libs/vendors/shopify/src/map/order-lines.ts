import {
  createDiscount,
  createDuty,
  createItemRef,
  createLineQuantity,
  createOrderLine,
  createRef,
  createShippingLine,
  Decimal,
  type Discount,
  type Duty,
  type FulfilmentGroup,
  type ItemRef,
  type OrderLine,
  type OrderLineKind,
  parseDecimal,
  type ShippingLine,
} from '@entrepot/canonical';
import { fromGid } from '../ids.ts';
import type { WireAllocation, WireDuty, WireLine, WireOrder, WireShippingLine } from '../wire.ts';
import { addBags, bagOf, type Currencies, isZeroBag, multiplyBag, subtractBags, sumBags } from './bags.ts';
import { idOrNull, mapAttributes, mapTaxes, textOrNull } from './fields.ts';

const DISCOUNT_KINDS: Readonly<Record<string, string>> = {
  DiscountCodeApplication: 'code',
  AutomaticDiscountApplication: 'automatic',
  ManualDiscountApplication: 'manual',
  ScriptDiscountApplication: 'script',
};

/** Order discounts come allocated to lines and shipping lines, for the whole ordered quantity; each amount appears once. */
export function mapAllocations(allocations: readonly WireAllocation[], target: 'LINE' | 'SHIPPING'): Discount[] {
  return allocations.map(({ allocatedAmountSet, discountApplication: application }) =>
    createDiscount({
      code: application.code ?? null,
      title: textOrNull(application.title) ?? textOrNull(application.description) ?? application.code ?? null,
      kind: DISCOUNT_KINDS[application.__typename] ?? application.__typename,
      target,
      percent: application.value.percentage === undefined ? null : parseDecimal(application.value.percentage).div(100),
      amount: bagOf(allocatedAmountSet),
    }),
  );
}

export function mapDuty(duty: WireDuty, taxesIncluded: boolean): Duty {
  return createDuty({
    id: fromGid(duty.id),
    hsCode: duty.harmonizedSystemCode,
    origin: duty.countryCodeOfOrigin,
    amount: bagOf(duty.price),
    taxes: mapTaxes(duty.taxLines, taxesIncluded),
  });
}

/**
 * A tip is a line of its own: titled so, without an item, never shipped nor taxed, and the order says that it received tips.
 * Anything else titled "Tip" is goods.
 */
export function isTipLine(order: Pick<WireOrder, 'totalTipReceivedSet'>, line: WireLine): boolean {
  const received = parseDecimal(order.totalTipReceivedSet.presentmentMoney.amount);
  if (received.isZero() || line.product || line.variant || line.requiresShipping || line.taxable) return false;
  const amount = parseDecimal(line.originalUnitPriceSet.presentmentMoney.amount).times(line.quantity);
  return /^tip\b/i.test(line.title) && amount.lte(received);
}

function lineKind(order: WireOrder, line: WireLine): OrderLineKind {
  if (isTipLine(order, line)) return 'TIP';
  if (line.isGiftCard) return 'GIFT_CARD';
  // Undefined: the token may not read products. Null with a SKU may also be an item deleted since: its SKU is all that is left.
  if (line.product === null && line.variant === null && textOrNull(line.sku) === null) return 'CUSTOM';
  return 'PRODUCT';
}

function mapItem(line: WireLine): ItemRef | null {
  const productId = idOrNull(line.product);
  const variantId = idOrNull(line.variant);
  const sku = textOrNull(line.sku);
  if (productId === null && variantId === null && sku === null) return null;
  return createItemRef({ productId, variantId, sku, barcode: textOrNull(line.variant?.barcode) });
}

/** What came back of each line by its refunds: goods that went to stock again after they had been handed over. */
function countReturned(order: WireOrder): Map<string, number> {
  const returned = new Map<string, number>();
  for (const refund of order.refunds)
    for (const item of refund.refundLineItems.nodes)
      if (item.restockType === 'RETURN' || item.restockType === 'LEGACY_RESTOCK')
        returned.set(item.lineItem.id, (returned.get(item.lineItem.id) ?? 0) + item.quantity);
  return returned;
}

export function mapLines(order: WireOrder, groups: readonly FulfilmentGroup[]): OrderLine[] {
  const returned = countReturned(order);
  return order.lineItems.nodes.map((line, index) => mapLine(order, line, index, returned.get(line.id) ?? 0, groups));
}

function mapLine(
  order: WireOrder,
  line: WireLine,
  index: number,
  returned: number,
  groups: readonly FulfilmentGroup[],
): OrderLine {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
  const id = fromGid(line.id);
  const kind = lineKind(order, line);
  const discounts = mapAllocations(line.discountAllocations, 'LINE');
  const taxes = mapTaxes(line.taxLines, order.taxesIncluded);
  const unitPrice = bagOf(line.originalUnitPriceSet);
  const value = subtractBags(
    multiplyBag(unitPrice, line.quantity),
    sumBags(
      discounts.map((discount) => discount.amount),
      currencies,
    ),
  );
  const tax = sumBags(
    taxes.map((one) => one.amount),
    currencies,
  );
  const places = groups.filter(
    (group) => group.status !== 'CANCELLED' && group.lines.some((member) => member.lineId === id),
  );
  const cancelled = Math.max(0, line.quantity - line.currentQuantity - returned);
  // Units that came back were handed over, though Shopify counts them among those that cannot be fulfilled.
  const handedOver = Math.min(
    line.quantity - line.unfulfilledQuantity - line.nonFulfillableQuantity + returned,
    line.quantity - line.unfulfilledQuantity - cancelled,
  );
  return createOrderLine({
    id,
    position: index + 1,
    kind,
    item: kind === 'TIP' ? null : mapItem(line),
    title: line.title,
    variantTitle: textOrNull(line.variantTitle),
    quantity: createLineQuantity({
      ordered: new Decimal(line.quantity),
      current: new Decimal(line.currentQuantity),
      fulfilled: new Decimal(kind === 'TIP' ? 0 : Math.max(0, handedOver)),
      cancelled: new Decimal(cancelled),
      returned: new Decimal(returned),
    }),
    unitPrice,
    discounts,
    taxes,
    net: order.taxesIncluded ? subtractBags(value, tax) : value,
    gross: order.taxesIncluded ? value : addBags(value, tax),
    bundleGroup: idOrNull(line.lineItemGroup),
    // A line split over places has no single warehouse; the groups say which part is where.
    warehouse: places.length === 1 ? (places[0]?.location ?? null) : null,
    vendor: textOrNull(line.vendor) === null ? null : createRef({ name: line.vendor }),
    ...mapFulfilmentMode(places),
    requiresShipping: line.requiresShipping,
    taxable: line.taxable,
    duties: line.duties.map((duty) => mapDuty(duty, order.taxesIncluded)),
    attributes: mapAttributes(line.customAttributes),
  });
}

function mapFulfilmentMode(
  places: readonly FulfilmentGroup[],
): Pick<OrderLine, 'fulfilmentMode' | 'fulfilmentModeRaw'> {
  const raw = places[0]?.deliveryMethod ?? null;
  if (raw === null) return { fulfilmentMode: 'UNKNOWN', fulfilmentModeRaw: null };
  const isPickup = raw === 'PICK_UP' || raw === 'PICKUP_POINT' || raw === 'RETAIL';
  return { fulfilmentMode: isPickup ? 'PICKUP' : raw === 'NONE' ? 'UNKNOWN' : 'STOCK', fulfilmentModeRaw: raw };
}

export function mapShippingLines(order: WireOrder): ShippingLine[] {
  return order.shippingLines.nodes.map((line, index) =>
    createShippingLine({
      // Lines of imported orders may come without id: their place stands for it.
      id: idOrNull(line) ?? `shipping-${index + 1}`,
      code: textOrNull(line.code),
      title: textOrNull(line.title),
      carrier: textOrNull(line.carrierIdentifier) ?? textOrNull(line.source),
      price: bagOf(line.originalPriceSet),
      discounts: mapShippingDiscounts(line),
      taxes: mapTaxes(line.taxLines, order.taxesIncluded),
      removed: line.isRemoved,
    }),
  );
}

/** A shipping price lowered without an allocation (draft orders do that) still has its discount named. */
function mapShippingDiscounts(line: WireShippingLine): Discount[] {
  const discounts = mapAllocations(line.discountAllocations, 'SHIPPING');
  const lowered = subtractBags(bagOf(line.originalPriceSet), bagOf(line.discountedPriceSet));
  if (discounts.length > 0 || isZeroBag(lowered)) return discounts;
  return [createDiscount({ kind: 'unallocated', target: 'SHIPPING', title: null, amount: lowered })];
}
