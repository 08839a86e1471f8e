import { SapFault } from '../protocol/sap-fault.ts';
import { type Version, writeFault } from '../protocol/version.ts';
import type { SapReply } from './request.ts';

/** A status in the server's own words: 401 is a dead session, 500 the overrun login service; above 500 it is Apache that answers, in HTML. */
export function replyWithStatus(version: Version, status: number, said?: string): SapReply {
  const usual = faultOfStatus(status);
  const fault = usual === null || said === undefined ? usual : new SapFault(status, usual.code, said);
  if (fault !== null) return { status, headers: {}, body: writeFault(version, fault) };
  return replyWithPage(status);
}

/** Apache's own page. */
export function replyWithPage(status: number): SapReply {
  const title =
    { 404: 'Not Found', 502: 'Proxy Error', 503: 'Service Unavailable', 504: 'Gateway Timeout' }[status] ?? 'Error';
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n</body></html>\n`,
  };
}

function faultOfStatus(status: number): SapFault | null {
  if (status === 401) return new SapFault(401, 301, 'Invalid session or session already timeout.');
  if (status === 500) return new SapFault(500, 299, 'SAML Login Failed');
  return status < 500 ? new SapFault(status, -5002, `(1) refused with ${status}`) : null;
}
