import {
  createDiscount,
  createDuty,
  createExternalId,
  createItemRef,
  createLineQuantity,
  createOrderLine,
  createRef,
  createShippingLine,
  Decimal,
  type Discount,
  type Duty,
  type FulfilmentGroup,
  type FulfilmentMode,
  type ItemRef,
  type OrderLine,
  type OrderLineKind,
  parseDecimal,
  type ShippingLine,
} from '@entrepot/canonical';
import {
  addBags,
  bagOf,
  type Currencies,
  codeOrNull,
  fromGid,
  idOrNull,
  isZeroBag,
  mapAttributes,
  mapTaxes,
  multiplyBag,
  subtractBags,
  sumBags,
  textOrNull,
} from '../../fields.ts';
import type { WireDuty } from '../wire.ts';
import type { LineCount } from './fulfilment.ts';
import type { WireAllocation, WireLine, WireOrder, WireShippingLine } from './wire.ts';

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

function lineKind(line: WireLine, isExchange: boolean): OrderLineKind {
  if (isExchange) return 'EXCHANGE';
  if (line.isGiftCard) return 'GIFT_CARD';
  // Undefined: the token may not read products. Null with a SKU may also be an item deleted since: its SKU is all that is left.
  if (line.product === null && line.variant === null && codeOrNull(line.sku) === null) return 'CUSTOM';
  return 'PRODUCT';
}

/** Maps every line as what its own fields say; which of them are tips only the sums of the order say (`markTips`). */
export function mapLines(
  order: WireOrder,
  counts: ReadonlyMap<string, LineCount>,
  groups: readonly FulfilmentGroup[],
): OrderLine[] {
  const exchanges = findExchanges(order);
  return order.lineItems.nodes.map((line, index) =>
    mapLine(order, line, index, counts.get(line.id) as LineCount, exchanges.get(line.id) ?? null, groups),
  );
}

function mapLine(
  order: WireOrder,
  line: WireLine,
  index: number,
  count: LineCount,
  returnId: string | null,
  groups: readonly FulfilmentGroup[],
): OrderLine {
  const currencies: Currencies = { base: order.currencyCode, document: order.presentmentCurrencyCode };
  const id = fromGid(line.id);
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
  const places = groups.filter((group) => isPlaceOf(group, id));
  return createOrderLine({
    id,
    position: index + 1,
    kind: lineKind(line, returnId !== null),
    item: mapItem(line),
    title: line.title,
    variantTitle: textOrNull(line.variantTitle),
    quantity: createLineQuantity({
      ordered: new Decimal(count.ordered),
      current: new Decimal(count.current),
      fulfilled: new Decimal(count.fulfilled),
      cancelled: new Decimal(count.cancelled),
      returned: new Decimal(count.returned),
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
    returnId,
    attributes: mapAttributes(line.customAttributes),
  });
}

/** True where the place sends some of the line or has sent some: not where it was called off, or gave up what it had not sent. */
function isPlaceOf(group: FulfilmentGroup, lineId: string): boolean {
  if (group.status === 'CANCELLED') return false;
  return group.lines.some((member) => {
    const part = group.status === 'INCOMPLETE' ? member.quantity.minus(member.remaining) : member.quantity;
    return member.lineId === lineId && part.gt(0);
  });
}

const FULFILMENT_MODES: Readonly<Record<string, FulfilmentMode>> = {
  SHIPPING: 'STOCK',
  LOCAL: 'STOCK',
  PICK_UP: 'PICKUP',
  PICKUP_POINT: 'PICKUP',
  RETAIL: 'PICKUP',
};

function mapFulfilmentMode(
  places: readonly FulfilmentGroup[],
): Pick<OrderLine, 'fulfilmentMode' | 'fulfilmentModeRaw'> {
  const raw = places[0]?.deliveryMethod ?? null;
  return { fulfilmentMode: FULFILMENT_MODES[raw ?? ''] ?? 'UNKNOWN', fulfilmentModeRaw: raw };
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

/** Which return each order line is sent in exchange for, by the line's global id. */
export function findExchanges(order: WireOrder): ReadonlyMap<string, string> {
  return new Map(
    (order.returns?.nodes ?? []).flatMap((one) =>
      one.exchangeLineItems.nodes.flatMap((item) =>
        (item.lineItems ?? []).map((line) => [line.id, fromGid(one.id)] as const),
      ),
    ),
  );
}

/** What a line sells: the first of the variant's bar codes is its bar code, as Shopify has it, the others are alternate ids. */
export function mapItem(line: WireLine): ItemRef | null {
  const productId = idOrNull(line.product);
  const variantId = idOrNull(line.variant);
  const sku = codeOrNull(line.sku);
  if (productId === null && variantId === null && sku === null) return null;
  const listed = line.variant?.barcodes?.nodes.map((code) => code.value) ?? [line.variant?.barcode];
  const [barcode = null, ...others] = listed.map(textOrNull).filter((code) => code !== null);
  const alternateIds = others.map((id) => createExternalId({ kind: 'barcode', id }));
  return createItemRef({ productId, variantId, sku, barcode, alternateIds });
}
