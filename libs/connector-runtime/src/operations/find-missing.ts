import type { Logger } from '@entrepot/service-kit';
import type { PublishedRecords, SourceOperationDocument } from '@entrepot/store';
import { VendorError } from '@entrepot/vendor-kit';
import { withSource } from '../polls/read-pages.ts';
import type { OpenConnection } from '../sources/open-connections.ts';

export interface MissingSearch {
  readonly operation: SourceOperationDocument;
  readonly connection: OpenConnection;
  readonly published: Pick<PublishedRecords, 'listPresent'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const PUBLISHED_TOGETHER = 10_000;

/**
 * Returns the ids of published records that the source does not list, sorted. Each is still to be read by its id: it may have been created
 * while the list was read.
 * @throws VendorError · the signal's reason
 */
export async function findMissing(search: MissingSearch): Promise<string[]> {
  const { operation, connection, published, signal, log } = search;
  const { entity, request } = operation;
  const listed = await listAllIds(search);
  const missing: string[] = [];
  let total = 0;
  for (let after: string | null = null; ; ) {
    signal.throwIfAborted();
    const ids = await published.listPresent(connection.id, entity, after, PUBLISHED_TOGETHER);
    total += ids.length;
    for (const id of ids) if (!listed.has(id)) missing.push(id);
    after = ids.at(-1) ?? null;
    if (ids.length < PUBLISHED_TOGETHER) break;
  }
  log.info({ listed: listed.size, published: total, missing: missing.length }, 'sweep compared');
  const most = request.mostMissingPercent ?? 0;
  if (missing.length * 100 > most * total) throw tooManyMissingError(missing.length, total, most);
  // The order in which the cursor is compared; the database's differs beyond the basic plane.
  return missing.sort();
}

/** Reads the whole list; one that was cut off by an outage or an edit begins anew. */
async function listAllIds({ operation, connection, signal }: MissingSearch): Promise<ReadonlySet<string>> {
  return withSource(connection, signal, async ({ source, replaced }, stop) => {
    const listIds = source.entity(operation.entity)?.listIds ?? null;
    if (listIds === null)
      throw new VendorError('rejected', `${operation.entity} records are not swept`, { code: 'no-sweep' });
    const listed = new Set<string>();
    for await (const ids of listIds(stop)) {
      for (const id of ids) listed.add(id);
      if (replaced.aborted) return null;
    }
    if (replaced.aborted) return null;
    connection.hold.succeeded();
    return listed;
  });
}

function tooManyMissingError(missing: number, total: number, most: number): VendorError {
  return new VendorError(
    'rejected',
    `the source does not list ${missing} of ${total} published records, which is more than ${most} %: nothing was deleted`,
    {
      code: 'too-many-missing',
      advice:
        'Look whether the connection may still read all of them, and whether its list is whole. Where they are really gone, start a sweep with a higher mostMissingPercent.',
    },
  );
}
