import {
  type EntityName,
  type EntityOf,
  type JsonValue,
  type Order,
  type OrderPayment,
  toJson,
} from '@entrepot/canonical';
import { evaluateCondition } from './expression.ts';
import type { FlowSettings, ImportGate } from './flow-settings.ts';

/** Why a flow does not take a record. Stable: shown in reports and counted. */
export const SKIP_REASONS = [
  'deleted-before-import',
  'test-order',
  'cancelled-before-import',
  'channel-not-selected',
  'payment-not-ready',
  'filtered',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type FlowDecision =
  | { readonly matched: true }
  | { readonly matched: false; readonly reasonCode: SkipReason; readonly reason: string };

const MATCHED: FlowDecision = { matched: true };

/**
 * Decides whether a flow takes a record. A record that is in the target already (`linked`) is always taken: its later states must
 * reach the target even when they no longer match, or a cancelled order would stay open there.
 * @throws MappingError when the filter expression fails: neither yes nor no is right then, so the caller must make it visible as failed
 */
export async function decideFlow<E extends EntityName>(
  flow: FlowSettings,
  entityName: E,
  entity: EntityOf<E>,
  context: { readonly linked: boolean },
): Promise<FlowDecision> {
  if (context.linked) return MATCHED;
  if (entity.deleted) return skip('deleted-before-import', 'it was deleted in the source before it was ever delivered');
  if (entityName === 'order') {
    const decision = passGate(flow.gate, entity as Order);
    if (!decision.matched) return decision;
  }
  if (
    flow.filter !== null &&
    !(await evaluateCondition(flow.filter, toJson(entityName, entity) as JsonValue, 'filter'))
  ) {
    return skip('filtered', `the flow's filter is not met: ${shorten(flow.filter)}`);
  }
  return MATCHED;
}

/** The import gate alone: test orders, cancelled orders, channels, payment. */
export function passGate(gate: ImportGate, order: Order): FlowDecision {
  if (order.test && gate.testOrders === 'skip')
    return skip('test-order', 'it is a test order; the flow skips test orders');
  if (gate.cancelledBeforeImport === 'skip' && (order.cancelledAt !== null || order.orderStatus === 'CANCELLED')) {
    return skip('cancelled-before-import', 'it was cancelled before it was ever delivered');
  }
  return passChannel(gate, order) ?? passPayment(gate, order) ?? MATCHED;
}

function passChannel(gate: ImportGate, order: Order): FlowDecision | null {
  if (gate.channels === null) return null;
  const wanted = new Set(gate.channels.map(fold));
  const names = [order.channel?.id, order.channel?.number, order.channel?.name].filter(
    (name) => name !== null && name !== undefined,
  );
  if (names.some((name) => wanted.has(fold(name)))) return null;
  const channel = names.length === 0 ? 'no sales channel' : `the sales channel "${names.at(-1)}"`;
  return skip(
    'channel-not-selected',
    `it came by ${channel}; the flow takes ${gate.channels.length === 0 ? 'none' : gate.channels.join(', ')}`,
  );
}

/** Money was received, whatever was given back since. */
const PAID = new Set(['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED']);

function passPayment(gate: ImportGate, order: Order): FlowDecision | null {
  const { importOn } = gate;
  if (importOn.includes('any')) return null;
  if (importOn.includes('paid') && PAID.has(order.paymentStatus)) return null;
  if (importOn.includes('authorized') && order.paymentStatus === 'AUTHORIZED') return null;
  const ways = listWaysToPay(order);
  const chosen = new Set(gate.manualPaymentMethods.map(fold));
  if (ways.some((way) => chosen.has(fold(way)))) return null;
  return skip(
    'payment-not-ready',
    `its payment is ${describePaymentStatus(order)}; the flow takes ${importOn.join(' or ') || 'no payment state'}${
      chosen.size === 0 ? '' : `, or orders paid by ${gate.manualPaymentMethods.join(', ')}`
    }${adviseWays(order, ways)}`,
  );
}

/**
 * What `manualPaymentMethods` may name to let an order in that is not paid. Its terms always: they promise a payment, whatever became of
 * another (a deposit, a card that failed). A method only while it may still pay: not when the payment failed, was voided, or ran out.
 */
function listWaysToPay(order: Order): string[] {
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
  const ways = [...byTerms, ...byMethod].filter((way) => way !== null && way !== undefined && way.trim() !== '');
  return [...new Map((ways as string[]).map((way) => [fold(way), way])).values()];
}

/** The word that stands for any payment terms, and for payments by terms. */
const ANY_TERMS = 'terms';
const DEAD = new Set(['FAILED', 'CANCELLED']);

function listLivePayments({ payments }: Order): OrderPayment[] {
  const voided = new Set(
    payments.filter(({ kind, status }) => kind === 'VOID' && !DEAD.has(status)).map(({ parentId }) => parentId),
  );
  return payments.filter(
    ({ id, kind, status }) => !DEAD.has(status) && kind !== 'VOID' && kind !== 'REFUND' && !voided.has(id),
  );
}

function describePaymentStatus({ paymentStatus, paymentStatusRaw: raw }: Order): string {
  return raw === null || fold(raw) === fold(paymentStatus) ? paymentStatus : `${paymentStatus} (in the source: ${raw})`;
}

/** Names that fit more than this one order: no ids, which sources give anew to each, and no card, which is to be paid at once. */
function adviseWays(order: Order, ways: readonly string[]): string {
  const cards = order.payments
    .filter(({ method }) => method === 'CARD')
    .flatMap((card) => [card.gateway, card.methodRaw]);
  const unfit = new Set([order.terms?.id, order.paymentMethod?.id, ...cards]);
  const names = ways.filter((way) => !unfit.has(way)).map((way) => `"${way}"`);
  const last = names.pop();
  if (last === undefined) return '';
  const listed = names.length === 0 ? last : `${names.join(', ')} or ${last}`;
  return `; to take such orders unpaid, name ${listed} in gate.manualPaymentMethods`;
}

/** Case, and how many blanks there are, tell no names apart. */
function fold(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}

function skip(reasonCode: SkipReason, reason: string): FlowDecision {
  return { matched: false, reasonCode, reason };
}
