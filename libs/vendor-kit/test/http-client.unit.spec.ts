import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange } from '@entrepot/canonical';
import { createMasker } from '@entrepot/service-kit/masking';
import { afterEach, describe, expect, it } from 'vitest';
import { type CallContext, createHttpClient, type HttpClient, VendorError } from '../src/index.ts';
import { freeCall } from '../src/testing/free-call.ts';

let server: Server | null = null;
let client: HttpClient | null = null;

async function serve(
  listener: RequestListener,
  options: { timeoutMs?: number; maxConnections?: number; maxResponseBytes?: number } = {},
) {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createHttpClient({
    name: 'Vendor',
    baseUrl: `http://127.0.0.1:${port}/base`,
    allowedAddresses: ['loopback'],
    timeoutMs: options.timeoutMs ?? 2_000,
    maxResponseBytes: options.maxResponseBytes ?? 1_000,
    maxConnections: options.maxConnections ?? 4,
    masker: createMasker({ token: 'canary-token-0815' }),
  });
  return { client, port };
}

function recordingCall(overrides: Partial<CallContext> = {}): { call: CallContext; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  const call = freeCall({ record: (exchange) => exchanges.push(exchange), ...overrides });
  return { call, exchanges };
}

async function failure(promise: Promise<unknown>): Promise<VendorError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VendorError);
  return error as VendorError;
}

afterEach(async () => {
  await client?.close();
  server?.closeAllConnections();
  server?.close();
  server = client = null;
});

describe('HTTP client', () => {
  it('answers every status, keeps the base path, follows no redirect, keeps repeated headers', async () => {
    const { client } = await serve((req, res) => {
      res.writeHead(302, { location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'] });
      res.end(`${req.method} ${req.url}`);
    });
    const answer = await client.request({ method: 'GET', path: '/orders?x=1', call: recordingCall().call });
    expect(answer).toMatchObject({ status: 302, text: 'GET /base/orders?x=1' });
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('records the exchange without secrets, card numbers or headers', async () => {
    const { client } = await serve((_req, res) => res.end('{"SessionId":"abc","ok":1}'));
    const { call, exchanges } = recordingCall();
    const body = JSON.stringify({ Password: 'sa"p', card: '4111 1111 1111 1111', id: '5123456789012' });
    await client.request({
      method: 'POST',
      path: '/Login?token=t0p&a=b',
      body,
      headers: { authorization: 'Bearer zzz' },
      call,
    });
    expect(exchanges).toHaveLength(1);
    const text = JSON.stringify(exchanges);
    expect(text).not.toMatch(/t0p|zzz|sa\\|4111 1111 1111|abc/);
    expect(exchanges[0]).toMatchObject({ method: 'POST', status: 200, responseBody: '{"SessionId":"***","ok":1}' });
    expect(text).toContain('5123456789012');
    expect(exchanges[0]?.url).toContain('a=b');
  });

  it('waits until the budget admits a request, and says when it has ended, however it ends', async () => {
    const { client } = await serve((_request, response) => void response.end('ok'));
    const order: string[] = [];
    const admitted = Promise.withResolvers<void>();
    const call = freeCall({
      admit: async () => {
        await admitted.promise;
        order.push('admitted');
        return () => order.push('ended');
      },
      beforeSend: () => {
        order.push('sent');
        if (order.length > 3) throw new Error('lease lost');
      },
    });
    const answer = client.request({ method: 'GET', path: '/', call });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    admitted.resolve();
    await answer;
    expect(order).toEqual(['admitted', 'sent', 'ended']);
    await expect(client.request({ method: 'GET', path: '/', call })).rejects.toThrow('lease lost');
    expect(order.slice(3)).toEqual(['admitted', 'sent', 'ended']);
  });

  it('stops while it waits for the budget, when its signal says so', async () => {
    const { client } = await serve((_request, response) => void response.end('ok'));
    const abort = new AbortController();
    const { signal } = abort;
    const call = freeCall({
      signal,
      admit: () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const stopped = client.request({ method: 'POST', path: '/', call });
    abort.abort(new Error('the connector stops'));
    await expect(stopped).rejects.toMatchObject({ kind: 'unavailable', code: 'aborted', answerUnknown: false });
  });

  it('asks beforeSend with a socket in hand; what it throws is thrown on and nothing is sent', async () => {
    let requests = 0;
    let connections = 0;
    const { client } = await serve((_req, res) => {
      requests += 1;
      res.end('ok');
    });
    server?.on('connection', () => {
      connections += 1;
    });
    const leaseLost = new Error('lease lost');
    const { call } = recordingCall({
      beforeSend: () => {
        throw leaseLost;
      },
    });
    await expect(client.request({ method: 'POST', path: '/', call })).rejects.toBe(leaseLost);
    await expect(client.request({ method: 'GET', path: '/', call: recordingCall().call })).resolves.toMatchObject({
      text: 'ok',
    });
    expect(requests).toBe(1);
    expect(connections).toBeGreaterThan(0);
  });

  it('refused connection: unavailable, certainly not sent', async () => {
    const { client, port } = await serve(() => {});
    server?.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(port).toBeGreaterThan(0);
    const { call, exchanges } = recordingCall();
    const error = await failure(client.request({ method: 'POST', path: '/', body: '{}', call }));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'ECONNREFUSED', answerUnknown: false });
    expect(exchanges).toHaveLength(0);
  });

  it('cut after the request arrived: in doubt for a write, not for a read', async () => {
    const { client } = await serve((req) => req.socket.destroy());
    const write = await failure(client.request({ method: 'POST', path: '/', body: '{}', call: recordingCall().call }));
    expect(write).toMatchObject({ kind: 'unavailable', answerUnknown: true });
    const read = await failure(
      client.request({ method: 'POST', path: '/', body: '{}', call: recordingCall().call, readOnly: true }),
    );
    expect(read).toMatchObject({ kind: 'unavailable', answerUnknown: false });
  });

  it('a slow drip runs into the deadline', async () => {
    const { client } = await serve(
      (_req, res) => {
        const drip = setInterval(() => res.write('.'), 10);
        res.on('close', () => clearInterval(drip));
      },
      { timeoutMs: 120 },
    );
    const error = await failure(client.request({ method: 'POST', path: '/', body: '{}', call: recordingCall().call }));
    expect(error).toMatchObject({ kind: 'timeout', answerUnknown: true });
  });

  it('waiting for a free socket has its own deadline and is not in doubt', async () => {
    const { client } = await serve(() => {}, { timeoutMs: 100, maxConnections: 1 });
    const first = failure(
      client.request({ method: 'POST', path: '/1', body: '{}', timeoutMs: 400, call: recordingCall().call }),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await failure(
      client.request({ method: 'POST', path: '/2', body: '{}', call: recordingCall().call }),
    );
    expect(second).toMatchObject({ kind: 'timeout', answerUnknown: false });
    expect(await first).toMatchObject({ kind: 'timeout', answerUnknown: true });
  });

  it('an answer over the cap is given up', async () => {
    const { client } = await serve((_req, res) => res.end('x'.repeat(5_000)));
    const error = await failure(client.request({ method: 'GET', path: '/', call: recordingCall().call }));
    expect(error).toMatchObject({ kind: 'unexpected', code: 'response-too-large', answerUnknown: false });
  });

  it('one aborted call leaves the others alone', async () => {
    const { client } = await serve(
      (req, res) => void setTimeout(() => res.end('done'), req.url?.endsWith('slow') ? 5_000 : 50),
    );
    const abort = new AbortController();
    const slow = failure(
      client.request({ method: 'POST', path: '/slow', body: '', call: recordingCall({ signal: abort.signal }).call }),
    );
    const other = client.request({ method: 'GET', path: '/quick', call: recordingCall().call });
    setTimeout(() => abort.abort(), 20);
    expect(await slow).toMatchObject({ kind: 'unavailable', code: 'aborted', answerUnknown: true });
    expect((await other).text).toBe('done');
  });
});
