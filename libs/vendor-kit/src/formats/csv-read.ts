import { type CsvError, parse } from 'csv-parse/sync';
import type { CsvDialect } from './dialect.ts';
import { decodeText, isUnreadable } from './encoding.ts';
import { type ReadRow, UnreadableFile } from './rows.ts';

/** A quoted value that is not closed within so many lines never is: its first line is bad, and reading goes on after it. */
const MAX_LINES_OF_A_ROW = 200;
const NOT_CLOSED = 'a quoted value is not closed';

type Fields =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly reason: string };

/**
 * The rows of a file. The parser gives up a whole text for one stray quotation mark, and takes the rest of a text for one value where a
 * value begins with one; so the text is cut into rows first, by lines, and what a bad row costs is that row.
 * @param needed columns without which no row can be read
 * @throws UnreadableFile
 */
export function readCsv(bytes: Buffer, dialect: CsvDialect, needed: readonly string[] = []): readonly ReadRow[] {
  const lines = decodeText(bytes, dialect.encoding).split(/\r\n|\n|\r/);
  const rows = dialect.multiline
    ? readLines(lines, dialect)
    : (readAtOnce(lines, dialect) ?? readLines(lines, dialect));
  const head = dialect.columns === null ? rows[0] : undefined;
  const columns = dialect.columns ?? readHeader(head);
  const missing = needed.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new UnreadableFile(`The file has no column ${missing.join(', ')}`);
  return (head === undefined ? rows : rows.slice(1)).map((row) => nameColumns(row, columns, dialect));
}

/** Each line by itself, or with those after it until its quotes are closed. */
function readLines(lines: readonly string[], dialect: CsvDialect): readonly Fields[] {
  const rows: Fields[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at] === '') continue;
    const { taken, ...row } = readRow(lines, at, dialect);
    rows.push({ line: at + 1, ...row });
    at += taken - 1;
  }
  return rows;
}

type Taken = { readonly taken: number } & ({ readonly fields: readonly string[] } | { readonly reason: string });

function readRow(lines: readonly string[], at: number, dialect: CsvDialect): Taken {
  const most = dialect.multiline ? Math.min(MAX_LINES_OF_A_ROW, lines.length - at) : 1;
  for (let taken = 1; taken <= most; taken += 1) {
    const text = lines.slice(at, at + taken).join('\n');
    // Only a line with a mark can close what is open.
    if (taken > 1 && dialect.quote !== null && lines[at + taken - 1]?.includes(dialect.quote) !== true) continue;
    try {
      const [fields = []] = parseText(text, dialect);
      return { taken, fields };
    } catch (error) {
      if (isOpenQuote(error)) continue;
      return { taken: 1, reason: taken === 1 ? describeParseError(error) : NOT_CLOSED };
    }
  }
  return { taken: 1, reason: NOT_CLOSED };
}

/** All lines in one call, thirty times as fast; null when that could hide a bad row. */
function readAtOnce(lines: readonly string[], dialect: CsvDialect): readonly Fields[] | null {
  const numbered = lines.map((text, index) => ({ text, line: index + 1 })).filter(({ text }) => text !== '');
  try {
    const rows = parseText(numbered.map(({ text }) => text).join('\n'), dialect);
    // A value over several lines: quotation marks of two rows that have nothing to do with each other.
    if (rows.length !== numbered.length) return null;
    return rows.map((fields, index) => ({ line: numbered[index]?.line ?? 0, fields }));
  } catch {
    return null;
  }
}

function parseText(text: string, dialect: CsvDialect): string[][] {
  return parse(text, {
    delimiter: dialect.delimiter,
    quote: dialect.quote ?? false,
    escape: dialect.escape,
    record_delimiter: '\n',
    relax_column_count: true,
  });
}

function isOpenQuote(error: unknown): boolean {
  return (error as CsvError).code === 'CSV_QUOTE_NOT_CLOSED';
}

/** In our words: the parser's quote the value. */
function describeParseError(error: unknown): string {
  switch ((error as CsvError).code) {
    case 'INVALID_OPENING_QUOTE':
      return 'a quotation mark stands within a value that is not quoted; where marks are inches, the dialect has no quote';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'a quotation mark stands within a quoted value without its escape';
    default:
      return 'it cannot be read in this dialect';
  }
}

function readHeader(head: Fields | undefined): readonly string[] {
  if (head === undefined) throw new UnreadableFile('The file is empty: not even its header is there');
  if (!('fields' in head)) throw new UnreadableFile(`The header cannot be read: ${head.reason}`);
  const names = head.fields.map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UnreadableFile('The header has a column twice, or the file has no header');
  if (names.some((name) => name === '' || isUnreadable(name)))
    throw new UnreadableFile('The header has a column without a readable name');
  return names;
}

function nameColumns(row: Fields, columns: readonly string[], { encoding }: CsvDialect): ReadRow {
  const { line } = row;
  if (!('fields' in row)) return { ok: false, line, reason: row.reason };
  const { fields } = row;
  if (fields.length !== columns.length) {
    return { ok: false, line, reason: `it has ${fields.length} columns instead of ${columns.length}` };
  }
  const unreadable = columns.filter((_, index) => isUnreadable(fields[index] ?? ''));
  if (unreadable.length > 0) {
    return { ok: false, line, reason: `it holds bytes that are no ${encoding}, in ${unreadable.join(', ')}` };
  }
  return { ok: true, line, row: Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? ''])) };
}
