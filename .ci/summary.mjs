// node .ci/summary.mjs <reports> <failed checks>: what failed once more, what was skipped, how long the stages took, and the counts.
// Reports are <check>.json as vitest writes them, <check>.log with what a check printed, and "seconds" with how long each took.
// Exit code 1 when all took longer than they may.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters as plain } from 'node:util';
import { readSeconds, sumByVendor, TOTAL_MINUTES, tellStages } from './stages.mjs';

const [, , reports, failedWords = ''] = process.argv;
const failedChecks = failedWords.split(' ').filter((name) => name !== '');
const files = readdirSync(reports);
const checks = files.filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -'.log'.length));
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];

for (const check of checks) {
  const log = plain(readFileSync(join(reports, `${check}.log`), 'utf8'));
  const told = log.split('\n').filter((line) => line.startsWith('SKIPPED: '));
  skipped.push(...told);
  const report = readReport(check);
  if (report === undefined) {
    // A check without a report of tests counts as one.
    counts[failedChecks.includes(check) ? 'failed' : 'passed'] += 1;
    continue;
  }
  counts.passed += report.numPassedTests;
  counts.failed += report.numFailedTests;
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: file.name })),
  );
  for (const test of tests.filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo')) {
    skipped.push(`SKIPPED: ${test.fullName}: see ${relative(test.file)}`);
  }
  for (const test of tests.filter(({ status }) => status === 'failed')) {
    console.log(`FAILED: ${relative(test.file)}: ${test.fullName}`);
    for (const message of test.failureMessages ?? []) console.log(indent(plain(message)));
  }
  // A file that fails before its tests, or a run that ends in an error, has no failed test of its own.
  for (const file of report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )) {
    counts.failed += 1;
    console.log(`FAILED: ${relative(file.name)}\n${indent(plain(file.message ?? ''))}`);
  }
  const isTold = report.numFailedTests > 0 || report.testResults.some(({ status }) => status === 'failed');
  if (failedChecks.includes(check) && !isTold) {
    counts.failed += 1;
    console.log(`FAILED: ${check}: it ended in an error that no test tells. Its last words:\n${lastLines(log, 30)}`);
  }
}
for (const check of failedChecks.filter((name) => !existsSync(join(reports, `${name}.json`)))) {
  console.log(
    `FAILED: ${check}. Its last words:\n${lastLines(plain(readFileSync(join(reports, `${check}.log`), 'utf8')), 30)}`,
  );
}
counts.skipped = skipped.length;
for (const line of skipped) console.log(line);
const ownTests = ['unit', 'contract', 'sim'].map(readReport).filter((report) => report !== undefined);
const stages = tellStages(readSeconds(readFileSync(join(reports, 'seconds'), 'utf8')), sumByVendor(ownTests));
for (const line of [...stages.lines, ...stages.warnings]) console.log(line);
if (stages.isOver) {
  counts.failed += 1;
  process.exitCode = 1;
  console.log(`FAILED: the whole took longer than ${TOTAL_MINUTES} minutes.`);
}
if (counts.skipped > 0) console.log(`${counts.skipped} skipped, which are not among the passed`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);

function readReport(check) {
  const file = join(reports, `${check}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function relative(file) {
  return file.replace(`${process.cwd()}/`, '');
}

function indent(text) {
  return text
    .split('\n')
    .slice(0, 25)
    .map((line) => `    ${line}`)
    .join('\n');
}

function lastLines(text, count) {
  return indent(text.trimEnd().split('\n').slice(-count).join('\n'));
}
