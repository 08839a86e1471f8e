import { createConnection, createServer, type Socket } from 'node:net';

/** Direction of held bytes: the client's requests, the server's answers, or both. */
export type HeldDirection = 'requests' | 'answers' | 'both';

/** A port that leads to another one, and can behave like a bad network. */
export interface TcpProxy {
  readonly port: number;
  /** Ends open connections and refuses new ones. */
  cut(): void;
  /** Connections stay, bytes of one or both directions wait: a network that loses its packets. */
  hold(direction: HeldDirection): void;
  /** Delays every chunk by this time, in order. */
  delay(delayMs: number): void;
  /** Ends all disturbances; held bytes arrive now. */
  heal(): void;
  /** Ends open connections, then all disturbances: held bytes are lost. */
  reset(): void;
  close(): Promise<void>;
}

interface Weather {
  cut: boolean;
  held: HeldDirection | null;
  delayMs: number;
}

const LOOPBACK = '127.0.0.1';

/** Starts a proxy on a port of its own. @param upstreamPort its destination; read for each connection */
export async function startTcpProxy(upstreamPort: () => number): Promise<TcpProxy> {
  const weather: Weather = { cut: false, held: null, delayMs: 0 };
  const pairs = new Set<{ end(): void; wake(): void }>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    // An error handler first: a client that has disconnected must not end this process.
    client.on('error', () => client.destroy());
    if (weather.cut) return void client.resetAndDestroy();
    const upstream = createConnection({ port: upstreamPort(), host: LOOPBACK, allowHalfOpen: true });
    const pumps = [pump(client, upstream, 'requests', weather), pump(upstream, client, 'answers', weather)];
    const pair = {
      end: () => {
        client.destroy();
        upstream.destroy();
      },
      wake: () => {
        for (const wakePump of pumps) wakePump();
      },
    };
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', pair.end);
      socket.on('close', () => {
        pairs.delete(pair);
        pair.end();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave the proxy no port.');

  const endAll = (): void => {
    for (const pair of [...pairs]) pair.end();
  };
  const change = (next: Partial<Weather>): void => {
    Object.assign(weather, { cut: false, held: null, delayMs: 0 }, next);
    for (const pair of pairs) pair.wake();
  };
  return {
    port: address.port,
    cut: () => {
      change({ cut: true });
      endAll();
    },
    hold: (direction) => change({ held: direction }),
    delay: (delayMs) => change({ delayMs }),
    heal: () => change({}),
    reset: () => {
      endAll();
      change({});
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}

/** Carries bytes one way, in order, subject to the present disturbance. @returns applies a changed disturbance */
function pump(from: Socket, to: Socket, direction: 'requests' | 'answers', weather: Weather): () => void {
  const waiting: { bytes: Buffer | null; dueAt: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isBlocked = false;
  const isHeld = (): boolean => weather.held === 'both' || weather.held === direction;

  const flow = (): void => {
    clearTimeout(timer);
    while (!isHeld() && !isBlocked) {
      const [first] = waiting;
      if (first === undefined) break;
      const earlyMs = first.dueAt - performance.now();
      if (earlyMs > 0 && weather.delayMs > 0) {
        timer = setTimeout(flow, earlyMs);
        break;
      }
      waiting.shift();
      if (first.bytes === null) to.end();
      else if (!to.destroyed && !to.write(first.bytes)) isBlocked = true;
    }
    // Stops reading while much waits: the sender's own buffers fill up, as on a real line.
    if (waiting.length > 64) from.pause();
    else if (!isHeld()) from.resume();
  };
  const take = (bytes: Buffer | null): void => {
    waiting.push({ bytes, dueAt: performance.now() + weather.delayMs });
    flow();
  };
  from.on('data', take);
  from.on('end', () => take(null));
  from.on('close', () => clearTimeout(timer));
  to.on('drain', () => {
    isBlocked = false;
    flow();
  });
  return flow;
}
