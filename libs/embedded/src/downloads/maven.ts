import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InfraError } from '../errors.ts';
import { fillOnce, locateCache } from './once.ts';
import { requireMaven, runTool } from './tools.ts';

/** The folder with the pinned versions of everything that is downloaded. */
export const PINS_DIR: string = fileURLToPath(new URL('../../../../deploy/embedded/', import.meta.url));

/** A folder name that changes whenever the pinned content may: the name, and a digest of the file that pins it. */
export function nameCacheFolder(name: string, pinFile: string): string {
  const digest = createHash('sha256').update(readFileSync(pinFile)).digest('hex').slice(0, 12);
  return join(locateCache(), `${name}-${digest}`);
}

/**
 * Fetches what a pom under deploy/embedded pins.
 * @param goal the goal of maven-dependency-plugin that copies it to `outputDirectory`
 * @param unpack called with the folder once it is filled, before it becomes visible
 * @returns the folder in the cache
 * @throws InfraError `missingPrerequisite` without Maven, `downloadFailed` with Maven's reason
 */
export function fetchWithMaven(
  name: string,
  goal: 'copy-dependencies' | 'copy',
  onProgress: (text: string) => void,
  unpack?: (folder: string) => Promise<void>,
): Promise<string> {
  const pom = join(PINS_DIR, `${name}.pom.xml`);
  return fillOnce(nameCacheFolder(name, pom), async (folder) => {
    await requireMaven();
    onProgress('downloading (first time only)');
    let files = 0;
    const { code, output } = await runTool(
      'mvn',
      [
        '--batch-mode',
        '--strict-checksums',
        '-f',
        pom,
        `dependency:${goal}`,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${folder}`,
      ],
      (line) => {
        if (!/^\[INFO\] Downloaded from .*\.(jar|gz)/.test(line)) return;
        files += 1;
        onProgress(`downloading (${files} files so far)`);
      },
    );
    if (code !== 0) {
      const reason = /\[ERROR\] (.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1);
      throw new InfraError('downloadFailed', `Maven could not download the ${name}: ${reason?.slice(0, 300)}`);
    }
    await unpack?.(folder);
  });
}
