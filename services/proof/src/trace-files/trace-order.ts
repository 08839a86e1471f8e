import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { findFreePort } from '@entrepot/embedded';
import { SERVICES, type Stack, type startStack } from '@entrepot/stack';
import { createAdminClient, createShopClient } from '@entrepot/stack/clients';
import { createArrivalReader, createCommitReader } from '../chaos/oracle/commit-reader.ts';
import { createSandboxClient } from '../chaos/surroundings/sandbox-client.ts';
import { makeHome, withoutGivenServers } from '../chaos/surroundings/stack-home.ts';
import { type Bundle, findCommon, isOwnSource, listCalled, locateSources } from './executed-files.ts';
import { recordCalls } from './inspector.ts';

/** How long the services are watched without any order. Code that runs in this time, on timers, is not the order's. */
const QUIET_MS = 15_000;
/** Orders whose functions are compared; timers of a minute, as polls have, must not count. */
const ORDERS = 3;
const ARRIVED_WITHIN_MS = 60_000;
const LOOK_MS = 20;
/** Time from the stored document until the ledger has its report, and offsets are committed. */
const TOLD_AFTER_MS = 2_000;

export interface TracedFile {
  /** From the root of the checkout. */
  readonly path: string;
  readonly lines: number;
}

/** The files that one order executes, by service. */
export type Trace = ReadonlyMap<string, readonly TracedFile[]>;

/**
 * Starts the whole product of a checkout with its own starter and its own demo, and sends orders of a known buyer through it.
 * @returns the files with a function that ran while each of them was on its way, and did not in a longer time without any
 */
export async function traceOrder(root: string, signal: AbortSignal, tell: (line: string) => void): Promise<Trace> {
  const home = makeHome('trace');
  const inspected: readonly Inspected[] = await Promise.all(
    SERVICES.filter(({ name }) => name !== 'sandbox').map(async (entry) => ({ ...entry, port: await findFreePort() })),
  );
  const starter = pathToFileURL(join(root, 'services', 'stack', 'src', 'stack.ts')).href;
  const { startStack: start } = (await import(starter)) as { startStack: typeof startStack };
  try {
    const stack = await start({
      root,
      env: { ...withoutGivenServers(), ENTREPOT_HOME: home },
      anyPorts: true,
      adjustEnvironment: (process, env) => {
        const port = inspected.find(({ name }) => name === process)?.port;
        return port === undefined ? env : { ...env, NODE_OPTIONS: `--inspect=127.0.0.1:${port}` };
      },
      signal,
      onNote: (line) => tell(`  ! ${line}`),
    });
    try {
      await sendOrder(stack, signal);
      const watched = await Promise.all(inspected.map(async (entry) => watch(root, entry)));
      await sleep(QUIET_MS, undefined, { signal });
      await Promise.all(watched.map(({ noteQuiet }) => noteQuiet()));
      for (let sent = 0; sent < ORDERS; sent += 1) {
        await sendOrder(stack, signal);
        await Promise.all(watched.map(({ noteOrder }) => noteOrder()));
      }
      const trace = new Map(watched.map(({ name, listFiles }) => [name, listFiles()]));
      await checkVerified(stack);
      return trace;
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface Inspected {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
}

async function watch(root: string, { name, folder, port }: Inspected) {
  const path = join(root, folder, 'dist', 'main.js');
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8')) as Bundle['map'];
  const bundle: Bundle = { path, text: readFileSync(path, 'utf8'), map };
  const recording = await recordCalls(port);
  let quiet: ReadonlySet<number> = new Set();
  const orders: ReadonlySet<number>[] = [];
  return {
    name,
    async noteQuiet(): Promise<void> {
      quiet = listCalled(bundle, await recording.take());
    },
    async noteOrder(): Promise<void> {
      orders.push(listCalled(bundle, await recording.take()));
    },
    listFiles(): readonly TracedFile[] {
      recording.end();
      const paths = [...locateSources(bundle, findCommon(orders, quiet))].map((file) => relative(root, file));
      return paths.filter(isOwnSource).sort().map(describeIn(root));
    },
  };
}

/** The shop announces it, as it does every order. */
async function sendOrder(stack: Stack, signal: AbortSignal): Promise<void> {
  const readArrivals = createArrivalReader(createCommitReader(createSandboxClient(stack.sandboxUrl)));
  const { id } = await createShopClient(stack.sandboxUrl).placeOrder();
  const deadline = Date.now() + ARRIVED_WITHIN_MS;
  while (!(await readArrivals()).has(`shop/${id}`)) {
    if (Date.now() > deadline) throw new Error(`the order did not arrive within ${ARRIVED_WITHIN_MS / 1_000} s`);
    await sleep(LOOK_MS, undefined, { signal });
  }
  await sleep(TOLD_AFTER_MS, undefined, { signal });
}

/** Runs afterwards, so that the request does not count: a trace that ended too early would hold too few files. */
async function checkVerified({ adminUrl, adminToken }: Stack): Promise<void> {
  const deliveries = await createAdminClient(adminUrl, adminToken.token).listDeliveries({ entity: 'order' });
  const states = deliveries.map(({ state }) => state);
  if (states.length !== 1 + ORDERS || states.some((state) => state !== 'verified'))
    throw new Error(`the orders' deliveries are ${states.join(', ') || 'not there'}`);
}

function describeIn(root: string): (path: string) => TracedFile {
  return (path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 });
}
