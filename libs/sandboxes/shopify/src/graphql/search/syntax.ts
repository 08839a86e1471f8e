/**
 * Shopify's search syntax: terms `field:op'value'` or free text, joined by blanks or `AND`, by `OR`, turned round by `NOT` or `-`,
 * grouped by parentheses; a value may be a list, `a,b`, of which one has to match.
 */
export type SearchTree =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SearchTree[] }
  | { readonly kind: 'not'; readonly part: SearchTree }
  | { readonly kind: 'term'; readonly field: string; readonly operator: string; readonly values: readonly string[] };

const TOKEN =
  /\(|\)|-?[\w.]+:(?:>=|<=|>|<)?(?:(?:'[^']*'|"[^"]*"|[^\s(),'"]+)(?:,(?:'[^']*'|"[^"]*"|[^\s(),'"]+))*)?|'[^']*'|"[^"]*"|[^\s()]+/g;
const TERM = /^([\w.]+):(>=|<=|>|<)?(.*)$/s;
const VALUE = /'[^']*'|"[^"]*"|[^,'"]+/g;

/** Reads a search; what cannot be read as a term is free text, as in the shop. An empty one finds everything: no parts. */
export function readSearch(text: string): SearchTree {
  const tokens = text.match(TOKEN) ?? [];
  let position = 0;
  const readAny = (): SearchTree => {
    const parts = [readAll()];
    while (tokens[position] === 'OR') {
      position += 1;
      parts.push(readAll());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
  };
  const readAll = (): SearchTree => {
    const parts: SearchTree[] = [];
    for (
      let token = tokens[position];
      token !== undefined && token !== ')' && token !== 'OR';
      token = tokens[position]
    ) {
      if (token === 'AND') position += 1;
      else parts.push(readOne());
    }
    return { kind: 'and', parts };
  };
  const readOne = (): SearchTree => {
    const token = tokens[position] ?? '';
    position += 1;
    if (token === 'NOT') return { kind: 'not', part: readOne() };
    if (token.length > 1 && token.startsWith('-')) return { kind: 'not', part: readTerm(token.slice(1)) };
    if (token !== '(') return readTerm(token);
    const group = readAny();
    position += 1;
    return group;
  };
  const tree = readAny();
  return position < tokens.length ? { kind: 'and', parts: [tree] } : tree;
}

function readTerm(token: string): SearchTree {
  const [, field, operator = '', value = ''] = TERM.exec(token) ?? [];
  if (field === undefined) return { kind: 'term', field: 'default', operator: '', values: [unquote(token)] };
  return { kind: 'term', field, operator, values: (value.match(VALUE) ?? ['']).map(unquote) };
}

function unquote(text: string): string {
  return text.replace(/^(['"])(.*)\1$/s, '$2');
}

/** Whether a tree holds; a term that does not count (null) neither holds nor fails, and a tree of such only holds. */
export function holds(
  tree: SearchTree,
  test: (field: string, operator: string, value: string) => boolean | null,
): boolean {
  const judge = (one: SearchTree): boolean | null => {
    if (one.kind === 'not') {
      const inner = judge(one.part);
      return inner === null ? null : !inner;
    }
    const results = (
      one.kind === 'term' ? one.values.map((value) => test(one.field, one.operator, value)) : one.parts.map(judge)
    ).filter((result) => result !== null);
    if (results.length === 0) return null;
    return one.kind === 'and' ? results.every(Boolean) : results.some(Boolean);
  };
  return judge(tree) ?? true;
}

/** Every term of a tree. */
export function termsOf(tree: SearchTree): Extract<SearchTree, { kind: 'term' }>[] {
  if (tree.kind === 'term') return [tree];
  return tree.kind === 'not' ? termsOf(tree.part) : tree.parts.flatMap(termsOf);
}
