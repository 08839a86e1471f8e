import { refuseAddress } from './allowed.ts';
import { classifyAddress } from './classify.ts';

/** Names by which clouds offer their metadata services. */
const FORBIDDEN_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** The URL of a connection cannot be used; the message says why, is fit for the operator, and quotes nothing but the host. */
export class InvalidBaseUrl extends Error {
  override readonly name = 'InvalidBaseUrl';
}

/**
 * Checks the base URL of a connection: http or https, no credentials, query or fragment, and no address that must not be reached (see
 * `refuseAddress`). Names are checked when they are resolved, see `createGuardedLookup`. Gives the URL without a trailing slash.
 * @param allowed the connection's `allowedAddresses`
 * @throws InvalidBaseUrl
 */
export function validateBaseUrl(given: string, allowed: readonly string[] = []): URL {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new InvalidBaseUrl('the URL cannot be read; give it with its scheme, such as https://erp.example.com:50000');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidBaseUrl('the URL must begin with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidBaseUrl(
      "the URL must not contain a user name or password; put them into the connection's secrets",
    );
  }
  if (url.search !== '' || url.hash !== '') throw new InvalidBaseUrl('the URL must not contain a query or a fragment');
  const refusal = refuseHost(
    url.hostname
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase(),
    allowed,
  );
  if (refusal !== null) throw new InvalidBaseUrl(refusal);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Returns why a host must not be connected to, or null; a name is judged by what it resolves to, see `createGuardedLookup`. */
export function refuseHost(host: string, allowed: readonly string[]): string | null {
  if (classifyAddress(host) !== null) return refuseAddress(host, allowed);
  if (FORBIDDEN_NAMES.has(host)) return `${host} is a metadata service; a vendor cannot be there`;
  // Those names mean the machine itself wherever they are resolved (RFC 6761).
  const isLoopback = host === 'localhost' || host.endsWith('.localhost');
  return isLoopback ? refuseAddress('127.0.0.1', allowed) : null;
}
