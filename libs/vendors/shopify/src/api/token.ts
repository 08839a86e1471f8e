import { boundDelayMs } from '@entrepot/canonical';
import { type ClientBudget, type HttpClient, VendorError } from '@entrepot/vendor-kit';
import { errorOfStatus } from '../errors.ts';
import type { TokenSource } from './client.ts';

/** A token is renewed when this part of its life is over: Shopify's live 24 h and have no refresh token. */
const RENEW_AFTER_SHARE = 0.9;
const DEFAULT_LIFE_SECONDS = 86_399;

/** An answer of the token endpoint. */
export interface Grant {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly refresh_token?: unknown;
  readonly refresh_token_expires_in?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

export interface GrantOptions {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly timeoutMs: number;
  readonly http: HttpClient;
  readonly openCall: ClientBudget['openCall'];
  readonly now: () => number;
}

/** Tokens of a client-credentials grant, which is requested once at a time and renewed early. */
export function createGrantedTokens(options: GrantOptions): TokenSource {
  const { now } = options;
  let current: { token: string; renewAtMs: number } | null = null;
  let underWay: Promise<string> | null = null;

  const grant = async (): Promise<string> => {
    const granted = await requestGrant(options);
    current = {
      token: granted.token,
      renewAtMs: now() + boundDelayMs(granted.lifeSeconds * 1000 * RENEW_AFTER_SHARE),
    };
    return granted.token;
  };
  return {
    read: () => {
      if (current !== null && now() < current.renewAtMs) return Promise.resolve(current.token);
      underWay ??= grant().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    forget: (token) => {
      if (current?.token === token) current = null;
      return true;
    },
  };
}

async function requestGrant(options: GrantOptions) {
  const grant = await requestToken(options, { grant_type: 'client_credentials' });
  if (typeof grant.access_token !== 'string') throw refusedGrant(grant, 200);
  const lifeSeconds =
    typeof grant.expires_in === 'number' && grant.expires_in > 0 ? grant.expires_in : DEFAULT_LIFE_SECONDS;
  return { token: grant.access_token, lifeSeconds };
}

export type TokenRequest = Pick<GrantOptions, 'http' | 'clientId' | 'clientSecret' | 'timeoutMs' | 'openCall'>;

/** Asks the token endpoint, by whatever grant. @throws VendorError */
export async function requestToken(
  { http, clientId, clientSecret, timeoutMs, openCall }: TokenRequest,
  parameters: Readonly<Record<string, string>>,
): Promise<Grant> {
  if (clientSecret === null)
    throw new VendorError('unauthorized', 'The connection has no client secret', {
      advice: "Enter the app's client secret.",
    });
  const action = 'asking for an access token';
  const answer = await http.request({
    method: 'POST',
    path: '/admin/oauth/access_token',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...parameters }),
    // Shared by all waiting callers, so no caller's signal may end it; it has its own deadline.
    call: openCall(AbortSignal.timeout(timeoutMs)),
    describe: action,
    readOnly: true,
  });
  if (answer.status >= 500)
    throw new VendorError('unavailable', `Shopify gives no access token (HTTP ${answer.status})`, {
      httpStatus: answer.status,
    });
  if (answer.status === 429 || answer.status === 430) throw errorOfStatus(answer.status, answer.text, undefined);
  const grant = http.readJson<Grant>(answer, { action });
  if (answer.status !== 200) throw refusedGrant(grant, answer.status);
  return grant;
}

function refusedGrant(grant: Grant, status: number): VendorError {
  const code = typeof grant.error === 'string' ? grant.error : null;
  return new VendorError('unauthorized', `Shopify gives no access token: ${describeRefusal(code, grant, status)}`, {
    code,
    httpStatus: status,
    advice:
      code === 'invalid_grant'
        ? SIGN_IN_ADVICE
        : 'Check client id and client secret, and that the app is installed on the shop.',
  });
}

/** What only the shop's owner can do. */
export const SIGN_IN_ADVICE =
  "Sign the connection in again: begin its sign-in and let the shop's owner agree on Shopify's page.";

function describeRefusal(code: string | null, grant: Grant, status: number): string {
  if (code === 'app_not_installed') return 'the app is not installed on this shop';
  if (code === 'shop_not_permitted')
    return 'app and shop belong to different organizations; client credentials do not work then';
  return typeof grant.error_description === 'string'
    ? grant.error_description
    : `HTTP ${status}${code === null ? '' : ` ${code}`}`;
}
