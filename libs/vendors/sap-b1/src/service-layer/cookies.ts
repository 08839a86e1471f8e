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
