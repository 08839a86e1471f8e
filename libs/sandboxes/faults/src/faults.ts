import type { ServerResponse } from 'node:http';
import { answerText, repeatRequest, type VendorRequest } from './answers.ts';
import { type Fault, type FaultRule, type FaultRuleInput, matchesRequest, type Strikeable } from './fault.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { dripResponse, muteResponse } from './response-tricks.ts';

export interface FaultsOptions {
  /** The vendor's name of what the request asks for (GraphQL root field, OData entity set); used by `match.operation` and the request log. */
  readonly operationOf?: (request: VendorRequest) => string | null;
  /** The calls inside a request that carries several (a batch). A rule that is about one of them, and not about the request, strikes it. */
  readonly partsOf?: (request: VendorRequest) => readonly Strikeable[];
  /**
   * Answers a `status` fault in the vendor's own words when the rule brings no body.
   * @param said instead of the message that the vendor usually gives
   */
  readonly answerStatus?: (status: number, request: VendorRequest, response: ServerResponse, said?: string) => void;
  /** Forgets the caller's session or token. */
  readonly expireSession?: (request: VendorRequest) => void;
  readonly requestLog?: RequestLog;
  readonly random?: () => number;
}

/** One call inside a request is answered so, or loses its session; other faults of a part strike the request that carries it. */
export interface StruckPart {
  readonly index: number;
  readonly fault: Extract<Fault, { readonly type: 'status' | 'expiredSession' }>;
}

/** The fault switches of one vendor's sandbox. */
export interface Faults {
  /** Logs the request and lets a fault strike, or hands it on; to be asked before authentication. */
  pass(request: VendorRequest, response: ServerResponse, handle: () => void): void;
  readonly requests: RequestLog;
  /** The part in which the handler of this request must fail; null when there is none. */
  struckPart(request: VendorRequest): StruckPart | null;
  add(rule: FaultRuleInput): FaultRule;
  list(): readonly FaultRule[];
  /** Removes one rule; false when there is none of that id. */
  remove(id: string): boolean;
  clear(): void;
  /** Cancels timers of faults under way. */
  close(): void;
}

export function createFaults(options: FaultsOptions = {}): Faults {
  const requests = options.requestLog ?? createRequestLog();
  const random = options.random ?? Math.random;
  const timers = new Set<NodeJS.Timeout>();
  let rules: { rule: FaultRule; left: number }[] = [];
  let lastId = 0;

  const later = (ms: number, action: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  };

  /** @param carrier the request that carries this call: rules about it have had their turn */
  const pickFault = (call: Strikeable, carrier: Strikeable | null = null): Fault | null => {
    for (const entry of rules) {
      if (!matchesRequest(entry.rule.match, call)) continue;
      if (carrier !== null && matchesRequest(entry.rule.match, carrier)) continue;
      if (entry.rule.probability < 1 && random() >= entry.rule.probability) continue;
      entry.left -= 1;
      if (entry.left <= 0) rules = rules.filter((other) => other !== entry);
      return entry.rule.fault;
    }
    return null;
  };

  const struckParts = new WeakMap<VendorRequest, StruckPart>();

  /** The first fault of a call inside the request, as far as it strikes the request; noted when it strikes the part alone. */
  const pickFaultOfParts = (
    request: VendorRequest,
    carrier: Strikeable,
  ): { fault: Fault; strikesRequest: boolean } | null => {
    if (rules.length === 0 || options.partsOf === undefined) return null;
    for (const [index, part] of options.partsOf(request).entries()) {
      const fault = pickFault(part, carrier);
      if (fault === null) continue;
      if (fault.type !== 'status' && fault.type !== 'expiredSession') return { fault, strikesRequest: true };
      struckParts.set(request, { index, fault });
      return { fault, strikesRequest: false };
    }
    return null;
  };

  const pass: Faults['pass'] = (request, response, handle) => {
    const { method, path } = request;
    const carrier = { method, path, operation: options.operationOf?.(request) ?? null };
    const own = pickFault(carrier);
    const ofPart = own === null ? pickFaultOfParts(request, carrier) : null;
    const fault = own ?? ofPart?.fault ?? null;
    const noteAnswer = requests.begin({ ...carrier, fault: fault?.type ?? null });
    // Also when the connection was cut before the whole answer had gone out.
    response.on('close', () => noteAnswer(response.writableFinished ? response.statusCode : null));
    if (fault === null || ofPart?.strikesRequest === false) handle();
    else strike(fault, request, response, handle, options, later);
  };

  return {
    pass,
    requests,
    struckPart: (request) => struckParts.get(request) ?? null,
    add: (input) => {
      lastId += 1;
      const rule: FaultRule = {
        id: String(lastId),
        match: input.match ?? {},
        fault: input.fault,
        times: input.times ?? null,
        probability: input.probability ?? 1,
      };
      rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
      return rule;
    },
    list: () => rules.map((entry) => ({ ...entry.rule, times: Number.isFinite(entry.left) ? entry.left : null })),
    remove: (id) => {
      const before = rules.length;
      rules = rules.filter((entry) => entry.rule.id !== id);
      return rules.length < before;
    },
    clear: () => {
      rules = [];
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function strike(
  fault: Fault,
  request: VendorRequest,
  response: ServerResponse,
  handle: () => void,
  options: FaultsOptions,
  later: (ms: number, action: () => void) => void,
): void {
  switch (fault.type) {
    case 'latency':
      later(fault.ms, handle);
      return;
    case 'status':
      answerStatus(fault, request, response, options);
      return;
    case 'repeatRequest': {
      const said = repeatRequest(request);
      if (options.answerStatus !== undefined) options.answerStatus(fault.code, request, response, said);
      else answerText(response, fault.code, 'text/plain', said);
      return;
    }
    case 'down':
    case 'cutBeforeCommit':
      request.socket.destroy();
      return;
    case 'cutAfterCommit':
      muteResponse(response, () => request.socket.destroy());
      handle();
      return;
    case 'commitLate':
      if (!fault.hang) request.socket.destroy();
      later(fault.ms, () => {
        muteResponse(response, () => request.socket.destroy());
        handle();
      });
      return;
    case 'expiredSession':
      options.expireSession?.(request);
      handle();
      return;
    case 'slowDrip':
      dripResponse(response, fault.ms, later);
      handle();
      return;
  }
}

function answerStatus(
  fault: Extract<Fault, { type: 'status' }>,
  request: VendorRequest,
  response: ServerResponse,
  options: FaultsOptions,
): void {
  const headers = fault.headers ?? {};
  if (fault.body !== undefined) {
    const isHtml = fault.body.trimStart().startsWith('<');
    answerText(response, fault.code, isHtml ? 'text/html' : 'application/json', fault.body, headers);
    return;
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (options.answerStatus !== undefined) options.answerStatus(fault.code, request, response);
  // What a load balancer in front of a vendor says: HTML, where a client expects JSON.
  else
    answerText(
      response,
      fault.code,
      'text/html',
      `<html><head><title>${fault.code}</title></head><body><h1>${fault.code}</h1></body></html>`,
    );
}
