import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@entrepot/embedded';
import { type Stack, startStack } from '@entrepot/stack';
import { type AdminClient, createAdminClient } from '@entrepot/stack/clients';
import { type DataDisk, mountDataDisk } from './data-disk.ts';
import {
  bundleModelPrograms,
  describeModelSettings,
  MODEL_REPLICAS,
  MODEL_SERVICES,
  programOfModel,
} from './model-services.ts';
import { createSandboxClient, type SandboxClient } from './sandbox-client.ts';
import { makeHome, REPLICAS, withoutGivenServers, writeConfig } from './stack-home.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
/** Loaded into every service before its own code. */
const PRELOADED = ['./skewed-clock.ts', './keep-compiled.ts'].map((file) => new URL(file, import.meta.url).href);

/** Our processes; the sandbox represents the outside world and is never struck. */
const PROCESSES = ['ledger', 'sink-sap-b1', 'sink-sap-b1-2', 'connector-shopify', 'connector-shopify-2'] as const;
/** Those of the model vendor; its simulator is never struck either. */
const MODEL_PROCESSES = ['sink-model', 'sink-model-2', 'connector-model', 'connector-model-2'] as const;
export type ProcessName = (typeof PROCESSES)[number] | (typeof MODEL_PROCESSES)[number];

/** Longest commit of the simulated SAP; requests that commit late do so within it. */
export const SETTLE_MS = 4_000;
export const REQUEST_TIMEOUT_MS = 2_000;
/** More than a usual company allows: a request that hangs for seconds would otherwise block a quarter of all others. */
const CALLS_AT_ONCE = 16;
export const INITIAL_PASSWORD = 'sandbox';

/** The lines of one process to the servers: each can be disturbed for that process alone. */
export interface ProcessLines {
  readonly broker: TcpProxy;
  readonly database: TcpProxy;
  readonly registry: TcpProxy;
}

/** The whole product as processes, with a proxy on every line between them. */
export interface ChaosStack {
  readonly stack: Stack;
  readonly admin: AdminClient;
  readonly sandbox: SandboxClient;
  /** The model vendor's two systems, and the line of all processes to them; null without them. */
  readonly bothWays: { readonly simulator: SandboxClient; readonly line: TcpProxy } | null;
  /** All that run of ours. */
  readonly processes: readonly ProcessName[];
  readonly home: string;
  readonly lines: ReadonlyMap<ProcessName, ProcessLines>;
  /** The lines of all processes to the shop and to the company. */
  readonly shopLine: TcpProxy;
  readonly companyLine: TcpProxy;
  /** Disks under the data of broker and database; none where mounting is not allowed. */
  readonly disks: readonly DataDisk[];
  /** Sets the clock of one process wrong. */
  skewClock(name: ProcessName, offsetMs: number): void;
  /** Addresses for the shop's webhooks: either connector. */
  readonly webhookUrls: readonly string[];
  /** Services that ended without being killed or stopped, each with its last output. */
  endedByThemselves(): readonly string[];
  /** Ends everything; keeps data and logs if `keep` is set. */
  stop(keep: boolean): Promise<void>;
}

/** Ports known before anything starts, so that proxies can lead to them. */
interface Ports {
  KAFKA_PORT: number;
  MONGODB_PORT: number;
  SCHEMA_REGISTRY_PORT: number;
  SANDBOX_PORT: number;
  SIMULATOR_PORT: number;
}

/**
 * Starts everything: of each vendor two sinks and two connectors, one ledger, each with its own lines to broker, database and registry.
 * @param pollSeconds interval between polls of the shop
 * @param bothWays with the model vendor
 * @param onNote receives the stack's messages for people
 * @throws Error with one clear line when a part does not start
 */
export async function startChaosStack(
  { pollSeconds, bothWays }: { readonly pollSeconds: number; readonly bothWays: boolean },
  onNote: (line: string) => void,
  signal: AbortSignal,
): Promise<ChaosStack> {
  const home = makeHome('chaos');
  const processes = bothWays ? [...PROCESSES, ...MODEL_PROCESSES] : PROCESSES;
  // The proxies listen first: one of them could otherwise take a port found free before.
  const ports: Ports = { KAFKA_PORT: 0, MONGODB_PORT: 0, SCHEMA_REGISTRY_PORT: 0, SANDBOX_PORT: 0, SIMULATOR_PORT: 0 };
  const lines = new Map<ProcessName, ProcessLines>();
  const listeners: { port: number; advertisedPort: number }[] = [];
  for (const name of processes) {
    const listener = { port: 0, advertisedPort: 0 };
    const broker = await startTcpProxy(() => listener.port);
    listener.advertisedPort = broker.port;
    listeners.push(listener);
    const database = await startTcpProxy(() => ports.MONGODB_PORT);
    lines.set(name, { broker, database, registry: await startTcpProxy(() => ports.SCHEMA_REGISTRY_PORT) });
  }
  const shopLine = await startTcpProxy(() => ports.SANDBOX_PORT);
  const companyLine = await startTcpProxy(() => ports.SANDBOX_PORT);
  const modelLine = bothWays ? await startTcpProxy(() => ports.SIMULATOR_PORT) : null;
  for (const part of Object.keys(ports) as (keyof Ports)[]) ports[part] = await findFreePort();
  for (const listener of listeners) listener.port = await findFreePort();
  const ofProcesses = [...lines.values()].flatMap((set) => Object.values(set) as TcpProxy[]);
  const proxies = [shopLine, companyLine, ...(modelLine === null ? [] : [modelLine]), ...ofProcesses];

  const configFile = `${home}.yaml`;
  const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    shopify: { baseUrl: `http://127.0.0.1:${shopLine.port}/shopify`, poll: { intervalSeconds: pollSeconds } },
    'sap-b1': {
      baseUrl: `http://127.0.0.1:${companyLine.port}/sap-b1`,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      settleMs: SETTLE_MS,
      budget: { concurrency: CALLS_AT_ONCE },
    },
  };
  const twoWay = modelLine === null ? undefined : describeModelSettings(modelLine.port, REQUEST_TIMEOUT_MS, SETTLE_MS);
  writeConfig(configFile, ROOT, (vendor) => settings[vendor] ?? {}, twoWay);
  const env = { ...withoutGivenServers(), ...namePorts(ports), ENTREPOT_HOME: home };
  const disks = ['kafka', 'mongo']
    .map((part) => mountDataDisk(join(home, 'infra', part)))
    .filter((disk) => disk !== null);
  if (disks.length === 0) onNote('no disk will run full: mounting file systems is not allowed here');
  const clear = async (keep: boolean): Promise<void> => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    if (!keep) for (const disk of disks) disk.unmount();
    rmSync(configFile, { force: true });
    if (!keep) rmSync(home, { recursive: true, force: true });
  };
  const surround = (name: ProcessName, common: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    ...leadThroughProxies(lines.get(name), common, ports),
    // Many starts: code compiled once is not compiled again.
    NODE_COMPILE_CACHE: join(home, 'compile-cache'),
    NODE_OPTIONS: PRELOADED.map((file) => `--import=${file}`).join(' '),
    CHAOS_CLOCK_FILE: nameClockFile(home, name),
  });
  const ownEnds: string[] = [];
  try {
    if (bothWays) await bundleModelPrograms(ROOT);
    const stack = await startStack({
      root: ROOT,
      env,
      anyPorts: true,
      configFile,
      signal,
      replicas: REPLICAS,
      ...(bothWays && {
        replicas: { ...REPLICAS, ...MODEL_REPLICAS },
        furtherServices: MODEL_SERVICES,
        programOf: (name: string) => programOfModel(ROOT, name),
      }),
      kafkaListeners: listeners,
      longestRestartDelayMs: 1_000,
      adjustEnvironment: (name, common) =>
        name === 'sandbox' || name === 'simulator' ? giveRoom(common) : surround(name as ProcessName, common),
      onNote: (line) => {
        if (isOwnEnd(processes, line)) ownEnds.push(line);
        onNote(line);
      },
    });
    const listConnectors = (vendor: string): string[] =>
      stack.services
        .filter((service) => service.name.startsWith(`connector-${vendor}`))
        .map((service) => `http://127.0.0.1:${service.port}`);
    const simulator = modelLine === null ? null : createSandboxClient(stack.service('simulator').operationsUrl);
    await simulator?.put('_control/model/webhooks', { urls: listConnectors('model') });
    return {
      endedByThemselves: () => ownEnds,
      stack,
      processes,
      home,
      lines,
      shopLine,
      companyLine,
      bothWays: simulator === null || modelLine === null ? null : { simulator, line: modelLine },
      disks,
      skewClock: (name, offsetMs) => writeFileSync(nameClockFile(home, name), String(offsetMs)),
      admin: createAdminClient(stack.adminUrl, stack.adminToken.token),
      sandbox: createSandboxClient(stack.sandboxUrl),
      webhookUrls: listConnectors('shopify'),
      stop: async (keep) => {
        await stack.stop();
        await clear(keep);
      },
    };
  } catch (error) {
    await clear(true);
    throw error;
  }
}

/**
 * A killed service ends by the signal; a stopped one with code 0, or by the signal while it only starts. Servers are expected to end when
 * their disk is full.
 */
function isOwnEnd(processes: readonly ProcessName[], line: string): boolean {
  return (
    processes.some((name) => line.startsWith(`${name} ended (`)) &&
    !/ ended \((SIGKILL|SIGTERM|exit code 0)\)/.test(line)
  );
}

/** What represents the outside world keeps everything in memory: some 30 kB an order. */
function giveRoom(common: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...common, NODE_OPTIONS: '--max-old-space-size=8192' };
}

function nameClockFile(home: string, processName: string): string {
  return join(home, `clock-${processName}`);
}

function namePorts(ports: Ports): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
}

function leadThroughProxies(
  lines: ProcessLines | undefined,
  common: NodeJS.ProcessEnv,
  ports: Ports,
): NodeJS.ProcessEnv {
  if (lines === undefined) return common;
  return {
    ...common,
    KAFKA_BROKERS: `127.0.0.1:${lines.broker.port}`,
    // Directly to the one node: asked for the set's members, the driver would bypass the proxy.
    MONGODB_URI: `mongodb://127.0.0.1:${lines.database.port}/entrepot?directConnection=true`,
    SCHEMA_REGISTRY_URL: (common.SCHEMA_REGISTRY_URL ?? '').replace(
      `:${ports.SCHEMA_REGISTRY_PORT}`,
      `:${lines.registry.port}`,
    ),
  };
}
