import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** While nothing is released: the state of the product at which simulation and chaos first found nothing. */
const FIRST_PROVEN = '7ee5d33319f5ed1f8603e143af86b7608db540e1';
/** Kept apart from packages: they lead to the workspace's own sources. */
const OWN_SCOPE = '@entrepot';

/** There is no earlier state to build: a shallow clone, a folder that is no checkout, or a name that Git does not know. */
export class NoPreviousBuild extends Error {
  override readonly name = 'NoPreviousBuild';
}

/**
 * The commit of the release before this checkout: `wanted`, else the newest tag it descends from, else {@link FIRST_PROVEN}.
 * @throws NoPreviousBuild saying what to do
 */
export async function findPrevious(root: string, wanted: string | null): Promise<{ ref: string; commit: string }> {
  const ref = wanted ?? (await findTag(root)) ?? FIRST_PROVEN;
  try {
    const { stdout } = await run('git', ['rev-parse', '--verify', `${ref}^{commit}`], { cwd: root });
    return { ref, commit: stdout.trim() };
  } catch (error) {
    throw new NoPreviousBuild(
      `Git does not know ${ref} here (${firstLine(error)}). In a shallow clone: git fetch --unshallow --tags, or name one with --from.`,
    );
  }
}

async function findTag(root: string): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['describe', '--tags', '--abbrev=0', 'HEAD^'], { cwd: root });
    return stdout.trim();
  } catch {
    return null;
  }
}

/**
 * Builds services as they were at a commit, with the packages of this checkout, into an empty folder.
 * @returns where a service's program lies, by its folder in the repository
 * @throws Error with the bundler's words when they do not build
 */
export async function buildPrevious(
  root: string,
  commit: string,
  into: string,
  services: readonly string[],
): Promise<(folder: string) => string> {
  mkdirSync(into, { recursive: true });
  const archive = join(into, 'sources.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: root });
  await run('tar', ['-xf', archive, '-C', into]);
  linkPackages(root, into);
  const rolldown = join(root, 'node_modules', 'rolldown', readBin(root));
  await Promise.all(
    services.map((folder) =>
      run(process.execPath, [rolldown, '--config', 'rolldown.config.ts', '--environment', `SERVICE:${folder}`], {
        cwd: into,
        env: { ...process.env, SERVICE: folder },
      }),
    ),
  );
  return (folder) => join(into, folder, 'dist', 'main.js');
}

/** Packages are this checkout's; our own libs are those of the commit, by links that lead out of `node_modules` relatively. */
function linkPackages(root: string, into: string): void {
  const [from, to] = [join(root, 'node_modules'), join(into, 'node_modules')];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === OWN_SCOPE) cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
}

function readBin(root: string): string {
  const { bin } = JSON.parse(readFileSync(join(root, 'node_modules', 'rolldown', 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return typeof bin === 'string' ? bin : (bin.rolldown ?? '');
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n', 1)[0] ?? '';
}
