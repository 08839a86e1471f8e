import { z } from 'zod';

const fileSchema = z.strictObject({ name: z.string(), bytes: z.number(), modifiedAtMs: z.number() });
const cursorSchema = z.strictObject({
  /** Files that may still grow, as they were seen, and since when they have been so. */
  waiting: z.array(fileSchema.extend({ sinceMs: z.number() })),
  /** Files whose rows are published once this cursor is stored: the next look moves them. */
  taken: z.array(fileSchema.extend({ hash: z.string(), outcome: z.enum(['done', 'failed']) })),
  /** A file of which only the first rows were given out. */
  reading: z.strictObject({ hash: z.string(), rows: z.number() }).nullable(),
});

/** Where the looks into a folder of files stand. */
export type TakenCursor = z.infer<typeof cursorSchema>;
export type TakenFile = TakenCursor['taken'][number];

export function readCursor(cursor: string | null): TakenCursor {
  if (cursor === null) return { waiting: [], taken: [], reading: null };
  return cursorSchema.parse(JSON.parse(cursor));
}

export function writeCursor(cursor: TakenCursor): string {
  return JSON.stringify(cursor);
}
