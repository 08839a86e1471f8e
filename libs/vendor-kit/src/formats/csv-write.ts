import { stringify } from 'csv-stringify/sync';
import type { CsvDialect } from './dialect.ts';
import { encodeText, findUnfit } from './encoding.ts';
import type { Row } from './rows.ts';

/** A row that the file cannot hold as it is. Fields are named, values are not quoted. */
export interface UnfitRow {
  /** Of the rows given, from 0. */
  readonly index: number;
  readonly column: string;
  readonly reason: string;
}

export interface WrittenRows {
  /** Rows that fit; null when none does: there is nothing to write then. */
  readonly bytes: Buffer | null;
  readonly refused: readonly UnfitRow[];
}

/** The bytes of a file of rows: those that fit. What would be written as something else is refused, and costs no other row. */
export function writeCsv(columns: readonly string[], rows: readonly Row[], dialect: CsvDialect): WrittenRows {
  const refused: UnfitRow[] = [];
  const fitting: string[][] = [];
  for (const [index, row] of rows.entries()) {
    const problem = findProblem(columns, row, dialect);
    if (problem === null) fitting.push(columns.map((column) => row[column] ?? ''));
    else refused.push({ index, ...problem });
  }
  if (fitting.length === 0) return { bytes: null, refused };
  const head = dialect.columns === null ? [[...columns]] : [];
  const text = stringify([...head, ...fitting], {
    delimiter: dialect.delimiter,
    quote: dialect.quote ?? '',
    escape: dialect.escape,
    // Of line breaks it would quote that of the file only.
    ...(dialect.quote === null ? {} : { quoted_match: /[\r\n]/ }),
    record_delimiter: dialect.newline === 'crlf' ? '\r\n' : '\n',
  });
  return { bytes: encodeText(text, dialect.encoding), refused };
}

function findProblem(
  columns: readonly string[],
  row: Row,
  { delimiter, quote, multiline, encoding }: CsvDialect,
): Omit<UnfitRow, 'index'> | null {
  for (const column of columns) {
    const value = row[column] ?? '';
    if (/[\r\n]/.test(value) && (quote === null || !multiline))
      return { column, reason: 'it holds a line break, and in these files a line is a row' };
    if (quote === null && value.includes(delimiter))
      return { column, reason: 'it holds the delimiter, and these files quote nothing' };
    const unfit = findUnfit(value, encoding);
    if (unfit.length > 0) return { column, reason: `${encoding} has no ${unfit.map(nameCharacter).join(', ')}` };
  }
  return null;
}

function nameCharacter(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
