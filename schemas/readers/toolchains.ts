import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fillOnce, locateCache } from '../../libs/embedded/src/downloads/once.ts';

const execute = promisify(execFile);
const INSTALL_TIMEOUT_MS = 600_000;
const MAX_PRINTED = 4_000;
const SCHEMAS = join(import.meta.dirname, '..');

/** How one language's packages are installed and its programs made, into a folder of the cache, by the language's own tool. */
export interface Toolchain {
  /** Its folder beside this file. */
  readonly language: string;
  /** What must be there, with the oldest version that serves. */
  readonly tool: { readonly command: string; readonly versionArguments: readonly string[]; readonly oldest: string };
  /** An optional one that is missing is told as skipped; any other is a failure. */
  readonly optional: boolean;
  /** Files outside of the folder that the programs are made of. */
  readonly madeFrom?: readonly string[];
  install(source: string, folder: string): Promise<void>;
}

/** Runs an installer; what it printed last goes into the error. A package server that does not answer once is no fault of a reader: a second try. */
async function run(command: string, args: string[], cwd: string): Promise<void> {
  const attempt = () => execute(command, args, { cwd, timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 });
  await attempt()
    .catch(attempt)
    .catch((error: Error & { stdout?: string; stderr?: string }) => {
      const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.slice(-MAX_PRINTED);
      throw new Error(`${command} ${args.join(' ')} failed: ${printed || error.message}`);
    });
}

export const python: Toolchain = {
  language: 'python',
  tool: { command: 'python3', versionArguments: ['--version'], oldest: '3.10' },
  optional: false,
  install: (source, folder) =>
    run(
      'python3',
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, '-r', 'requirements.txt'],
      source,
    ),
};

export const java: Toolchain = {
  language: 'java',
  tool: { command: 'javac', versionArguments: ['-version'], oldest: '17' },
  optional: false,
  madeFrom: [join(SCHEMAS, 'released.json'), ...listSchemaFiles()],
  async install(source, folder) {
    // Maven writes beside its pom.
    cpSync(source, folder, { recursive: true });
    const goals = ['compile', 'dependency:copy-dependencies'];
    await run('mvn', ['--quiet', '--batch-mode', `-Dschemas=${SCHEMAS}`, ...goals], folder);
  },
};

export const node: Toolchain = {
  language: 'node',
  tool: { command: process.execPath, versionArguments: ['--version'], oldest: '20' },
  optional: false,
  async install(source, folder) {
    cpSync(source, folder, { recursive: true });
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  },
};

export const go: Toolchain = {
  language: 'go',
  tool: { command: 'go', versionArguments: ['version'], oldest: '1.24' },
  optional: true,
  install: (source, folder) => run('go', ['build', '-mod=readonly', '-o', `${folder}/`, './hamba', './goavro'], source),
};

export const rust: Toolchain = {
  language: 'rust',
  tool: { command: 'cargo', versionArguments: ['--version'], oldest: '1.88' },
  optional: true,
  async install(source, folder) {
    // Cargo writes its lock file beside the manifest.
    cpSync(source, folder, { recursive: true });
    await run('cargo', ['build', '--quiet'], folder);
    const target = join(folder, 'target');
    for (const program of readdirSync(join(source, 'src/bin'), { encoding: 'utf8' }))
      cpSync(join(target, 'debug', basename(program, '.rs')), join(folder, basename(program, '.rs')));
    rmSync(target, { recursive: true });
  },
};

/** Why a toolchain cannot be used here; null when it can. */
export function findObstacle({ tool }: Toolchain): string | null {
  const { stdout, stderr, status, error } = spawnSync(tool.command, tool.versionArguments, { encoding: 'utf8' });
  if (error !== undefined) return `${tool.command} is not on PATH`;
  if (status !== 0) return `${tool.command} does not work here: ${stderr.trim().split('\n')[0]}`;
  const found = /\d+(\.\d+)*/.exec(`${stdout}${stderr}`)?.[0] ?? '0';
  return isOlder(found, tool.oldest) ? `${tool.command} is ${found}, older than ${tool.oldest}` : null;
}

/**
 * Installs, once for each state of the language's folder.
 * @returns the folder in the cache
 */
export function install(toolchain: Toolchain): Promise<string> {
  const source = join(import.meta.dirname, toolchain.language);
  const digest = createHash('sha256');
  for (const file of [...listFiles(source), ...(toolchain.madeFrom ?? [])]) digest.update(readFileSync(file));
  const name = `readers-${toolchain.language}-${digest.digest('hex').slice(0, 12)}`;
  return fillOnce(join(locateCache(), name), (folder) => toolchain.install(source, folder));
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function listSchemaFiles(): string[] {
  return listFiles(SCHEMAS).filter((file) => file.endsWith('.avsc') && dirname(dirname(file)) === SCHEMAS);
}

function isOlder(version: string, oldest: string): boolean {
  const [have, need] = [version, oldest].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [index, number] of need.entries()) if ((have[index] ?? 0) !== number) return (have[index] ?? 0) < number;
  return false;
}
