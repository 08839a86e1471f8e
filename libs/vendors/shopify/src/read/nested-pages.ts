import { VendorError } from '@entrepot/vendor-kit';
import type { ShopifyClient } from '../client.ts';
import type { WireConnection } from '../wire.ts';
import type { NestedConnection } from './documents/nested.ts';

/** Far above what an order can hold (500 lines); ends a shop that answers "next page" for ever. */
const MAX_PAGES = 500;

interface Unfinished {
  readonly owner: Record<string, unknown>;
  readonly type: string;
  readonly field: string;
  readonly connection: WireConnection<unknown>;
}

/**
 * Reads every nested list of a fetched record to its end, lists inside lists too.
 * Changes `record` in place; gives whether anything had to be read (the record may have changed meanwhile).
 * @throws VendorError
 */
export async function completeNestedPages(
  client: ShopifyClient,
  record: object,
  connections: ReadonlyMap<string, NestedConnection>,
  switches: Readonly<Record<string, boolean>>,
  signal: AbortSignal,
): Promise<boolean> {
  let readMore = false;
  for (;;) {
    const unfinished = findUnfinished(record);
    if (unfinished.length === 0) return readMore;
    readMore = true;
    for (const one of unfinished) one.owner[one.field] = await readToEnd(client, one, connections, switches, signal);
  }
}

/** Every connection under `value` that has a next page. Walks all of a record for each order: plain recursion, no copies of what it walks over. */
function findUnfinished(value: object, found: Unfinished[] = []): Unfinished[] {
  const owner = value as Record<string, unknown>;
  for (const field in owner) {
    const member = owner[field];
    if (typeof member !== 'object' || member === null) continue;
    if (isUnfinished(member)) found.push({ owner, type: String(owner.__typename), field, connection: member });
    findUnfinished(member, found);
  }
  return found;
}

function isUnfinished(value: object): value is WireConnection<unknown> {
  return 'pageInfo' in value && (value as WireConnection<unknown>).pageInfo.hasNextPage;
}

async function readToEnd(
  client: ShopifyClient,
  unfinished: Unfinished,
  connections: ReadonlyMap<string, NestedConnection>,
  switches: Readonly<Record<string, boolean>>,
  signal: AbortSignal,
): Promise<WireConnection<unknown>> {
  const key = `${unfinished.type}.${unfinished.field}`;
  const nested = connections.get(key);
  if (nested === undefined) throw new TypeError(`No document reads the following pages of ${key}.`);
  const nodes = [...unfinished.connection.nodes];
  let { pageInfo } = unfinished.connection;
  const used = Object.fromEntries(Object.entries(switches).filter(([name]) => nested.document.includes(`$${name}:`)));
  const readPage = async (first: number): Promise<WireConnection<unknown>> => {
    const variables = { id: unfinished.owner.id, first, after: pageInfo.endCursor, ...used };
    const { data } = await client.query<{ node: { page: WireConnection<unknown> } | null }>(
      { name: nested.name, document: nested.document, variables },
      signal,
    );
    if (data.node === null) throw new VendorError('conflict', 'The record disappeared while it was read');
    return data.node.page;
  };
  let pageSize = nested.pageSize;
  for (let page = 0; pageInfo.hasNextPage; page += 1) {
    if (page >= MAX_PAGES) throw new VendorError('unexpected', `${key} has no end after ${MAX_PAGES} pages`);
    try {
      const next = await readPage(pageSize);
      nodes.push(...next.nodes);
      pageInfo = next.pageInfo;
    } catch (error) {
      if (!(error instanceof VendorError) || error.code !== 'MAX_COST_EXCEEDED' || pageSize === 1) throw error;
      pageSize = Math.floor(pageSize / 2);
    }
  }
  return { pageInfo, nodes };
}
