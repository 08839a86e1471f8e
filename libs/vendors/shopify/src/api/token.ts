import { boundDelayMs } from '@entrepot/canonical';
import { detachedCall, type HttpClient, VendorError } from '@entrepot/vendor-kit';
import type { ShopifySecrets, ShopifySettings } from '../config.ts';
import { errorOfStatus } from '../errors.ts';

export interface TokenSource {
  /** The access token to send. @throws VendorError `unauthorized` when there is none to be had */
  read(): Promise<string>;
  /** Reports that Shopify refused this token; true when a new request may give another one. */
  forget(token: string): boolean;
}

/** A token is renewed when this part of its life is over: Shopify's live 24 h and have no refresh token. */
const RENEW_AFTER_SHARE = 0.9;
const DEFAULT_LIFE_SECONDS = 86_399;

interface Grant {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

/** A static token as given, or a client-credentials grant that is requested once at a time and renewed early. */
export function createTokenSource(options: {
  readonly settings: ShopifySettings;
  readonly secrets: ShopifySecrets;
  readonly http: HttpClient;
  readonly now: () => number;
}): TokenSource {
  const { settings, secrets } = options;
  if (settings.auth.type === 'static') return createStaticSource(secrets.accessToken);
  const { clientId } = settings.auth;
  let current: { token: string; renewAtMs: number } | null = null;
  let underWay: Promise<string> | null = null;

  const grant = async (): Promise<string> => {
    const granted = await requestGrant(options.http, clientId, secrets.clientSecret, settings.timeoutMs);
    current = {
      token: granted.token,
      renewAtMs: options.now() + boundDelayMs(granted.lifeSeconds * 1000 * RENEW_AFTER_SHARE),
    };
    return granted.token;
  };
  return {
    read: () => {
      if (current !== null && options.now() < current.renewAtMs) return Promise.resolve(current.token);
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

function createStaticSource(accessToken: string | null): TokenSource {
  return {
    read: () => {
      if (accessToken !== null) return Promise.resolve(accessToken);
      return Promise.reject(
        new VendorError('unauthorized', 'The connection has no access token', {
          advice: 'Enter the Admin API access token.',
        }),
      );
    },
    forget: () => false,
  };
}

async function requestGrant(http: HttpClient, clientId: string, clientSecret: string | null, timeoutMs: number) {
  if (clientSecret === null)
    throw new VendorError('unauthorized', 'The connection has no client secret', {
      advice: "Enter the app's client secret.",
    });
  const action = 'asking for an access token';
  const answer = await http.request({
    method: 'POST',
    path: '/admin/oauth/access_token',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' }),
    // Shared by all waiting callers, so no caller's signal may end it; it has its own deadline.
    call: detachedCall(AbortSignal.timeout(timeoutMs)),
    describe: action,
    readOnly: true,
  });
  if (answer.status >= 500)
    throw new VendorError('unavailable', `Shopify gives no access token (HTTP ${answer.status})`, {
      httpStatus: answer.status,
    });
  if (answer.status === 429 || answer.status === 430) throw errorOfStatus(answer.status, answer.text, undefined);
  const grant = http.readJson<Grant>(answer, { action });
  if (answer.status !== 200 || typeof grant.access_token !== 'string') {
    const code = typeof grant.error === 'string' ? grant.error : null;
    throw new VendorError(
      'unauthorized',
      `Shopify gives no access token: ${describeRefusal(code, grant, answer.status)}`,
      {
        code,
        httpStatus: answer.status,
        advice: 'Check client id and client secret, and that the app is installed on the shop.',
      },
    );
  }
  const lifeSeconds =
    typeof grant.expires_in === 'number' && grant.expires_in > 0 ? grant.expires_in : DEFAULT_LIFE_SECONDS;
  return { token: grant.access_token, lifeSeconds };
}

function describeRefusal(code: string | null, grant: Grant, status: number): string {
  if (code === 'app_not_installed') return 'the app is not installed on this shop';
  if (code === 'shop_not_permitted')
    return 'app and shop belong to different organizations; client credentials do not work then';
  return typeof grant.error_description === 'string'
    ? grant.error_description
    : `HTTP ${status}${code === null ? '' : ` ${code}`}`;
}
