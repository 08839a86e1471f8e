import { randomBytes } from 'node:crypto';

/** W3C Trace Context: goes on with the caller's trace when it sent a valid one, else begins a new one. */
export function continueTrace(given: string | undefined): string {
  const match = given === undefined ? null : /^00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]$/.exec(given);
  const traceId = match?.[1];
  const valid = traceId !== undefined && !/^0+$/.test(traceId) && !/^0+$/.test(match?.[2] ?? '');
  return `00-${valid ? traceId : randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
