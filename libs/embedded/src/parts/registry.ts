import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchWithMaven } from '../downloads/maven.ts';
import { findJava, runTool } from '../downloads/tools.ts';
import { InfraError } from '../errors.ts';
import { spawnOwned, waitUntilReady } from '../processes/child.ts';
import { foreignEnvironment } from '../processes/foreign-environment.ts';
import { openClassArchive } from './class-archive.ts';
import type { PartContext, RunningPart } from './part.ts';

const START_TIMEOUT_MS = 90_000;

async function unpackArchive(folder: string): Promise<void> {
  const archive = readdirSync(folder).find((name) => name.endsWith('.tar.gz'));
  if (archive === undefined) throw new InfraError('downloadFailed', 'Maven brought no archive of the schema registry.');
  const { code, output } = await runTool('tar', ['-xzf', join(folder, archive), '-C', folder]);
  if (code !== 0) throw new InfraError('downloadFailed', `The schema registry cannot be unpacked: ${output.trim()}`);
  rmSync(join(folder, archive));
}

/**
 * Starts Apicurio Registry, which keeps its schemas in Kafka and speaks the Confluent API.
 * @throws InfraError when Java or Maven is missing, the download fails, or the registry does not come up
 */
export async function startRegistry(context: PartContext, kafkaBrokers: string): Promise<RunningPart> {
  const java = await findJava();
  const home = await fetchRegistry(context.onProgress);
  context.onProgress('starting');
  mkdirSync(context.dataDir, { recursive: true });
  const jar = readdirSync(home).find((name) => name.endsWith('-runner.jar'));
  if (jar === undefined)
    throw new InfraError('downloadFailed', `The schema registry in ${home} is not whole: delete that folder.`);
  const archive = openClassArchive(home, java);
  const started = await spawnOwned(
    {
      name: 'Schema registry',
      command: java.command,
      args: ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...archive.options, '-jar', join(home, jar)],
      env: {
        ...foreignEnvironment(),
        APICURIO_STORAGE_KIND: 'kafkasql',
        APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: kafkaBrokers,
        // Whatever a subject's own rule says, no subject may break its readers.
        APICURIO_RULES_GLOBAL_COMPATIBILITY: 'FULL_TRANSITIVE',
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(context.port),
        QUARKUS_LOG_LEVEL: 'WARN',
      },
      cwd: context.dataDir,
      logFile: join(context.logDir, 'registry.log'),
    },
    context.reaper,
  );
  const child = archive.follow(started);
  const address = `http://127.0.0.1:${context.port}/apis/ccompat/v7`;
  const answers = async (): Promise<boolean> =>
    (await fetch(`${address}/subjects`, { signal: AbortSignal.timeout(3_000) })).ok;
  await waitUntilReady(child, answers, START_TIMEOUT_MS, context.signal);
  return { child, address };
}

/** Brings the registry into the cache; called early, so that it downloads while the broker starts. */
export function fetchRegistry(onProgress: (text: string) => void): Promise<string> {
  return fetchWithMaven('registry', 'copy', onProgress, unpackArchive);
}
