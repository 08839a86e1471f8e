import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses no vendor lives at, but from which credentials of the machine could be read: link-local (the clouds' metadata services),
 * the unspecified address, multicast. Private networks stay allowed: ERPs live there.
 */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('224.0.0.0', 4, 'ipv4');
forbidden.addAddress('255.255.255.255', 'ipv4');
forbidden.addAddress('100.100.100.200', 'ipv4');
forbidden.addAddress('192.0.0.192', 'ipv4');
forbidden.addAddress('::', 'ipv6');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('ff00::', 8, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

const FORBIDDEN_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** The URL of a connection cannot be used; the message says why and is fit for the operator. */
export class InvalidBaseUrl extends Error {
  override readonly name = 'InvalidBaseUrl';
}

/** An address that must not be connected to, found when a name was resolved. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/** True for addresses that {@link validateBaseUrl} and {@link guardedLookup} refuse. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Checks the base URL of a connection: http or https, no credentials, query or fragment, no metadata or link-local address.
 * Names are checked again when they are resolved, see {@link guardedLookup}. Gives the URL without a trailing slash.
 * @throws InvalidBaseUrl
 */
export function validateBaseUrl(given: string): URL {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new InvalidBaseUrl(
      `"${given.slice(0, 200)}" is not a URL; give it with its scheme, such as https://erp.example.com:50000`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidBaseUrl(`The URL must begin with http:// or https://, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidBaseUrl(
      "The URL must not contain a user name or password; put them into the connection's secrets",
    );
  }
  if (url.search !== '' || url.hash !== '') throw new InvalidBaseUrl('The URL must not contain a query or a fragment');
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isForbiddenAddress(host) || FORBIDDEN_NAMES.has(host.toLowerCase())) {
    throw new InvalidBaseUrl(
      `The address ${host} is link-local, a metadata service or no host at all; a vendor cannot be there`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Resolves names as the system does, and refuses forbidden answers: a name may be pointed elsewhere after it was checked. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 4);
    const bad = addresses.find(({ address }) => isForbiddenAddress(address));
    const first = addresses[0];
    if (bad) {
      const refusal = new ForbiddenAddress(
        `${hostname} resolves to ${bad.address}, which is link-local or a metadata service; not connecting`,
      );
      return callback(refusal, '', 4);
    }
    if (options.all === true) return callback(null, addresses);
    return first
      ? callback(null, first.address, first.family)
      : callback(new Error(`${hostname} resolves to no address`), '', 4);
  });
};
