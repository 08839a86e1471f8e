import {
  type EntityName,
  type EntityOf,
  foldName,
  type JsonValue,
  type OrderFacts,
  type RecordFacts,
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
 * Decides whether a flow takes a record. A record that the target already holds (`linked`) is always taken: its later
 * states must reach the target even when they no longer match, or a cancelled order would stay open there.
 * @param readEntity the record itself: requested by a filter expression alone
 * @throws MappingError when the filter expression fails: neither yes nor no is right then, so the caller must make it
 *   visible as failed
 */
export async function decideFlow<E extends EntityName>(
  flow: FlowSettings,
  entityName: E,
  facts: RecordFacts,
  readEntity: () => Promise<EntityOf<E>>,
  context: { readonly linked: boolean },
): Promise<FlowDecision> {
  if (context.linked) return MATCHED;
  if (facts.deleted) return skip('deleted-before-import', 'it was deleted in the source before it was ever delivered');
  if (facts.order !== null && 'gate' in flow) {
    const decision = passGate(flow.gate, facts.order);
    if (!decision.matched) return decision;
  }
  if (
    flow.filter !== null &&
    !(await evaluateCondition(flow.filter, toJson(entityName, await readEntity()) as JsonValue, 'filter'))
  ) {
    return skip('filtered', `the flow's filter is not met: ${shorten(flow.filter)}`);
  }
  return MATCHED;
}

/** The import gate alone: test orders, cancelled orders, channels, payment. */
function passGate(gate: ImportGate, order: OrderFacts): FlowDecision {
  if (order.test && gate.testOrders === 'skip')
    return skip('test-order', 'it is a test order; the flow skips test orders');
  if (gate.cancelledBeforeImport === 'skip' && order.cancelled) {
    return skip('cancelled-before-import', 'it was cancelled before it was ever delivered');
  }
  return passChannel(gate, order) ?? passPayment(gate, order) ?? MATCHED;
}

function passChannel(gate: ImportGate, { channels }: OrderFacts): FlowDecision | null {
  if (gate.channels === null) return null;
  const wanted = new Set(gate.channels.map(foldName));
  if (channels.some((name) => wanted.has(foldName(name)))) return null;
  const channel = channels.length === 0 ? 'no sales channel' : `the sales channel "${channels.at(-1)}"`;
  return skip(
    'channel-not-selected',
    `it came by ${channel}; the flow takes ${gate.channels.length === 0 ? 'none' : gate.channels.join(', ')}`,
  );
}

/** Money was received, whatever was given back since. */
const PAID = new Set(['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED']);

function passPayment(gate: ImportGate, order: OrderFacts): FlowDecision | null {
  const { importOn } = gate;
  if (importOn.includes('any')) return null;
  if (importOn.includes('paid') && PAID.has(order.paymentStatus)) return null;
  if (importOn.includes('authorized') && order.paymentStatus === 'AUTHORIZED') return null;
  const chosen = new Set(gate.manualPaymentMethods.map(foldName));
  if (order.waysToPay.some(({ name }) => chosen.has(foldName(name)))) return null;
  return skip(
    'payment-not-ready',
    `its payment is ${describePaymentStatus(order)}; the flow takes ${importOn.join(' or ') || 'no payment state'}${
      chosen.size === 0 ? '' : `, or orders paid by ${gate.manualPaymentMethods.join(', ')}`
    }${adviseWays(order)}`,
  );
}

function describePaymentStatus({ paymentStatus, paymentStatusRaw: raw }: OrderFacts): string {
  return raw === null || foldName(raw) === foldName(paymentStatus)
    ? paymentStatus
    : `${paymentStatus} (in the source: ${raw})`;
}

/** What `manualPaymentMethods` may name to let such orders in. */
function adviseWays({ waysToPay }: OrderFacts): string {
  const names = waysToPay.filter(({ isCommon }) => isCommon).map(({ name }) => `"${name}"`);
  const last = names.pop();
  if (last === undefined) return '';
  const listed = names.length === 0 ? last : `${names.join(', ')} or ${last}`;
  return `; to take such orders unpaid, name ${listed} in gate.manualPaymentMethods`;
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}

function skip(reasonCode: SkipReason, reason: string): FlowDecision {
  return { matched: false, reasonCode, reason };
}
