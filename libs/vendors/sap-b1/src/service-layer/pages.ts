import { VendorError } from '@entrepot/vendor-kit';
import { formatQuery, type ListQuery, quoteText } from './odata.ts';
import { type SapEntity, type SapList } from './wire.ts';

const PAGE_SIZE = 100;

/** What is wanted of an entity set: every entity that fits. */
export interface WantedList {
  readonly entitySet: string;
  /** Paging goes by its order. */
  readonly keyField: string;
  readonly query?: ListQuery & { readonly ignoreCase?: boolean };
}

export interface PageRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For messages. */
  readonly action: string;
}

export interface Page {
  readonly rows: readonly SapEntity[];
  /** Key after which the next page begins; null after the last one. */
  readonly lastKey: string | number | null;
}

/** The request of one page, by keyset (`$skip` over live data repeats and skips rows). @param after null for the first page */
export function formatPage({ entitySet, keyField, query = {} }: WantedList, after: Page['lastKey']): PageRequest {
  const { ignoreCase, ...asked } = query;
  const beyond = after === null ? [] : [`${keyField} gt ${typeof after === 'number' ? after : quoteText(after)}`];
  const filter = [...(asked.filter === undefined ? [] : [`(${asked.filter})`]), ...beyond].join(' and ');
  return {
    path: entitySet + formatQuery({ ...asked, orderBy: keyField, ...(filter === '' ? {} : { filter }) }),
    headers: {
      Prefer: `odata.maxpagesize=${PAGE_SIZE}`,
      ...(ignoreCase === true ? { 'B1S-CaseInsensitive': 'true' } : {}),
    },
    action: `listing ${entitySet}`,
  };
}

/** A page as it was answered. @throws VendorError `unexpected` when the answer is no list: "nothing there" must have been said */
export function readPage({ entitySet, keyField }: WantedList, page: Partial<SapList>): Page {
  if (!Array.isArray(page.value))
    throw new VendorError('unexpected', `SAP answered something that is no list of ${entitySet}`);
  const rows = page.value as readonly SapEntity[];
  if (page['@odata.nextLink'] === undefined || rows.length === 0) return { rows, lastKey: null };
  const lastKey = rows.at(-1)?.[keyField];
  if (typeof lastKey !== 'string' && typeof lastKey !== 'number')
    throw new VendorError('unexpected', `SAP lists ${entitySet} without ${keyField}`);
  return { rows, lastKey };
}
