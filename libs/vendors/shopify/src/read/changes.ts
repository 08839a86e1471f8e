import { type EntityName, formatTimestamp, parseTimestamp } from '@entrepot/canonical';
import { type Hint, type PollPage, VendorError } from '@entrepot/vendor-kit';
import type { ShopifyClient } from '../client.ts';
import { fromGid } from '../ids.ts';
import type { WireConnection } from '../wire.ts';
import { CHANGED_CUSTOMERS_DOCUMENT } from './documents/customer.ts';
import { CHANGED_ORDERS_DOCUMENT } from './documents/order.ts';

const PAGE_SIZE = 100;
/** Changes remembered as told, so that the overlap of the next poll does not tell them again. */
const REMEMBERED = 20_000;
/**
 * Stamps have whole seconds, so a record may change again without its stamp changing, and clocks differ a little: only a change this
 * old is remembered as told. A younger one is told once more by the next poll, which costs one read.
 */
const SETTLED_AFTER_MS = 10_000;

const QUERIES: Partial<
  Record<EntityName, { readonly name: string; readonly document: string; readonly filter: string }>
> = {
  order: { name: 'ChangedOrders', document: CHANGED_ORDERS_DOCUMENT, filter: 'status:any' },
  customer: { name: 'ChangedCustomers', document: CHANGED_CUSTOMERS_DOCUMENT, filter: '' },
};

/** Reads which records changed; one per connection, since it remembers what it told. */
export interface ChangeReader {
  read(
    entity: EntityName,
    cursor: string | null,
    sinceMicros: number | null,
    signal: AbortSignal,
  ): AsyncGenerator<PollPage>;
}

export function createChangeReader(client: ShopifyClient, overlapSeconds: number, now: () => number): ChangeReader {
  const told = new Map<string, string>();
  const remember = (entity: EntityName, id: string, updatedAt: string): void => {
    told.delete(`${entity}/${id}`);
    told.set(`${entity}/${id}`, updatedAt);
    for (const oldest of told.keys()) {
      if (told.size <= REMEMBERED) break;
      told.delete(oldest);
    }
  };

  return {
    async *read(entity, cursor, sinceMicros, signal) {
      const query = QUERIES[entity];
      if (query === undefined) throw new VendorError('unexpected', `Shopify connections do not read ${entity} records`);
      let newest = cursor === null ? null : readCursor(cursor);
      const startMicros = newest === null ? sinceMicros : newest - overlapSeconds * 1_000_000;
      // Inclusive (>=): stamps have whole seconds, so records of the last second seen may have been missed.
      const time = startMicros === null ? '' : `updated_at:>='${formatTimestamp(Math.max(0, startMicros))}'`;
      const search = [time, query.filter].filter((part) => part !== '').join(' ');
      let after: string | null = null;
      for (;;) {
        const askedAtMs = now();
        const page: WireConnection<{ readonly id: string; readonly updatedAt: string }> = (
          await client.query<{ page: WireConnection<{ id: string; updatedAt: string }> }>(
            {
              name: query.name,
              document: query.document,
              variables: { first: PAGE_SIZE, after, search: search === '' ? null : search },
              use: 'list',
            },
            signal,
          )
        ).data.page;
        // A record that changes while we page moves to the end and comes again: the newer stamp is told, an equal one is not (a listing from the start tells all).
        const fresh = page.nodes.filter(
          (node) => cursor === null || told.get(`${entity}/${fromGid(node.id)}`) !== node.updatedAt,
        );
        for (const node of page.nodes) newest = Math.max(newest ?? 0, parseTimestamp(node.updatedAt));
        if (fresh.length > 0 || page.pageInfo.hasNextPage || newest !== null) {
          const hints = fresh.map((node): Hint => ({ entity, sourceId: fromGid(node.id), cause: 'poll' }));
          yield { hints, cursor: writeCursor(newest ?? startMicros ?? 0) };
          // Only now: who comes back for the next page has taken this one on.
          for (const node of fresh)
            if (parseTimestamp(node.updatedAt) / 1_000 + SETTLED_AFTER_MS < askedAtMs)
              remember(entity, fromGid(node.id), node.updatedAt);
        }
        if (!page.pageInfo.hasNextPage) return;
        after = page.pageInfo.endCursor;
      }
    },
  };
}

function writeCursor(micros: number): string {
  return JSON.stringify({ updatedAt: formatTimestamp(micros) });
}

function readCursor(cursor: string): number {
  try {
    const { updatedAt } = JSON.parse(cursor) as { updatedAt: string };
    return parseTimestamp(updatedAt);
  } catch (error) {
    throw new VendorError('unexpected', 'The stored poll cursor cannot be read', {
      advice: 'Reset the cursor of this connection; the next poll starts anew.',
      cause: error,
    });
  }
}
