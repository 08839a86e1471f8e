import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPoster, type Poster } from '../src/webhooks/poster.ts';

let poster: Poster;
let close = async (): Promise<void> => {};
beforeEach(() => {
  poster = createPoster();
});
afterEach(async () => {
  poster.close();
  await close();
});

async function listen(answer: RequestListener): Promise<{ url: string; connections: Set<Socket> }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  const connections = new Set<Socket>();
  server.on('connection', (socket) => connections.add(socket));
  await new Promise((resolve) => server.once('listening', resolve));
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

describe('sending webhooks', () => {
  it('sends headers and body over one connection, and follows no redirect', async () => {
    const received: unknown[] = [];
    const { url, connections } = await listen((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push([request.method, request.url, request.headers['x-topic'], Buffer.concat(chunks).toString()]);
        response.writeHead(request.url === '/moved' ? 302 : 200, { location: '/elsewhere' }).end('thank you');
      });
    });
    expect(await poster.post(`${url}/a`, { 'x-topic': 'orders/create' }, '{"name":"Zoë"}')).toBe(200);
    expect(await poster.post(`${url}/moved`, {}, '')).toBe(302);
    expect(received).toEqual([
      ['POST', '/a', 'orders/create', '{"name":"Zoë"}'],
      ['POST', '/moved', undefined, ''],
    ]);
    expect(connections.size).toBe(1);
  });

  it('says why there is no status', async () => {
    const { url } = await listen((request, response) => {
      if (request.url === '/cut') response.writeHead(200, { 'content-length': 10 }).write('half');
      setImmediate(() => request.socket.destroy());
    });
    expect(await poster.post(`${url}/cut`, {}, '{}')).toBe('ECONNRESET');
    expect(await poster.post(`${url}/silent`, {}, '{}')).toBe('ECONNRESET');
    await close();
    close = async () => {};
    expect(await poster.post(url, {}, '{}')).toBe('ECONNREFUSED');
    expect(await poster.post('no address', {}, '{}')).toBe('ERR_INVALID_URL');
  });

  it('cuts what is under way when it closes', async () => {
    const arrived = Promise.withResolvers<void>();
    const { url } = await listen(() => arrived.resolve());
    const result = poster.post(url, {}, '{}');
    await arrived.promise;
    poster.close();
    expect(await result).toBe('ECONNRESET');
  });
});
