import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchKafka, startKafka } from './parts/kafka.ts';
import { startMongodb } from './parts/mongodb.ts';
import type { KafkaListener, PartContext, RunningPart } from './parts/part.ts';
import { fetchRegistry, startRegistry } from './parts/registry.ts';
import type { OwnedChild } from './processes/child.ts';
import { claimPort } from './processes/ports.ts';
import { type Reaper, startReaper } from './processes/reaper.ts';

export type InfraPart = 'kafka' | 'mongo' | 'registry';

const PARTS: readonly InfraPart[] = ['kafka', 'mongo', 'registry'];

/** The variable that names a part which runs elsewhere: when set, that part is not started. */
export const ADDRESS_VARIABLES: Readonly<Record<InfraPart, string>> = {
  kafka: 'KAFKA_BROKERS',
  mongo: 'MONGODB_URI',
  registry: 'SCHEMA_REGISTRY_URL',
};

/** The variable that moves a part to another port. */
export const PORT_VARIABLES: Readonly<Record<InfraPart, string>> = {
  kafka: 'KAFKA_PORT',
  mongo: 'MONGODB_PORT',
  registry: 'SCHEMA_REGISTRY_PORT',
};

/** What people call the parts. */
export const PART_TITLES: Readonly<Record<InfraPart, string>> = {
  kafka: 'Kafka',
  mongo: 'MongoDB',
  registry: 'schema registry',
};

export interface InfraProgress {
  part: InfraPart;
  phase: 'working' | 'ready' | 'given';
  text: string;
}

export interface InfraOptions {
  /** Data and logs of all parts; kept between runs. */
  dataDir: string;
  /** Where the parts' logs go; `<dataDir>/logs` by default. */
  logDir?: string;
  /** Ports on loopback; 0 or nothing means a free one. */
  ports?: Partial<Record<InfraPart, number>>;
  /** Further listeners of the broker, for clients that reach it through a proxy. */
  kafkaListeners?: readonly KafkaListener[];
  /** Starts these only; the registry brings Kafka with it. All three by default. */
  only?: readonly InfraPart[];
  /** Deletes the data of an earlier run first. */
  fresh?: boolean;
  onProgress?: (progress: InfraProgress) => void;
  /** Where the addresses of parts that run elsewhere come from; by default the process's environment. */
  env?: NodeJS.ProcessEnv;
  /** A reaper to share; one is started, and closed at the end, if none is given. */
  reaper?: Reaper;
}

/** One part that was started here. */
export interface OwnedPart {
  readonly part: InfraPart;
  readonly port: number;
  /** The process running now; another one after a restart. */
  child(): OwnedChild;
  /** Whether it should run: not between `stop` and `start`. */
  isWanted(): boolean;
  /** Ends it, as an outage would; its data and its port stay. */
  stop(): Promise<void>;
  /** Starts it again on the same port with the same data, when it is not running. */
  start(): Promise<void>;
}

export interface Infra {
  /** `host:port`, comma-separated; empty when Kafka was not asked for. */
  kafkaBrokers: string;
  mongodbUri: string;
  registryUrl: string;
  /** The parts that were started here: those that others need come first. */
  parts: readonly OwnedPart[];
  /** Ends them, last first; resolves when none is left. */
  stop(): Promise<void>;
}

/**
 * Starts real Kafka, MongoDB and a schema registry without containers, and resolves when all of them answer. What it
 * starts ends with `stop`, and also when this process is gone without having called it.
 * @throws InfraError with one clear line; whatever had started by then is ended first
 */
export async function startInfra(options: InfraOptions): Promise<Infra> {
  const addresses = readGivenAddresses(options);
  const wanted = new Set<InfraPart>(options.only ?? PARTS);
  if (wanted.has('registry') && addresses.registry === undefined) wanted.add('kafka');
  const toStart = PARTS.filter((part) => wanted.has(part) && addresses[part] === undefined);
  const report = options.onProgress ?? (() => {});
  for (const part of PARTS) {
    const address = addresses[part];
    if (wanted.has(part) && address !== undefined) report({ part, phase: 'given', text: address });
  }

  const reaper = options.reaper ?? startReaper();
  const parts: OwnedPart[] = [];
  const stop = async (): Promise<void> => {
    for (const part of sortByStart(parts).reverse()) await part.stop();
    if (options.reaper === undefined) await reaper.close();
  };
  try {
    mkdirSync(options.dataDir, { recursive: true });
    const contexts = new Map<InfraPart, PartContext>();
    const failure = new AbortController();
    // All ports are looked at before anything starts, so that a busy one leaves nothing half up.
    for (const part of toStart) contexts.set(part, await prepareContext(part, options, reaper, failure.signal));
    const kafka = contexts.get('kafka');
    const launchers: Record<InfraPart, (context: PartContext) => Promise<RunningPart>> = {
      kafka: startKafka,
      mongo: startMongodb,
      // It waits for its broker by itself: both start together.
      registry: async (context) => {
        await fetchRegistry(context.onProgress);
        await kafkaFetched;
        return startRegistry(context, addresses.kafka ?? `127.0.0.1:${kafka?.port}`);
      },
    };
    const kafkaFetched = kafka === undefined ? undefined : fetchKafka(kafka.onProgress);
    const launch = async ([part, context]: [InfraPart, PartContext]): Promise<void> => {
      try {
        const { owned, address } = await ownPart(part, context, launchers[part]);
        parts.push(owned);
        addresses[part] = address;
        report({ part, phase: 'ready', text: address });
      } catch (error) {
        // The first failure is the one to report; it ends what waits for the failed part.
        if (!failure.signal.aborted) failure.abort(error);
      }
    };
    // All are awaited, so that a failure of one does not leave another starting behind our back.
    await Promise.all([kafkaFetched?.catch(() => {}), ...[...contexts].map(launch)]);
    failure.signal.throwIfAborted();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kafkaBrokers: addresses.kafka ?? '',
    mongodbUri: addresses.mongo ?? '',
    registryUrl: addresses.registry ?? '',
    parts: sortByStart(parts),
    stop,
  };
}

function sortByStart(parts: readonly OwnedPart[]): OwnedPart[] {
  return [...parts].sort((left, right) => PARTS.indexOf(left.part) - PARTS.indexOf(right.part));
}

function readGivenAddresses({ env = process.env }: InfraOptions): Record<InfraPart, string | undefined> {
  const read = (part: InfraPart): string | undefined => env[ADDRESS_VARIABLES[part]] || undefined;
  return { kafka: read('kafka'), mongo: read('mongo'), registry: read('registry') };
}

async function prepareContext(
  part: InfraPart,
  options: InfraOptions,
  reaper: Reaper,
  signal: AbortSignal,
): Promise<PartContext> {
  const dataDir = join(options.dataDir, part);
  if (options.fresh === true) rmSync(dataDir, { recursive: true, force: true });
  return {
    dataDir,
    logDir: options.logDir ?? join(options.dataDir, 'logs'),
    port: await claimPort(options.ports?.[part] ?? 0, PART_TITLES[part], PORT_VARIABLES[part]),
    kafkaListeners: options.kafkaListeners ?? [],
    reaper,
    signal,
    onProgress: (text) => options.onProgress?.({ part, phase: 'working', text }),
  };
}

async function ownPart(
  part: InfraPart,
  context: PartContext,
  launch: (context: PartContext) => Promise<RunningPart>,
): Promise<{ owned: OwnedPart; address: string }> {
  let running = await launch(context);
  let wanted = true;
  const owned: OwnedPart = {
    part,
    port: context.port,
    child: () => running.child,
    isWanted: () => wanted,
    stop: () => {
      wanted = false;
      return running.child.stop();
    },
    start: async () => {
      wanted = true;
      if (!running.child.isRunning()) {
        running = await launch({ ...context, signal: new AbortController().signal, onProgress: () => {} });
      }
    },
  };
  return { owned, address: running.address };
}
