import type { ErrorDetail, Exchange, FieldProblem } from '@entrepot/canonical';
import { isSecretName, type Masker, maskFacts } from '@entrepot/service-kit/masking';
import { type CallBudget, POINTS_SPENT } from './call.ts';
import type { TestReport, VendorLog } from './connection.ts';
import { VendorError } from './vendor-error.ts';

/** A vendor may repeat a whole request in its message; more than this helps no reader. */
const MAX_MESSAGE = 1_000;
const DEEPEST_CAUSE = 8;

/** Makes `work` throw, or reject with, masked errors only. */
export function guardErrors<T>(masker: Masker, work: () => T): T {
  try {
    const result = work();
    return result instanceof Promise ? (result.catch((error: unknown) => throwMasked(error, masker)) as T) : result;
  } catch (error) {
    return throwMasked(error, masker);
  }
}

/** Makes work of one connection throw masked errors only, and notes the pauses that its vendor asks for. */
export type ErrorGuard = <T>(work: () => T) => T;

export function createGuard(masker: Masker, budget: CallBudget): ErrorGuard {
  const note = (error: unknown): never => {
    const isAsked = error instanceof VendorError && error.kind === 'throttled' && error.code !== POINTS_SPENT;
    if (isAsked && error.retryAfterMs !== undefined) budget.pause(error.retryAfterMs);
    throw error;
  };
  return (work) =>
    guardErrors(masker, () => {
      try {
        const result = work();
        return result instanceof Promise ? (result.catch(note) as typeof result) : result;
      } catch (error) {
        return note(error);
      }
    });
}

export function throwMasked(error: unknown, masker: Masker): never {
  throw maskError(error, masker, 0);
}

/** The same error, its texts and those of its causes masked in place: its identity and class stay. */
function maskError(error: unknown, masker: Masker, depth: number): unknown {
  if (typeof error === 'string') return masker.mask(error);
  if (!(error instanceof Error) || depth > DEEPEST_CAUSE) return error;
  const texts = error as unknown as Record<string, unknown>;
  for (const key of new Set(['message', 'stack', ...Object.keys(error)])) {
    const text = texts[key];
    if (typeof text === 'string')
      replace(texts, key, key === 'message' ? masker.cut(text, MAX_MESSAGE) : masker.mask(text));
  }
  if (Array.isArray(texts.fields)) replace(texts, 'fields', maskFields(texts.fields as FieldProblem[], masker));
  if (error.cause !== undefined) replace(texts, 'cause', maskError(error.cause, masker, depth + 1));
  if (error instanceof AggregateError) for (const inner of error.errors) maskError(inner, masker, depth + 1);
  return error;
}

function replace(owner: Record<string, unknown>, key: string, value: unknown): void {
  // The messages of the platform's own errors are read-only; they quote no data.
  if (owner[key] !== value) Reflect.set(owner, key, value);
}

export function maskDetail(detail: ErrorDetail, masker: Masker): ErrorDetail {
  return {
    ...detail,
    code: detail.code === null ? null : masker.mask(detail.code),
    message: masker.cut(detail.message, MAX_MESSAGE),
    advice: detail.advice === null ? null : masker.mask(detail.advice),
    fields: maskFields(detail.fields, masker),
    ...(detail.stack === undefined ? {} : { stack: masker.mask(detail.stack) }),
  };
}

export function maskFields(fields: readonly FieldProblem[], masker: Masker): FieldProblem[] {
  return fields.map((field) => mapTexts(field, masker) as FieldProblem);
}

export async function maskReport(report: Promise<TestReport>, masker: Masker): Promise<TestReport> {
  const { ok, checks } = await report;
  return { ok, checks: checks.map((check) => mapTexts(check, masker) as typeof check) };
}

/** The log of one connection. */
export function maskLog(log: VendorLog, masker: Masker, connection: string): VendorLog {
  const write =
    (level: keyof VendorLog) =>
    (facts: object, message: string): void =>
      // Personal data is the log's own to hide, by its level.
      log[level](maskFacts({ ...facts, connection }, true, masker), masker.mask(message));
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function mapTexts(value: object, masker: Masker): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, typeof text === 'string' ? masker.mask(text) : text]),
  );
}

/** Bodies are cut here; enough for any order, small enough for a Kafka record. */
const EVIDENCE_LIMIT_CHARS = 16 * 1024;

/** An exchange as it went over the wire, secrets included. */
interface RawExchange extends Omit<Exchange, 'requestBody'> {
  readonly requestBody: string | Buffer | null;
}

/**
 * An exchange as evidence. It is masked and cut only when it is read: nearly all exchanges (reads of successful
 * attempts) are dropped unread, and searching each body for secrets would cost more than the rest of the exchange.
 */
export function describeEvidence(exchange: RawExchange, masker: Masker): Exchange {
  const { url, requestBody, responseBody, ...facts } = exchange;
  return {
    ...facts,
    get url() {
      return masker.mask(url);
    },
    get requestBody() {
      return requestBody === null ? null : showBody(requestBody.toString(), masker);
    },
    get responseBody() {
      return responseBody === null ? null : showBody(responseBody, masker);
    },
  };
}

/** A body as evidence. */
export function showBody(body: string, masker: Masker): string {
  return masker.cut(body, EVIDENCE_LIMIT_CHARS);
}

/** Shorter parts of a header (a scheme, a path, a node's number) are no secrets. */
const SHORTEST_CREDENTIAL = 8;

/** Learns the credentials that a request's headers carry: the vendor may repeat them in its answer. */
export function learnFromHeaders(masker: Masker, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) if (isSecretName(name)) learnCredentials(masker, value);
}

/** Learns the credentials in a header's value: `B1SESSION=…; ROUTEID=…`, `Bearer …`, a bare token. */
export function learnCredentials(masker: Masker, value: string): void {
  for (const part of value.split(/[;,\s]+/)) {
    const credential = /^[\w.-]+=(?=[^=])/.test(part) ? part.slice(part.indexOf('=') + 1) : part;
    if (credential.length >= SHORTEST_CREDENTIAL) masker.learn(credential);
  }
}
