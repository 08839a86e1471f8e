import { VendorError } from '@entrepot/vendor-kit';

/** One entry of a GraphQL answer's top-level `errors`. */
export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly requiredAccess?: string;
    readonly documentation?: string;
    /** With `MAX_COST_EXCEEDED`. */
    readonly cost?: number;
    readonly maxCost?: number;
  };
}

const UNAUTHORIZED_ADVICE = 'Give the connection a valid access token, or install the app again in the shop.';

/** The meaning of an HTTP status other than 200. GraphQL mistakes never get here: they are answered 200. */
export function errorOfStatus(status: number, text: string, retryAfter: string | undefined): VendorError {
  const said = excerpt(text);
  switch (status) {
    // 401: the token is wrong or was revoked. No other call of this connection can work either.
    case 401:
      return new VendorError('unauthorized', `Shopify refused the access token${said}`, {
        httpStatus: status,
        advice: UNAUTHORIZED_ADVICE,
      });
    // 402: the shop is frozen for unpaid bills; 423: locked; 403: access switched off (fraud, app blocked). A person must act in the shop.
    case 402:
    case 403:
    case 423:
      return new VendorError('unauthorized', `Shopify has closed the shop to us (HTTP ${status})${said}`, {
        httpStatus: status,
        advice: 'Look into the shop’s admin: it may be frozen, locked or the app blocked.',
      });
    // 404 at the endpoint: the shop does not exist or the address is wrong, not "record not found" (that is a null in data).
    case 404:
      return new VendorError('unauthorized', 'There is no Admin API at this address (HTTP 404)', {
        httpStatus: status,
        advice: 'Check the shop domain and the API version of the connection.',
      });
    // 429 by the edge, 430 by bot protection: both pass.
    case 429:
    case 430:
      return new VendorError('throttled', `Shopify asks to slow down (HTTP ${status})`, {
        httpStatus: status,
        retryAfterMs: readRetryAfterMs(retryAfter),
      });
    default:
      if (status >= 500)
        return new VendorError('unavailable', `Shopify is out of order (HTTP ${status})`, { httpStatus: status });
      return new VendorError('unexpected', `Shopify answered HTTP ${status}${said}`, { httpStatus: status });
  }
}

/** Retry-After in seconds; 2 s when the header is missing or no number. */
function readRetryAfterMs(retryAfter: string | undefined): number {
  const seconds = Number(retryAfter);
  return retryAfter !== undefined && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : 2_000;
}

/**
 * The meaning of top-level errors that leave no usable data. `retryAfterMs`: computed from the answer's cost, for
 * THROTTLED.
 */
export function errorOfGraphql(errors: readonly GraphqlError[], retryAfterMs: number): VendorError {
  const first = errors[0];
  const code = errors.find((error) => error.extensions?.code !== undefined)?.extensions?.code ?? null;
  // Not truncated here: the masker truncates. A cut through a secret would leave a part that the masker cannot
  // recognise.
  const message = errors.map((error) => error.message).join(' | ');
  switch (code) {
    case 'THROTTLED':
      return new VendorError('throttled', 'The query budget of the store is used up', { code, retryAfterMs });
    // One root field is closed to the token (missing scope, protected customer data): the token itself works, and so does everything else.
    case 'ACCESS_DENIED': {
      const needed = first?.extensions?.requiredAccess;
      return new VendorError('rejected', `Shopify denies access: ${message}`, {
        code,
        advice: needed === undefined ? 'Grant the app the missing access scopes.' : `Needed: ${needed}`,
      });
    }
    // One query above the limit for a single query: the caller makes it smaller.
    case 'MAX_COST_EXCEEDED':
      return new VendorError('rejected', `One query asks for too much: ${message}`, { code });
    // The shop is closed or its trial has ended: no query can work until a person acts.
    case 'SHOP_INACTIVE':
      return new VendorError('unauthorized', `The shop is not active: ${message}`, {
        code,
        advice: 'Activate the shop.',
      });
    // Shopify's own faults, with an HTTP 200 around them.
    case 'INTERNAL_SERVER_ERROR':
    case 'TIMEOUT':
      return new VendorError('unavailable', `Shopify failed inside: ${message}`, { code });
    default:
      return new VendorError('unexpected', `Shopify refused the query: ${message}`, { code });
  }
}

function excerpt(text: string): string {
  const trimmed = text.trim();
  // Error pages are HTML; their text says nothing that the status does not.
  if (trimmed === '' || trimmed.startsWith('<')) return '';
  return `: ${trimmed}`;
}
