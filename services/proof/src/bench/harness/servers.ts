import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Infra, type Reaper, startInfra, startReaper } from '@entrepot/embedded';
import { type Stack, startStack } from '@entrepot/stack';
import { type ChildProgram, type ProgramOptions, startProgram } from './programs.ts';

export const ROOT: string = fileURLToPath(new URL('../../../../../', import.meta.url));
/** The benches use servers of their own, empty ones: these variables would name others. */
const GIVEN = ['KAFKA_BROKERS', 'MONGODB_URI', 'SCHEMA_REGISTRY_URL', 'ENTREPOT_HOME', 'ENTREPOT_ADMIN_TOKEN'];

/**
 * `BENCH_PROFILES=<folder>` writes a CPU profile of each of our processes there, one folder a name, to open in Chrome's developer tools.
 */
export function profileInto(name: string): NodeJS.ProcessEnv {
  const folder = process.env.BENCH_PROFILES;
  return folder ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${join(folder, name)}` } : {};
}

/** Servers and processes of one bench; all of them end with the bench. */
export interface BenchServers {
  /** Empty Kafka, MongoDB and registry. */
  infra(): Promise<Infra>;
  /** The whole product on the same servers. */
  stack(configFile?: string): Promise<Stack>;
  /** Another process: a single service, or a peer. */
  program(options: ProgramOptions): Promise<ChildProgram>;
  /** A temporary folder, deleted afterwards. */
  readonly folder: string;
  close(): Promise<void>;
}

export function openServers(onNote: (line: string) => void): BenchServers {
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-'));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !GIVEN.includes(name)));
  const programs: ChildProgram[] = [];
  let reaper: Reaper | null = null;
  let infra: Promise<Infra> | null = null;
  let stack: Stack | null = null;
  const share = (): Reaper => {
    reaper ??= startReaper();
    return reaper;
  };
  const openInfra = (): Promise<Infra> => {
    infra ??= startInfra({ dataDir: join(folder, 'data'), logDir: join(folder, 'logs'), env, reaper: share() });
    return infra;
  };
  return {
    folder,
    infra: openInfra,
    async stack(configFile) {
      const { kafkaBrokers, mongodbUri, registryUrl } = await openInfra();
      stack = await startStack({
        root: ROOT,
        env: {
          ...env,
          ENTREPOT_HOME: join(folder, 'home'),
          KAFKA_BROKERS: kafkaBrokers,
          MONGODB_URI: mongodbUri,
          SCHEMA_REGISTRY_URL: registryUrl,
        },
        anyPorts: true,
        onNote,
        adjustEnvironment: (name, given) => ({ ...given, ...profileInto(name) }),
        ...(configFile !== undefined && { configFile }),
      });
      return stack;
    },
    async program(options) {
      const started = await startProgram({ ...options, env: { ...env, ...options.env } }, share());
      programs.push(started);
      return started;
    },
    async close() {
      await Promise.all(programs.map((program) => program.stop()));
      await stack?.stop();
      await (await infra?.catch(() => null))?.stop();
      await reaper?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
