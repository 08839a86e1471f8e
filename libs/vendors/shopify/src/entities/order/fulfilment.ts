import {
  createFulfilmentGroup,
  createFulfilmentGroupLine,
  createHold,
  createRef,
  Decimal,
  type FulfilmentGroup,
  type FulfilmentStatus,
  parseTimestamp,
} from '@entrepot/canonical';
import { fromGid, idOrNull, textOrNull, timeOrNull } from '../../fields.ts';
import type { WireLine, WireOrder } from './wire.ts';

/** The quantities of one line, in whole pieces as Shopify counts them. */
export interface LineCount {
  readonly ordered: number;
  readonly current: number;
  readonly fulfilled: number;
  readonly cancelled: number;
  readonly returned: number;
  /** Still to be handed over. */
  readonly open: number;
}

/** Fulfilments that handed nothing over. Legacy OPEN and PENDING ones are under way and count, as Shopify counts them. */
const FAILED_FULFILMENTS = ['CANCELLED', 'ERROR', 'FAILURE'];

/** What refunds and returns say of one line. */
interface Claims {
  /** Units that returns have processed or refunded. */
  byReturn: number;
  /** Units refunded as returned, without a return, and when; in the order of time. */
  readonly restocked: { readonly at: number; readonly quantity: number }[];
  /** Units refunded as not to be delivered. */
  cancelled: number;
  /** Units that older refunds put back to stock, as returned or cancelled. */
  legacy: number;
  /** Units refunded without a word about the goods. */
  moneyOnly: number;
}

/** Units of one line that a fulfilment handed over, and when. */
type HandOvers = readonly { readonly at: number; readonly quantity: number }[];

/**
 * Counts what happened to each line, by line id. Fulfilments show what was handed over; only that can be returned, and
 * only the rest can be cancelled. A refund's restock type is a claim, not a fact: Shopify accepts RETURN for goods that
 * never left (seen in a recorded refund of an unfulfilled order), and NO_RESTOCK both for goods with the customer and
 * for others.
 */
export function countLines(order: WireOrder): ReadonlyMap<string, LineCount> {
  const handOvers = collectHandOvers(order);
  const claims = collectClaims(order);
  return new Map(
    order.lineItems.nodes.map((line) => {
      const claim = claims.get(line.id) ?? noClaims();
      const own = handOvers === null ? guessHandOvers(line, claim) : (handOvers.get(line.id) ?? []);
      return [line.id, countLine(line, own, claim)];
    }),
  );
}

function countLine(line: WireLine, handOvers: HandOvers, claims: Claims): LineCount {
  const { quantity: ordered, currentQuantity: current, unfulfilledQuantity } = line;
  const fulfilled = sumQuantities(handOvers);
  const removed = ordered - current;
  const claimed = claims.byReturn + sumQuantities(claims.restocked);
  const cameBack = countCameBack(handOvers, claims);
  const neverLeft = Math.max(0, ordered - fulfilled);
  // Edits lower the current quantity without a refund, and only units that were not handed over can be removed by an
  // edit.
  const editedOff = Math.max(0, removed - claimed - claims.cancelled - claims.legacy - claims.moneyOnly);
  const surelyCancelled = Math.min(neverLeft, editedOff + claims.cancelled + claimed - cameBack);
  // What is wanted and is not among the goods that the customer kept is still to be sent, at least.
  const least = Math.max(0, current - (fulfilled - cameBack));
  const most = Math.min(current, neverLeft - surelyCancelled);
  // Between the two, where money was refunded for some units of a partly shipped line, Shopify's own count of units to ship decides.
  const toShip = least >= most ? most : Math.min(most, Math.max(least, unfulfilledQuantity));
  const cancelled = neverLeft - toShip;
  const restockedLater = Math.max(0, Math.min(claims.legacy, removed - cancelled - cameBack, fulfilled - cameBack));
  return {
    ordered,
    current,
    fulfilled,
    cancelled,
    returned: cameBack + restockedLater,
    open: Math.min(unfulfilledQuantity, toShip),
  };
}

/** Units that came back: what returns say, and what refunds say as far as that much had been handed over by then. */
function countCameBack(handOvers: HandOvers, claims: Claims): number {
  let restocked = 0;
  for (const { at, quantity } of claims.restocked) {
    const handedOver = sumQuantities(handOvers.filter((one) => one.at <= at));
    restocked += Math.max(0, Math.min(quantity, handedOver - restocked));
  }
  return Math.min(claims.byReturn + restocked, sumQuantities(handOvers));
}

function sumQuantities(parts: readonly { readonly quantity: number }[]): number {
  return parts.reduce((sum, part) => sum + part.quantity, 0);
}

/** Hand-overs by line; null where fulfilments are closed to the token. */
function collectHandOvers(order: WireOrder): Map<string, { at: number; quantity: number }[]> | null {
  if (!order.fulfillments) return null;
  const collected = new Map<string, { at: number; quantity: number }[]>();
  for (const fulfilment of order.fulfillments) {
    if (FAILED_FULFILMENTS.includes(fulfilment.status)) continue;
    const at = parseTimestamp(fulfilment.createdAt);
    for (const item of fulfilment.fulfillmentLineItems.nodes)
      collected.set(item.lineItem.id, [
        ...(collected.get(item.lineItem.id) ?? []),
        { at, quantity: item.quantity ?? 0 },
      ]);
  }
  return collected;
}

/** Without fulfilments the line's own numbers: units that came back count there among those that cannot be fulfilled. */
function guessHandOvers(line: WireLine, claims: Claims): HandOvers {
  const cameBack = claims.byReturn + sumQuantities(claims.restocked) + claims.legacy;
  const left = line.quantity - line.unfulfilledQuantity - line.nonFulfillableQuantity + cameBack;
  return [{ at: 0, quantity: Math.min(Math.max(0, left), line.quantity - line.unfulfilledQuantity) }];
}

function noClaims(): Claims {
  return { byReturn: 0, restocked: [], cancelled: 0, legacy: 0, moneyOnly: 0 };
}

function collectClaims(order: WireOrder): Map<string, Claims> {
  const claims = new Map<string, Claims>();
  const claimsOf = (lineId: string): Claims => {
    const known = claims.get(lineId) ?? noClaims();
    claims.set(lineId, known);
    return known;
  };
  for (const [lineId, quantity] of countByReturns(order)) claimsOf(lineId).byReturn += quantity;
  const refunds = order.refunds
    .filter((refund) => !refund.return)
    .map((refund) => ({ at: parseTimestamp(refund.createdAt ?? refund.processedAt), refund }))
    .sort((a, b) => a.at - b.at);
  for (const { at, refund } of refunds)
    for (const { lineItem, quantity, restockType } of refund.refundLineItems.nodes) {
      const claim = claimsOf(lineItem.id);
      if (restockType === 'RETURN') claim.restocked.push({ at, quantity });
      else if (restockType === 'CANCEL') claim.cancelled += quantity;
      else if (restockType === 'LEGACY_RESTOCK') claim.legacy += quantity;
      else claim.moneyOnly += quantity;
    }
  return claims;
}

/** Units that came back by returns: processed by the return or refunded by a refund of it, whichever is more, return by return. */
function countByReturns(order: WireOrder): [lineId: string, quantity: number][] {
  const processed = new Map<string, number>();
  const refunded = new Map<string, number>();
  const add = (counts: Map<string, number>, returnId: string, lineId: string, quantity: number): void => {
    const key = `${returnId} ${lineId}`;
    counts.set(key, (counts.get(key) ?? 0) + quantity);
  };
  for (const one of order.returns?.nodes ?? [])
    for (const line of one.returnLineItems.nodes)
      if (line.fulfillmentLineItem !== undefined)
        add(processed, one.id, line.fulfillmentLineItem.lineItem.id, line.processedQuantity);
  for (const refund of order.refunds)
    if (refund.return)
      for (const item of refund.refundLineItems.nodes) add(refunded, refund.return.id, item.lineItem.id, item.quantity);
  return [...new Set([...processed.keys(), ...refunded.keys()])].map((key) => [
    key.split(' ')[1] ?? '',
    Math.max(processed.get(key) ?? 0, refunded.get(key) ?? 0),
  ]);
}

/** What each word means while nothing has been handed over; after that the lines say it. */
const STATES_BEFORE_HAND_OVER: Readonly<Record<string, FulfilmentStatus>> = {
  UNFULFILLED: 'UNFULFILLED',
  OPEN: 'UNFULFILLED',
  PENDING_FULFILLMENT: 'UNFULFILLED',
  REQUEST_DECLINED: 'UNFULFILLED',
  PARTIALLY_FULFILLED: 'UNFULFILLED',
  FULFILLED: 'UNFULFILLED',
  FULFILLMENT_NOT_REQUIRED: 'UNFULFILLED',
  RESTOCKED: 'UNFULFILLED',
  SCHEDULED: 'SCHEDULED',
  ON_HOLD: 'ON_HOLD',
  IN_PROGRESS: 'IN_PROGRESS',
};

/**
 * The fulfilment status follows from the lines: Shopify's words change with the API version (an order with nothing left
 * to ship reads UNFULFILLED up to 2026-07 and FULFILLMENT_NOT_REQUIRED from 2026-10). An unknown word is UNKNOWN.
 */
export function mapFulfilmentStatus(word: string, counts: Iterable<LineCount>): FulfilmentStatus {
  const beforeHandOver = STATES_BEFORE_HAND_OVER[word];
  if (beforeHandOver === undefined) return 'UNKNOWN';
  let fulfilled = 0;
  let returned = 0;
  let open = 0;
  for (const count of counts) {
    fulfilled += count.fulfilled;
    returned += count.returned;
    open += count.open;
  }
  if (fulfilled === 0) return beforeHandOver;
  if (word === 'RESTOCKED' && returned === fulfilled) return 'RETURNED';
  return open > 0 ? 'PARTIALLY_FULFILLED' : 'FULFILLED';
}

export function mapFulfilmentGroups(order: WireOrder): FulfilmentGroup[] {
  return (order.fulfillmentOrders?.nodes ?? []).map((group) =>
    createFulfilmentGroup({
      id: fromGid(group.id),
      location: createRef({ id: idOrNull(group.assignedLocation.location), name: group.assignedLocation.name }),
      status: group.status,
      deliveryMethod: group.deliveryMethod?.methodType ?? null,
      fulfilAt: timeOrNull(group.fulfillAt),
      holds: group.fulfillmentHolds.map((hold) =>
        createHold({
          kind: hold.reason.toLowerCase(),
          code: hold.reason,
          reason: textOrNull(hold.reasonNotes) ?? hold.displayReason,
        }),
      ),
      lines: group.lineItems.nodes.map((line) =>
        createFulfilmentGroupLine({
          lineId: fromGid(line.lineItem.id),
          quantity: new Decimal(line.totalQuantity),
          remaining: new Decimal(line.remainingQuantity),
        }),
      ),
    }),
  );
}
