import { createServer } from 'node:net';
import { InfraError } from '../errors.ts';

const LOOPBACK = '127.0.0.1';

/** A port on loopback that nobody listens on now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('The system gave no port number.'));
        else resolve(address.port);
      });
    });
  });
}

/** Tells whether a listener could be opened on the port, on loopback. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

/**
 * Turns a wanted port into one to listen on: 0 becomes a free one.
 * @throws InfraError `portBusy` when somebody listens on the wanted one; the line names the variable that moves it.
 */
export async function claimPort(wanted: number, part: string, variable: string): Promise<number> {
  if (wanted === 0) return findFreePort();
  if (await isPortFree(wanted)) return wanted;
  throw new InfraError(
    'portBusy',
    `Port ${wanted} for ${part} is taken by another process: stop that process (is the stack running already?) or set ${variable} to another port.`,
  );
}
