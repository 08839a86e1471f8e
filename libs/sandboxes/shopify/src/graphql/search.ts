import type { RequestContext } from './query-resolvers.ts';

/** How Shopify reads a search string: `field:op'value'` terms; a term it does not know is dropped with a warning, nothing fails. */
export interface SearchWarning {
  readonly field: string;
  readonly message: string;
}

export interface ParsedSearch<Item> {
  readonly matches: (item: Item) => boolean;
  readonly warnings: readonly SearchWarning[];
}

/** Compares one item with a term; null = the value is none this field takes. */
export type SearchField<Item> = (item: Item, operator: string, value: string) => boolean | null;

const MOST_TIMES = 10_000;
const TERM = /(-?)(\w+):(>=|<=|>|<)?('[^']*'|"[^"]*"|\S+)/g;

export function parseSearch<Item>(
  query: string | null | undefined,
  fields: Readonly<Record<string, SearchField<Item>>>,
): ParsedSearch<Item> {
  const warnings: SearchWarning[] = [];
  const conditions: ((item: Item) => boolean)[] = [];
  for (const [, negated, field = '', operator = '', quoted = ''] of (query ?? '').matchAll(TERM)) {
    const value = quoted.replace(/^(['"])(.*)\1$/, '$2');
    const search = fields[field];
    if (search === undefined) {
      warnings.push({ field, message: 'Invalid search field for this query.' });
      continue;
    }
    conditions.push((item) => {
      const result = search(item, operator, value);
      if (result === null && warnings.every((warning) => warning.field !== field))
        warnings.push({ field, message: `Input \`${value}\` is not an accepted value.` });
      return result === null ? true : negated === '-' ? !result : result;
    });
  }
  return { matches: (item) => conditions.every((condition) => condition(item)), warnings };
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
    if (times.size >= MOST_TIMES) times.clear();
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

/** The items that a root field's search finds; what it dropped is told with the answer. */
export function searchItems<Item>(
  context: RequestContext,
  field: string,
  items: readonly Item[],
  query: unknown,
  fields: Readonly<Record<string, SearchField<Item>>>,
): Item[] {
  const text = typeof query === 'string' ? query : '';
  const parsed = parseSearch(text, fields);
  const found = items.filter(parsed.matches);
  if (parsed.warnings.length > 0)
    context.searches.push({ path: [field], query: text, parsed: {}, warnings: parsed.warnings });
  return found;
}
