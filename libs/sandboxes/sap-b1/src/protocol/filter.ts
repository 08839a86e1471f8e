import { Decimal } from 'decimal.js';
import { enumValuesOf, type PropertyKind } from '../schema/types.ts';
import { SapFault } from './sap-fault.ts';

type Row = Readonly<Record<string, unknown>>;

export type Predicate = (row: Row) => boolean;

export interface Filter {
  readonly matches: Predicate;
  /** A text that every matching row has, perhaps in another case: a caller with an index need not test all rows. */
  readonly equal: { readonly property: string; readonly text: string } | null;
}

export interface FilterOptions {
  /** Kind of a property. @throws SapFault 201 when there is none */
  readonly kindOf: (property: string) => PropertyKind;
  /** On HANA filters distinguish cases, unless the header B1S-CaseInsensitive says otherwise. */
  readonly ignoreCase: boolean;
}

type Token = { readonly type: 'word' | 'text' | 'number' | 'open' | 'close' | 'comma'; readonly text: string };

const COMPARISONS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const FUNCTIONS = new Set(['startswith', 'endswith', 'contains', 'substringof']);

/** Reads a `$filter`. @throws SapFault 201 for bad syntax, unknown properties, arithmetic and collections */
export function parseFilter(text: string, options: FilterOptions): Filter {
  const parser = new FilterParser(tokenize(text), options);
  return parser.parseAll();
}

function badFilter(): SapFault {
  return new SapFault(400, 201, 'Query string error - Invalid filter condition');
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s*(?:('(?:[^']|'')*')|(datetime'[^']*')|(-?\d+(?:\.\d+)?)(?![\w-])|([A-Za-z_@][\w./]*)|(\()|(\))|(,))/gy;
  let end = 0;
  while (end < text.trimEnd().length) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    if (match === null) throw badFilter();
    end = pattern.lastIndex;
    const [, quoted, stamp, number, word, open, close, comma] = match;
    if (quoted !== undefined) tokens.push({ type: 'text', text: quoted.slice(1, -1).replaceAll("''", "'") });
    else if (stamp !== undefined) tokens.push({ type: 'text', text: stamp.slice(9, -1) });
    else if (number !== undefined) tokens.push({ type: 'number', text: number });
    else if (word !== undefined) tokens.push({ type: 'word', text: word });
    else if (open !== undefined) tokens.push({ type: 'open', text: '(' });
    else if (close !== undefined) tokens.push({ type: 'close', text: ')' });
    else if (comma !== undefined) tokens.push({ type: 'comma', text: ',' });
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: Token[];
  readonly #options: FilterOptions;
  #at = 0;

  constructor(tokens: Token[], options: FilterOptions) {
    this.#tokens = tokens;
    this.#options = options;
  }

  parseAll(): Filter {
    const filter = this.#parseOr();
    if (this.#at < this.#tokens.length) throw badFilter();
    return filter;
  }

  #parseOr(): Filter {
    let left = this.#parseAnd();
    while (this.#takeWord('or')) {
      const [a, b] = [left.matches, this.#parseAnd().matches];
      left = { matches: (row) => a(row) || b(row), equal: null };
    }
    return left;
  }

  #parseAnd(): Filter {
    let left = this.#parseNot();
    while (this.#takeWord('and')) {
      const [a, b] = [left, this.#parseNot()];
      left = { matches: (row) => a.matches(row) && b.matches(row), equal: a.equal ?? b.equal };
    }
    return left;
  }

  #parseNot(): Filter {
    if (!this.#takeWord('not')) return this.#parsePrimary();
    const inner = this.#parsePrimary();
    return { matches: (row) => !inner.matches(row), equal: null };
  }

  #parsePrimary(): Filter {
    if (this.#take('open') !== null) {
      const inner = this.#parseOr();
      if (this.#take('close') === null) throw badFilter();
      return inner;
    }
    const word = this.#take('word');
    if (word === null) throw badFilter();
    return FUNCTIONS.has(word) ? { matches: this.#parseFunction(word), equal: null } : this.#parseComparison(word);
  }

  #parseFunction(name: string): Predicate {
    if (this.#take('open') === null) throw badFilter();
    const first = this.#tokens[this.#at++];
    if (this.#take('comma') === null) throw badFilter();
    const second = this.#tokens[this.#at++];
    if (this.#take('close') === null || first === undefined || second === undefined) throw badFilter();
    // v1's substringof takes the text first, the others the property.
    const [property, needle] = name === 'substringof' ? [second, first] : [first, second];
    if (property.type !== 'word' || needle.type !== 'text') throw badFilter();
    this.#options.kindOf(property.text);
    const fold = (value: string) => (this.#options.ignoreCase ? value.toLowerCase() : value);
    const wanted = fold(needle.text);
    return (row) => {
      const value = row[property.text];
      if (value === null || value === undefined) return false;
      const text = fold(String(value));
      if (name === 'startswith') return text.startsWith(wanted);
      return name === 'endswith' ? text.endsWith(wanted) : text.includes(wanted);
    };
  }

  #parseComparison(property: string): Filter {
    const operator = this.#take('word');
    const literal = this.#tokens[this.#at++];
    if (operator === null || !COMPARISONS.has(operator) || literal === undefined) throw badFilter();
    if (!['text', 'number', 'word'].includes(literal.type)) throw badFilter();
    const kind = this.#options.kindOf(property);
    if (literal.type === 'word' && literal.text === 'null') {
      const equal = operator === 'eq';
      return { matches: (row) => (row[property] === null || row[property] === undefined) === equal, equal: null };
    }
    const compare = makeComparison(kind, literal.text, this.#options.ignoreCase);
    return {
      matches: (row) => {
        const order = compare(row[property]);
        return order !== null && accepts(operator, order);
      },
      equal: kind.kind === 'text' && operator === 'eq' ? { property, text: literal.text } : null,
    };
  }

  #take(type: Token['type']): string | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.type !== type) return null;
    this.#at += 1;
    return token.text;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.type !== 'word' || token.text !== word) return false;
    this.#at += 1;
    return true;
  }
}

/** Order of a row's value against a literal; null when the row has none. */
function makeComparison(kind: PropertyKind, literal: string, ignoreCase: boolean): (value: unknown) => number | null {
  if (kind.kind === 'record' || kind.kind === 'list') throw badFilter();
  if (kind.kind === 'int' || kind.kind === 'number') {
    if (!/^-?\d+(\.\d+)?$/.test(literal)) throw badFilter();
    return (value) => (value === null || value === undefined ? null : new Decimal(String(value)).comparedTo(literal));
  }
  // Enums are written by name or by database value.
  const names = enumValuesOf(kind);
  const known =
    names === null ? undefined : Object.keys(names).find((name) => name === literal || names[name] === literal);
  if (names !== null && known === undefined) throw badFilter();
  const wanted = kind.kind === 'day' ? readDayLiteral(literal) : (known ?? literal);
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  return (value) => {
    if (value === null || value === undefined) return null;
    const [a, b] = [fold(String(value)), fold(wanted)];
    return a < b ? -1 : a > b ? 1 : 0;
  };
}

/** The time of a stamp is ignored on dates. */
function readDayLiteral(literal: string): string {
  const day = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(literal);
  if (day === null) throw badFilter();
  return `${day[1]}-${day[2]}-${day[3]}`;
}

function accepts(operator: string, order: number): boolean {
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    default:
      return order <= 0;
  }
}
