import { randomUUID } from 'node:crypto';
import { type Exchange } from '@entrepot/canonical';
import {
  type CallContext,
  type HttpClient,
  type HttpResponse,
  showBody,
  VendorError,
  type VendorLog,
} from '@entrepot/vendor-kit';
import {
  type BatchedAnswer,
  formatBatch,
  formatQuery,
  type InSession,
  isSuccess,
  type ListQuery,
  quoteText,
  readBatch,
  readHeader,
  type SapEntity,
  type SapFailure,
  type SapList,
  UnreadableBatch,
} from './wire.ts';

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

/** How long lists are read one by one after a server refused a batch or gave an unreadable answer to one. */
const BATCHING_DISABLED_MS = 10 * 60_000;
/**
 * A proxy may answer 500 to batches alone, or drop them: after this many consecutive failures single requests are
 * tried.
 */
const MAX_FAILURES_IN_A_ROW = 3;
const UNREADABLE = 'unreadable-batch';
const ACTION = 'reading several lists at once';

export interface BatchOptions {
  readonly http: HttpClient;
  readonly servicePath: string;
  readonly inSession: InSession;
  readonly log: VendorLog;
  now(): number;
}

/** Reads that travel in one request. */
export interface BatchReader {
  /**
   * The answers of 2xx to all reads, which the server makes in this order; null when it takes no batches.
   * @throws VendorError of the first read that failed, as if it had been sent alone; `unavailable` when the answer is no whole answer
   */
  read(reads: readonly PageRequest[], call: CallContext): Promise<readonly BatchedAnswer[] | null>;
}

/** The reply: an answer to each read up to the first failure, or one answer to the batch as a whole. */
type BatchReply =
  | { readonly to: 'reads'; readonly answers: readonly BatchedAnswer[] }
  | { readonly to: 'batch'; readonly answer: HttpResponse };

/**
 * Reads by `$batch` (multipart/mixed, GETs outside a change set). It changes nothing, so its failure leaves no write in
 * doubt.
 */
export function createBatchReader({ http, servicePath, inSession, log, now }: BatchOptions): BatchReader {
  // One for all batches: between the boundaries are encoded paths, in which it cannot occur.
  const boundary = `batch_${randomUUID()}`;
  let batchingDisabledUntilMs = Number.NEGATIVE_INFINITY;
  let failuresInARow = 0;

  const disableBatching = (reason: string): void => {
    batchingDisabledUntilMs = now() + BATCHING_DISABLED_MS;
    failuresInARow = 0;
    log.warn({ reason }, 'the Service Layer is asked without $batch for a while');
  };

  const send = async (reads: readonly PageRequest[], cookies: string, call: CallContext): Promise<BatchReply> => {
    const evidence = holdEvidence(call, http.masker);
    try {
      const answer = await http.request({
        method: 'POST',
        path: `${servicePath}/$batch`,
        headers: {
          accept: 'multipart/mixed',
          'odata-version': '4.0',
          'content-type': `multipart/mixed;boundary=${boundary}`,
          cookie: cookies,
        },
        body: formatBatch(
          boundary,
          reads.map(({ path, headers }) => ({ path: `${servicePath}/${path}`, headers })),
        ),
        call: evidence.call,
        describe: ACTION,
        readOnly: true,
      });
      if (!isSuccess(answer)) return { to: 'batch', answer };
      const answers = readAnswers(answer, reads.length);
      failuresInARow = 0;
      evidence.describeParts(
        reads.map(({ path }) => path),
        answers,
      );
      return { to: 'reads', answers };
    } finally {
      evidence.record();
    }
  };

  const readAnswers = (answer: HttpResponse, asked: number): BatchedAnswer[] => {
    try {
      return readBatch(readHeader(answer, 'content-type'), answer.text, asked);
    } catch (error) {
      if (!(error instanceof UnreadableBatch)) throw error;
      const due = `whole answer to several reads (${error.message})`;
      throw http.describeForeign(answer, { action: ACTION, due, code: UNREADABLE });
    }
  };

  return {
    read: async (reads, call) => {
      if (now() < batchingDisabledUntilMs) return null;
      try {
        const reply = await inSession(
          (cookies) => send(reads, cookies, call),
          (given) => findFailure(reads, given),
          { call, isWrite: false },
        );
        if (reply.to === 'reads') return reply.answers;
        disableBatching(`answered with HTTP ${reply.answer.status}`);
        return null;
      } catch (error) {
        if (error instanceof VendorError && error.code === UNREADABLE) disableBatching(error.message);
        else if (!call.signal.aborted) failuresInARow += 1;
        if (failuresInARow >= MAX_FAILURES_IN_A_ROW) disableBatching(`failed ${failuresInARow} times in a row`);
        throw error;
      }
    },
  };
}

/** The failure of the batch, with the request it answers; null on success, and when the server accepts no batches. */
function findFailure(reads: readonly PageRequest[], reply: BatchReply): SapFailure | null {
  if (reply.to === 'batch') return takesNoBatch(reply.answer) ? null : { response: reply.answer, action: ACTION };
  const index = reply.answers.findIndex((answer) => !isSuccess(answer));
  const response = reply.answers[index];
  return response === undefined ? null : { response, action: reads[index]?.action ?? ACTION };
}

/**
 * True when the request as a whole is refused: a proxy blocks `$batch`, or a release does not support it. A fault of
 * session, load or server is no such refusal: single requests would fail too.
 */
function takesNoBatch({ status }: HttpResponse): boolean {
  return status === 501 || (status >= 300 && status < 500 && ![401, 408, 429].includes(status));
}

/** Keeps the exchange of one batch until it is known what it was. */
interface BatchEvidence {
  /** For the HTTP client. */
  readonly call: CallContext;
  /** The answer was read: each read is shown as if it had been sent alone. Paths are below the service path. */
  describeParts(paths: readonly string[], answers: readonly BatchedAnswer[]): void;
  /** Hands over the evidence; of a batch without such answers, the exchange as it was. */
  record(): void;
}

function holdEvidence(call: CallContext, masker: HttpClient['masker']): BatchEvidence {
  let whole: Exchange | null = null;
  let parts: Exchange[] | null = null;
  return {
    call: {
      ...call,
      record: (exchange) => {
        whole = exchange;
      },
    },
    describeParts: (paths, answers) => {
      const batch = whole;
      if (batch === null) return;
      parts = answers.map((answer, index) =>
        describePart(batch, paths[index] ?? '', answer, `part ${index + 1} of ${paths.length}`, masker),
      );
    },
    record: () => {
      for (const exchange of parts ?? (whole === null ? [] : [whole])) call.record(exchange);
    },
  };
}

/** Masked when it is read, and only then, as all evidence. */
function describePart(
  batch: Exchange,
  path: string,
  { status, text }: BatchedAnswer,
  place: string,
  masker: HttpClient['masker'],
): Exchange {
  return {
    method: 'GET',
    get url() {
      return masker.mask(batch.url.replace(/\$batch$/, () => path));
    },
    status,
    get requestBody() {
      return `(${place} of one request: POST ${batch.url})`;
    },
    get responseBody() {
      return showBody(text, masker);
    },
    startedAtMicros: batch.startedAtMicros,
    durationMs: batch.durationMs,
  };
}
