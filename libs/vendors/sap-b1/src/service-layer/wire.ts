import { Decimal } from '@entrepot/canonical';
import { type Answer, type CallContext, type HttpResponse } from '@entrepot/vendor-kit';

/** What goes to Service Layer v2 and comes from it, as far as we read it. Names are SAP's own. */

export interface SapEntity {
  readonly '@odata.etag'?: string;
  readonly [property: string]: unknown;
}

export interface SapList {
  readonly value: readonly SapEntity[];
  readonly '@odata.nextLink'?: string;
}

export interface SapLogin {
  readonly SessionId?: string;
  readonly Version?: string;
  /** Idle minutes after which the session expires. */
  readonly SessionTimeout?: number;
}

/** Error of either version: v2 has `code` as text and `message` as text, v1 a number and `{lang, value}`. */
export interface SapErrorBody {
  readonly error?: {
    readonly code?: string | number;
    readonly message?: string | { readonly value?: string };
  };
}

export interface SapError {
  /** As text in both versions; null when the body is not Service Layer's (Apache's HTML). */
  readonly code: string | null;
  readonly message: string;
}

/** Reads an error body of v1 or v2. */
export function readSapError(text: string): SapError {
  let body: SapErrorBody;
  try {
    body = JSON.parse(text) as SapErrorBody;
  } catch {
    return { code: null, message: '' };
  }
  const error = body?.error;
  if (error === undefined || error === null) return { code: null, message: '' };
  const message = typeof error.message === 'object' && error.message !== null ? error.message.value : error.message;
  return { code: error.code === undefined ? null : String(error.code), message: message ?? '' };
}

/** First value of a header. */
export function readHeader({ headers }: Pick<HttpResponse, 'headers'>, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** A failed answer, and the request it answers. */
export interface SapFailure {
  readonly response: Answer;
  /** For messages, e.g. "creating order shop/1". */
  readonly action: string;
  /** A success status from another system: a page where SAP gives JSON, a location, or nothing by 204. */
  readonly foreign?: true;
}

/** What is wrong with an answer; null for a success. */
export function readFailure(response: HttpResponse, action: string): SapFailure | null {
  if (!isSuccess(response)) return { response, action };
  // Only the start is checked; the reader of the answer finds out whether it is complete.
  const isOwn = response.status === 204 || /^\s*\{/.test(response.text) || readHeader(response, 'location') !== null;
  return isOwn ? null : { response, action, foreign: true };
}

export function isSuccess({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status >= 200 && status < 300;
}

/**
 * Makes an exchange with the cookies of a live session, and repeats it once with a new session when its answer shows
 * that this one is unusable.
 * @param failureOf what is wrong with the answer; null when it is a success
 * @param of `isWrite`: the exchange may change something; a login goes by the call's place in the budget
 * @throws VendorError of the failure
 */
export type InSession = <Answer>(
  exchange: (cookies: string) => Promise<Answer>,
  failureOf: (answer: Answer) => SapFailure | null,
  of: { readonly call: CallContext; readonly isWrite: boolean },
) => Promise<Answer>;

/** A text as OData literal: in single quotes, quotes doubled. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Path of one entity, encoded: `keyPath('Items', "O'Brien")` → `Items('O''Brien')`; numbers stay bare. */
export function keyPath(entitySet: string, key: string | number): string {
  return `${entitySet}(${typeof key === 'number' ? String(key) : encodeURIComponent(quoteText(key))})`;
}

export interface ListQuery {
  readonly filter?: string;
  readonly select?: readonly string[];
  readonly orderBy?: string;
  readonly top?: number;
}

/** Query string with its leading `?`; empty when there is nothing to ask. */
export function formatQuery(query: ListQuery): string {
  const parts: string[] = [];
  if (query.select !== undefined) parts.push(`$select=${query.select.map(encodeURIComponent).join(',')}`);
  if (query.filter !== undefined) parts.push(`$filter=${encodeURIComponent(query.filter)}`);
  if (query.orderBy !== undefined) parts.push(`$orderby=${encodeURIComponent(query.orderBy)}`);
  if (query.top !== undefined) parts.push(`$top=${query.top}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

const EXACT_DIGITS = 15;

/**
 * A decimal as a JSON value that reads back as the same decimal. Service Layer takes numbers and texts alike; a number of more than 15
 * digits would not survive a double, so it goes as text.
 */
export function toWireNumber(value: Decimal): number | string {
  return value.precision(true) <= EXACT_DIGITS ? value.toNumber() : value.toFixed();
}

const ZERO = new Decimal(0);

/**
 * An amount as Service Layer gives it (Edm.Double, so 19.99 may come as 19.989999999999998), rounded to `digits`. What is no number
 * (null, missing) is zero.
 */
export function readAmount(value: unknown, digits: number): Decimal {
  if ((typeof value !== 'number' && typeof value !== 'string') || value === 0 || value === '') return ZERO;
  const amount = new Decimal(value);
  return amount.isFinite() ? amount.toDecimalPlaces(digits) : ZERO;
}

/** A text as Service Layer gives it; null for null, missing and empty. */
export function readText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** True for Service Layer's yes. */
export function isYes(value: unknown): boolean {
  return value === 'tYES' || value === 'Y';
}

/** The day of a date as Service Layer gives it: `2026-03-01`, `2026-03-01T00:00:00Z` → `2026-03-01`. */
export function readDay(value: unknown): string | null {
  return typeof value === 'string' && value.length >= 10 ? value.slice(0, 10) : null;
}

/** The fields that say something: what is created leaves the others out, so that SAP gives them its defaults. */
export function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** A GET as a part of a batch. */
export interface BatchedGet {
  /** From the root of the server, encoded: `/b1s/v2/Orders?$top=1`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer to one part of a batch; a read needs none of its headers. */
export interface BatchedAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answer to the batch is incomplete: none of it may be used. The message says what is wrong with it. */
export class UnreadableBatch extends Error {
  override readonly name = 'UnreadableBatch';
}

const PART_HEAD = 'Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n';

/** Body of a `$batch` of GETs. The boundary must not begin a line of a path or header; encoded paths hold no line ends. */
export function formatBatch(boundary: string, gets: readonly BatchedGet[]): string {
  const parts = gets.map(({ path, headers }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    // Two empty lines after a GET: one ends its head, the other its empty body.
    return `--${boundary}\r\n${PART_HEAD}GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n\r\n`;
  });
  return `${parts.join('')}--${boundary}--\r\n`;
}

/**
 * Reads the answer to a batch of `asked` GETs, in their order. A batch stops at its first failure, so there may be fewer answers than were
 * asked for; only then. The lengths that parts give are not compared: a body is cut by the boundary, and a cut JSON cannot be read. For the
 * same reason an answer may end without its last boundary, or without the `--` behind it: its last part counts if its JSON is whole.
 * @throws UnreadableBatch when it is cut off, malformed, or does not fit what was asked
 */
export function readBatch(contentType: string | null, text: string, asked: number): BatchedAnswer[] {
  const boundary = /^multipart\/mixed\b.*;\s*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (boundary === undefined)
    throw new UnreadableBatch(`its content type is ${contentType ?? 'missing'}, not multipart/mixed`);
  const { bounded, rest } = splitSections(text, boundary.trimEnd());
  const answers = bounded.map(readSection);
  if (rest !== null) answers.push(readUnboundedSection(rest, boundary.trimEnd()));
  const last = answers.at(-1);
  const stopped = last !== undefined && last.status >= 400;
  if (answers.length > asked || (answers.length < asked && !stopped))
    throw new UnreadableBatch(`it holds ${answers.length} answers to ${asked} requests`);
  return answers;
}

/** What follows a boundary on its line: `--` after the last section. */
const MARK_END = /(--)?[ \t]*(?:\r?\n|$)/y;

interface Sections {
  /** Those that end at a boundary. */
  readonly bounded: readonly string[];
  /** What follows the last boundary, where that is not marked as the last one; null when it is, or when nothing follows. */
  readonly rest: string | null;
}

function splitSections(text: string, boundary: string): Sections {
  const mark = `--${boundary}`;
  const sections: string[] = [];
  let begin = -1;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    MARK_END.lastIndex = at + mark.length;
    const end = MARK_END.exec(text);
    if (end === null) continue;
    // The line end before a boundary belongs to the boundary.
    if (begin !== -1) sections.push(text.slice(begin, at).replace(/\r?\n$/, ''));
    if (end[1] !== undefined) return { bounded: sections, rest: null };
    begin = MARK_END.lastIndex;
  }
  if (begin === -1) throw new UnreadableBatch('it ends before its first boundary');
  const rest = text.slice(begin);
  return { bounded: sections, rest: isCutMark(rest, mark) || rest.trim() === '' ? null : rest };
}

/** True for what a cut leaves of a boundary. */
function isCutMark(text: string, mark: string): boolean {
  return `${mark}--`.startsWith(text.trim());
}

/** The last section of an answer without last boundary: taken only if it cannot have been cut. */
function readUnboundedSection(rest: string, boundary: string): BatchedAnswer {
  const lastLine = rest.lastIndexOf('\n') + 1;
  const answer = readSection(isCutMark(rest.slice(lastLine), `--${boundary}`) ? rest.slice(0, lastLine) : rest);
  const text = answer.text.trim();
  if (!text.startsWith('{') || !isJson(text)) throw new UnreadableBatch('it ends before its last boundary');
  return { status: answer.status, text };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A section: its own head, then an HTTP answer (status line, head, body). */
function readSection(section: string): BatchedAnswer {
  const answerAt = findHeadEnd(section, 0);
  if (!/^content-type:[ \t]*application\/http\b/im.test(section.slice(0, answerAt)))
    throw new UnreadableBatch('a part of it is no HTTP answer');
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(section.slice(answerAt, answerAt + STATUS_CHARS))?.[1];
  if (status === undefined) throw new UnreadableBatch('a part of it has no status');
  // The status line counts as the first line of the head.
  return { status: Number(status), text: section.slice(findHeadEnd(section, answerAt)) };
}

/** Enough for `HTTP/1.1 200` and what bounds it. */
const STATUS_CHARS = 16;
/** The end of a head's last line and the empty line behind it. */
const HEAD_END = /\r?\n\r?\n/g;

/** Where the body begins after a head that begins at `from`: behind its empty line. */
function findHeadEnd(text: string, from: number): number {
  HEAD_END.lastIndex = from;
  if (HEAD_END.exec(text) === null) throw new UnreadableBatch('the head of a part has no end');
  return HEAD_END.lastIndex;
}
