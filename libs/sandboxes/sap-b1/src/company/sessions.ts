import { randomUUID } from 'node:crypto';
import { SapFault } from '../protocol/sap-fault.ts';
import type { CompanyData } from './company.ts';

export interface SapSession {
  readonly id: string;
  readonly company: CompanyData;
  usedAtMs: number;
}

/** With more concurrent logins than this the login service fails: "8 parallel logins gave 2 × 500/299". */
const PARALLEL_LOGINS = 3;

export interface Sessions {
  /** @throws SapFault 401/-306 unknown company, 401/-304 wrong user or password, 500/299 too many concurrent logins */
  login(company: CompanyData | undefined, user: unknown, password: unknown): Promise<SapSession>;
  /** The live session of a request's cookies. @throws SapFault 401/301 */
  require(cookieHeader: string | undefined): SapSession;
  end(cookieHeader: string | undefined): void;
  endAll(): void;
  count(): number;
}

export interface SessionsOptions {
  readonly idleMs: number;
  /** How long a login takes. */
  readonly loginMs: number;
  now(): number;
}

export function createSessions(options: SessionsOptions): Sessions {
  const sessions = new Map<string, SapSession>();
  let loggingIn = 0;
  return {
    login: async (company, user, password) => {
      if (loggingIn >= PARALLEL_LOGINS) throw new SapFault(500, 299, 'SAML Login Failed');
      loggingIn += 1;
      try {
        await new Promise((resolve) => setTimeout(resolve, options.loginMs));
      } finally {
        loggingIn -= 1;
      }
      // One text for both: only the code distinguishes a wrong company from a wrong password.
      if (company === undefined) throw new SapFault(401, -306, 'Fail to NONE-SSO login from SLD.');
      const { settings } = company;
      if (user !== settings.user || password !== settings.password)
        throw new SapFault(401, -304, 'Fail to NONE-SSO login from SLD.');
      const session = { id: randomUUID(), company, usedAtMs: options.now() };
      sessions.set(session.id, session);
      return session;
    },
    require: (cookieHeader) => {
      const session = sessions.get(readSessionCookie(cookieHeader) ?? '');
      // The timeout is idle time: each use begins it anew.
      if (session === undefined || options.now() - session.usedAtMs > options.idleMs)
        throw new SapFault(401, 301, 'Invalid session or session already timeout.');
      session.usedAtMs = options.now();
      return session;
    },
    end: (cookieHeader) => void sessions.delete(readSessionCookie(cookieHeader) ?? ''),
    endAll: () => sessions.clear(),
    count: () => sessions.size,
  };
}

function readSessionCookie(header: string | undefined): string | null {
  return /(?:^|;\s*)B1SESSION=([^;\s]+)/.exec(header ?? '')?.[1] ?? null;
}
