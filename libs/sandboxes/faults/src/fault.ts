/** What goes wrong. `commit` means the moment the sandbox has changed its data. */
export type Fault =
  /** The request is handled `ms` later. */
  | { readonly type: 'latency'; readonly ms: number }
  /** Answered with this status instead of being handled; without `body`, in the vendor's own words. */
  | {
      readonly type: 'status';
      readonly code: number;
      readonly body?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  /** Refused with this status; the refusal repeats the whole request, credentials included, as servers do whose debugging is on. */
  | { readonly type: 'repeatRequest'; readonly code: number }
  /** The connection is cut, nothing has happened. */
  | { readonly type: 'cutBeforeCommit' }
  /** The request is handled, then the connection is cut instead of answering. */
  | { readonly type: 'cutAfterCommit' }
  /** Cuts the connection immediately (`hang`: leaves it open without an answer); handles the request `ms` later nevertheless. */
  | { readonly type: 'commitLate'; readonly ms: number; readonly hang?: boolean | undefined }
  /** As if no server were there: every connection is cut. */
  | { readonly type: 'down' }
  /** The caller's session or token is forgotten before the request is handled. */
  | { readonly type: 'expiredSession' }
  /** Handles the request immediately and sends the answer piecemeal over `ms`. */
  | { readonly type: 'slowDrip'; readonly ms: number };

/** Which requests a fault strikes; what is left out matches everything. */
export interface FaultMatch {
  readonly method?: string | undefined;
  /** Path below the vendor's mount point; `*` stands for anything. */
  readonly path?: string | undefined;
  /** The vendor's own name of the operation (GraphQL root field, OData entity set …); `*` stands for anything. */
  readonly operation?: string | undefined;
}

export interface FaultRule {
  readonly id: string;
  readonly match: FaultMatch;
  readonly fault: Fault;
  /** How often it strikes; null = until it is cleared. */
  readonly times: number | null;
  /** Share of matching requests it strikes, 0 to 1. */
  readonly probability: number;
}

/** A rule as given to the control API. */
export interface FaultRuleInput {
  readonly match?: FaultMatch | undefined;
  readonly fault: Fault;
  readonly times?: number | null | undefined;
  readonly probability?: number | undefined;
}

const FAULT_TYPES = [
  'latency',
  'status',
  'repeatRequest',
  'cutBeforeCommit',
  'cutAfterCommit',
  'commitLate',
  'down',
  'expiredSession',
  'slowDrip',
];
const TIMED_TYPES = ['latency', 'commitLate', 'slowDrip'];

/** Reads one rule of a control request. @throws Error that says what is wrong with it */
export function readFaultRule(input: unknown): FaultRuleInput {
  if (typeof input !== 'object' || input === null)
    throw new Error('A rule is an object {match?, fault, times?, probability?}.');
  const { match, fault, times, probability, ...rest } = input as Record<string, unknown>;
  const unknownFields = Object.keys(rest).filter((name) => name !== 'id');
  if (unknownFields.length > 0) throw new Error(`A rule has no field ${unknownFields.join(', ')}.`);
  if (times !== undefined && times !== null && !(Number.isInteger(times) && (times as number) > 0))
    throw new Error('"times" is a whole number above 0, or null for "until cleared".');
  if (probability !== undefined && !(typeof probability === 'number' && probability >= 0 && probability <= 1))
    throw new Error('"probability" is a number from 0 to 1.');
  return {
    match: readMatch(match),
    fault: readFault(fault),
    times: times as number | null | undefined,
    probability: probability as number | undefined,
  };
}

function readMatch(match: unknown): FaultMatch {
  if (match === undefined || match === null) return {};
  if (typeof match !== 'object') throw new Error('"match" is an object {method?, path?, operation?}.');
  const unknownFields = Object.keys(match).filter((name) => !['method', 'path', 'operation'].includes(name));
  if (unknownFields.length > 0) throw new Error(`"match" has no field ${unknownFields.join(', ')}.`);
  return match as FaultMatch;
}

function readFault(fault: unknown): Fault {
  const asObject = typeof fault === 'string' ? { type: fault } : fault;
  if (typeof asObject !== 'object' || asObject === null)
    throw new Error(`"fault" is an object with a type of ${FAULT_TYPES.join(', ')}.`);
  const { type, ms, code } = asObject as { type?: unknown; ms?: unknown; code?: unknown };
  if (typeof type !== 'string' || !FAULT_TYPES.includes(type))
    throw new Error(`Unknown fault "${String(type)}"; known: ${FAULT_TYPES.join(', ')}.`);
  if (TIMED_TYPES.includes(type) && !(typeof ms === 'number' && ms >= 0))
    throw new Error(`Fault ${type} needs "ms", a number of milliseconds.`);
  if (
    (type === 'status' || type === 'repeatRequest') &&
    !(Number.isInteger(code) && (code as number) >= 100 && (code as number) <= 599)
  )
    throw new Error(`Fault ${type} needs "code", an HTTP status.`);
  return asObject as Fault;
}

/** What a rule is held against: a request, or a call inside a request. */
export interface Strikeable {
  readonly method: string;
  /** Below the vendor's mount point. */
  readonly path: string;
  readonly operation: string | null;
}

/** True when the rule applies to the request. */
export function matchesRequest(match: FaultMatch, request: Strikeable): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== request.method.toUpperCase()) return false;
  if (match.path !== undefined && !matchesPattern(match.path, request.path)) return false;
  return (
    match.operation === undefined || (request.operation !== null && matchesPattern(match.operation, request.operation))
  );
}

function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i').test(text);
}
