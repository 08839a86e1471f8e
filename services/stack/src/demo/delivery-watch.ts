import type { AdminClient, DeliveryView } from './admin-client.ts';
import { waitFor } from './wait.ts';

/** The newest delivery of an order, whatever its version; null while there is none. */
export async function findNewestDelivery(admin: AdminClient, orderId: string): Promise<DeliveryView | null> {
  const found = await admin.listDeliveries({ entity: 'order', sourceId: orderId });
  return found.reduce<DeliveryView | null>(
    (newest, delivery) => (newest === null || delivery.version > newest.version ? delivery : newest),
    null,
  );
}

/** Waits until the newest delivery of an order is in one of the states. @throws WaitedTooLong naming the state it is in */
export async function waitForState(
  admin: AdminClient,
  orderId: string,
  states: readonly string[],
  timeoutMs = 30_000,
): Promise<DeliveryView> {
  let last: DeliveryView | null = null;
  return waitFor(
    `order ${orderId} to be ${states.join(' or ')}`,
    async () => {
      last = await findNewestDelivery(admin, orderId);
      return last !== null && states.includes(last.state) ? last : null;
    },
    timeoutMs,
    () => (last === null ? 'no delivery' : `${last.state}${last.reason === null ? '' : ` (${last.reason})`}`),
  );
}
