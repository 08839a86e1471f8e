import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Refusal } from '../access/refusals.ts';
import { formatProblem, Problem } from '../problem.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return host === 'localhost' || (version !== 0 && LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6'));
}

/**
 * Refuses requests for host names that are none of this API's, and those that a page of another origin sends. A page can have its own name
 * lead to loopback (DNS rebinding), and would then read through the browser what only this machine reaches; the name it asks for gives it away.
 * @param further names beside those of loopback
 */
export function refuseUnknownHosts(further: readonly string[], note: (refusal: Refusal) => void) {
  const allowed = new Set(further.map((name) => name.toLowerCase()));
  const isKnown = (name: string | null) => name !== null && (isLoopback(name) || allowed.has(name));
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { host, origin } = request.headers;
    const address = request.socket.remoteAddress ?? 'unknown';
    const refuse = (code: 'unknown-host' | 'foreign-origin', problem: Problem) => {
      note({ code, address, actor: null, subject: address });
      response
        .writeHead(problem.status, {
          'Content-Type': 'application/problem+json',
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
          Connection: 'close',
        })
        .end(formatProblem(problem, (request.url ?? '/').replace(/\?.*$/, '')));
    };
    if (!isKnown(hostNameOf(`http://${host ?? ''}`))) refuse('unknown-host', unknownHost());
    else if (origin !== undefined && !isKnown(hostNameOf(origin))) refuse('foreign-origin', foreignOrigin());
    else next();
  };
}

/** The name in a URL, in lower case and without brackets or final dot; null where there is none. */
function hostNameOf(url: string): string | null {
  if (!/^https?:\/\/[^@/?#\\\s]+$/.test(url) || !URL.canParse(url)) return null;
  const name = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === '' ? null : name;
}

function unknownHost(): Problem {
  return new Problem(
    421,
    'unknown-host',
    'Not a host of this API',
    'Ask by 127.0.0.1 or localhost. Where a proxy passes on another name, list that name in ENTREPOT_ALLOWED_HOSTS.',
  );
}

function foreignOrigin(): Problem {
  return new Problem(
    403,
    'foreign-origin',
    'Asked by a foreign page',
    'Pages of other origins may not use this API. List the name of the host that serves yours in ENTREPOT_ALLOWED_HOSTS.',
  );
}
