import { createServer } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { claimPort, findFreePort, InfraError, isPortFree } from '../src/index.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  servers.splice(0).forEach((server) => void server.close());
  vi.unstubAllEnvs();
});

async function occupyPort(): Promise<number> {
  const port = await findFreePort();
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return port;
}

it('takes a wanted port that is free', async () => {
  const port = await findFreePort();
  expect(await claimPort(port, 'Kafka', 'KAFKA_PORT')).toBe(port);
});

it('finds a port when any will do', async () => {
  expect(await isPortFree(await claimPort(0, 'Kafka', 'KAFKA_PORT'))).toBe(true);
});

it('finds a port that no outgoing connection is given, and another one each time', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, findFreePort));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(29_000);
});

it('gives two workers of one run no port that the other could be given', async () => {
  const drawn = [];
  for (const worker of ['1', '2']) {
    vi.stubEnv('VITEST_POOL_ID', worker);
    drawn.push(await Promise.all(Array.from({ length: 20 }, findFreePort)));
  }
  const remainders = drawn.map((ports) => new Set(ports.map((port) => port % 2)));
  expect(remainders).toEqual([new Set([1]), new Set([0])]);
});

it('says which port is busy, and the variable that moves it', async () => {
  const port = await occupyPort();
  const error = await claimPort(port, 'Kafka', 'KAFKA_PORT').catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(InfraError);
  expect(error).toMatchObject({ fault: 'portBusy' });
  expect((error as Error).message).toMatch(new RegExp(`^Port ${port} for Kafka .* KAFKA_PORT to another port\\.$`));
});
