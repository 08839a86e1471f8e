import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHealth,
  createMetrics,
  ListenError,
  type OperationsServer,
  serveHttp,
  serveOperations,
} from '../src/index.ts';

const open: OperationsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve() {
  const health = createHealth();
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  const server = await serveOperations({ port: 0, health, metrics });
  open.push(server);
  return { health, metrics, server, url: `http://127.0.0.1:${server.port}` };
}

describe('operations server', () => {
  it('is alive while not ready, and says why it is not', async () => {
    const { health, url } = await serve();
    health.addReadiness('kafka', () => ({ ok: false, detail: 'no connection' }));
    health.addReadiness('database', () => Promise.reject(new Error('gone')));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      ok: false,
      checks: { kafka: { ok: false, detail: 'no connection' }, database: { ok: false, detail: 'gone' } },
    });
    health.addReadiness('kafka', () => ({ ok: true }));
    health.removeReadiness('database');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    health.setPhase('stopping');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('shows what does not decide, and is ready all the same', async () => {
    const { health, url } = await serve();
    health.addReadiness('kafka', () => ({ ok: true }));
    health.addNotice('database', () => ({ ok: false, detail: 'gone' }));
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      ok: true,
      checks: { kafka: { ok: true }, database: { ok: false, detail: 'gone' } },
    });
  });

  it('says in words that a path is not served, also once the service has routes of its own', async () => {
    const { server, url } = await serve();
    server.mount(express.Router().get('/own', (_request, response) => void response.json({ own: true })));
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['POST', '/own'],
      ['POST', '/livez'],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { method });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect(await answer.json()).toMatchObject({ status: 404, detail: expect.stringContaining('GET /livez') });
    }
    expect(await (await fetch(`${url}/own`)).json()).toEqual({ own: true });
  });

  it('answers with headers that keep browsers from using the answers', async () => {
    const { url } = await serve();
    for (const path of ['/livez', '/readyz', '/metrics']) {
      const { headers } = await fetch(`${url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.has('x-powered-by')).toBe(false);
    }
  });

  it('serves metrics with the service label; one name is one metric', async () => {
    const { metrics, url } = await serve();
    metrics.counter('entrepot_sink_unreadable_total').inc({ topic: 'lane' }, 2);
    metrics.counter('entrepot_sink_unreadable_total').inc({ topic: 'lane' });
    metrics.gauge('entrepot_connection_held', (gauge) => gauge.set({ connection: 'erp' }, 1));
    metrics.histogram('entrepot_hint_seconds').observe({ entity: 'order' }, 0.003);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('entrepot_sink_unreadable_total{topic="lane",service="test"} 3');
    expect(text).toContain('entrepot_connection_held{connection="erp",service="test"} 1');
    expect(text).toContain('entrepot_hint_seconds_bucket{le="0.005",service="test",entity="order"} 1');
  });

  it('leaves the body raw for routes mounted later', async () => {
    const { server, url } = await serve();
    const app = express();
    app.post('/raw', express.raw({ type: () => true }), (request, response) => void response.send(request.body));
    server.mount(app);
    const answer = await fetch(`${url}/raw`, {
      method: 'POST',
      body: '{ "a" :1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await answer.text()).toBe('{ "a" :1}');
  });

  it('asks the first handler before everything, and goes on with what it passes', async () => {
    const { server, url } = await serve();
    server.mountFirst((request, response, next) => (request.url === '/first' ? void response.end('first') : next()));
    expect(await (await fetch(`${url}/first`)).text()).toBe('first');
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('closes although a client keeps its connection busy: the next answer ends it', async () => {
    const server = await serveHttp({ port: 0, host: '127.0.0.1' }, (_request, response) => void response.end('ok'));
    const client = connect(server.port, '127.0.0.1').setEncoding('utf8');
    const request = 'GET / HTTP/1.1\r\nhost: test\r\n';
    // The first request is not whole yet, so its connection is not idle when the server closes.
    client.write(request);
    await once(client, 'connect');
    await sleep(50);
    const closed = server.close();
    client.write('\r\n');
    const [answer] = await once(client, 'data');
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    await closed;
    client.destroy();
  });

  it('names a port that is taken', async () => {
    const { health, metrics, server } = await serve();
    await expect(serveOperations({ port: server.port, health, metrics })).rejects.toThrow(ListenError);
    await expect(serveOperations({ port: server.port, health, metrics })).rejects.toThrow(/in use/);
  });
});
