import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Reader } from './catalogue.ts';
import type { ReaderAnswer, ReaderJob } from './job.ts';
import { install } from './toolchains.ts';

const execute = promisify(execFile);
const READER_TIMEOUT_MS = 60_000;

/**
 * Runs a reader's program on a job.
 * @throws Error with what the program printed, when it cannot be installed, or ends without an answer
 */
export async function runReader(
  reader: Reader,
  job: ReaderJob,
  { workFolder, registryUrl }: { workFolder: string; registryUrl: string },
): Promise<ReaderAnswer> {
  const folder = await install(reader.toolchain);
  const jobFile = join(workFolder, `${reader.name.replace(/\W+/g, '-')}.json`);
  writeFileSync(jobFile, JSON.stringify(job));
  const [command = '', ...args] = reader.command(folder);
  const { stdout } = await execute(command, [...args, jobFile], {
    timeout: READER_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, SCHEMA_REGISTRY_URL: registryUrl, ...reader.env?.(folder) },
  });
  return JSON.parse(stdout) as ReaderAnswer;
}
