import {
  type BudgetStatus,
  type BudgetUse,
  type CallContext,
  type CostBudget,
  type Grant,
  type HttpClient,
  type HttpResponse,
  holdsJson,
  POINTS_SPENT,
  VendorError,
} from '@entrepot/vendor-kit';
import type { ShopifySettings } from '../config.ts';
import { errorOfGraphql, errorOfStatus, type GraphqlError } from '../errors.ts';

export interface GraphqlQuery {
  /** Operation name; costs are remembered by it. */
  readonly name: string;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly use: BudgetUse;
}

export interface GraphqlAnswer<Data> {
  readonly data: Data;
  /** Paths that Shopify refused for want of a scope or of approval for protected data; the fields there are null. */
  readonly denied: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
  /** Points the query reserved; null when Shopify did not say. */
  readonly requestedCost: number | null;
  /** Length of the answer. */
  readonly bytes: number;
}

export interface TokenSource {
  /** The access token to send. @throws VendorError `unauthorized` when there is none to be had */
  read(): Promise<string>;
  /** Reports that Shopify refused this token; true when a new request may give another one. */
  forget(token: string): boolean;
}

/** A list of the Admin API: its nodes page by page. */
export interface WireConnection<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly Node[];
}

/** Asks the Admin API of one store. */
export interface ShopifyClient {
  /**
   * Sends a query when it is its turn and the budget has its last cost, or with points that were granted for it. A
   * throttled query waits for its turn again, unless its points were granted: then its caller knows better what to
   * request. A query whose token was refused is repeated once with a renewed one.
   * @throws VendorError with the kinds that errors.ts names; data beside errors other than ACCESS_DENIED counts as no
   *   answer
   */
  query<Data>(query: GraphqlQuery, call: CallContext, grant?: Grant): Promise<GraphqlAnswer<Data>>;
  /** Grants the query's points if they are available and no request waits; null otherwise. */
  reserveNow(query: GraphqlQuery, call: CallContext): Grant | null;
  /** What it reserved last, refused or not; null when it was never sent. */
  lastCost(name: string): number | null;
  readonly budget: CostBudget;
}

export interface ShopifyClientOptions {
  readonly settings: ShopifySettings;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly attention: AttentionBoard;
  readonly budget: CostBudget;
}

/** What Shopify says about the query budget with every answer. */
interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

interface GraphqlBody {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: {
    readonly cost?: {
      readonly requestedQueryCost?: number;
      readonly actualQueryCost?: number | null;
      readonly throttleStatus?: ThrottleStatus;
    };
    readonly search?: readonly {
      readonly path?: readonly string[];
      readonly query?: string;
      readonly warnings?: readonly { readonly message?: string }[];
    }[];
  };
}

/**
 * Consecutive refusals by Shopify although the local budget had points: another app draws from it. The connection then
 * waits.
 */
export const MAX_REFUSALS = 3;
/** Refill rate assumed when a throttled answer does not say one (Standard plan). */
const DEFAULT_RESTORE_RATE = 100;
/** Assumed of a query that was never sent. */
const UNKNOWN_COST = 10;

export function createShopifyClient(options: ShopifyClientOptions): ShopifyClient {
  const { settings, http, tokens, attention, budget } = options;
  const lastCosts = new Map<string, number>();
  const path = `/admin/api/${settings.apiVersion}/graphql.json`;

  const request = (query: GraphqlQuery, { signal }: CallContext) => {
    const cost = lastCosts.get(query.name) ?? UNKNOWN_COST;
    return { use: query.use, least: cost, most: cost, signal };
  };

  const send = async (query: GraphqlQuery, token: string, call: CallContext): Promise<HttpResponse> => {
    const answer = await http.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-shopify-access-token': token },
      body: JSON.stringify({ query: query.document, variables: query.variables ?? {}, operationName: query.name }),
      call,
      describe: query.name,
      readOnly: true,
    });
    noteVersion(answer, settings.apiVersion, attention);
    return answer;
  };

  const attempt = async <Data>(query: GraphqlQuery, call: CallContext, grant: Grant): Promise<GraphqlAnswer<Data>> => {
    let status: BudgetStatus | null = null;
    let spent: number | undefined;
    try {
      let token = await tokens.read();
      let answer = await send(query, token, call);
      if (answer.status === 401 && tokens.forget(token)) {
        token = await tokens.read();
        answer = await send(query, token, call);
      }
      if (answer.status !== 200) throw describeFailure(http, answer, query.name);
      const body = http.readJson<GraphqlBody>(answer, { action: query.name });
      const cost = body.extensions?.cost;
      status = readBudgetStatus(cost?.throttleStatus);
      // Null for a throttled query, which cost nothing.
      spent = cost === undefined ? undefined : (cost.actualQueryCost ?? 0);
      if (cost?.requestedQueryCost !== undefined) lastCosts.set(query.name, cost.requestedQueryCost);
      return readAnswer<Data>(query, body, answer.text.length);
    } finally {
      grant.end(status, spent);
    }
  };

  return {
    budget,
    lastCost: (name) => lastCosts.get(name) ?? null,
    reserveNow: (query, call) => budget.tryAcquire(request(query, call)),
    query: async <Data>(query: GraphqlQuery, call: CallContext, granted?: Grant) => {
      let grant = granted ?? (await budget.acquire(request(query, call)));
      for (let refusals = 1; ; refusals += 1) {
        try {
          return await attempt<Data>(query, call, grant);
        } catch (error) {
          // The edge throttles (HTTP 429): the whole connection must slow down.
          if (!isThrottled(error) || granted !== undefined || refusals >= MAX_REFUSALS) throw error;
          grant = await budget.acquire(request(query, call));
        }
      }
    },
  };
}

export function isThrottled(error: unknown): error is VendorError {
  return error instanceof VendorError && (error.code === 'THROTTLED' || error.code === POINTS_SPENT);
}

function readBudgetStatus(status: ThrottleStatus | undefined): BudgetStatus | null {
  if (status === undefined) return null;
  const { maximumAvailable, currentlyAvailable, restoreRate } = status;
  return { maximum: maximumAvailable, available: currentlyAvailable, restoredPerSecond: restoreRate };
}

/**
 * Compares the version that answered with the one asked for: a version that is no longer supported is served by the oldest supported
 * one without any error ("fall forward").
 */
function noteVersion(answer: HttpResponse, asked: string, attention: AttentionBoard): void {
  const answered = readHeader(answer, 'x-shopify-api-version');
  if (answered === undefined) return;
  const message =
    answered === asked
      ? null
      : `Shopify answers with API version ${answered}, configured is ${asked}: move the connection to a supported version.`;
  attention.note('api-version', message);
}

function readHeader(answer: HttpResponse, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The error of a status other than 200. Shopify refuses in JSON. An HTML refusal comes from an intermediary that knows
 * nothing of the token. Shopify's edge asks to slow down, and reports outages, in HTML too.
 */
function describeFailure(http: HttpClient, answer: HttpResponse, action: string): VendorError {
  const { status, text } = answer;
  const isOwn = holdsJson(text) || (status >= 500 && status !== 511) || status === 429 || status === 430;
  if (!isOwn) return http.describeForeign(answer, { action });
  return errorOfStatus(status, text, readHeader(answer, 'retry-after'));
}

function readAnswer<Data>(query: GraphqlQuery, body: GraphqlBody, bytes: number): GraphqlAnswer<Data> {
  // For a refused token and a closed shop, `errors` is one text.
  if (typeof body.errors === 'string') throw new VendorError('unauthorized', `Shopify refuses: ${body.errors}`);
  const errors = Array.isArray(body.errors) ? (body.errors as GraphqlError[]) : [];
  const denied = errors.filter((error) => error.extensions?.code === 'ACCESS_DENIED' && (error.path?.length ?? 0) > 1);
  const hasData = typeof body.data === 'object' && body.data !== null;
  if (errors.length > denied.length || !hasData) {
    if (errors.length === 0) throw new VendorError('unexpected', `Shopify answered ${query.name} without data`);
    const refusals = errors.filter((error) => !denied.includes(error));
    throw errorOfGraphql(refusals.length > 0 ? refusals : errors, readThrottleWaitMs(body));
  }
  refuseSearchWarnings(query, body);
  return {
    data: body.data as Data,
    denied: denied.map((error) => ({ path: error.path ?? [], message: error.message })),
    requestedCost: body.extensions?.cost?.requestedQueryCost ?? null,
    bytes,
  };
}

/** `(requested − available) / restore rate`, as Shopify's own advice for THROTTLED has it. */
function readThrottleWaitMs(body: GraphqlBody): number {
  const cost = body.extensions?.cost;
  const status = cost?.throttleStatus;
  if (cost?.requestedQueryCost === undefined || status === undefined) return 1_000;
  const missing = Math.max(1, cost.requestedQueryCost - status.currentlyAvailable);
  return Math.ceil((missing / (status.restoreRate || DEFAULT_RESTORE_RATE)) * 1000);
}

/**
 * Shopify drops an ill-formed filter with only a warning, and returns everything: that must never count as an answer.
 */
function refuseSearchWarnings(query: GraphqlQuery, body: GraphqlBody): void {
  const warnings = (body.extensions?.search ?? []).flatMap((search) => search.warnings ?? []);
  if (warnings.length === 0) return;
  const said = warnings.map((warning) => warning.message ?? 'unknown').join(' | ');
  throw new VendorError('unexpected', `Shopify ignored a part of the search of ${query.name}: "${said}"`, {
    code: 'search-warning',
  });
}

/** Combines several findings of one connection into one message for the operator. */
export interface AttentionBoard {
  /** Sets one finding, or clears it (null). */
  note(finding: string, message: string | null): void;
}

export function createAttentionBoard(raiseAttention: (message: string | null) => void): AttentionBoard {
  const findings = new Map<string, string>();
  return {
    note: (finding, message) => {
      if ((findings.get(finding) ?? null) === message) return;
      if (message === null) findings.delete(finding);
      else findings.set(finding, message);
      raiseAttention(findings.size === 0 ? null : [...findings.values()].join(' '));
    },
  };
}

/** The access token that a person entered. */
export function createStaticTokens(accessToken: string | null): TokenSource {
  return {
    read: () => {
      if (accessToken !== null) return Promise.resolve(accessToken);
      return Promise.reject(
        new VendorError('unauthorized', 'The connection has no access token', {
          advice: 'Enter the Admin API access token.',
        }),
      );
    },
    forget: () => false,
  };
}
