import { expect } from 'vitest';
import type { AdminClient, DeliveryDetailView, DeliveryView } from '../../../../src/demo/admin-client.ts';
import { waitFor } from '../../../../src/demo/wait.ts';

// biome-ignore lint/suspicious/noExplicitAny: the canonical record as JSON, of which each test looks at a few fields
export type Payload = any;

export interface Settled {
  readonly delivery: DeliveryDetailView;
  readonly payload: Payload;
}

export interface Wanted {
  readonly entity?: 'order' | 'customer';
  /** The state of the source that is waited for; left out: the first one that comes. */
  readonly when?: (payload: Payload) => boolean;
  /** How it must end; anything else fails the test at once, with the reason. */
  readonly as?: readonly string[];
  readonly timeoutMs?: number;
}

/** Done, and the target was found to be as the source. */
const ENDED_WELL = ['verified', 'unchanged'];
/** It goes on by itself. */
const UNDER_WAY = ['pending', 'retrying', 'waiting', 'in-doubt', 'accepted'];
const MAX_WAIT_MS = 40_000;
/** Without a delivery until then, it is asked whether the record could not be mapped. */
const SUSPICIOUS_AFTER_MS = 6_000;

function describe(delivery: DeliveryView | null): string {
  if (delivery === null) return 'no delivery';
  const { state, reason, error } = delivery;
  const told = error === null ? reason : `${error.message} ${error.advice ?? ''}`;
  return told === null ? state : `${state}: ${told}`;
}

/** Waits until a record's newest state has been dealt with, and holds how that ended against what must be. */
export async function settle(
  admin: AdminClient,
  record: { readonly id: string; readonly connection: string },
  wanted: Wanted = {},
): Promise<Settled> {
  const { entity = 'order', when = () => true, as = ENDED_WELL, timeoutMs = MAX_WAIT_MS } = wanted;
  let last: DeliveryView | null = null;
  let lacking = '';
  const beganAt = performance.now();
  const settled = await waitFor(
    `${entity} ${record.id} of ${record.connection} to be ${as.join(' or ')}`,
    async () => {
      const found = await admin.listDeliveries({ entity, sourceId: record.id, from: record.connection });
      last = found.reduce<DeliveryView | null>(
        (newest, delivery) => (newest === null || delivery.version > newest.version ? delivery : newest),
        null,
      );
      if (last === null && performance.now() - beganAt > SUSPICIOUS_AFTER_MS) await refuseUnmapped(admin, record.id);
      if (last === null || (UNDER_WAY.includes(last.state) && !as.includes(last.state))) return null;
      const delivery = await admin.showDelivery(last.id);
      if (!when(delivery.payload)) {
        lacking = ', of an older state of the record';
        return null;
      }
      return { delivery, payload: delivery.payload };
    },
    timeoutMs,
    () => `${describe(last)}${lacking}`,
  );
  expect(as, `${entity} ${record.id} of ${record.connection} is ${describe(settled.delivery)}`).toContain(
    settled.delivery.state,
  );
  return settled;
}

/** @throws Error when the source could not map the record: then there is nothing to wait for */
async function refuseUnmapped(admin: AdminClient, id: string): Promise<void> {
  const [unmapped] = await admin.listMessages({ sourceId: id, open: 'true' });
  if (unmapped !== undefined) throw new Error(`The source could not map ${id}: ${unmapped.error?.message ?? ''}`);
}
