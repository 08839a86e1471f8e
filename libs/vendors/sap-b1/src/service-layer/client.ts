import {
  type Answer,
  type CallContext,
  type HttpClient,
  type HttpMethod,
  type HttpResponse,
  type JsonQuestion,
  type SessionVault,
  VendorError,
  type VendorLog,
} from '@entrepot/vendor-kit';
import { describeFailure } from './errors.ts';
import { createBatchReader, formatPage, type Page, readPage, type WantedList } from './lists.ts';
import { createLogin, type LoginOptions, type OpenedSession } from './login.ts';
import {
  formatQuery,
  type InSession,
  type ListQuery,
  readFailure,
  readSapError,
  type SapEntity,
  type SapFailure,
  type SapList,
} from './wire.ts';

export interface SapRequest {
  readonly method: HttpMethod;
  /** Below the service path, encoded: `Orders(22)`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True for a POST that changes nothing (service functions). */
  readonly readOnly?: boolean;
  readonly call: CallContext;
  /** For messages, e.g. "creating order shop/1". */
  readonly action: string;
}

/** Service Layer of one company. Every method throws {@link VendorError}. */
export interface ServiceLayer {
  /**
   * Any answer of 2xx that is SAP's own; others are thrown. Logs in when needed, and once more when the session has
   * expired.
   */
  send(request: SapRequest): Promise<HttpResponse>;
  /** What an answer says. @throws VendorError `unavailable` when it is no JSON */
  readJson<T extends object>(answer: Answer, question: JsonQuestion): T;
  /** One entity; null when it does not exist. */
  read(path: string, call: CallContext, action: string, query?: ListQuery): Promise<SapEntity | null>;
  /** Every entity that fits. */
  list(wanted: WantedList, call: CallContext): Promise<SapEntity[]>;
  /**
   * Several lists, in one request where the server accepts it. They are read sequentially in this order: a row that
   * moves from one list to a later one is seen in at least one of them.
   */
  listSequentially(wanted: readonly WantedList[], call: CallContext): Promise<SapEntity[][]>;
  /** A request without session (ping). */
  sendUnauthenticated(path: string, call: CallContext, action: string): Promise<HttpResponse>;
}

export interface ServiceLayerOptions {
  readonly http: HttpClient;
  readonly session: Session;
  readonly servicePath: string;
  readonly log: VendorLog;
  now(): number;
}

export function createServiceLayer(options: ServiceLayerOptions): ServiceLayer {
  const { http, servicePath } = options;
  const inSession = createInSession(options.session, http);
  const batches = createBatchReader({ ...options, inSession });

  const send = (request: SapRequest): Promise<HttpResponse> => {
    const { method, path, call, action } = request;
    const readOnly = method === 'GET' || request.readOnly === true;
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    return inSession(
      (cookies) =>
        http.request({
          method,
          path: `${servicePath}/${path}`,
          headers: {
            accept: 'application/json',
            cookie: cookies,
            ...(body === null ? {} : { 'content-type': 'application/json' }),
            ...request.headers,
          },
          body,
          call,
          describe: action,
          readOnly,
        }),
      (response) => readFailure(response, action),
      { call, isWrite: !readOnly },
    );
  };

  const read: ServiceLayer['read'] = async (path, call, action, query = {}) => {
    try {
      const response = await send({ method: 'GET', path: path + formatQuery(query), call, action });
      return http.readJson<SapEntity>(response, { action });
    } catch (error) {
      if (error instanceof VendorError && error.kind === 'notFound') return null;
      throw error;
    }
  };

  const readOnePage = async (wanted: WantedList, after: Page['lastKey'], call: CallContext): Promise<Page> => {
    const request = formatPage(wanted, after);
    return readPage(wanted, http.readJson<Partial<SapList>>(await send({ method: 'GET', ...request, call }), request));
  };

  /** The rows of a page and of all that follow it. */
  const listFrom = async (first: Page, wanted: WantedList, call: CallContext): Promise<SapEntity[]> => {
    const found = [...first.rows];
    for (let page = first; page.lastKey !== null; ) {
      page = await readOnePage(wanted, page.lastKey, call);
      found.push(...page.rows);
    }
    return found;
  };

  const list: ServiceLayer['list'] = async (wanted, call) =>
    listFrom(await readOnePage(wanted, null, call), wanted, call);

  const listSequentially: ServiceLayer['listSequentially'] = async (wanted, call) => {
    const requests = wanted.map((each) => formatPage(each, null));
    const answers = await batches.read(requests, call);
    const lists: SapEntity[][] = [];
    for (const [index, each] of wanted.entries()) {
      const answer = answers?.[index];
      const request = requests[index];
      if (answer === undefined || request === undefined) lists.push(await list(each, call));
      else lists.push(await listFrom(readPage(each, http.readJson<Partial<SapList>>(answer, request)), each, call));
    }
    return lists;
  };

  return {
    send,
    readJson: http.readJson,
    read,
    list,
    listSequentially,
    sendUnauthenticated: (path, call, action) =>
      http.request({ method: 'GET', path, headers: { accept: 'application/json' }, call, describe: action }),
  };
}

/** An early log-in costs less than a refused request and its repetition. */
const EARLY_MS = 60_000;
/** A log-out that finds no place in the budget for so long is given up: SAP ends the session when it has been idle. */
const CLOSE_TIMEOUT_MS = 5_000;

/** One session of one company and user, shared by all requests: SAP punishes parallel logins (500/299) and each holds memory. */
export interface Session {
  /**
   * Cookies of a live session; logs in when there is none or it has been idle too long. Concurrent callers share one login.
   * @throws VendorError `unauthorized` when SAP refused the credentials, now or earlier: a refused login is never repeated
   */
  cookies(call: CallContext): Promise<string>;
  /** Notes that a request was answered: the idle time starts anew. */
  touch(): void;
  /** Drops the session that these cookies belong to; a newer session stays. */
  drop(cookies: string): void;
  /**
   * Ends the session that the vault keeps, and keeps its own there from then on. One in which nothing was written before
   * stays: the connection's other side may be using it.
   */
  fence(vault: SessionVault, call: CallContext): Promise<void>;
  /** Forgets an earlier refusal, so that an operator's test may try once. */
  forgetRefusal(): void;
  close(): Promise<void>;
}

export interface SessionOptions extends LoginOptions {
  /** For a log-out that belongs to no attempt. */
  openCall(signal: AbortSignal): CallContext;
  now(): number;
}

export function createSession(options: SessionOptions): Session {
  const closing = new AbortController();
  const login = createLogin(options);
  let current: (OpenedSession & { usedAtMs: number }) | null = null;
  let pending: Promise<string> | null = null;
  let refusal: VendorError | null = null;
  /** Given by the owner of a lane; null while nobody writes. */
  let vault: SessionVault | null = null;

  const open = async (call: CallContext): Promise<string> => {
    try {
      // Logging in belongs to no single attempt: one caller's abort must not fail the others, and its lease does not matter to a login.
      const opened = await login.open(vault, call.share(closing.signal));
      current = { ...opened, usedAtMs: options.now() };
      return opened.cookies;
    } catch (error) {
      if (error instanceof VendorError && error.kind === 'unauthorized') refusal = error;
      throw error;
    }
  };

  const cookies = async (call: CallContext): Promise<string> => {
    if (current !== null && options.now() - current.usedAtMs < current.idleMs - EARLY_MS) return current.cookies;
    if (refusal !== null) throw refusal;
    pending ??= open(call).finally(() => {
      pending = null;
    });
    return pending;
  };

  return {
    cookies,
    touch: () => {
      if (current !== null) current.usedAtMs = options.now();
    },
    drop: (dropped) => {
      if (current?.cookies === dropped) current = null;
    },
    fence: async (given, call) => {
      await login.endPredecessor(given, call);
      // One that is being opened for the other side counts as open.
      await pending?.catch(() => {});
      const opened = vault === null ? current : null;
      vault = given;
      if (opened === null) {
        current = null;
        await cookies(call);
        return;
      }
      try {
        await login.keep(opened, given, call);
      } catch (error) {
        current = null;
        throw error;
      }
    },
    forgetRefusal: () => {
      refusal = null;
    },
    close: async () => {
      closing.abort();
      const last = current;
      current = null;
      if (last !== null) await login.end(last.cookies, vault, options.openCall(AbortSignal.timeout(CLOSE_TIMEOUT_MS)));
    },
  };
}

function createInSession(session: Session, http: HttpClient): InSession {
  return async (exchange, failureOf, { call, isWrite }) => {
    const attempt = async (cookies: string) => {
      const answer = await exchange(cookies);
      session.touch();
      return { answer, failure: failureOf(answer) };
    };
    const cookies = await session.cookies(call);
    let { answer, failure } = await attempt(cookies);
    if (failure !== null && deservesNewSession(failure, isWrite)) {
      session.drop(cookies);
      ({ answer, failure } = await attempt(await session.cookies(call)));
    }
    if (failure !== null) throw describeFailure(failure, isWrite, http);
    return answer;
  };
}

/**
 * 301: the session has expired, nothing was done. 407: this node lacks a table, a new session may land on another node.
 */
function deservesNewSession({ response }: SapFailure, isWrite: boolean): boolean {
  const { code } = readSapError(response.text);
  return (response.status === 401 && code === '301') || (code === '407' && !isWrite);
}
