import type { AdminClient, DeliveryView } from '@entrepot/stack/clients';
import type { SentOrder } from '../traffic.ts';
import type { Finding } from './verdict.ts';

/** States in which a delivery has not ended. */
const OPEN_STATES = ['pending', 'accepted', 'retrying', 'waiting', 'in-doubt', 'mismatch', 'failed'];
const PAGE = 200;

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * Finds what the ledger cannot account for: its own report of that, deliveries that have not ended well, and orders missing from it. Checks
 * the last only when the others find nothing: it reads every delivery.
 * @throws Error when it does not answer
 */
export async function findUnaccounted(
  admin: AdminClient,
  sent: ReadonlyMap<string, SentOrder>,
): Promise<{ findings: Finding[]; complete: boolean }> {
  const report = await admin.get<{ items: { id: string; kind: string; detail: string }[]; complete: boolean }>(
    '/v1/unaccounted',
  );
  const findings: Finding[] = report.items.map((item) => ({ id: item.id, what: `${item.kind}: ${item.detail}` }));
  findings.push(...(await findOpen(admin, { entity: 'order' })));
  if (findings.length === 0) findings.push(...(await findUnheardOf(admin, sent)));
  return { findings, complete: report.complete };
}

/** Deliveries that have not ended well. */
export async function findOpen(admin: AdminClient, filter: Readonly<Record<string, string>>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const delivery of listDeliveries(admin, { ...filter, state: OPEN_STATES.join(',') })) {
    const why = delivery.error === null ? (delivery.held ?? delivery.reason ?? '') : delivery.error.message;
    findings.push({
      id: `${delivery.number ?? delivery.sourceId} (delivery ${delivery.id})`,
      what: `still ${delivery.state} after ${delivery.attempts} attempts, version ${delivery.version} ${why}`.trim(),
    });
  }
  return findings;
}

/** Of records, by their ids at their source, those that have no delivery at all. */
export async function findWithoutDelivery(
  admin: AdminClient,
  filter: Readonly<Record<string, string>>,
  sourceIds: Iterable<string>,
): Promise<string[]> {
  const unheardOf = new Set(sourceIds);
  if (unheardOf.size === 0) return [];
  for await (const delivery of listDeliveries(admin, filter)) {
    unheardOf.delete(delivery.sourceId);
    if (unheardOf.size === 0) break;
  }
  return [...unheardOf];
}

async function findUnheardOf(admin: AdminClient, sent: ReadonlyMap<string, SentOrder>): Promise<Finding[]> {
  const unheardOf = await findWithoutDelivery(admin, { entity: 'order' }, sent.keys());
  return unheardOf.map((id) => ({ id: `${sent.get(id)?.name} (shop/${id})`, what: 'no delivery at all' }));
}

export async function* listDeliveries(
  admin: AdminClient,
  filter: Readonly<Record<string, string>>,
): AsyncGenerator<DeliveryView> {
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({
      limit: String(PAGE),
      ...filter,
      ...(cursor !== null && { cursor }),
    });
    const page: Page<DeliveryView> = await admin.get(`/v1/deliveries?${query}`);
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
}
