import type { Order } from '@entrepot/canonical';
import fc from 'fast-check';
import { orderFromShopify } from '../src/entities/order/map.ts';
import type { WireLine, WireOrder } from '../src/entities/order/wire.ts';
import type { WireFulfillment, WireRefund, WireReturn } from '../src/entities/order/wire-after-sale.ts';
import { connectionOf, wireFulfilment, wireLine, wireLineId, wireOrder, wireRefund, wireReturn } from './wire-order.ts';

/** One thing that a merchant does to a line of an order; what is impossible at that moment changes nothing. */
export type ShopStep = { readonly line: number; readonly quantity: number } & (
  | { readonly does: 'edit' }
  | { readonly does: 'fulfil' }
  | { readonly does: 'cancelFulfilment' }
  | { readonly does: 'refund'; readonly restockType: 'RETURN' | 'CANCEL' | 'NO_RESTOCK'; readonly ofShipped: boolean }
  | { readonly does: 'return'; readonly restockType: 'RETURN' | 'NO_RESTOCK' | null; readonly exchange: boolean }
);

const LINES = 2;
const base = { line: fc.nat({ max: LINES }), quantity: fc.integer({ min: 1, max: 3 }) };
const stepArbitrary: fc.Arbitrary<ShopStep> = fc.oneof(
  fc.record({ ...base, quantity: fc.nat({ max: 5 }), does: fc.constant('edit' as const) }),
  fc.record({ ...base, does: fc.constant('fulfil' as const) }),
  fc.record({ ...base, does: fc.constant('fulfil' as const) }),
  fc.record({ ...base, does: fc.constant('cancelFulfilment' as const) }),
  fc.record({
    ...base,
    does: fc.constant('refund' as const),
    restockType: fc.constantFrom('RETURN' as const, 'CANCEL' as const, 'NO_RESTOCK' as const),
    ofShipped: fc.boolean(),
  }),
  fc.record({
    ...base,
    does: fc.constant('return' as const),
    restockType: fc.constantFrom('RETURN' as const, 'NO_RESTOCK' as const, null),
    exchange: fc.boolean(),
  }),
);
export const stepsArbitrary = fc.array(stepArbitrary, { maxLength: 12 });
/** Enough steps that most orders see goods go out and come back. */
export const manyStepsArbitrary = fc.array(stepArbitrary, { minLength: 8, maxLength: 16 });

/** One piece of a line: what was really done with it. */
interface Unit {
  wanted: boolean;
  fulfilment: number | null;
  cameBack: boolean;
}

/** ordered, current, fulfilled, cancelled, returned */
export type Expected = readonly [number, number, number, number, number];

/**
 * Plays steps by the shop's rules on single pieces: only unshipped ones can be edited off or cancelled, only shipped ones returned;
 * a refund with RETURN takes shipped ones where there are any (Shopify accepts it where nothing was shipped); NO_RESTOCK may mean either.
 */
export function playOnPaper(steps: readonly ShopStep[]): { wire: WireOrder; expected: Expected[] } {
  const lines: Unit[][] = Array.from({ length: LINES }, () => newUnits(3));
  const fulfilments: WireFulfillment[] = [];
  const refunds: WireRefund[] = [];
  const returns: WireReturn[] = [];
  let minute = 0;

  const pick = (line: number, count: number, isFit: (unit: Unit) => boolean): Unit[] =>
    (lines[line] ?? []).filter((unit) => unit.wanted && isFit(unit)).slice(0, count);
  const isUnshipped = (unit: Unit): boolean => unit.fulfilment === null;
  const isShipped = (unit: Unit): boolean => unit.fulfilment !== null;

  const play: { [Does in ShopStep['does']]: (step: Extract<ShopStep, { does: Does }>) => void } = {
    edit: ({ line, quantity }) => {
      const units = lines[line];
      if (units === undefined) return;
      const wanted = units.filter((unit) => unit.wanted).length;
      if (quantity > wanted) units.push(...newUnits(quantity - wanted));
      else for (const unit of pick(line, wanted - quantity, isUnshipped)) unit.wanted = false;
    },
    fulfil: ({ line, quantity }) => {
      const units = pick(line, quantity, isUnshipped);
      if (units.length === 0) return;
      for (const unit of units) unit.fulfilment = minute;
      fulfilments.push(wireFulfilment(minute, { [line]: units.length }));
    },
    cancelFulfilment: ({ line }) => {
      const index = fulfilments.findIndex((one) => one.status === 'SUCCESS');
      const fulfilment = fulfilments[index];
      const at = Number(fulfilment?.id.split('/').at(-1));
      const units = lines.flat().filter((unit) => unit.fulfilment === at);
      // A shop does not call back goods that were refunded or returned.
      if (fulfilment === undefined || line !== 0 || units.some((unit) => !unit.wanted)) return;
      for (const unit of units) unit.fulfilment = null;
      fulfilments[index] = { ...fulfilment, status: 'CANCELLED' };
    },
    refund: ({ line, quantity, restockType, ofShipped }) => {
      const shipped = pick(line, quantity, isShipped);
      const unshipped = pick(line, quantity, isUnshipped);
      const takesShipped = restockType === 'RETURN' ? shipped.length > 0 : restockType === 'NO_RESTOCK' && ofShipped;
      // Where money was refunded for shipped pieces and RETURN is said of others, nobody can tell which were which.
      const isMuddled = restockType === 'RETURN' && !takesShipped && (lines[line] ?? []).some(isShipped);
      const units = takesShipped ? shipped : unshipped;
      if (units.length === 0 || isMuddled) return;
      for (const unit of units) {
        unit.wanted = false;
        unit.cameBack = takesShipped && restockType === 'RETURN';
      }
      refunds.push(wireRefund(minute, line, units.length, restockType));
    },
    return: ({ line, quantity, restockType, exchange }) => {
      const units = pick(line, quantity, isShipped);
      if (units.length === 0) return;
      for (const unit of units) {
        unit.wanted = false;
        unit.cameBack = true;
      }
      const processed = restockType === null || exchange ? units.length : 0;
      const added = lines.length;
      const exchanged = exchange
        ? [{ id: `gid://shopify/ExchangeLineItem/${minute}`, quantity: 1, lineItems: [{ id: wireLineId(added) }] }]
        : [];
      if (exchange) lines.push(newUnits(1));
      const made = wireReturn(minute, line, units.length, processed, exchanged);
      returns.push(made);
      if (restockType !== null) refunds.push(wireRefund(minute, line, units.length, restockType, made.id));
    },
  };
  for (const step of steps) {
    minute += 1;
    (play[step.does] as (step: ShopStep) => void)(step);
  }

  const count = (units: Unit[], isFit: (unit: Unit) => boolean): number => units.filter(isFit).length;
  const wireLines = lines.map((units, index): WireLine => {
    const open = count(units, (unit) => unit.wanted && isUnshipped(unit));
    const changes = {
      quantity: units.length,
      currentQuantity: count(units, (unit) => unit.wanted),
      unfulfilledQuantity: open,
      nonFulfillableQuantity: count(units, (unit) => !unit.wanted),
    };
    return wireLine(index, changes);
  });
  return {
    wire: wireOrder(wireLines, { fulfillments: fulfilments, refunds, returns: connectionOf(returns) }),
    expected: lines.map((units) => [
      units.length,
      count(units, (unit) => unit.wanted),
      count(units, isShipped),
      count(units, (unit) => !unit.wanted && isUnshipped(unit)),
      count(units, (unit) => unit.cameBack),
    ]),
  };
}

function newUnits(count: number): Unit[] {
  return Array.from({ length: count }, () => ({ wanted: true, fulfilment: null, cameBack: false }));
}

export function mapped(wire: WireOrder): Order {
  const result = orderFromShopify(wire, { connection: 'shop', adjustmentPolicy: 'adjust', customerHidden: false });
  if (!result.ok) throw new Error(result.error.message);
  return result.order;
}

/** Of each line: ordered, current, fulfilled, cancelled, returned. */
export function quantitiesOf(wire: WireOrder): number[][] {
  return mapped(wire).lines.map(({ quantity: { ordered, current, fulfilled, cancelled, returned } }) =>
    [ordered, current, fulfilled, cancelled, returned].map((value) => value.toNumber()),
  );
}
