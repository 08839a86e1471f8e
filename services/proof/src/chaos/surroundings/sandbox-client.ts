import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

const TRIES = 3;
const BETWEEN_TRIES_MS = 500;

/** The control API of the sandbox, and its other routes; paths are below its address. */
export interface SandboxClient {
  get<T>(path: string, headers?: Readonly<Record<string, string>>): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
}

/**
 * Each call has a connection of its own: the other side may close a reused one at that very moment, and it would then be unknown whether an
 * order was placed. Such an order would be reported as a document without an order.
 */
export function createSandboxClient(url: string): SandboxClient {
  async function call<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const answer = await request(`${url}/${path}`, {
      method,
      reset: true,
      // The control API accepts no change without it.
      headers: { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) {
      throw new Error(`The sandbox refused ${method} /${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
    }
    return (text === '' ? {} : JSON.parse(text)) as T;
  }
  return {
    // A read may be repeated: one lost answer must not lose an hour's run.
    get: (path, headers) => tryAgain(() => call('GET', path, undefined, headers)),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: async (path) => {
      await tryAgain(() => call('DELETE', path));
    },
  };
}

async function tryAgain<T>(call: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}
