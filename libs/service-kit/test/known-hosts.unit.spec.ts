import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHealth, createMetrics, type OperationsServer, serveOperations } from '../src/index.ts';
import { isLoopback } from '../src/known-hosts.ts';

let server: OperationsServer;
const noted: string[] = [];

beforeAll(async () => {
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  const allowedHosts = ['Entrepot.Example.com'];
  server = await serveOperations({ port: 0, allowedHosts, health: createHealth(), metrics });
  server.onRefusedHost(({ code }) => noted.push(code));
  server.mountFirst((_request, _response, next) => next());
});

afterAll(() => server.close());

function ask(headers: Record<string, string>, path = '/livez'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

describe('host names of the API', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:7070',
    'localhost:7070',
    'LOCALHOST',
    'localhost.',
    '[::1]:7070',
    'entrepot.example.com',
  ])('takes %s', async (host) => {
    expect((await ask({ host })).status).toBe(200);
  });

  it.each(['rebound.example:7070', '127.0.0.1.example', 'localhost.example', '10.0.0.1', 'x@127.0.0.1', '[::2]'])(
    'refuses "%s" by every path, metrics too',
    async (host) => {
      for (const path of ['/livez', '/metrics', '/v1/openapi.json?x=1']) {
        const { status, body } = await ask({ host }, path);
        expect([status, JSON.parse(body)]).toMatchObject([
          421,
          { type: 'urn:entrepot:problem:unknown-host', instance: path.replace('?x=1', '') },
        ]);
      }
      expect(noted.at(-1)).toBe('unknown-host');
    },
  );

  it('refuses an unknown host as often as it comes, among hundreds that are accepted', async () => {
    for (let port = 1; port <= 150; port += 1) {
      expect((await ask({ host: `127.0.0.1:${port}` })).status).toBe(200);
      if (port % 25 === 0) expect((await ask({ host: `127.0.0.1.example:${port}` })).status).toBe(421);
    }
    expect((await ask({ host: '127.0.0.1.example:25' })).status).toBe(421);
    expect((await ask({ host: '127.0.0.1:150' })).status).toBe(200);
  });

  it('refuses what a page of another origin sends, and takes what one of ours does', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example']) {
      expect((await ask({ host: 'localhost', origin })).status).toBe(403);
      expect(noted.at(-1)).toBe('foreign-origin');
    }
    for (const origin of ['http://localhost:5173', 'https://entrepot.example.com']) {
      expect((await ask({ host: 'localhost', origin })).status).toBe(200);
    }
  });

  it('knows loopback addresses', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) expect(isLoopback(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com', '']) expect(isLoopback(host), host).toBe(false);
  });
});
