import { randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';

/** Access tokens of the client-credentials grant live a day and have no refresh token. */
const CLIENT_CREDENTIALS_SECONDS = 86_399;
/** Expiring offline tokens: an hour, renewed by a refresh token of 90 days. */
const OFFLINE_SECONDS = 3_600;
const REFRESH_SECONDS = 90 * 86_400;
/** A refresh token that was used works this long, while what it gave is not used to refresh. */
const RETRY_MS = 30 * 86_400_000;

export interface TokenAnswer {
  readonly status: number;
  readonly value: object;
}

/** What each grant takes; anything else is refused. */
const PARAMETERS = {
  client_credentials: ['client_id', 'client_secret', 'grant_type'],
  refresh_token: ['client_id', 'client_secret', 'grant_type', 'refresh_token'],
  code: ['client_id', 'client_secret', 'code', 'expiring'],
} as const;

/** Answers the token endpoint: JSON or form-encoded. */
export function grantToken(stores: readonly Store[], text: string, nowMs: number): TokenAnswer {
  const body = readParameters(text);
  const grant = body.grant_type === undefined && body.code !== undefined ? 'code' : body.grant_type;
  if (grant !== 'client_credentials' && grant !== 'refresh_token' && grant !== 'code')
    return refuse('unsupported_grant_type', 'Grant type is not supported');
  const known: readonly string[] = PARAMETERS[grant];
  const unknown = Object.keys(body).filter((name) => !known.includes(name));
  if (unknown.length > 0) return refuse('invalid_request', `Unexpected parameter: ${unknown.join(', ')}`);
  const store = stores.find((candidate) => candidate.clientId === body.client_id);
  if (store === undefined) return refuse('app_not_installed', 'The application is not installed on this shop');
  if (store.clientSecret !== body.client_secret) return refuse('invalid_client', 'Client authentication failed');
  switch (grant) {
    case 'client_credentials':
      return giveClientCredentials(store, nowMs);
    case 'code':
      return exchangeCode(store, body.code ?? '', body.expiring === '1', nowMs);
    case 'refresh_token':
      return refresh(store, body.refresh_token ?? '', nowMs);
  }
}

/** The app is taken off, or its tokens are revoked: none works any more. */
export function revokeTokens(store: Store): void {
  store.tokens.clear();
  store.refreshTokens.clear();
  store.codes.clear();
}

function giveClientCredentials(store: Store, nowMs: number): TokenAnswer {
  const token = makeToken('shpca');
  store.tokens.set(token, nowMs + CLIENT_CREDENTIALS_SECONDS * 1_000);
  return answer(store, { access_token: token, expires_in: CLIENT_CREDENTIALS_SECONDS });
}

/** A code of the authorization page works once. Without `expiring=1` it gives a token for ever, and no refresh token. */
function exchangeCode(store: Store, code: string, expiring: boolean, nowMs: number): TokenAnswer {
  const untilMs = store.codes.get(code) ?? 0;
  store.codes.delete(code);
  if (nowMs >= untilMs) return refuse('invalid_request', 'The authorization code was not found or was already used');
  if (expiring) return givePair(store, null, nowMs);
  const token = makeToken('shpat');
  store.tokens.set(token, null);
  return answer(store, { access_token: token });
}

function refresh(store: Store, token: string, nowMs: number): TokenAnswer {
  const known = store.refreshTokens.get(token);
  const retriedTooLate = known?.firstUsedAtMs != null && nowMs >= known.firstUsedAtMs + RETRY_MS;
  if (known === undefined || nowMs >= known.untilMs || retriedTooLate)
    return refuse('invalid_grant', 'The refresh token is invalid, expired or revoked');
  if (known.predecessor !== null) store.refreshTokens.delete(known.predecessor);
  known.firstUsedAtMs ??= nowMs;
  store.tokens.delete(known.accessToken);
  const lost = known.successor === null ? undefined : store.refreshTokens.get(known.successor);
  if (known.successor !== null) store.refreshTokens.delete(known.successor);
  if (lost !== undefined) store.tokens.delete(lost.accessToken);
  return givePair(store, token, nowMs);
}

function givePair(store: Store, predecessor: string | null, nowMs: number): TokenAnswer {
  const [accessToken, refreshToken] = [makeToken('shpat'), makeToken('shprt')];
  store.tokens.set(accessToken, nowMs + OFFLINE_SECONDS * 1_000);
  const untilMs = nowMs + REFRESH_SECONDS * 1_000;
  store.refreshTokens.set(refreshToken, { accessToken, untilMs, predecessor, firstUsedAtMs: null, successor: null });
  const former = predecessor === null ? undefined : store.refreshTokens.get(predecessor);
  if (former !== undefined) former.successor = refreshToken;
  return answer(store, {
    access_token: accessToken,
    expires_in: OFFLINE_SECONDS,
    refresh_token: refreshToken,
    refresh_token_expires_in: REFRESH_SECONDS,
  });
}

function readParameters(text: string): Readonly<Partial<Record<string, string>>> {
  if (!text.startsWith('{')) return Object.fromEntries(new URLSearchParams(text));
  try {
    const body: unknown = JSON.parse(text);
    return Object.fromEntries(Object.entries(body ?? {}).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}

function makeToken(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

function answer(store: Store, given: object): TokenAnswer {
  return { status: 200, value: { ...given, scope: store.scopes.join(',') } };
}

function refuse(error: string, description: string): TokenAnswer {
  return { status: 400, value: { error, error_description: description } };
}
