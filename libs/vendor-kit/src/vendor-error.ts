import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';

/**
 * What a vendor's answer means to us. The kind alone decides what happens next:
 * - `unavailable`, `timeout`: the system, not the record; counts for the breaker
 * - `throttled`: wait `retryAfterMs`; counts as no failure
 * - `unauthorized`: credentials refused: the lane holds and asks for attention, no probes (accounts lock)
 * - `rejected`: the target refused this record; waits for a person
 * - `conflict`: the target's present state forbids it (changed meanwhile, a duplicate, stock that is short): read and
 *   try again
 * - `notFound`: what was addressed does not exist
 * - `unexpected`: an answer the contract does not name; treated as transient for a few tries, then failed
 */
export type VendorErrorKind =
  | 'unavailable'
  | 'timeout'
  | 'throttled'
  | 'unauthorized'
  | 'rejected'
  | 'conflict'
  | 'notFound'
  | 'unexpected';

export interface VendorErrorInit {
  /** Vendor's own code, as a string. */
  readonly code?: string | null;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
  /** What a person should do. */
  readonly advice?: string;
  readonly fields?: readonly FieldProblem[];
  /** True when the request may have reached the vendor though no answer came: a write is then in doubt. */
  readonly answerUnknown?: boolean;
  readonly cause?: unknown;
}

/** Longest wait that is honoured: the vendor is called again after a day. A timer cannot wait for more than 24 days. */
const MAX_PAUSE_MS = 86_400_000;

/** The only error a vendor lib throws on purpose; anything else is a bug and fails the record immediately. */
export class VendorError extends Error {
  override readonly name = 'VendorError';
  readonly kind: VendorErrorKind;
  readonly code: string | null;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly advice: string | null;
  readonly fields: readonly FieldProblem[];
  readonly answerUnknown: boolean;

  constructor(kind: VendorErrorKind, message: string, init: VendorErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.kind = kind;
    this.code = init.code ?? null;
    this.httpStatus = init.httpStatus;
    this.retryAfterMs = init.retryAfterMs === undefined ? undefined : Math.min(init.retryAfterMs, MAX_PAUSE_MS);
    this.advice = init.advice ?? null;
    this.fields = init.fields ?? [];
    this.answerUnknown = init.answerUnknown ?? false;
  }

  /** The error as reports and the API carry it. */
  toDetail(): ErrorDetail {
    return {
      kind: this.kind,
      code: this.code,
      message: this.message,
      advice: this.advice,
      fields: this.fields,
      ...(this.httpStatus === undefined ? {} : { httpStatus: this.httpStatus }),
    };
  }
}
