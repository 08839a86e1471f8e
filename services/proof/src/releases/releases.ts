import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An earlier state of the product that can be built here. */
export interface Release {
  /** As people name it: a release, or what Git was asked for. */
  readonly name: string;
  readonly commit: string;
}

/** There is no earlier state to build: a shallow clone, a folder that is no checkout, or a name that nobody knows. */
export class NoSuchRelease extends Error {
  override readonly name = 'NoSuchRelease';
}

/**
 * The releases of `deploy/releases.json`, newest first. A file and not tags: tags may not travel with a clone.
 * @throws Error when the file holds something else
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
 * Where `wanted` is: a release, else whatever Git knows by that name; the newest release when nothing is wanted.
 * @throws NoSuchRelease saying what to do
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
 * Tells that nothing was tested, in the words that `.ci/run` counts.
 * @returns the exit code: in CI, where the history is to be there, that is a failure
 */
export function tellSkipped(what: string, error: NoSuchRelease, tell: (line: string) => void): number {
  tell(`SKIPPED: ${what}: ${error.message}`);
  return process.env.CI === 'true' ? 1 : 0;
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n', 1)[0] ?? '';
}
