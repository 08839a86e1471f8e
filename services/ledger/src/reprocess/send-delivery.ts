import { RecordTooLarge } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import type { LedgerMetrics } from '../metrics.ts';
import type { Delivery, Outstanding } from '../states/delivery.ts';
import type { Message } from '../states/message.ts';
import { abandon, advance, giveUp } from '../states/transitions.ts';
import type { LedgerStore } from '../store/collections.ts';
import { type LaneSenderPorts, NotSendable, sendToLane } from './lane-sender.ts';

export interface SendPorts extends LaneSenderPorts {
  readonly store: LedgerStore;
  readonly metrics: LedgerMetrics;
  readonly log: Logger;
  now(): Date;
}

/** Sends one claimed delivery and records its position. */
export async function sendOne(ports: SendPorts, delivery: Delivery): Promise<Delivery | null> {
  const { outstanding } = delivery;
  if (outstanding === null) return delivery;
  try {
    const lane = await sendToLane(ports, delivery, await findMessage(ports.store, delivery.eventId), outstanding);
    ports.metrics.laneAppends.inc({ to: delivery.to, mode: outstanding.mode });
    const sent = { stage: 'sent', lane, sinceMs: ports.now().getTime() } as const;
    return await ports.store.changes.deliveries.update(delivery._id, (current) =>
      current === null ? null : advance(current, outstanding.operationId, sent, ports.now()),
    );
  } catch (error) {
    if (error instanceof NotSendable) return refuse(ports, delivery, outstanding, error.message, error.passing);
    // A lane in creation gets its partition soon; a record that Kafka refuses as too large never shrinks.
    if (isNamed(error, 'TopicUnknown')) return refuse(ports, delivery, outstanding, error.message, true);
    if (error instanceof RecordTooLarge)
      return refuse(ports, delivery, outstanding, `${error.message}. ${error.advice}`, false);
    throw error;
  }
}

/** Ends an operation that cannot be sent; one that may become sendable resumes by its timer, if it has one. */
export async function refuse(
  ports: Pick<SendPorts, 'store' | 'log' | 'now'>,
  delivery: Delivery,
  { operationId, mode }: Outstanding,
  why: string,
  passing: boolean,
): Promise<Delivery | null> {
  ports.log.warn({ deliveryId: delivery._id, eventId: delivery.eventId }, `not sent to its lane: ${why}`);
  await ports.store.changes.operations.update(operationId, (current) =>
    current === null ? null : { ...current, state: 'failed', result: why, updatedAt: ports.now() },
  );
  return ports.store.changes.deliveries.update(delivery._id, (current) => {
    if (current === null) return null;
    // An automatic try that can never be sent would recur for ever: a person is needed.
    return mode === 'automatic' && !passing
      ? giveUp(current, operationId, why, ports.now())
      : abandon(current, operationId, ports.now());
  });
}

/** Equal events published twice are two messages with the same bytes; an event that is only announced has no bytes yet. */
async function findMessage(store: LedgerStore, eventId: string): Promise<Message> {
  const message = await store.messages.findOne({ eventId, record: { $ne: null } });
  if (message !== null) return message;
  throw new NotSendable('Its event is not in the ledger (yet). Refresh the record at its source instead.', true);
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
