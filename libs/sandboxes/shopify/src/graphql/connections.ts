import { GraphQLError } from 'graphql';

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly reverse?: boolean | null;
}

const MAX_PAGE = 250;

/**
 * A list as a connection. A cursor holds an item and the value it was sorted by, so that a record that moves during paging causes neither
 * an error nor a gap.
 */
export function makeConnection<Item>(
  items: readonly Item[],
  page: PageArguments,
  sortValueOf?: (item: Item) => string,
) {
  if (page.first == null && page.last == null) throw badRequest('you must provide one of first or last');
  const count = page.first ?? page.last ?? 0;
  if (count < 0 || count > MAX_PAGE) throw badRequest(`first must be between 0 and ${MAX_PAGE}`);
  const ordered = page.reverse ? [...items].reverse() : items;
  const start = page.after == null ? 0 : startAfter(ordered, page.after, sortValueOf, page.reverse ?? false);
  const end = page.before == null ? ordered.length : findPosition(ordered, page.before);
  const window = ordered.slice(start, end);
  const nodes = page.first == null ? window.slice(-count) : window.slice(0, count);
  const offset = page.first == null ? Math.max(start, end - count) : start;
  // Written when they are asked for: of most lists an answer holds no cursor.
  const edges = nodes.map((node, index) => ({
    node,
    get cursor() {
      return writeCursor(node, offset + index, sortValueOf);
    },
  }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: offset + nodes.length < ordered.length,
      hasPreviousPage: offset > 0,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}

interface Cursor {
  readonly last_id: string;
  readonly last_value: string;
}

function idOf(item: unknown, position: number): string {
  const id = (item as { id?: unknown }).id;
  return typeof id === 'string' ? id : String(position);
}

function writeCursor<Item>(item: Item, position: number, sortValueOf: ((item: Item) => string) | undefined): string {
  const cursor: Cursor = { last_id: idOf(item, position), last_value: sortValueOf?.(item) ?? String(position) };
  return Buffer.from(JSON.stringify(cursor)).toString('base64');
}

function readCursor(text: string): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64').toString()) as Cursor;
    if (typeof cursor.last_id === 'string') return cursor;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest(`Invalid cursor for current pagination sort.`);
}

function startAfter<Item>(
  items: readonly Item[],
  after: string,
  sortValueOf: ((item: Item) => string) | undefined,
  reverse: boolean,
): number {
  const cursor = readCursor(after);
  if (sortValueOf === undefined) return findPosition(items, after) + 1;
  // By value, not by place: the item itself may have moved on since.
  const isBehind = (item: Item, position: number): boolean => {
    const value = sortValueOf(item);
    const id = idOf(item, position);
    if (value !== cursor.last_value) return reverse ? value < cursor.last_value : value > cursor.last_value;
    return reverse ? compareIds(id, cursor.last_id) < 0 : compareIds(id, cursor.last_id) > 0;
  };
  const position = items.findIndex(isBehind);
  return position === -1 ? items.length : position;
}

function findPosition(items: readonly unknown[], text: string): number {
  const cursor = readCursor(text);
  const position = items.findIndex((item, index) => idOf(item, index) === cursor.last_id);
  if (position === -1) throw badRequest('Invalid cursor for current pagination sort.');
  return position;
}

/** Ids compare by their number: "…9" comes before "…10". */
export function compareIds(left: string, right: string): number {
  return left.length === right.length ? (left < right ? -1 : left > right ? 1 : 0) : left.length - right.length;
}
