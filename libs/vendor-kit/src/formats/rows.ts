/** A row of a file by its columns; every value is text, as it stands there. */
export type Row = Readonly<Record<string, string>>;

export interface GoodRow {
  readonly ok: true;
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly row: Row;
}

/** A row that cannot be read. It costs no other row; the reason quotes none of its values. */
export interface BadRow {
  readonly ok: false;
  readonly line: number;
  readonly reason: string;
}

export type ReadRow = GoodRow | BadRow;

/** A file that gives no rows at all: the wrong file, or the wrong settings for it. Quotes none of its values. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}
