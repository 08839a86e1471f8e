import { createHash } from 'node:crypto';
import type { CallContext } from '../../call.ts';
import { type ReadRow, UnreadableFile } from '../../formats/rows.ts';
import { VendorError } from '../../vendor-error.ts';
import type { FileExchange } from '../exchange.ts';
import { TOO_LARGE } from '../failures.ts';
import type { FileEntry } from '../transport.ts';
import { readCursor, type TakenCursor, type TakenFile, writeCursor } from './cursor.ts';

export interface TakeOptions {
  /** Folders below the root: where the site leaves files, and where they go. */
  readonly folders: { readonly incoming: string; readonly done: string; readonly failed: string };
  /** Which files of the folder are meant. */
  accepts(name: string): boolean;
  /** A file is whole once neither its size nor its time has changed for so long. */
  readonly settleMs: number;
  /** A file is whole when it ends so, white space aside; null = there is no such mark, {@link settleMs} decides. */
  readonly endMark: string | null;
  /** @throws UnreadableFile */
  read(bytes: Buffer): readonly ReadRow[];
  /** Rows of a page at most. */
  readonly pageRows: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What was taken of one file. */
export interface FilePage {
  /** Null: nothing was taken, only the cursor moved on. */
  readonly file: { readonly name: string; readonly hash: string } | null;
  /** Good and bad ones, in order. */
  readonly rows: readonly ReadRow[];
  /** Why the file gave no rows; it goes to the failed folder. */
  readonly problem: string | null;
  /** To be stored once all rows of this page and of those before it are published. */
  readonly cursor: string;
}

/**
 * Takes what a site has left in a folder, oldest first, each file when it is whole and once. Nothing is moved before a cursor that says so was
 * stored: a file is in its folder until its rows are published, whoever dies meanwhile, and read again then.
 */
export async function* takeFiles(
  files: FileExchange,
  options: TakeOptions,
  { cursor, call }: { readonly cursor: string | null; readonly call: CallContext },
): AsyncIterable<FilePage> {
  const { incoming } = options.folders;
  const last = readCursor(cursor);
  const entries = (await files.list(incoming, call)).filter(({ name }) => options.accepts(name));
  const moved = new Set<string>();
  for (const taken of last.taken) {
    const entry = entries.find(({ name }) => name === taken.name);
    // Another one of the same name, or more of this one, was not read.
    if (entry === undefined || !isSame(entry, taken)) continue;
    await files.move({ folder: incoming, name: taken.name }, placeOf(taken, options), call);
    moved.add(taken.name);
  }
  let state: TakenCursor = { ...last, taken: [], waiting: [] };
  const left = entries.filter(({ name }) => !moved.has(name)).sort(byAge);
  for (const entry of left) {
    const read = isSettled(entry, last, options) ? await readWhole(files, entry, options, call) : UNSETTLED;
    if (read === GONE) continue;
    if (read === UNSETTLED) {
      state = { ...state, waiting: [...state.waiting, { ...pick(entry), sinceMs: sinceWhen(entry, last, options) }] };
      continue;
    }
    for (const page of listPages(entry, read, state, options)) {
      state = page.state;
      yield { ...page.page, cursor: writeCursor(state) };
    }
  }
  yield { file: null, rows: [], problem: null, cursor: writeCursor(state) };
}

/**
 * An id for a row that has none of its own, by what is told apart within its file. The same file has the same ids whenever it comes again, and
 * with the same content they are no further events.
 */
export function identifyRow(file: { readonly hash: string }, key: string): string {
  return `${file.hash}:${key}`;
}

/** Taken away, by the site or by a person, since it was listed. */
const GONE = Symbol('gone');
/** Of it there may be more to come. */
const UNSETTLED = Symbol('unsettled');
type Read = { readonly bytes: Buffer } | { readonly problem: string };

function* listPages(
  entry: FileEntry,
  read: Read,
  state: TakenCursor,
  options: TakeOptions,
): Iterable<{ readonly page: Omit<FilePage, 'cursor'>; readonly state: TakenCursor }> {
  // What is not read is known by how it was listed.
  const identity = 'bytes' in read ? read.bytes : JSON.stringify(pick(entry));
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  const file = { name: entry.name, hash };
  const end = (outcome: TakenFile['outcome']): TakenCursor => ({
    ...state,
    reading: null,
    taken: [...state.taken, { ...pick(entry), hash, outcome }],
  });
  const content = 'bytes' in read ? readRows(read.bytes, options) : read;
  if ('problem' in content) {
    yield { page: { file, rows: [], problem: content.problem }, state: end('failed') };
    return;
  }
  const { rows } = content;
  let from = state.reading?.hash === hash ? state.reading.rows : 0;
  for (; from + options.pageRows < rows.length; from += options.pageRows) {
    const page = { file, rows: rows.slice(from, from + options.pageRows), problem: null };
    yield { page, state: { ...state, reading: { hash, rows: from + options.pageRows } } };
  }
  yield { page: { file, rows: rows.slice(from), problem: null }, state: end('done') };
}

function readRows(
  bytes: Buffer,
  options: TakeOptions,
): { readonly rows: readonly ReadRow[] } | { readonly problem: string } {
  try {
    return { rows: options.read(bytes) };
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: error.message };
    throw error;
  }
}

/** There may be less of it, or more, than was listed, or its end is missing: it is looked at again then. */
async function readWhole(
  files: FileExchange,
  { name, bytes: listed }: FileEntry,
  { folders, endMark }: TakeOptions,
  call: CallContext,
): Promise<Read | typeof GONE | typeof UNSETTLED> {
  try {
    const bytes = await files.read({ folder: folders.incoming, name }, call);
    if (bytes.length !== listed) return UNSETTLED;
    return endMark === null || bytes.toString('latin1').trimEnd().endsWith(endMark) ? { bytes } : UNSETTLED;
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    if (error.kind === 'notFound') return GONE;
    if (error.code === TOO_LARGE) return { problem: error.message };
    throw error;
  }
}

function isSettled(entry: FileEntry, last: TakenCursor, options: TakeOptions): boolean {
  return options.endMark !== null || options.now() - sinceWhen(entry, last, options) >= options.settleMs;
}

/** By our clock: the site's may be another. */
function sinceWhen(entry: FileEntry, last: TakenCursor, { now }: TakeOptions): number {
  const before = last.waiting.find(({ name }) => name === entry.name);
  return before !== undefined && isSame(entry, before) ? before.sinceMs : now();
}

function isSame(entry: FileEntry, known: FileEntry): boolean {
  return entry.bytes === known.bytes && entry.modifiedAtMs === known.modifiedAtMs;
}

function pick({ name, bytes, modifiedAtMs }: FileEntry): FileEntry {
  return { name, bytes, modifiedAtMs };
}

function byAge(a: FileEntry, b: FileEntry): number {
  return a.modifiedAtMs - b.modifiedAtMs || (a.name < b.name ? -1 : 1);
}

/** Named by its content besides: a site uses one name for all its exports. */
function placeOf({ name, hash, outcome }: TakenFile, { folders }: TakeOptions) {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  return { folder: folders[outcome], name: `${stem}.${hash.slice(0, 12)}${ending}` };
}
