import { randomFillSync } from 'node:crypto';

/** Asked of the system for many ids at once: each asking costs as much as checking a signature. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function drawHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** W3C Trace Context: goes on with the caller's trace when it sent a valid one, else begins a new one. */
export function continueTrace(given: string | undefined): string {
  const match = given === undefined ? null : /^00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]$/.exec(given);
  const traceId = match?.[1];
  const valid = traceId !== undefined && !/^0+$/.test(traceId) && !/^0+$/.test(match?.[2] ?? '');
  return `00-${valid ? traceId : drawHex(16)}-${drawHex(8)}-01`;
}
