/** The part of a delivery that the demo shows; see /v1/openapi.json for all of it. */
export interface DeliveryView {
  readonly id: string;
  readonly state: string;
  readonly held: string | null;
  readonly reason: string | null;
  readonly flow: string;
  readonly from: string;
  readonly to: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number;
  readonly eventId: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly nextAttemptAt: string | null;
  readonly targetNumber: string | null;
  readonly targetId: string | null;
  readonly error: {
    readonly kind: string;
    readonly code: string | null;
    readonly message: string;
    readonly advice: string | null;
  } | null;
  readonly waitingOn: readonly { readonly entity: string; readonly match: string }[];
  readonly supersededBy: number | null;
}

export interface DeliveryDetailView extends DeliveryView {
  readonly record: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly lane: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly attemptLog: readonly {
    readonly attempt: number;
    readonly outcome: string;
    readonly durationMs: number;
    readonly exchanges: readonly { readonly method: string; readonly url: string; readonly status: number | null }[];
  }[];
  readonly payload: unknown;
}

export interface MessageView {
  readonly id: string;
  readonly state: string;
  readonly open: boolean;
  readonly eventId: string | null;
  readonly entity: string;
  readonly connection: string;
  readonly sourceId: string;
  readonly number: string | null;
  readonly version: number | null;
  readonly error: {
    readonly kind: string;
    readonly code: string | null;
    readonly message: string;
    readonly advice: string | null;
  } | null;
  readonly record: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
}

export interface OperationView {
  readonly id: string;
  readonly state: string;
  readonly result: string | null;
}

/** The admin API answered with a problem. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(`${status} ${String(body.title ?? '')}: ${String(body.detail ?? '')}`);
    this.status = status;
    this.body = body;
  }
}

export interface AdminClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  listDeliveries(query: Readonly<Record<string, string>>): Promise<readonly DeliveryView[]>;
  showDelivery(id: string): Promise<DeliveryDetailView>;
  listMessages(query: Readonly<Record<string, string>>): Promise<readonly MessageView[]>;
  retry(id: string, mode: 'refresh' | 'as-is', reason: string): Promise<OperationView>;
}

/** @param baseUrl of the ledger, without `/v1` */
export function createAdminClient(baseUrl: string, token: string): AdminClient {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new AdminProblem(response.status, json);
    return json as T;
  }
  const list = async <T>(path: string, query: Readonly<Record<string, string>>) =>
    (await call<{ items: readonly T[] }>('GET', `${path}?${new URLSearchParams(query)}`)).items;
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    listDeliveries: (query) => list('/v1/deliveries', query),
    showDelivery: (id) => call('GET', `/v1/deliveries/${id}`),
    listMessages: (query) => list('/v1/messages', query),
    retry: (id, mode, reason) => call('POST', `/v1/deliveries/${id}/retry`, { mode, reason }),
  };
}
