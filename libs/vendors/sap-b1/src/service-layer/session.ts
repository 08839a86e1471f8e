import {
  detachedCall,
  type HttpClient,
  holdsJson,
  type SessionVault,
  VendorError,
  type VendorLog,
} from '@entrepot/vendor-kit';
import { describeFailure } from './errors.ts';
import { isSuccess, readFailure, readSapError, type SapFailure, type SapLogin } from './wire.ts';

const DEFAULT_IDLE_MINUTES = 30;
/** An early log-in costs less than a refused request and its repetition. */
const EARLY_MS = 60_000;
const LOGOUT_TIMEOUT_MS = 5_000;

export interface SessionOptions {
  readonly http: HttpClient;
  readonly servicePath: string;
  readonly company: string;
  readonly user: string;
  readonly password: string;
  readonly vault: SessionVault;
  readonly log: VendorLog;
  now(): number;
}

/** One session of one company and user, shared by all requests: SAP punishes parallel logins (500/299) and each holds memory. */
export interface Session {
  /**
   * Cookies of a live session; logs in when there is none or it has been idle too long. Concurrent callers share one login.
   * @throws VendorError `unauthorized` when SAP refused the credentials, now or earlier: a refused login is never repeated
   */
  cookies(): Promise<string>;
  /** Notes that a request was answered: the idle time starts anew. */
  touch(): void;
  /** Drops the session that these cookies belong to; a newer session stays. */
  drop(cookies: string): void;
  /** Ends the predecessor's session kept in the vault, then logs in. */
  fence(): Promise<void>;
  /** Forgets an earlier refusal, so that an operator's test may try once. */
  forgetRefusal(): void;
  close(): Promise<void>;
}

export function createSession(options: SessionOptions): Session {
  const closing = new AbortController();
  // Logging in belongs to no single attempt: one caller's abort must not fail the others, and its lease does not matter to a login.
  const call = detachedCall(closing.signal);
  let current: { cookies: string; idleMs: number; usedAtMs: number } | null = null;
  let pending: Promise<string> | null = null;
  let refusal: VendorError | null = null;

  const login = async (): Promise<string> => {
    const action = 'logging in';
    const response = await options.http.request({
      method: 'POST',
      path: `${options.servicePath}/Login`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ CompanyDB: options.company, UserName: options.user, Password: options.password }),
      call,
      describe: action,
      readOnly: true,
    });
    const failure = readFailure(response, action);
    if (failure !== null) {
      const error = describeFailure(failure, false, options.http);
      if (error.kind === 'unauthorized') refusal = error;
      throw error;
    }
    const { SessionId, SessionTimeout } = options.http.readJson<SapLogin>(response, { action });
    // Where a proxy strips cookies, the body still names the session.
    const named = typeof SessionId === 'string' ? { session: SessionId, route: null } : null;
    const cookies = readCookies(response.headers['set-cookie']) ?? named;
    if (cookies === null) throw new VendorError('unexpected', 'SAP answered the login without a session cookie');
    const header = formatCookies(cookies);
    await keepToken(header);
    current = { cookies: header, idleMs: (SessionTimeout ?? DEFAULT_IDLE_MINUTES) * 60_000, usedAtMs: options.now() };
    options.log.info({ company: options.company }, 'logged in');
    return header;
  };

  /**
   * Ends the session, or finds it expired (401). @throws VendorError when another system than Service Layer answers:
   * the session may still be open
   */
  const logout = async (cookies: string): Promise<void> => {
    const action = 'logging out';
    const response = await options.http.request({
      method: 'POST',
      path: `${options.servicePath}/Logout`,
      headers: { cookie: cookies },
      call: detachedCall(new AbortController().signal),
      describe: action,
      timeoutMs: LOGOUT_TIMEOUT_MS,
      readOnly: true,
    });
    const failure = readFailure(response, action);
    if (failure !== null && (isSuccess(response) || !holdsJson(response.text)))
      throw describeFailure(failure, false, options.http);
  };

  /** A session that no successor could end must not be used: if its token cannot be stored, it is closed. */
  const keepToken = async (header: string): Promise<void> => {
    try {
      await options.vault.write(header);
    } catch (error) {
      await logout(header).catch((failure: unknown) => options.log.debug({ error: String(failure) }, 'not logged out'));
      throw error;
    }
  };

  const cookies = async (): Promise<string> => {
    if (current !== null && options.now() - current.usedAtMs < current.idleMs - EARLY_MS) return current.cookies;
    if (refusal !== null) throw refusal;
    pending ??= login().finally(() => {
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
    fence: async () => {
      const predecessor = await options.vault.read();
      if (predecessor !== null) {
        // Not swallowed: while the predecessor's session may live, its last request may still commit. An expired
        // session answers 401, which is fine; no answer means that we are not the only writer yet.
        await logout(predecessor);
        await options.vault.write(null);
      }
      current = null;
      await cookies();
    },
    forgetRefusal: () => {
      refusal = null;
    },
    close: async () => {
      closing.abort();
      const last = current;
      current = null;
      if (last === null) return;
      // An open session holds memory in SAP until it times out; a failed log-out costs only that.
      await logout(last.cookies).then(
        () => options.vault.write(null),
        (error: unknown) => options.log.debug({ error: String(error) }, 'not logged out'),
      );
    },
  };
}

/** The cookies of a session, as sent back. */
export interface SessionCookies {
  readonly session: string;
  /** Keeps the session on its node; not every installation gives one. */
  readonly route: string | null;
}

/**
 * Reads the cookies of a login by hand: B1SESSION comes without Path and with a dangling semicolon, so that cookie jars drop it and
 * every later call answers 401. Null when there is no B1SESSION.
 */
export function readCookies(header: string | string[] | undefined): SessionCookies | null {
  const lines = header === undefined ? [] : Array.isArray(header) ? header : [header];
  let session: string | null = null;
  let route: string | null = null;
  for (const line of lines) {
    // Some proxies join both cookies in one header line.
    for (const [, name, value] of line.matchAll(/\b(B1SESSION|ROUTEID)=([^;,\s]+)/g)) {
      if (name === 'B1SESSION') session = value ?? null;
      else route = value ?? null;
    }
  }
  return session === null ? null : { session, route };
}

/** The Cookie header of a request. */
export function formatCookies(cookies: SessionCookies): string {
  return cookies.route === null
    ? `B1SESSION=${cookies.session}`
    : `B1SESSION=${cookies.session}; ROUTEID=${cookies.route}`;
}

/**
 * Makes an exchange with the cookies of a live session, and repeats it once with a new session when its answer shows
 * that this one is unusable.
 * @param failureOf what is wrong with the answer; null when it is a success
 * @param isWrite true when the exchange may change something
 * @throws VendorError of the failure
 */
export type InSession = <Answer>(
  exchange: (cookies: string) => Promise<Answer>,
  failureOf: (answer: Answer) => SapFailure | null,
  isWrite: boolean,
) => Promise<Answer>;

export function createInSession(session: Session, http: HttpClient): InSession {
  return async (exchange, failureOf, isWrite) => {
    const attempt = async (cookies: string) => {
      const answer = await exchange(cookies);
      session.touch();
      return { answer, failure: failureOf(answer) };
    };
    const cookies = await session.cookies();
    let { answer, failure } = await attempt(cookies);
    if (failure !== null && deservesNewSession(failure, isWrite)) {
      session.drop(cookies);
      ({ answer, failure } = await attempt(await session.cookies()));
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
