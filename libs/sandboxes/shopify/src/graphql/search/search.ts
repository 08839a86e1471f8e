import { GraphQLError } from 'graphql';
import type { RequestContext } from '../context.ts';
import { holds, readSearch, termsOf } from './syntax.ts';

export interface SearchWarning {
  readonly field: string;
  readonly message: string;
}

interface ParsedSearch<Item> {
  readonly matches: (item: Item) => boolean;
  readonly warnings: readonly SearchWarning[];
}

/** Compares one item with a term; null = the value is none this field takes. */
export type SearchField<Item> = (item: Item, operator: string, value: string) => boolean | null;

const MAX_TIMES = 10_000;

/** A term that no field takes is dropped with a warning, nothing fails; the field `default` is free text. */
function parseSearch<Item>(query: string, fields: Readonly<Record<string, SearchField<Item>>>): ParsedSearch<Item> {
  const tree = readSearch(query);
  const warnings: SearchWarning[] = termsOf(tree)
    .filter(({ field }) => fields[field] === undefined)
    .map(({ field }) => ({ field, message: 'Invalid search field for this query.' }));
  const matches = (item: Item): boolean =>
    holds(tree, (field, operator, value) => {
      const result = fields[field]?.(item, operator, value) ?? null;
      if (result === null && warnings.every((warning) => warning.field !== field))
        warnings.push({ field, message: `Input \`${value}\` is not an accepted value.` });
      return result;
    });
  return { matches, warnings };
}

export function searchTime<Item>(read: (item: Item) => string): SearchField<Item> {
  const parse = rememberTimes();
  return (item, operator, value) => {
    const wanted = parse(value);
    if (Number.isNaN(wanted)) return null;
    return compare(parse(read(item)), operator, wanted);
  };
}

/** Parses times; those of many orders are few, since a stamp has whole seconds. */
function rememberTimes(): (text: string) => number {
  const times = new Map<string, number>();
  return (text) => {
    const known = times.get(text);
    if (known !== undefined) return known;
    if (times.size >= MAX_TIMES) times.clear();
    const time = Date.parse(text);
    times.set(text, time);
    return time;
  };
}

export function searchText<Item>(read: (item: Item) => readonly (string | null)[]): SearchField<Item> {
  return (item, _operator, value) => {
    const wanted = value.toLowerCase();
    return read(item).some(
      (text) =>
        (wanted.endsWith('*') ? text?.toLowerCase().startsWith(wanted.slice(0, -1)) : text?.toLowerCase() === wanted) ??
        false,
    );
  };
}

/** Free text: a word of one of the texts begins with it. */
export function searchWords<Item>(read: (item: Item) => readonly (string | null)[]): SearchField<Item> {
  return (item, _operator, value) => {
    const wanted = value.toLowerCase().replace(/\*$/, '');
    return read(item).some((text) => {
      const lower = text?.toLowerCase() ?? '';
      return lower.startsWith(wanted) || lower.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted));
    });
  };
}

/** Ids compare as big integers. */
export function searchId<Item>(read: (item: Item) => string): SearchField<Item> {
  return (item, operator, value) => (/^\d+$/.test(value) ? compare(BigInt(read(item)), operator, BigInt(value)) : null);
}

function compare<Value extends number | bigint>(actual: Value, operator: string, wanted: Value): boolean {
  switch (operator) {
    case '>=':
      return actual >= wanted;
    case '<=':
      return actual <= wanted;
    case '>':
      return actual > wanted;
    case '<':
      return actual < wanted;
    default:
      return actual === wanted;
  }
}

/** The items that a root field's search finds; the answer reports what it dropped. */
export function searchItems<Item>(
  context: RequestContext,
  field: string,
  items: readonly Item[],
  query: unknown,
  fields: Readonly<Record<string, SearchField<Item>>>,
): Item[] {
  const text = typeof query === 'string' ? query : '';
  const parsed = parseSearch(text, fields);
  refuseMetafields(context, parsed.warnings);
  const found = items.filter(parsed.matches);
  if (parsed.warnings.length > 0)
    context.searches.push({ path: [field], query: text, parsed: {}, warnings: parsed.warnings });
  return found;
}

/**
 * A metafield without a definition that makes it filterable: an error from 2026-10 on, a warning before (changelog of 24 July 2026, which
 * does not give the words). The sandbox has no definitions.
 * @throws GraphQLError
 */
function refuseMetafields({ version }: RequestContext, warnings: readonly SearchWarning[]): void {
  const refused = warnings.find(({ field }) => field.startsWith('metafields.'));
  if (refused === undefined || version < '2026-10') return;
  throw new GraphQLError(`The filter ${refused.field} needs a metafield definition that allows filtering.`, {
    extensions: { code: 'BAD_REQUEST' },
  });
}
