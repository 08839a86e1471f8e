import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { type Problem, sendProblem } from './problem.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Hosts as requests gave them that are remembered: a service has one or two, and reading an address costs more than the rest of a check. */
const MAX_ACCEPTED = 100;

const REFUSED = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', connection: 'close' };

const UNKNOWN_HOST = {
  status: 421,
  code: 'unknown-host',
  title: 'Not a host of this service',
  detail:
    'Ask by 127.0.0.1 or localhost. Where a proxy passes on another name, list that name in ENTREPOT_ALLOWED_HOSTS.',
} as const;

const FOREIGN_ORIGIN = {
  status: 403,
  code: 'foreign-origin',
  title: 'Asked by a foreign page',
  detail:
    'Pages of other origins may not use this service. List the name of the host that serves yours in ENTREPOT_ALLOWED_HOSTS.',
} as const;

/** Whether only this machine can reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return host === 'localhost' || (version !== 0 && LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6'));
}

/** A request refused for its host, or for the origin of the page that sent it. */
export interface HostRefusal {
  readonly code: 'unknown-host' | 'foreign-origin';
  /** The client's address. */
  readonly address: string;
}

/**
 * Refuses requests for host names that are not this service's, and requests from pages of another origin. A page can resolve its own name
 * to loopback (DNS rebinding), and would then read through the browser what only this machine reaches; the host name of its request reveals
 * it.
 * @param further names beside those of loopback
 */
export function refuseUnknownHosts(further: readonly string[], note: (refusal: HostRefusal) => void) {
  const allowed = new Set(further.map((name) => name.toLowerCase()));
  const isKnown = (name: string | null) => name !== null && (isLoopback(name) || allowed.has(name));
  const accepted = new Set<string>();
  const isAccepted = (host: string): boolean => {
    if (accepted.has(host)) return true;
    if (!isKnown(hostNameOf(`http://${host}`))) return false;
    if (accepted.size < MAX_ACCEPTED) accepted.add(host);
    return true;
  };
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { host, origin } = request.headers;
    const address = request.socket.remoteAddress ?? 'unknown';
    const refuse = (problem: Problem & { readonly code: HostRefusal['code'] }) => {
      note({ code: problem.code, address });
      sendProblem(response, { ...problem, instance: (request.url ?? '/').replace(/\?.*$/, ''), headers: REFUSED });
    };
    if (!isAccepted(host ?? '')) refuse(UNKNOWN_HOST);
    else if (origin !== undefined && !isKnown(hostNameOf(origin))) refuse(FOREIGN_ORIGIN);
    else next();
  };
}

/** The host name of a URL, in lower case and without brackets or final dot; null where there is none. */
function hostNameOf(url: string): string | null {
  if (!/^https?:\/\/[^@/?#\\\s]+$/.test(url) || !URL.canParse(url)) return null;
  const name = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === '' ? null : name;
}
