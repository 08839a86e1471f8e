import { z } from 'zod';
import { Problem } from '../problem.ts';

/** Part of every list's query. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Rows on a page'),
  cursor: z.string().max(500).optional().describe('`next` of the page before'),
};

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `cursor` for the next page; null on the last. */
  readonly next: string | null;
}

/** A cursor is the sort key of a page's last row, opaque to callers: stable while rows come and go. */
export function formatCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws Problem 400 when it is none of ours */
export function parseCursor(cursor: string, parts: number): readonly string[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(position) && position.length === parts && position.every((part) => typeof part === 'string')) {
      return position;
    }
  } catch {
    // falls through to the problem below
  }
  throw new Problem(
    400,
    'bad-cursor',
    'Unusable cursor',
    'The cursor is not one this list gave. Start again without it.',
    [{ path: 'cursor', message: 'not a cursor of this list' }],
  );
}

/** Cuts the row beyond the page off and makes the cursor of it. */
export function toPage<D, T>(
  rows: readonly D[],
  limit: number,
  position: (row: D) => readonly string[],
  view: (row: D) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? formatCursor(position(last)) : null;
  return { items: shown.map(view), next };
}
