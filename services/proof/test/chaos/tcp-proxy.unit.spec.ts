import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../src/chaos/surroundings/tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
let received: string;
let client: Socket;
let answers: string;

/** A server that answers every piece with the same in capitals. */
beforeEach(async () => {
  received = '';
  answers = '';
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString();
      socket.write(bytes.toString().toUpperCase());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy(() => (server.address() as AddressInfo).port);
  client = await open();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  server.close();
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    answers += bytes.toString();
  });
  await once(socket, 'connect');
  return socket;
}

/** Unlike `once`, an error on the way is no failure. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function becomes(look: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !look(); tries += 1) await sleep(5);
  expect(look()).toBe(true);
}

describe('a line', () => {
  it('carries bytes both ways', async () => {
    client.write('hello');
    await becomes(() => answers === 'HELLO');
  });

  it('cut, ends what is open and refuses what is new; healed, carries again', async () => {
    const ended = closeOf(client);
    proxy.cut();
    await ended;
    const refused = connect(proxy.port, '127.0.0.1');
    refused.on('error', () => {});
    await closeOf(refused);
    proxy.heal();
    client = await open();
    client.write('again');
    await becomes(() => answers === 'AGAIN');
  });

  it('one-way: requests arrive, answers only when it heals', async () => {
    proxy.hold('answers');
    client.write('one');
    await becomes(() => received === 'one');
    await sleep(30);
    expect(answers).toBe('');
    proxy.heal();
    await becomes(() => answers === 'ONE');
  });

  it('does not deliver what was held for a client that gave up', async () => {
    proxy.hold('requests');
    client.write('too late');
    await sleep(30);
    client.resetAndDestroy();
    await sleep(30);
    proxy.heal();
    await sleep(30);
    expect(received).toBe('');
  });

  it('reset, forgets what was held', async () => {
    proxy.hold('both');
    client.write('lost');
    await sleep(30);
    proxy.reset();
    await closeOf(client);
    expect(received).toBe('');
  });

  it('delayed, keeps the order', async () => {
    proxy.delay(40);
    const startedAt = performance.now();
    for (const piece of ['a', 'b', 'c']) client.write(piece);
    await becomes(() => answers === 'ABC');
    expect(performance.now() - startedAt).toBeGreaterThan(70);
  });

  it('carries more than its buffers hold', async () => {
    const many = 'x'.repeat(3_000_000);
    client.write(many);
    await becomes(() => answers.length === many.length);
  });
});
