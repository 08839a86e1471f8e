import { join } from 'node:path';
import {
  claimPort,
  type Infra,
  type InfraPart,
  type InfraProgress,
  type KafkaListener,
  PORT_VARIABLES,
  type Reaper,
  startInfra,
  startReaper,
} from '@entrepot/embedded';
import { buildServices } from './build.ts';
import { INFRA_PORTS, SERVICES, type ServiceEntry } from './catalogue.ts';
import { environmentOf } from './environment.ts';
import { writeFirstSettings } from './first-settings.ts';
import { clearStackState, locateHome, obtainAdminToken, openHome, type StackHome, writeStackState } from './home.ts';
import { keepPartAlive } from './infra-keeper.ts';
import { followWarnings } from './log-follow.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-settings.ts';
import { type Supervised, supervise } from './supervisor.ts';

export { buildServices } from './build.ts';
export { SERVICES } from './catalogue.ts';
export { NODE_ENVIRONMENT, NODE_FLAGS } from './node-settings.ts';

export interface StackOptions {
  /** The checkout. */
  root: string;
  env?: NodeJS.ProcessEnv;
  fresh?: boolean;
  infraOnly?: boolean;
  /** Free ports for everything that the environment does not pin: for tests, beside a stack that runs. */
  anyPorts?: boolean;
  /** Connections and flows to load into an empty store; the demo's if not told, none if null. */
  configFile?: string | null;
  /** How many processes of a service run, by its name; one if not told. Further ones are named `<name>-2` … and take free ports. */
  replicas?: Readonly<Record<string, number>>;
  /** Changes what one process is told by its environment, e.g. leads it to the servers through proxies. */
  adjustEnvironment?: (process: string, env: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  /** Where the program of a process lies, asked at each of its starts; null, or not told: that of the checkout. */
  programOf?: (process: string) => string | null;
  /** Further listeners of the embedded broker. */
  kafkaListeners?: readonly KafkaListener[];
  /** The longest pause before a process that died again and again is started again. */
  longestRestartDelayMs?: number;
  /** Aborted: what has started ends, and the start fails. */
  signal?: AbortSignal;
  onInfra?: (progress: InfraProgress) => void;
  onNote?: (line: string) => void;
}

export interface StackService extends Supervised {
  readonly title: string;
  readonly port: number;
  /** Where its health and metrics are. */
  readonly operationsUrl: string;
}

export interface Stack {
  home: StackHome;
  infra: Infra;
  services: readonly StackService[];
  adminUrl: string;
  sandboxUrl: string;
  webhookUrl: string;
  adminToken: { token: string; made: boolean; given: boolean };
  /** @throws Error when there is no such service */
  service(name: string): StackService;
  stop(): Promise<void>;
  /** Ends everything at once, in no order. */
  kill(): void;
}

function readPort(env: NodeJS.ProcessEnv, variable: string, usual: number, anyPorts: boolean): number {
  const text = env[variable];
  if (!text) return anyPorts ? 0 : usual;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`${variable} is "${text}", not a port: use a number from 1 to 65535.`);
}

/**
 * Starts the whole product on this machine: servers, sandbox, connector, sink, ledger; resolves when all are ready.
 * @throws InfraError or Error with one clear line; whatever had started by then is ended first
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, env = process.env, anyPorts = false } = options;
  const note = options.onNote ?? (() => {});
  const home = locateHome(root, env);
  openHome(home, options.fresh === true);
  const reaper = startReaper();
  const services: StackService[] = [];
  const followers: (() => void)[] = [];
  let infra: Infra | undefined;

  const endAll = async (): Promise<void> => {
    for (const end of followers.splice(0)) end();
    await Promise.all(services.map((service) => service.stop()));
    await infra?.stop();
    clearStackState(home);
    // Ends what is still starting, too.
    await reaper.close();
  };
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    ending ??= endAll();
    return ending;
  };
  options.signal?.addEventListener('abort', () => void stop(), { once: true });

  try {
    const entries = options.infraOnly === true ? [] : await claimServicePorts(options, env, anyPorts);
    const built = entries.length > 0 ? buildServices(root) : Promise.resolve();
    const starting = startInfra({
      dataDir: home.infraDir,
      logDir: home.logDir,
      ports: readInfraPorts(env, anyPorts),
      env,
      reaper,
      ...(options.kafkaListeners && { kafkaListeners: options.kafkaListeners }),
      ...(options.onInfra && { onProgress: options.onInfra }),
    });
    const [infraResult, buildResult] = await Promise.allSettled([starting, built]);
    if (infraResult.status === 'fulfilled') infra = infraResult.value;
    if (infraResult.status === 'rejected') throw infraResult.reason;
    if (buildResult.status === 'rejected') throw buildResult.reason;

    const adminToken = obtainAdminToken(home, env);
    const urls = nameUrls(entries);
    const common = describeEnvironment(options, home, infraResult.value, adminToken.token, urls);
    for (const entry of entries) {
      const told = environmentOf(entry, common);
      const adjusted = options.adjustEnvironment?.(entry.name, told) ?? told;
      const service = createService(options, entry, adjusted, home, reaper, note);
      services.push(service);
    }
    options.signal?.throwIfAborted();
    for (const part of infraResult.value.parts) keepPartAlive(part, note);
    await Promise.all(services.map((service) => service.start()));
    // From here on only: while all of them start at once, they warn of each other.
    for (const { name } of services) {
      followers.push(followWarnings(join(home.logDir, `${name}.log`), (text) => note(`${name}: ${text}`)));
    }
    const stack: Stack = {
      home,
      infra: infraResult.value,
      services,
      ...urls,
      adminToken,
      service: (name) => {
        const found = services.find((service) => service.name === name);
        if (found === undefined) throw new Error(`There is no service "${name}" in the stack.`);
        return found;
      },
      stop,
      kill: () => {
        for (const service of services) service.kill();
        for (const part of infraResult.value.parts) part.child().kill();
      },
    };
    writeStackState(home, {
      pid: process.pid,
      ...urls,
      kafkaBrokers: stack.infra.kafkaBrokers,
      mongodbUri: stack.infra.mongodbUri,
      registryUrl: stack.infra.registryUrl,
      processes: [
        ...stack.infra.parts.map((part) => ({ name: part.part, pid: part.child().pid })),
        ...services.map((service) => ({ name: service.name, pid: service.pid() ?? 0 })),
      ],
    });
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function claimServicePorts(
  options: StackOptions,
  env: NodeJS.ProcessEnv,
  anyPorts: boolean,
): Promise<ServiceEntry[]> {
  const claimed: ServiceEntry[] = [];
  for (const entry of SERVICES) {
    claimed.push(await claimPorts(entry, (variable, usual) => readPort(env, variable, usual, anyPorts)));
    for (let replica = 2; replica <= (options.replicas?.[entry.name] ?? 1); replica += 1) {
      const further = { ...entry, name: `${entry.name}-${replica}`, title: `${entry.title} (${replica})` };
      claimed.push(await claimPorts(further, () => 0));
    }
  }
  return claimed;
}

async function claimPorts(
  entry: ServiceEntry,
  wish: (variable: string, usual: number) => number,
): Promise<ServiceEntry> {
  const claim = async <Port extends { port: number; portVariable: string }>(of: Port): Promise<Port> => ({
    ...of,
    port: await claimPort(wish(of.portVariable, of.port), entry.title, of.portVariable),
  });
  const { operations } = entry;
  return { ...(await claim(entry)), ...(operations !== undefined && { operations: await claim(operations) }) };
}

function readInfraPorts(env: NodeJS.ProcessEnv, anyPorts: boolean): Record<InfraPart, number> {
  const read = (part: InfraPart): number => readPort(env, PORT_VARIABLES[part], INFRA_PORTS[part], anyPorts);
  return { kafka: read('kafka'), mongo: read('mongo'), registry: read('registry') };
}

function nameUrls(entries: readonly ServiceEntry[]): Pick<Stack, 'adminUrl' | 'sandboxUrl' | 'webhookUrl'> {
  const locate = (name: string): string => {
    const entry = entries.find((candidate) => candidate.name === name);
    return entry === undefined ? '' : `http://127.0.0.1:${entry.port}`;
  };
  return { adminUrl: locate('ledger'), sandboxUrl: locate('sandbox'), webhookUrl: locate('connector-shopify') };
}

/** What the services are told by their environment, all together. */
function describeEnvironment(
  options: StackOptions,
  home: StackHome,
  infra: Infra,
  adminToken: string,
  urls: { sandboxUrl: string; webhookUrl: string },
): NodeJS.ProcessEnv {
  const configFile = writeFirstSettings(options, home, urls);
  return {
    ...(options.env ?? process.env),
    KAFKA_BROKERS: infra.kafkaBrokers,
    MONGODB_URI: infra.mongodbUri,
    SCHEMA_REGISTRY_URL: infra.registryUrl,
    ENTREPOT_HOME: home.folder,
    ENTREPOT_KEY_FILE: home.keyFile,
    ENTREPOT_ADMIN_TOKEN: adminToken,
    ...(urls.webhookUrl !== '' && { SANDBOX_WEBHOOK_URL: `${urls.webhookUrl}/webhooks/shop` }),
    ...(configFile !== null && { ENTREPOT_CONFIG: configFile }),
  };
}

function createService(
  options: StackOptions,
  entry: ServiceEntry,
  env: NodeJS.ProcessEnv,
  home: StackHome,
  reaper: Reaper,
  onNote: (line: string) => void,
): StackService {
  const { root, longestRestartDelayMs } = options;
  const publicUrl = `http://127.0.0.1:${entry.port}`;
  const operationsUrl = entry.operations === undefined ? publicUrl : `http://127.0.0.1:${entry.operations.port}`;
  const answersReady = async (url: string): Promise<boolean> =>
    (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  const supervised = supervise({
    spec: {
      name: entry.name,
      command: process.execPath,
      // Read at each start, so that a process can be replaced by one of another build.
      get args() {
        const program = options.programOf?.(entry.name) ?? join(root, entry.folder, 'dist', 'main.js');
        return [...NODE_FLAGS, program];
      },
      cwd: join(root, entry.folder),
      env: {
        ...NODE_ENVIRONMENT,
        ...env,
        ENTREPOT_PORT: String(entry.port),
        ...(entry.operations !== undefined && { ENTREPOT_OPERATIONS_PORT: String(entry.operations.port) }),
      },
      logFile: join(home.logDir, `${entry.name}.log`),
    },
    reaper,
    // A program of 0.1.0 (`programOf`) has but one port; of today's, that port answers 404.
    isReady: () => answersReady(operationsUrl).catch(() => answersReady(publicUrl)),
    onNote,
    ...(longestRestartDelayMs !== undefined && {
      firstDelayMs: Math.min(1_000, longestRestartDelayMs),
      longestDelayMs: longestRestartDelayMs,
    }),
  });
  return { ...supervised, title: entry.title, port: entry.port, operationsUrl };
}
