import { join } from 'node:path';
import {
  type Infra,
  type InfraProgress,
  type KafkaListener,
  type Reaper,
  startInfra,
  startReaper,
} from '@entrepot/embedded';
import { readWebhookUrls, writeFirstSettings } from './first-settings.ts';
import { clearStackState, locateHome, obtainAdminToken, openHome, type StackHome, writeStackState } from './home.ts';
import { keepPartAlive } from './infra-keeper.ts';
import { followWarnings } from './log-follow.ts';
import { buildServices } from './processes/build.ts';
import { HOST, LEDGER, SANDBOX, type ServiceEntry } from './processes/catalogue.ts';
import { environmentOf } from './processes/environment.ts';
import { type HostedPart, locateOperations, portVariablesOf, waitForParts } from './processes/hosted-parts.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './processes/node-settings.ts';
import { claimServicePorts, readInfraPorts } from './processes/ports.ts';
import { type Supervised, supervise } from './processes/supervisor.ts';

export { buildServices } from './processes/build.ts';
export { SERVICES, type ServiceEntry } from './processes/catalogue.ts';
export { NODE_ENVIRONMENT, NODE_FLAGS } from './processes/node-settings.ts';

export interface StackOptions {
  /** The checkout. */
  root: string;
  env?: NodeJS.ProcessEnv;
  fresh?: boolean;
  infraOnly?: boolean;
  /** Free ports for everything that the environment does not pin: for tests, beside a stack that runs. */
  anyPorts?: boolean;
  /** One process for all connectors and sinks, which starts those of vendors that have a connection; else a process for each. */
  hosted?: boolean;
  /** Vendors to run: in the host, beside those that have a connection; else these alone. By default all of them, with processes of their own. */
  vendors?: readonly string[];
  /** Services that are not in the catalogue, as those of a vendor that no list names; `programOf` says where their programs lie. */
  furtherServices?: readonly ServiceEntry[];
  /** Connections and flows to load into an empty store; by default the demo's; null: none. */
  configFile?: string | null;
  /** How many processes of a service run, by its name; one by default. Further ones are named `<name>-2` … and take free ports. */
  replicas?: Readonly<Record<string, number>>;
  /** Changes the environment of one process, e.g. leads it to the servers through proxies. */
  adjustEnvironment?: (process: string, env: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  /** Where the program of a process lies, asked at each of its starts; null or left out: that of the checkout. */
  programOf?: (process: string) => string | null;
  /** Processes that wait for `service(name).start()`, as in an upgrade in its order. */
  startLater?: readonly string[];
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
  /** Where the connector of a vendor takes webhooks: `<this>/webhooks/<connection>`. @throws Error when it has no connector here */
  webhookUrlOf(vendor: string): string;
  /** Where the health and metrics of a service or part are. @throws Error when there is no such one */
  operationsUrlOf(name: string): string;
  /** What runs in the host; empty when each has a process of its own. */
  parts: readonly HostedPart[];
  adminToken: { token: string; made: boolean; given: boolean };
  /** @throws Error when there is no such service */
  service(name: string): StackService;
  stop(): Promise<void>;
  /** Ends everything immediately, in no order. */
  kill(): void;
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
    const { entries, parts: partEntries } = await claimServicePorts(options, env, anyPorts);
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
    const listening = [...entries, ...partEntries];
    const common = describeEnvironment(options, home, infraResult.value, adminToken.token, urls.sandboxUrl, listening);
    for (const entry of entries) {
      const ofHost = entry.name === HOST.name ? describeHost(partEntries, options.vendors) : {};
      const told = { ...environmentOf(entry, common), ...ofHost };
      const adjusted = options.adjustEnvironment?.(entry.name, told) ?? told;
      const service = createService(options, entry, adjusted, home, reaper, note);
      services.push(service);
    }
    options.signal?.throwIfAborted();
    for (const part of infraResult.value.parts) keepPartAlive(part, note);
    const first = services.filter(({ name }) => options.startLater?.includes(name) !== true);
    await Promise.all(first.map((service) => service.start()));
    // From here on only: while all of them start together, they warn of each other.
    for (const { name } of services) {
      followers.push(followWarnings(join(home.logDir, `${name}.log`), (text) => note(`${name}: ${text}`)));
    }
    const parts = await waitForParts(partEntries, urls.adminUrl, adminToken.token, options.signal);
    const stack: Stack = {
      home,
      infra: infraResult.value,
      services,
      parts,
      ...urls,
      webhookUrlOf: (vendor) => locateConnector(listening, vendor),
      operationsUrlOf: (name) => {
        const found = listening.find((entry) => entry.name === name);
        if (found === undefined) throw new Error(`There is no service "${name}" in the stack.`);
        return locateOperations(found);
      },
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

function nameUrls(entries: readonly ServiceEntry[]): Pick<Stack, 'adminUrl' | 'sandboxUrl'> {
  const locate = ({ name }: ServiceEntry): string => {
    const entry = entries.find((candidate) => candidate.name === name);
    return entry === undefined ? '' : `http://127.0.0.1:${entry.port}`;
  };
  return { adminUrl: locate(LEDGER), sandboxUrl: locate(SANDBOX) };
}

function locateConnector(listening: readonly ServiceEntry[], vendor: string): string {
  const entry = listening.find((candidate) => candidate.vendor === vendor && candidate.operations !== undefined);
  if (entry === undefined) throw new Error(`There is no connector of "${vendor}" in the stack.`);
  return `http://127.0.0.1:${entry.port}`;
}

/** Variables of the host alone: where its parts listen, and which of them run without a connection. */
function describeHost(parts: readonly ServiceEntry[], vendors: readonly string[] = []): NodeJS.ProcessEnv {
  return { ...Object.assign({}, ...parts.map(portVariablesOf)), ENTREPOT_VENDORS: vendors.join(',') };
}

/** The environment that all services share. */
function describeEnvironment(
  options: StackOptions,
  home: StackHome,
  infra: Infra,
  adminToken: string,
  sandboxUrl: string,
  listening: readonly ServiceEntry[],
): NodeJS.ProcessEnv {
  const configFile = writeFirstSettings(options, home, sandboxUrl, listening);
  return {
    ...(options.env ?? process.env),
    KAFKA_BROKERS: infra.kafkaBrokers,
    MONGODB_URI: infra.mongodbUri,
    SCHEMA_REGISTRY_URL: infra.registryUrl,
    ENTREPOT_HOME: home.folder,
    ENTREPOT_KEY_FILE: home.keyFile,
    ENTREPOT_ADMIN_TOKEN: adminToken,
    ...(configFile !== null && readWebhookUrls(configFile)),
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
  const operationsUrl = locateOperations(entry);
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
