import { VendorError } from '@entrepot/vendor-kit';
import type { GraphqlQuery, WireConnection } from '../api/client.ts';
import type { NestedConnection } from './documents.ts';

/** Below it a page that takes too long is not cut any further. */
const SMALLEST_SLOW_PAGE = 10;

interface Unfinished {
  readonly owner: Record<string, unknown>;
  readonly type: string;
  readonly field: string;
  readonly connection: WireConnection<unknown>;
}

/** The next page of a list that a record holds. */
export interface NextPage {
  readonly query: GraphqlQuery;
  /** Adds the page to the record. @throws VendorError `conflict` when what holds the list is gone · `unexpected` when the list has no end */
  add(answer: PageAnswer): void;
  /** Asks for fewer next time; false when that is no remedy for the error, or there is no smaller page. */
  shrink(error: VendorError): boolean;
}

export interface PageAnswer {
  readonly node: { readonly page: WireConnection<unknown> } | null;
}

/** Plans the following pages of nested lists; one per connection, since it learns which page sizes are too costly. */
export interface NestedPages {
  /** The next page that the record lacks; null when every list, those inside lists too, is read to its end. */
  next(
    record: object,
    connections: ReadonlyMap<string, NestedConnection>,
    switches: Readonly<Record<string, boolean>>,
  ): NextPage | null;
}

export function createNestedPages(): NestedPages {
  const pageSizes = new Map<string, number>();
  return {
    next(record, connections, switches) {
      const unfinished = findUnfinished(record);
      if (unfinished === null) return null;
      const { owner, field, connection } = unfinished;
      const key = `${unfinished.type}.${field}`;
      const nested = connections.get(key);
      if (nested === undefined) throw new TypeError(`No document reads the following pages of ${key}.`);
      const first = Math.min(nested.pageSize, pageSizes.get(nested.name) ?? nested.pageSize);
      const used = Object.entries(switches).filter(([name]) => nested.document.includes(`$${name}:`));
      const variables = { id: owner.id, first, after: connection.pageInfo.endCursor, ...Object.fromEntries(used) };
      return {
        query: { name: nested.name, document: nested.document, variables, use: 'page' },
        add({ node }) {
          if (node === null) throw new VendorError('conflict', 'The record disappeared while it was read');
          const { pageInfo, nodes } = node.page;
          if (pageInfo.hasNextPage && pageInfo.endCursor === connection.pageInfo.endCursor)
            throw new VendorError('unexpected', `${key} has no end: its next page ends where the one before did`);
          owner[field] = { pageInfo, nodes: [...connection.nodes, ...nodes] };
        },
        shrink({ code, kind }) {
          if (code !== 'MAX_COST_EXCEEDED' && !(kind === 'timeout' && first > SMALLEST_SLOW_PAGE)) return false;
          pageSizes.set(nested.name, Math.max(1, Math.floor(first / 2)));
          return first > 1;
        },
      };
    },
  };
}

/** The first list under `value` that has a next page. Walks all of a record for each order: plain recursion, no copies of what it walks over. */
function findUnfinished(value: object): Unfinished | null {
  const owner = value as Record<string, unknown>;
  for (const field in owner) {
    const member = owner[field];
    if (typeof member !== 'object' || member === null) continue;
    if (isUnfinished(member)) return { owner, type: String(owner.__typename), field, connection: member };
    const found = findUnfinished(member);
    if (found !== null) return found;
  }
  return null;
}

function isUnfinished(value: object): value is WireConnection<unknown> {
  return 'pageInfo' in value && (value as WireConnection<unknown>).pageInfo.hasNextPage;
}
