import { randomFillSync } from 'node:crypto';

/** Attributes of a span. Never data of a record, a secret or the text of an error: the operator chooses where traces go. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** Records the duration of each part of a record's way, and how the parts belong together. */
export interface Tracer {
  /**
   * Runs `work` within a span.
   * @param parent the W3C `traceparent` of the cause, as records carry it; null begins a trace
   * @param work receives the `traceparent` of the span, for its consequences; `parent` while traces are off
   */
  span<T>(name: string, parent: string | null, facts: SpanFacts, work: (own: string | null) => Promise<T>): Promise<T>;
  /** Sends the pending spans, within a short timeout. Never rejects. */
  close(): Promise<void>;
}

export const NO_TRACES: Tracer = {
  span: (_name, parent, _facts, work) => work(parent),
  close: async () => {},
};

/** Random bytes for many ids in one system call: each call costs as much as checking a signature. */
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
  return `00-${readTraceId(given) ?? drawHex(16)}-${drawHex(8)}-01`;
}

/** The trace of a W3C `traceparent`; null when it is none. */
export function readTraceId(given: string | undefined): string | null {
  const [, traceId = '', spanId = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]$/.exec(given ?? '') ?? [];
  return /[^0]/.test(traceId) && /[^0]/.test(spanId) ? traceId : null;
}
