import type { OrderState } from '../state.ts';
import { numericId } from '../store.ts';

interface Happening {
  readonly action: string;
  /** What it came from: gives the event its id. */
  readonly source: string;
  readonly at: string | null;
  readonly message: string;
}

/** The history of an order, the oldest first. Nothing is recorded of its words: they are the sandbox's. */
export function listEvents(order: OrderState): Record<string, unknown>[] {
  return listHappenings(order)
    .flatMap((one) => (one.at === null ? [] : [{ ...one, at: one.at }]))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ action, source, at, message }) => ({
      __typename: 'BasicEvent',
      id: `gid://shopify/BasicEvent/${ACTIONS.indexOf(action) + 1}${numericId(source)}`,
      action,
      appTitle: 'Online Store',
      attributeToApp: true,
      attributeToUser: false,
      createdAt: at,
      criticalAlert: false,
      message,
      subjectId: order.id,
    }));
}

/** Their places keep the ids of events of different kinds apart. */
const ACTIONS: readonly string[] = ['create', 'transaction', 'fulfillment', 'refund', 'return', 'cancelled', 'closed'];

function listHappenings(order: OrderState): Happening[] {
  const { id } = order;
  return [
    { action: 'create', source: id, at: order.createdAt, message: `Order ${order.name} was created.` },
    ...order.transactions.map((one) => ({
      action: 'transaction',
      source: one.id,
      at: one.createdAt,
      message: `A ${one.kind.toLowerCase()} came to ${one.status.toLowerCase()}.`,
    })),
    ...order.fulfillments.map((one) => ({
      action: 'fulfillment',
      source: one.id,
      at: one.createdAt,
      message: `${one.lines.length} lines were fulfilled.`,
    })),
    ...order.refunds.map((one) => ({
      action: 'refund',
      source: one.id,
      at: one.createdAt,
      message: 'A refund was made.',
    })),
    ...order.returns.map((one) => ({
      action: 'return',
      source: one.id,
      at: one.createdAt,
      message: `Return ${one.name} was created.`,
    })),
    { action: 'cancelled', source: id, at: order.cancelledAt, message: `Order ${order.name} was cancelled.` },
    { action: 'closed', source: id, at: order.closedAt, message: `Order ${order.name} was closed.` },
  ];
}
