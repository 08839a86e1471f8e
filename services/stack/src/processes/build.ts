import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { InfraError } from '@entrepot/embedded';
import { HOST, SERVICES } from './catalogue.ts';

/**
 * Bundles the services whose sources changed; those that did not come from the cache.
 * @throws InfraError `childDied` with the end of the bundler's words
 */
export async function buildServices(root: string): Promise<void> {
  const bundles = [...SERVICES, HOST].map(({ folder }) => join(root, folder, 'dist', 'main.js'));
  if (areNewerThanSources(bundles, root)) return;
  const startedAt = new Date();
  const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(process.execPath, [nx, 'run-many', '-t', 'build', '--outputStyle=static'], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false', PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (exitCode) => resolve({ code: exitCode, output: text }));
  });
  if (code === 0) {
    // As of the start: what was changed while the bundler ran is newer than this.
    for (const bundle of bundles) utimesSync(bundle, startedAt, startedAt);
    return;
  }
  throw new InfraError(
    'childDied',
    `The services cannot be built (run \`npm run build\` to see all of it):\n${output.trimEnd().slice(-2_000)}`,
  );
}

/** Everything bundles are made of, from the root; of folders, everything inside but what cannot be part of a bundle. */
const SOURCES = ['libs', 'services', 'schemas', 'package-lock.json', 'tsconfig.base.json', 'rolldown.config.ts'];
const NO_SOURCES = new Set(['node_modules', 'dist', '.types', 'test', 'proof']);

/** True when nothing was changed, added or deleted since: asking the build tool, which starts a process, would cost a start some seconds. */
export function areNewerThanSources(bundles: readonly string[], root: string): boolean {
  if (!bundles.every((bundle) => existsSync(bundle))) return false;
  const builtAtMs = Math.min(...bundles.map((bundle) => statSync(bundle).mtimeMs));
  return SOURCES.every((source) => isOlder(join(root, source), builtAtMs));
}

function isOlder(path: string, thanMs: number): boolean {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs < thanMs;
  const names = readdirSync(path);
  // A folder's own time changes with files that are added or deleted; that of a service's folder also changes when its bundle is made.
  if (stats.mtimeMs >= thanMs && !names.includes('dist')) return false;
  return names.every((name) => NO_SOURCES.has(name) || isOlder(join(path, name), thanMs));
}
