import { randomUUID } from 'node:crypto';
import {
  type CallContext,
  type HttpClient,
  type HttpResponse,
  VendorError,
  type VendorLog,
} from '@entrepot/vendor-kit';
import { type PageRequest } from '../pages.ts';
import { type InSession } from '../session.ts';
import { isSuccess, readHeader, type SapFailure } from '../wire.ts';
import { holdEvidence } from './evidence.ts';
import { type BatchedAnswer, formatBatch, readBatch, UnreadableBatch } from './multipart.ts';

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
          false,
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
