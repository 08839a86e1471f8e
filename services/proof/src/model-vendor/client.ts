import {
  type CallContext,
  createHttpClient,
  type GuardedClientContext,
  type HttpClient,
  type HttpMethod,
  type HttpResponse,
  VendorError,
} from '@entrepot/vendor-kit';
import type { Row, WireChanges, WireCustomer } from './rows.ts';
import type { ModelSecrets, ModelSettings } from './settings.ts';

type Context = Pick<GuardedClientContext<ModelSettings, ModelSecrets>, 'connection' | 'masker'>;

const MAX_ANSWER_BYTES = 1_000_000;
/** Without a word of the system about how long. */
const PAUSE_MS = 1_000;

/** One system of the model vendor, as both sides of a connection call it. */
export class ModelClient {
  readonly connection: string;
  readonly #http: HttpClient;
  readonly #token: string;

  constructor({ connection, masker }: Context) {
    const { baseUrl, allowedAddresses, requestTimeoutMs: timeoutMs } = connection.settings;
    this.connection = connection.id;
    this.#token = connection.secrets.token;
    this.#http = createHttpClient({
      name: 'Model',
      baseUrl,
      allowedAddresses,
      timeoutMs,
      maxResponseBytes: MAX_ANSWER_BYTES,
      masker,
    });
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  listByIds(ids: readonly string[], call: CallContext): Promise<readonly WireCustomer[]> {
    return this.#list(`ids=${ids.map(encodeURIComponent).join(',')}`, call);
  }

  listByReference(reference: string, call: CallContext): Promise<readonly WireCustomer[]> {
    return this.#list(`reference=${encodeURIComponent(reference)}`, call);
  }

  async listChanges(after: string, call: CallContext): Promise<WireChanges> {
    const answer = await this.#call('GET', `/changes?after=${encodeURIComponent(after)}`, call);
    return this.#http.readJson(answer, { action: 'listing changes' });
  }

  create(row: Row, reference: string, call: CallContext): Promise<WireCustomer> {
    return this.#write('POST', '/customers', { ...row, reference }, call);
  }

  /** @throws VendorError `conflict` when it is not at that revision any more */
  update(id: string, row: Row, revision: string, call: CallContext): Promise<WireCustomer> {
    return this.#write('PUT', `/customers/${encodeURIComponent(id)}`, row, call, { 'if-match': revision });
  }

  async #list(query: string, call: CallContext): Promise<readonly WireCustomer[]> {
    const answer = await this.#call('GET', `/customers?${query}`, call);
    return this.#http.readJson<{ items: WireCustomer[] }>(answer, { action: 'reading customers' }).items;
  }

  async #write(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    call: CallContext,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WireCustomer> {
    const answer = await this.#call(method, path, call, { body: JSON.stringify(body), headers });
    return this.#http.readJson(answer, { action: 'writing a customer', isWrite: true });
  }

  async #call(
    method: HttpMethod,
    path: string,
    call: CallContext,
    { body = null, headers = {} }: { body?: string | null; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<HttpResponse> {
    const sent = { ...headers, authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const answer = await this.#http.request({ method, path, headers: sent, body, call });
    if (answer.status >= 300) throw refusalOf(answer, method !== 'GET');
    return answer;
  }
}

function refusalOf({ status, headers }: HttpResponse, isWrite: boolean): VendorError {
  const said = `The model system answers ${status}`;
  switch (status) {
    case 401:
      return new VendorError('unauthorized', said, { httpStatus: status });
    case 404:
      return new VendorError('notFound', said, { httpStatus: status });
    // Another customer has the reference, or the customer was changed meanwhile.
    case 409:
    case 412:
      return new VendorError('conflict', said, { httpStatus: status });
    case 429: {
      const seconds = Number(headers['retry-after']);
      const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : PAUSE_MS;
      return new VendorError('throttled', said, { httpStatus: status, retryAfterMs });
    }
    default:
      // What stands in front of a system answers so, too, after it has passed the request on.
      return status >= 500
        ? new VendorError('unavailable', said, { httpStatus: status, answerUnknown: isWrite })
        : new VendorError('rejected', said, { httpStatus: status });
  }
}
