import {
  createDiscount,
  createDuty,
  createLineQuantity,
  createOrderLine,
  createRef,
  createShippingLine,
  Decimal,
  type Discount,
  type Duty,
  type FulfilmentGroup,
  type FulfilmentMode,
  type LineQuantity,
  type OrderLine,
  type OrderLineKind,
  parseDecimal,
  type ShippingLine,
} from '@entrepot/canonical';
import { fromGid } from '../../ids.ts';
import {
  addBags,
  bagOf,
  type Currencies,
  codeOrNull,
  idOrNull,
  isZeroBag,
  mapAttributes,
  mapTaxes,
  multiplyBag,
  subtractBags,
  sumBags,
  textOrNull,
} from '../fields.ts';
import type { WireDuty } from '../wire.ts';
import { findExchanges, mapItem } from './after-sale.ts';
import type { LineCount } from './quantities.ts';
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

/** Makes lines tips: nothing is sold and nothing handed over. */
export function markTips(lines: readonly OrderLine[], tipLineIds: ReadonlySet<string>): OrderLine[] {
  const ids = new Set([...tipLineIds].map(fromGid));
  return lines.map((line) =>
    ids.has(line.id) ? { ...line, kind: 'TIP', item: null, quantity: takeBack(line.quantity) } : line,
  );
}

/** Shops mark all lines of an order as fulfilled; a tip has nothing to hand over. */
function takeBack(quantity: LineQuantity): LineQuantity {
  const { ordered, current } = quantity;
  return createLineQuantity({ ordered, current, cancelled: ordered.minus(current) });
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

/** Titles of tips in the languages of the checkout: they only rank two otherwise equal candidates. */
const TIP_WORDS =
  /^(tips?|gratuity|trinkgeld|pourboire|propina|gorjeta|gratificação|mancia|fooi|dricks|drikkepenger?|juomaraha|napiwek|spropitné|bahşiş|チップ|小费|小費|팁)(?=$|[^\p{L}])/iu;
/** All combinations of this many lines are tried: 1,024 at most. */
const MAX_CANDIDATES = 10;

interface Candidate {
  readonly id: string;
  readonly amount: Decimal;
  /** 2: the title is a word for tip and nothing else; 1: it starts with one; 0: neither. */
  readonly likeness: number;
}

/**
 * The ids of the lines that are tips. A tip is a line of its own without item, tax and delivery, and goods can look just like it:
 * which lines are tips follows from the tips that the order says it received, and from its total, not from a title.
 * @param adds true when the order's total adds up with these lines as tips and whatever else it received as tips on top
 */
export function findTipLines(
  order: WireOrder,
  adds: (tipLineIds: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const received = parseDecimal(order.totalTipReceivedSet.presentmentMoney.amount);
  if (received.isZero()) return new Set();
  const choices = combine(listCandidates(order, received)).filter(({ sum }) => sum.lte(received));
  // Lines that make up all the tips, then a sum without lines, then some of each.
  const rank = (sum: Decimal): number => (sum.eq(received) ? 0 : sum.isZero() ? 1 : 2);
  choices.sort((a, b) => rank(a.sum) - rank(b.sum) || b.likeness - a.likeness || a.members.length - b.members.length);
  const chosen = choices.find(({ members }) => adds(new Set(members))) ?? choices[0];
  return new Set(chosen?.members);
}

interface Choice {
  readonly members: readonly string[];
  readonly sum: Decimal;
  /** Of the least likely member. */
  readonly likeness: number;
}

/** Every combination; those with the earlier candidates come first. */
function combine(candidates: readonly Candidate[]): Choice[] {
  let choices: Choice[] = [{ members: [], sum: parseDecimal(0), likeness: 2 }];
  for (const candidate of candidates)
    choices = choices.flatMap((choice) => [
      {
        members: [...choice.members, candidate.id],
        sum: choice.sum.plus(candidate.amount),
        likeness: Math.min(choice.likeness, candidate.likeness),
      },
      choice,
    ]);
  return choices;
}

/** The likeliest lines first; of equal ones the later, since a tip comes after the goods. */
function listCandidates(order: WireOrder, received: Decimal): Candidate[] {
  return order.lineItems.nodes
    .filter(canBeTip)
    .map((line) => ({
      id: line.id,
      amount: parseDecimal(line.originalUnitPriceSet.presentmentMoney.amount).times(line.quantity),
      likeness: likenessOf(line.title),
    }))
    .filter(({ amount }) => amount.gt(0) && amount.lte(received))
    .reverse()
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MAX_CANDIDATES);
}

function canBeTip(line: WireLine): boolean {
  const isItem = Boolean(line.product) || Boolean(line.variant) || codeOrNull(line.sku) !== null || line.isGiftCard;
  const isTaxed = line.taxLines.some((tax) => !parseDecimal(tax.priceSet.presentmentMoney.amount).isZero());
  return !isItem && !isTaxed && !line.requiresShipping && line.discountAllocations.length === 0;
}

function likenessOf(title: string): number {
  const word = TIP_WORDS.exec(title.trim())?.[0];
  if (word === undefined) return 0;
  return word.length === title.trim().length ? 2 : 1;
}
