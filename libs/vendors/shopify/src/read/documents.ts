/** How the following pages of one nested connection are asked for. */
export interface NestedConnection {
  /** Operation name. */
  readonly name: string;
  readonly document: string;
  /** How many nodes to ask for at once; the reader asks for fewer where a page costs too much. */
  readonly pageSize: number;
}

/** The most that Shopify gives at once: a page costs by its doublings, so one of 250 lines costs twice as much as one of 10. */
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
