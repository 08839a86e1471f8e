import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An earlier state of the product that can be built here. */
export interface Release {
  /** Its name for people: a release, or the given Git revision. */
  readonly name: string;
  readonly commit: string;
}

/** No earlier state can be built: a shallow clone, a folder that is no checkout, or an unknown name. */
export class NoSuchRelease extends Error {
  override readonly name = 'NoSuchRelease';
}

/**
 * The releases of `deploy/releases.json`, newest first. A file instead of tags: a clone may lack tags.
 * @throws Error when the file is invalid
 */
export function readReleases(root: string): Release[] {
  const { releases } = JSON.parse(readFileSync(join(root, 'deploy', 'releases.json'), 'utf8')) as {
    releases: Release[];
  };
  for (const { name, commit } of releases) {
    if (!/^v\d+\.\d+\.\d+$/.test(name) || !/^[0-9a-f]{40}$/.test(commit))
      throw new Error(
        `deploy/releases.json: "${name}" at "${commit}" is no release: write v1.2.3 and the whole id of its commit.`,
      );
  }
  return releases;
}

/**
 * Finds `wanted`: a release, else any revision that Git knows by that name; by default the newest release.
 * @throws NoSuchRelease with the remedy
 */
export async function findRelease(root: string, wanted: string | null): Promise<Release> {
  const releases = readReleases(root);
  const named = wanted === null ? releases[0] : releases.find(({ name }) => name === wanted);
  const ref = named?.commit ?? wanted;
  if (ref === null) throw new NoSuchRelease('deploy/releases.json names no release yet; name a commit.');
  const name = named?.name ?? ref;
  try {
    const { stdout } = await run('git', ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], {
      cwd: root,
    });
    return { name, commit: stdout.trim() };
  } catch (error) {
    throw new NoSuchRelease(
      `Git does not know ${name === ref ? ref : `${name} (${ref})`} here (${firstLine(error)}). ` +
        `In a shallow clone: git fetch --unshallow. Releases: ${releases.map((release) => release.name).join(', ') || 'none'}.`,
    );
  }
}

/**
 * Reports that nothing was tested, in the words that `.ci/run` counts.
 * @returns the exit code: a failure in CI, where the history must exist
 */
export function tellSkipped(what: string, error: NoSuchRelease, tell: (line: string) => void): number {
  tell(`SKIPPED: ${what}: ${error.message}`);
  return process.env.CI === 'true' ? 1 : 0;
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n', 1)[0] ?? '';
}
