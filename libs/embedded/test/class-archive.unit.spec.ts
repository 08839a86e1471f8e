import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openClassArchive } from '../src/parts/class-archive.ts';
import type { ChildExit, OwnedChild } from '../src/processes/child.ts';

const JAVA = { command: 'java', build: 'one' };
const BY_SIGTERM = { code: 143, signal: null };
const BY_FORCE = { code: null, signal: 'SIGKILL' } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-classes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function readOption(options: readonly string[], name: string): string | undefined {
  return options.find((option) => option.startsWith(`-XX:${name}=`))?.split('=')[1];
}

/** A run of a server that writes what its options ask for, and then ends. @returns the longest that its stop may take */
async function runServer(exit: ChildExit, java = JAVA): Promise<number | undefined> {
  const archive = openClassArchive(folder, java);
  let graceMs: number | undefined;
  const end = Promise.withResolvers<ChildExit>();
  const child: OwnedChild = {
    name: 'server',
    pid: 1,
    logFile: '',
    exited: end.promise,
    isRunning: () => true,
    kill: () => {},
    stop: async (given) => {
      graceMs = given;
      const file = readOption(archive.options, 'ArchiveClassesAtExit');
      if (file !== undefined) writeFileSync(file, 'classes');
      end.resolve(exit);
      await end.promise;
    },
  };
  await archive.follow(child).stop();
  return graceMs;
}

it('is written by the first run that ends by itself, which gets the time for it, and read by the next', async () => {
  expect(readOption(openClassArchive(folder, JAVA).options, 'SharedArchiveFile')).toBeUndefined();
  expect(await runServer(BY_SIGTERM)).toBeGreaterThan(10_000);
  const archive = readOption(openClassArchive(folder, JAVA).options, 'SharedArchiveFile') ?? '';
  expect(existsSync(archive)).toBe(true);
  expect(await runServer(BY_SIGTERM)).toBeUndefined();
  expect(readdirSync(folder)).toHaveLength(1);
});

it('is not kept from a run that was ended while it wrote', async () => {
  await runServer(BY_FORCE);
  expect(readdirSync(folder)).toEqual([]);
});

it('is not kept from a run whose starter was killed, which nobody followed; another that runs now is left alone', () => {
  const [left, running] = [
    join(folder, 'classes-one.jsa.left.partial'),
    join(folder, 'classes-one.jsa.running.partial'),
  ];
  for (const file of [left, running]) writeFileSync(file, 'classes');
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000);
  utimesSync(left, twoDaysAgo, twoDaysAgo);
  openClassArchive(folder, JAVA);
  expect(readdirSync(folder)).toEqual(['classes-one.jsa.running.partial']);
});

it('is none for another build of Java', async () => {
  await runServer(BY_SIGTERM);
  const { options } = openClassArchive(folder, { command: 'java', build: 'other' });
  expect(readOption(options, 'SharedArchiveFile')).toBeUndefined();
  expect(readOption(options, 'ArchiveClassesAtExit')).toContain('other');
});
