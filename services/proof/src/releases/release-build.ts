import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fillOnce, locateCache } from '@entrepot/embedded';
import { SERVICES } from '@entrepot/stack';
import type { Release } from './releases.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A checkout of an earlier state, with its packages and its services bundled. */
export interface ReleaseBuild extends Release {
  /** Its root. */
  readonly folder: string;
}

/**
 * Builds the product as released: the sources of the commit, the packages of its own lock file, its own bundler. Built once for each
 * commit, in `builds/` of the folder of downloads (`~/.cache/entrepot`); delete a folder there to rebuild it.
 * @throws Error with the output of Git, npm or the bundler
 */
export async function obtainBuild(root: string, release: Release): Promise<ReleaseBuild> {
  const folder = await fillOnce(join(locateCache(), 'builds', release.commit), async (temporary) => {
    const archive = join(temporary, 'sources.tar');
    await run('git', ['archive', '--output', archive, release.commit], { cwd: root });
    await run('tar', ['-xf', archive, '-C', temporary]);
    rmSync(archive);
    // No scripts: the programs run on this process's Node, and what packages print or download during installation is of no use here.
    const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', install, { cwd: temporary, maxBuffer: MAX_OUTPUT_BYTES });
    await bundle(temporary);
  });
  return { ...release, folder };
}

/** Path of a service's program; null: the release has no such service. */
export function programIn(build: ReleaseBuild, serviceFolder: string): string | null {
  const program = join(build.folder, serviceFolder, 'dist', 'main.js');
  return existsSync(program) ? program : null;
}

async function bundle(folder: string): Promise<void> {
  const rolldown = join(folder, 'node_modules', 'rolldown', readBin(folder));
  // One after the other: other work on this machine must not wait for a build that happens once.
  for (const service of SERVICES) {
    if (!existsSync(join(folder, service.folder, 'src', 'main.ts'))) continue;
    await run(
      process.execPath,
      [rolldown, '--config', 'rolldown.config.ts', '--environment', `SERVICE:${service.folder}`],
      {
        cwd: folder,
        env: { ...process.env, SERVICE: service.folder },
        maxBuffer: MAX_OUTPUT_BYTES,
      },
    );
  }
}

function readBin(folder: string): string {
  const { bin } = JSON.parse(readFileSync(join(folder, 'node_modules', 'rolldown', 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return typeof bin === 'string' ? bin : (bin.rolldown ?? '');
}
