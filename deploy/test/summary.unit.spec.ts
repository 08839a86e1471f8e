import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript, run without a build.
import { STAGES, TOTAL_MINUTES } from '../../.ci/stages.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let reports = '';
beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), 'entrepot-summary-'));
});
afterEach(() => rmSync(reports, { recursive: true }));

/** What the summary prints when these checks ran so many seconds each. */
function summarise(seconds: Readonly<Record<string, number>>, failed: readonly string[] = []) {
  for (const check of Object.keys(seconds)) writeFileSync(join(reports, `${check}.log`), `${check} speaks\n`);
  const lines = Object.entries(seconds).map(([check, took]) => `${check} ${took}\n`);
  writeFileSync(join(reports, 'seconds'), lines.join(''));
  const { stdout, status } = spawnSync(process.execPath, ['.ci/summary.mjs', reports, failed.join(' ')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const lines_ = stdout.trimEnd().split('\n');
  return { stdout, status, last: lines_.at(-1), row: (name: string) => lines_.find((line) => line.startsWith(name)) };
}

/** A report as vitest writes it: one file with these tests, begun and ended at these milliseconds. */
function report(check: string, file: string, tests: Readonly<Record<string, string>>, startTime = 0, endTime = 1_000) {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({
    fullName,
    status,
    failureMessages: ['it broke'],
  }));
  const count = (status: string) => assertionResults.filter((test) => test.status === status).length;
  const status = count('failed') > 0 ? 'failed' : 'passed';
  const testResults = [{ name: join(ROOT, file), status, startTime, endTime, assertionResults }];
  const result = { numPassedTests: count('passed'), numFailedTests: count('failed'), testResults };
  writeFileSync(join(reports, `${check}.json`), JSON.stringify(result));
}

describe('the summary of .ci/run', () => {
  it('counts tests, and a check without tests as one', () => {
    report('unit', 'libs/codec/test/a.unit.spec.ts', { one: 'passed', two: 'passed', three: 'skipped' });
    const { last, status, stdout } = summarise({ lint: 10, unit: 20 });
    expect({ last, status }).toEqual({ last: '3 passed, 0 failed', status: 0 });
    expect(stdout).toMatch(/^SKIPPED: three: see libs\/codec\/test\/a\.unit\.spec\.ts$/m);
  });

  it('names failed tests by file and the failed check by its last words', () => {
    report('unit', 'libs/codec/test/a.unit.spec.ts', { one: 'passed', two: 'failed' });
    const { last, stdout } = summarise({ lint: 10, unit: 20 }, ['lint', 'unit']);
    expect(last).toBe('1 passed, 2 failed');
    expect(stdout).toMatch(/^FAILED: libs\/codec\/test\/a\.unit\.spec\.ts: two\n {4}it broke$/m);
    expect(stdout).toMatch(/^FAILED: lint\. Its last words:\n {4}lint speaks$/m);
  });

  it('shows stages beside their bounds, what ran of them, and none that did not run', () => {
    const { row } = summarise({ install: 20, lint: 10, typecheck: 31, int: 90 });
    expect(row('install')).toBe('install                         20     180  install 20');
    expect(row('static')).toBe('static                          41     240  lint 10, typecheck 31');
    expect(row('integration')).toBe('integration                     90     360  int 90');
    expect(row('total')).toBe('total                          151    3600');
    expect(row('chaos')).toBeUndefined();
  });

  it('warns of a stage beyond its bound, which is no failure', () => {
    const { row, status, stdout, last } = summarise({ install: 181, lint: 10 });
    expect(row('install')).toMatch(/ 181 {5}180 {2}OVER /);
    expect(stdout).toMatch(/^WARNING: install took 181 s; on a quiet machine of two cores 180 s are its bound\.$/m);
    expect({ status, last }).toEqual({ status: 0, last: '2 passed, 0 failed' });
  });

  it('fails when the whole takes longer than an hour', () => {
    const { status, stdout, last } = summarise({ e2e: 3_601 });
    expect(stdout).toMatch(/^FAILED: the whole took longer than 60 minutes\.$/m);
    expect({ status, last }).toEqual({ status: 1, last: '1 passed, 1 failed' });
  });

  it("sums a vendor's own tests, its library's, its simulator's and its services', and bounds them", () => {
    report('unit', 'libs/vendors/acme/test/a.unit.spec.ts', { one: 'passed' }, 0, 200_000);
    report('sim', 'libs/sandboxes/acme/test/a.sim.spec.ts', { one: 'passed' }, 1_000, 102_000);
    const { row, stdout } = summarise({ unit: 150, sim: 60 });
    // 200 s and 101 s, two at a time, are 150.5.
    expect(row('of it vendor acme')).toMatch(/^of it vendor acme +151 +150 {2}OVER 301 s of tests, two at a time/);
    expect(stdout).toMatch(/^WARNING: of it vendor acme took 151 s/m);
  });
});

describe('the stages', () => {
  it('hold each check of .ci/run once, and leave five minutes for a browser', () => {
    const script = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    const kinds = /^for kind in (.+); do$/m.exec(script)?.[1]?.split(' ') ?? [];
    const named = [...script.matchAll(/^(?:check|tests) ([a-z]+) /gm)].map(([, name]) => name);
    const staged = STAGES.flatMap(({ checks }: { checks: string[] }) => checks);
    expect([...staged].sort()).toEqual([...new Set([...kinds, ...named])].sort());
    const minutes = STAGES.reduce((sum: number, stage: { minutes: number }) => sum + stage.minutes, 0);
    expect(minutes).toBe(50);
    expect(TOTAL_MINUTES).toBe(60);
  });
});
