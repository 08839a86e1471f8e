import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { InfraError } from '../errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Ports that no system lends to outgoing connections by itself (Linux begins at 32768, macOS and Windows at 49152), below those that the stack
 * takes by default: a server that is stopped and started again finds its port as it left it, and is not kept out by a neighbour's connection.
 */
const SERVER_PORTS = { from: 15_000, before: 29_000 };
/**
 * Vitest's workers draw from stripes of their own: a port is free until its server listens, which is seconds after it was handed out, and by
 * then a stack that starts in the other worker could have been given it, too.
 */
const STRIPES = 2;
const MAX_TRIES = 100;
const handedOut = new Set<number>();

/**
 * A port on loopback without a listener, and that this process has not been given before.
 * @throws InfraError `portBusy` when a hundred ports were all taken
 */
export async function findFreePort(): Promise<number> {
  const stripe = Number(process.env.VITEST_POOL_ID ?? 0) % STRIPES;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(SERVER_PORTS.from / STRIPES, SERVER_PORTS.before / STRIPES) * STRIPES + stripe;
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new InfraError(
    'portBusy',
    `No free port was found between ${SERVER_PORTS.from} and ${SERVER_PORTS.before - 1}: see what listens there.`,
  );
}

/** True when a listener can be opened on the port, on loopback. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

/**
 * Turns a wanted port into one to listen on: 0 becomes a free one.
 * @throws InfraError `portBusy` when the wanted one has a listener; the line names the variable that moves it.
 */
export async function claimPort(wanted: number, part: string, variable: string): Promise<number> {
  if (wanted === 0) return findFreePort();
  if (await isPortFree(wanted)) return wanted;
  throw new InfraError(
    'portBusy',
    `Port ${wanted} for ${part} is taken by another process: stop that process (is the stack running already?) or set ${variable} to another port.`,
  );
}
