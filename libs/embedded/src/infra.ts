import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka } from './parts/kafka.ts';
import { startMongodb } from './parts/mongodb.ts';
import type { PartContext, RunningPart } from './parts/part.ts';
import { fetchRegistry, startRegistry } from './parts/registry.ts';
import type { OwnedChild } from './processes/child.ts';
import { claimPort } from './processes/ports.ts';
import { type Reaper, startReaper } from './processes/reaper.ts';

export type InfraPart = 'kafka' | 'mongo' | 'registry';

/** The variable that names a part run by somebody else: given, that part is not started. */
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
  /** Where the parts' logs go; `<dataDir>/logs` if not told. */
  logDir?: string;
  /** Ports on loopback; 0 or nothing means a free one. */
  ports?: Partial<Record<InfraPart, number>>;
  /** Starts these only; the registry brings Kafka with it. All three if not told. */
  only?: readonly InfraPart[];
  /** Deletes the data of an earlier run first. */
  fresh?: boolean;
  onProgress?: (progress: InfraProgress) => void;
  /** Where the addresses of parts run by somebody else are looked up; the process's environment if not told. */
  env?: NodeJS.ProcessEnv;
  /** A reaper to share; one is started, and closed at the end, if none is given. */
  reaper?: Reaper;
}

export interface Infra {
  /** `host:port`, comma-separated; empty when Kafka was not asked for. */
  kafkaBrokers: string;
  mongodbUri: string;
  registryUrl: string;
  /** The processes that were started here, in the order of their start. */
  processes: readonly OwnedChild[];
  /** Ends them, last first; resolves when none is left. */
  stop(): Promise<void>;
}

/**
 * Starts real Kafka, MongoDB and a schema registry without containers, and resolves when all of them answer. What it
 * starts ends with `stop`, and also when this process is gone without having called it.
 * @throws InfraError with one clear line; whatever had started by then is ended first
 */
export async function startInfra(options: InfraOptions): Promise<Infra> {
  const env = options.env ?? process.env;
  const wanted = new Set<InfraPart>(options.only ?? ['kafka', 'mongo', 'registry']);
  if (wanted.has('registry') && !env[ADDRESS_VARIABLES.registry]) wanted.add('kafka');
  const report = (part: InfraPart, phase: InfraProgress['phase'], text: string): void =>
    options.onProgress?.({ part, phase, text });
  const given = (part: InfraPart): string | undefined => {
    const address = env[ADDRESS_VARIABLES[part]];
    if (wanted.has(part) && address) report(part, 'given', address);
    return address || undefined;
  };
  const addresses: Record<InfraPart, string | undefined> = {
    kafka: given('kafka'),
    mongo: given('mongo'),
    registry: given('registry'),
  };
  const toStart = (['kafka', 'mongo', 'registry'] as const).filter(
    (part) => wanted.has(part) && addresses[part] === undefined,
  );

  const reaper = options.reaper ?? startReaper();
  const processes: OwnedChild[] = [];
  const stop = async (): Promise<void> => {
    for (const child of [...processes].reverse()) await child.stop();
    if (options.reaper === undefined) reaper.close();
  };

  const prepare = async (part: InfraPart): Promise<PartContext> => {
    const dataDir = join(options.dataDir, part);
    if (options.fresh === true) rmSync(dataDir, { recursive: true, force: true });
    return {
      dataDir,
      logDir: options.logDir ?? join(options.dataDir, 'logs'),
      port: await claimPort(options.ports?.[part] ?? 0, PART_TITLES[part], PORT_VARIABLES[part]),
      reaper,
      onProgress: (text) => report(part, 'working', text),
    };
  };

  const run = async (
    part: InfraPart,
    start: (context: PartContext) => Promise<RunningPart>,
    contexts: Map<InfraPart, PartContext>,
  ) => {
    const context = contexts.get(part);
    if (context === undefined) return;
    const { child, address } = await start(context);
    processes.push(child);
    addresses[part] = address;
    report(part, 'ready', address);
  };

  try {
    mkdirSync(options.dataDir, { recursive: true });
    const contexts = new Map<InfraPart, PartContext>();
    for (const part of toStart) contexts.set(part, await prepare(part));
    const registryContext = contexts.get('registry');
    const registryFetched = registryContext === undefined ? undefined : fetchRegistry(registryContext.onProgress);
    const broker = run('kafka', startKafka, contexts).then(async () => {
      await registryFetched;
      await run('registry', (context) => startRegistry(context, addresses.kafka ?? ''), contexts);
    });
    // All are awaited, so that a failure of one does not leave another starting behind our back.
    const results = await Promise.allSettled([broker, run('mongo', startMongodb, contexts), registryFetched]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kafkaBrokers: addresses.kafka ?? '',
    mongodbUri: addresses.mongo ?? '',
    registryUrl: addresses.registry ?? '',
    processes,
    stop,
  };
}
