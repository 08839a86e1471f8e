import { type CallContext, type HttpClient, type HttpMethod, VendorError } from '@entrepot/vendor-kit';
import { toVendorError } from './errors.ts';
import { formatQuery, type ListQuery, quoteText } from './odata.ts';
import type { Session } from './session.ts';
import { readSapError, type SapEntity, type SapList } from './wire.ts';

const PAGE_SIZE = 100;

export interface SapRequest {
  readonly method: HttpMethod;
  /** Below the service path, encoded: `Orders(22)`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True for a POST that changes nothing (service functions). */
  readonly readOnly?: boolean;
  readonly call: CallContext;
  /** For messages, e.g. "creating order shop/1". */
  readonly action: string;
}

export interface SapResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Service Layer of one company. Every method throws {@link VendorError}. */
export interface ServiceLayer {
  /** Any answer of 2xx; others are thrown. Logs in when needed, and once more when the session turns out to be dead. */
  send(request: SapRequest): Promise<SapResponse>;
  /** One entity; null when it does not exist. */
  read(path: string, call: CallContext, action: string, query?: ListQuery): Promise<SapEntity | null>;
  /** Every entity that fits, by keyset paging on `keyField` (`$skip` over live data repeats and skips rows). */
  list(
    entitySet: string,
    keyField: string,
    call: CallContext,
    query?: ListQuery & { ignoreCase?: boolean },
  ): Promise<SapEntity[]>;
  /** A request without session (ping). */
  sendOpenly(path: string, call: CallContext, action: string): Promise<SapResponse>;
}

export function createServiceLayer(http: HttpClient, session: Session, servicePath: string): ServiceLayer {
  const sendOnce = async (request: SapRequest, cookies: string): Promise<SapResponse> => {
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const response = await http.request({
      method: request.method,
      path: `${servicePath}/${request.path}`,
      headers: {
        accept: 'application/json',
        cookie: cookies,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body,
      call: request.call,
      describe: request.action,
      ...(request.readOnly === undefined ? {} : { readOnly: request.readOnly }),
    });
    session.touch();
    return response;
  };

  const send = async (request: SapRequest): Promise<SapResponse> => {
    const isWrite = request.method !== 'GET' && request.readOnly !== true;
    const cookies = await session.cookies();
    const response = await sendOnce(request, cookies);
    if (isSuccess(response)) return response;
    const code = readSapError(response.text).code;
    // 301: the session is dead, nothing was done. 407: this node lacks a table, a new session may land on another node.
    const worthNewSession = (response.status === 401 && code === '301') || (code === '407' && !isWrite);
    if (!worthNewSession) throw toVendorError(response, request.action, isWrite);
    session.drop(cookies);
    const repeated = await sendOnce(request, await session.cookies());
    if (isSuccess(repeated)) return repeated;
    throw toVendorError(repeated, request.action, isWrite);
  };

  const read = async (
    path: string,
    call: CallContext,
    action: string,
    query: ListQuery = {},
  ): Promise<SapEntity | null> => {
    try {
      const response = await send({ method: 'GET', path: path + formatQuery(query), call, action });
      return parseJson<SapEntity>(response.text, action);
    } catch (error) {
      if (error instanceof VendorError && error.kind === 'notFound') return null;
      throw error;
    }
  };

  const list: ServiceLayer['list'] = async (entitySet, keyField, call, query = {}) => {
    const { ignoreCase, ...asked } = query;
    const found: SapEntity[] = [];
    const headers: Record<string, string> = { prefer: `odata.maxpagesize=${PAGE_SIZE}` };
    if (ignoreCase === true) headers['b1s-caseinsensitive'] = 'true';
    let after: unknown;
    for (;;) {
      const beyond =
        after === undefined ? [] : [`${keyField} gt ${typeof after === 'number' ? after : quoteText(String(after))}`];
      const filter = [...(asked.filter === undefined ? [] : [`(${asked.filter})`]), ...beyond].join(' and ');
      const pageQuery = { ...asked, orderBy: keyField, ...(filter === '' ? {} : { filter }) };
      const action = `listing ${entitySet}`;
      const response = await send({ method: 'GET', path: entitySet + formatQuery(pageQuery), headers, call, action });
      const page = parseJson<SapList>(response.text, action);
      const rows = page.value ?? [];
      found.push(...rows);
      if (page['@odata.nextLink'] === undefined || rows.length === 0) return found;
      after = rows.at(-1)?.[keyField];
      if (after === undefined || after === null)
        throw new VendorError('unexpected', `SAP lists ${entitySet} without ${keyField}`);
    }
  };

  return {
    send,
    read,
    list,
    sendOpenly: (path, call, action) =>
      http.request({ method: 'GET', path, headers: { accept: 'application/json' }, call, describe: action }),
  };
}

/** The body of an answer. @throws VendorError `unexpected` when it is no JSON (a proxy's page with status 200) */
export function parseJson<T>(text: string, action: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new VendorError('unexpected', `SAP answered something that is not JSON (${action})`);
  }
}

/** First value of a header. */
export function readHeader(response: SapResponse, name: string): string | null {
  const value = response.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function isSuccess(response: SapResponse): boolean {
  return response.status >= 200 && response.status < 300;
}
