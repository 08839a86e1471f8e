import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { wholeNumber } from '../edge/query-values.ts';
import { Problem } from '../problem.ts';

const MAX_ROWS = 200;
const MAC_BYTES = 16;

/** Part of every list's query. */
export const pageQuery = {
  limit: wholeNumber(1, MAX_ROWS).default(50).describe('Rows on a page'),
  cursor: z.string().optional().describe('`next` of the page before, of the same list and filter'),
};

export interface Page<T> {
  readonly items: readonly T[];
  /** The `cursor` of the next page; null on the last. */
  readonly next: string | null;
}

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One question to one list: where its page begins, and the page made of the rows found. */
export interface OpenList {
  /** Sort key of the last row of the page before; null on the first page. */
  readonly after: readonly string[] | null;
  /** Drops the surplus row and builds the cursor of the page. */
  toPage<D, T>(rows: readonly D[], position: (row: D) => readonly string[], view: (row: D) => T): Page<T>;
}

/**
 * The cursors of all lists. A cursor is the sort key of a page's last row, stable while rows come and go, with an authentication code that
 * also covers the list and its filter: a changed cursor, or one of another list or filter, would silently skip rows or return them for
 * ever.
 */
export class Lists {
  private readonly key: Uint8Array;

  /** @param key the same in all processes and after a restart */
  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** @throws Problem 400 when the query's cursor is not one of this list and filter */
  open(list: string, query: ListQuery): OpenList {
    const { limit, cursor, ...filter } = query;
    const about = JSON.stringify([list, Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))]);
    return {
      after: cursor === undefined ? null : this.read(about, cursor),
      toPage: (rows, position, view) => {
        const last = rows.length > limit ? rows[limit - 1] : undefined;
        return {
          items: rows.slice(0, limit).map(view),
          next: last === undefined ? null : this.write(about, position(last)),
        };
      },
    };
  }

  private write(about: string, position: readonly string[]): string {
    const text = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.sign(about, text), text]).toString('base64url');
  }

  private read(about: string, cursor: string): readonly string[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const text = bytes.subarray(MAC_BYTES);
    // Other spellings of the same bytes are refused as well.
    if (
      bytes.length > MAC_BYTES &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.sign(about, text))
    ) {
      return JSON.parse(text.toString('utf8')) as readonly string[];
    }
    throw new Problem(
      400,
      'bad-cursor',
      'Unusable cursor',
      'The cursor is not one that this list gave for this filter. Give `next` as it came, with the same filter; or start again without it.',
      [{ path: 'cursor', message: 'not a cursor of this list and filter' }],
    );
  }

  private sign(about: string, text: Uint8Array): Buffer {
    return createHmac('sha256', this.key).update(about).update('\n').update(text).digest().subarray(0, MAC_BYTES);
  }
}
