import {
  type CallContext,
  type HttpClient,
  holdsJson,
  type SessionVault,
  VendorError,
  type VendorLog,
} from '@entrepot/vendor-kit';
import { describeFailure } from './errors.ts';
import { isSuccess, readFailure, type SapLogin } from './wire.ts';

const DEFAULT_IDLE_MINUTES = 30;
const LOGOUT_TIMEOUT_MS = 5_000;

export interface LoginOptions {
  readonly http: HttpClient;
  readonly servicePath: string;
  readonly company: string;
  readonly user: string;
  readonly password: string;
  readonly log: VendorLog;
}

/** A session that was opened. */
export interface OpenedSession {
  /** As sent back with each request. */
  readonly cookies: string;
  readonly idleMs: number;
}

/** Opens and ends the sessions of one company and user. */
export interface Login {
  /**
   * @param vault keeps its token for a successor; null: nobody follows
   * @throws VendorError `unauthorized` when SAP refuses the credentials
   */
  open(vault: SessionVault | null, call: CallContext): Promise<OpenedSession>;
  /** Keeps the token of a session that is open already. */
  keep(session: OpenedSession, vault: SessionVault, call: CallContext): Promise<void>;
  /** Ends the session that a predecessor left in the vault. @throws VendorError while it may still be open */
  endPredecessor(vault: SessionVault, call: CallContext): Promise<void>;
  /** Ends our own session; a failure is only logged. */
  end(cookies: string, vault: SessionVault | null, call: CallContext): Promise<void>;
}

export function createLogin(options: LoginOptions): Login {
  /**
   * Ends the session, or finds it expired (401). @throws VendorError when another system than Service Layer answers:
   * the session may still be open
   */
  const logout = async (cookies: string, call: CallContext): Promise<void> => {
    const action = 'logging out';
    const response = await options.http.request({
      method: 'POST',
      path: `${options.servicePath}/Logout`,
      headers: { cookie: cookies },
      call,
      describe: action,
      timeoutMs: LOGOUT_TIMEOUT_MS,
      readOnly: true,
    });
    const failure = readFailure(response, action);
    if (failure !== null && (isSuccess(response) || !holdsJson(response.text)))
      throw describeFailure(failure, false, options.http);
  };

  /** A session that no successor could end must not be used: if its token cannot be stored, it is closed. */
  const keepToken = async (cookies: string, vault: SessionVault, call: CallContext): Promise<void> => {
    try {
      await vault.write(cookies);
    } catch (error) {
      await logout(cookies, call).catch(noteNotLoggedOut);
      throw error;
    }
  };

  const noteNotLoggedOut = (error: unknown): void => options.log.debug({ error: String(error) }, 'not logged out');

  return {
    open: async (vault, call) => {
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
      if (failure !== null) throw describeFailure(failure, false, options.http);
      const { SessionId, SessionTimeout } = options.http.readJson<SapLogin>(response, { action });
      // Where a proxy strips cookies, the body still names the session.
      const named = typeof SessionId === 'string' ? { session: SessionId, route: null } : null;
      const cookies = readCookies(response.headers['set-cookie']) ?? named;
      if (cookies === null) throw new VendorError('unexpected', 'SAP answered the login without a session cookie');
      const header = formatCookies(cookies);
      if (vault !== null) await keepToken(header, vault, call);
      options.log.info({ company: options.company }, 'logged in');
      return { cookies: header, idleMs: (SessionTimeout ?? DEFAULT_IDLE_MINUTES) * 60_000 };
    },
    keep: ({ cookies }, vault, call) => keepToken(cookies, vault, call),
    endPredecessor: async (vault, call) => {
      const predecessor = await vault.read();
      if (predecessor === null) return;
      // Not swallowed: while the predecessor's session may live, its last request may still commit. An expired
      // session answers 401, which is fine; no answer means that we are not the only writer yet.
      await logout(predecessor, call);
      await vault.write(null);
    },
    // An open session holds memory in SAP until it times out; a failed log-out costs only that.
    end: (cookies, vault, call) => logout(cookies, call).then(() => vault?.write(null), noteNotLoggedOut),
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
