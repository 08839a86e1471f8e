import { type EntityName, formatTimestamp, parseTimestamp } from '@entrepot/canonical';
import { type Hint, type PollCall, type PollPage, VendorError } from '@entrepot/vendor-kit';
import type { ShopifyClient, WireConnection } from '../api/client.ts';
import { fromGid } from '../fields.ts';

const PAGE_SIZE = 100;
/** Changes remembered as reported, so that the overlap of the next poll does not report them again. */
const REMEMBERED = 20_000;
/**
 * Stamps have whole seconds, so a record may change again without its stamp changing, and clocks differ a little: only
 * a change this old is remembered as reported. The next poll reports a younger one once more, which costs one read.
 */
const SETTLED_AFTER_MS = 10_000;

/** How the records of one entity that changed are listed. */
export interface ChangeQuery {
  readonly name: string;
  readonly document: string;
  /** Part of the search besides the time; null when there is none. */
  readonly filter: string | null;
}

/** Reads which records changed; one per connection, since it remembers what it reported. */
export interface ChangeReader {
  read(
    entity: EntityName,
    query: ChangeQuery,
    place: Pick<PollCall<unknown>, 'cursor' | 'sinceMicros' | 'call'>,
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
    async *read(entity, query, { cursor, sinceMicros, call }) {
      let newest = cursor === null ? null : readCursor(cursor);
      const startMicros = newest === null ? sinceMicros : newest - overlapSeconds * 1_000_000;
      // Inclusive (>=): stamps have whole seconds, so records of the last second seen may have been missed.
      const time = startMicros === null ? '' : `updated_at:>='${formatTimestamp(Math.max(0, startMicros))}'`;
      const search = [time, query.filter].filter((part) => part !== null && part !== '').join(' ');
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
            call,
          )
        ).data.page;
        // A record that changes during paging moves to the end and comes again: a newer stamp is reported, an equal one
        // is not (a listing from the start reports all).
        const fresh = page.nodes.filter(
          (node) => cursor === null || told.get(`${entity}/${fromGid(node.id)}`) !== node.updatedAt,
        );
        for (const node of page.nodes) newest = Math.max(newest ?? 0, parseTimestamp(node.updatedAt));
        if (fresh.length > 0 || page.pageInfo.hasNextPage || newest !== null) {
          const hints = fresh.map((node): Hint => ({ entity, sourceId: fromGid(node.id), cause: 'poll' }));
          yield { hints, cursor: writeCursor(newest ?? startMicros ?? 0) };
          // Only now: a caller that requests the next page has accepted this one.
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
