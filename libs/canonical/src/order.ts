import type { EntityOf } from './entity-of.ts';
import { MAX_HEADER_CHARACTERS } from './event.ts';
import type { LineQuantity, Order, OrderAmounts } from './generated/order.gen.ts';
import type { Bag, OrderPayment } from './generated/shared.gen.ts';
import type { FieldIssue } from './model/records.ts';
import { type EntityName, isEntityName } from './names.ts';
import { isOrderedAlone, type OrderingKey, orderingKeyOf } from './ordering.ts';
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
 * Checks that the quantities of each line agree: none is negative, fulfilled ≤ ordered − cancelled, returned ≤ fulfilled, cancelled +
 * returned ≤ ordered. A violation means that more goods were handed over than ordered, more came back than were handed over, or goods were
 * cancelled although they were handed over. Returns every fault with its path; empty when all agree.
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

/** What a flow's import gate looks at in an order, and no more: it travels in a header, so that who routes need not read the order. */
export interface OrderFacts {
  readonly test: boolean;
  readonly cancelled: boolean;
  /** The sales channel's id, number and name, as far as it has them. */
  readonly channels: readonly string[];
  readonly paymentStatus: string;
  readonly paymentStatusRaw: string | null;
  readonly waysToPay: readonly WayToPay[];
}

/** Something that an order may be let in by though it is not paid. */
export interface WayToPay {
  readonly name: string;
  /** Applies to more than this one order: it has no id, which sources assign anew to each order, and no card, which is due immediately. */
  readonly isCommon: boolean;
}

/** The word that stands for any payment terms, and for payments by terms. */
const ANY_TERMS = 'terms';
const DEAD = new Set(['FAILED', 'CANCELLED']);

export function describeOrder(order: Order): OrderFacts {
  const { test, cancelledAt, orderStatus, channel, paymentStatus, paymentStatusRaw } = order;
  return {
    test,
    cancelled: cancelledAt !== null || orderStatus === 'CANCELLED',
    channels: [channel?.id, channel?.number, channel?.name].filter((name) => name !== null && name !== undefined),
    paymentStatus,
    paymentStatusRaw,
    waysToPay: listWaysToPay(order),
  };
}

/**
 * Its terms always: they promise a payment, whatever became of another (a deposit, a card that failed). A method only while it may still pay:
 * not when the payment failed, was voided, or ran out. Of names that differ by case and blanks alone the last.
 */
function listWaysToPay(order: Order): WayToPay[] {
  const { terms, paymentMethod } = order;
  const byTerms = terms === null ? [] : [terms.name, terms.number, terms.id, terms.kind, ANY_TERMS];
  const hopeless = order.paymentStatus === 'VOIDED' || order.paymentStatus === 'EXPIRED';
  const byMethod = hopeless
    ? []
    : [
        paymentMethod?.name,
        paymentMethod?.number,
        paymentMethod?.id,
        ...listLivePayments(order).flatMap(({ gateway, methodRaw, method }) => [
          gateway,
          methodRaw,
          method === 'TERMS' ? ANY_TERMS : null,
        ]),
      ];
  const names = [...byTerms, ...byMethod].filter((name) => name !== null && name !== undefined && name.trim() !== '');
  const cards = order.payments
    .filter(({ method }) => method === 'CARD')
    .flatMap((card) => [card.gateway, card.methodRaw]);
  const unfit = new Set([terms?.id, paymentMethod?.id, ...cards]);
  return [...new Map((names as string[]).map((name) => [foldName(name), name])).values()].map((name) => ({
    name,
    isCommon: !unfit.has(name),
  }));
}

function listLivePayments({ payments }: Order): OrderPayment[] {
  const voided = new Set(
    payments.filter(({ kind, status }) => kind === 'VOID' && !DEAD.has(status)).map(({ parentId }) => parentId),
  );
  return payments.filter(
    ({ id, kind, status }) => !DEAD.has(status) && kind !== 'VOID' && kind !== 'REFUND' && !voided.has(id),
  );
}

/** Case and the number of blanks do not distinguish names. */
export function foldName(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** All that routing asks of a record beside its event headers, unless a flow has a filter expression. */
export interface RecordFacts {
  readonly deleted: boolean;
  /** Of orders; null of all other entities. */
  readonly order: OrderFacts | null;
  /** See {@link orderingKeyOf}. */
  readonly orderingKey: OrderingKey | null;
}

/** Rises when routing asks for more: facts of another version are not used, and the record itself is read. */
const FACTS_VERSION = 1;

export function describeRecord(entityName: EntityName, entity: EntityOf): RecordFacts {
  return {
    deleted: entity.deleted,
    order: entityName === 'order' ? describeOrder(entity as Order) : null,
    orderingKey: orderingKeyOf(entityName, entity),
  };
}

/**
 * The private header with a record's facts. They are part of the record's own content, and go with it when it is erased. Left out where they
 * are longer than a header may be: the record itself is read then.
 */
export function formatFacts({ deleted, order, orderingKey }: RecordFacts): Record<string, string> {
  const text = JSON.stringify({
    v: FACTS_VERSION,
    deleted,
    ...(order === null ? {} : { order: shorten(order) }),
    ...(orderingKey === null ? {} : { about: [orderingKey.entity, orderingKey.sourceId] }),
  });
  return text.length > MAX_HEADER_CHARACTERS ? {} : { entrepot_facts: text };
}

function shorten({ waysToPay, ...order }: OrderFacts) {
  return { ...order, ways: waysToPay.map(({ name, isCommon }) => [name, isCommon ? 1 : 0]) };
}

/** Reads the result of {@link formatFacts}; null when the record itself must be read: another release wrote it, or a foreign writer. */
export function parseFacts(
  entityName: EntityName,
  headers: Readonly<Record<string, string | undefined>>,
): RecordFacts | null {
  const text = headers.entrepot_facts;
  if (text === undefined || text.length > MAX_HEADER_CHARACTERS) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(json) || json.v !== FACTS_VERSION || typeof json.deleted !== 'boolean') return null;
  const orderingKey = parseAbout(json.about);
  // Absent also where a release before 0.2 wrote it.
  if (orderingKey === null && !isOrderedAlone(entityName)) return null;
  const order = entityName === 'order' ? parseOrder(json.order) : null;
  if (entityName === 'order' && order === null) return null;
  return { deleted: json.deleted, order, orderingKey };
}

function parseAbout(json: unknown): OrderingKey | null {
  if (!Array.isArray(json)) return null;
  const [entity, sourceId]: readonly unknown[] = json;
  if (typeof entity !== 'string' || !isEntityName(entity)) return null;
  return typeof sourceId === 'string' && sourceId !== '' ? { entity, sourceId } : null;
}

function parseOrder(json: unknown): OrderFacts | null {
  if (!isObject(json)) return null;
  const { test, cancelled, channels, paymentStatus, paymentStatusRaw, ways } = json;
  if (typeof test !== 'boolean' || typeof cancelled !== 'boolean' || typeof paymentStatus !== 'string') return null;
  if (paymentStatusRaw !== null && typeof paymentStatusRaw !== 'string') return null;
  if (!Array.isArray(channels) || !channels.every((name) => typeof name === 'string')) return null;
  const waysToPay = Array.isArray(ways) ? ways.map(parseWay) : [null];
  if (!waysToPay.every((way) => way !== null)) return null;
  return { test, cancelled, channels, paymentStatus, paymentStatusRaw, waysToPay };
}

function parseWay(json: unknown): WayToPay | null {
  if (!Array.isArray(json) || typeof json[0] !== 'string' || typeof json[1] !== 'number') return null;
  return { name: json[0], isCommon: json[1] === 1 };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
