import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRelease, NoSuchRelease, readReleases, tellSkipped } from '../src/releases/releases.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the releases of this checkout', () => {
  it('begin with v0.1.0 at its commit', () => {
    expect(readReleases(ROOT).at(-1)).toEqual({ name: 'v0.1.0', commit: '99bf0da6b33d6a6b55bcafc77df5f133db90327f' });
  });

  it('are each told in the changelog', () => {
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    for (const { name } of readReleases(ROOT)) expect(changelog).toContain(`\n## ${name.slice(1)}\n`);
  });
});

describe('an earlier state', () => {
  let folder: string;
  let commits: string[];

  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.test', ...words], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const nameReleases = (...releases: { name: string; commit: string }[]): void => {
    mkdirSync(join(folder, 'deploy'), { recursive: true });
    writeFileSync(join(folder, 'deploy', 'releases.json'), JSON.stringify({ releases }));
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'entrepot-releases-'));
    git('init', '--quiet');
    commits = ['one', 'two', 'three'].map((text) => {
      git('commit', '--quiet', '--allow-empty', '--message', text);
      return git('rev-parse', 'HEAD');
    });
    nameReleases({ name: 'v0.2.0', commit: commits[1] as string }, { name: 'v0.1.0', commit: commits[0] as string });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('is the newest release when none is wanted, though no tag is there', async () => {
    await expect(findRelease(folder, null)).resolves.toEqual({ name: 'v0.2.0', commit: commits[1] });
  });

  it('is a release by its name, and whatever else Git knows', async () => {
    await expect(findRelease(folder, 'v0.1.0')).resolves.toEqual({ name: 'v0.1.0', commit: commits[0] });
    await expect(findRelease(folder, 'HEAD')).resolves.toEqual({ name: 'HEAD', commit: commits[2] });
  });

  it('cannot be had of a shallow clone, which says what to do', async () => {
    const shallow = join(folder, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${folder}`, shallow], { stdio: 'ignore' });
    nameReleases({ name: 'v0.1.0', commit: commits[0] as string });
    mkdirSync(join(shallow, 'deploy'));
    writeFileSync(join(shallow, 'deploy', 'releases.json'), readFileSync(join(folder, 'deploy', 'releases.json')));
    const refusal = findRelease(shallow, null);
    await expect(refusal).rejects.toBeInstanceOf(NoSuchRelease);
    await expect(refusal).rejects.toThrow(/Git does not know v0\.1\.0 .*git fetch --unshallow/s);
  });

  it('is told as skipped, which fails where the history is to be there', () => {
    const lines: string[] = [];
    const error = new NoSuchRelease('Git does not know v0.1.0 here.');
    vi.stubEnv('CI', '');
    expect(tellSkipped('rolling restart', error, (line) => lines.push(line))).toBe(0);
    vi.stubEnv('CI', 'true');
    expect(tellSkipped('rolling restart', error, (line) => lines.push(line))).toBe(1);
    expect(lines[0]).toBe('SKIPPED: rolling restart: Git does not know v0.1.0 here.');
  });

  it('is refused where the file names no whole commit', () => {
    nameReleases({ name: 'v0.1.0', commit: '99bf0da' });
    expect(() => readReleases(folder)).toThrow(/whole id/);
  });
});
