import { VendorError } from '@entrepot/vendor-kit';
import type { GraphqlQuery, WireConnection } from '../api/client.ts';

/** How the following pages of one nested connection are asked for. */
export interface NestedConnection {
  /** Operation name. */
  readonly name: string;
  readonly document: string;
  /** Number of nodes per page; the reader asks for fewer where a page costs too much. */
  readonly pageSize: number;
}

/** Shopify's maximum page size. A page costs by its doublings, so one of 250 lines costs twice as much as one of 10. */
const LARGEST_PAGE = 250;

export const ADDRESS_FRAGMENT =
  'fragment AddressFields on MailingAddress { id firstName lastName name company address1 address2 city province provinceCode zip countryCodeV2 phone }';

export const METAFIELD_FRAGMENT = 'fragment MetafieldFields on Metafield { namespace key value type }';

/**
 * Documents that read the following pages of nested connections, by `<type>.<field>`.
 * @param selections what is asked of each page, `...Page` standing for where it ends
 * @param switches variables that switch parts off, as the query of the records declares them
 */
export function writeNested(
  selections: Readonly<Record<string, string>>,
  fragments: string,
  switches: string,
): ReadonlyMap<string, NestedConnection> {
  return new Map(
    Object.entries(selections).map(([key, selection]) => [key, writePage(key, selection, fragments, switches)]),
  );
}

function writePage(key: string, selection: string, fragments: string, switches: string): NestedConnection {
  const [type = '', field = ''] = key.split('.');
  const name = `More${type}${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const page = `page: ${selection.replace('...Page', 'pageInfo { hasNextPage endCursor }')}`;
  const used = pickFragments(page, fragments);
  // Only switches that the chosen fragments use may be declared: an unused variable is a validation error.
  const usedSwitches = switches
    .split(', ')
    .filter((declaration) => used.includes(declaration.split(':')[0] ?? '?') && declaration !== '');
  const variables = ['$id: ID!', '$first: Int!', '$after: String', ...usedSwitches].join(', ');
  const document = `query ${name}(${variables}) { node(id: $id) { ... on ${type} { ${page} } } }\n${used}`;
  return { name, document, pageSize: LARGEST_PAGE };
}

/** The fragments that a selection uses, directly or through others: an unused fragment is a validation error too. */
function pickFragments(selection: string, fragments: string): string {
  const all = new Map(
    fragments
      .split(/(?=^fragment )/m)
      .map((text) => [/^fragment (\w+)/.exec(text)?.[1], text] as const)
      .filter((entry): entry is readonly [string, string] => entry[0] !== undefined),
  );
  const picked = new Set<string>();
  const visit = (text: string): void => {
    for (const [, name] of text.matchAll(/\.\.\.(\w+)/g)) {
      const fragment = name === undefined ? undefined : all.get(name);
      if (name === undefined || fragment === undefined || picked.has(name)) continue;
      picked.add(name);
      visit(fragment);
    }
  };
  visit(selection);
  return [...picked].map((name) => all.get(name)).join('');
}

/** Below it a page that takes too long is not cut any further. */
const SMALLEST_SLOW_PAGE = 10;

/** A list within a record that has a next page. */
export interface UnfinishedList {
  readonly owner: Record<string, unknown>;
  readonly type: string;
  readonly field: string;
  readonly connection: WireConnection<unknown>;
}

/** The next page of a list that a record holds. */
export interface NextPage {
  readonly query: GraphqlQuery;
  /**
   * Adds the page to the record. @throws VendorError `conflict` when the object that holds the list is gone ·
   * `unexpected` when the list has no end
   */
  add(answer: PageAnswer): void;
  /** Requests fewer next time; false when that is no remedy for the error, or there is no smaller page. */
  shrink(error: VendorError): boolean;
}

export interface PageAnswer {
  readonly node: { readonly page: WireConnection<unknown> } | null;
}

/** Plans the following pages of nested lists; one per connection, since it learns which page sizes are too costly. */
export interface NestedPages {
  next(
    unfinished: UnfinishedList,
    connections: ReadonlyMap<string, NestedConnection>,
    switches: Readonly<Record<string, boolean>>,
  ): NextPage;
}

export function createNestedPages(): NestedPages {
  const pageSizes = new Map<string, number>();
  return {
    next({ owner, type, field, connection }, connections, switches) {
      const key = `${type}.${field}`;
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
