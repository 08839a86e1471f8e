import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { readCommandLine } from '@entrepot/service-kit/command-line';
import { obtainBuild } from '../releases/release-build.ts';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { type BenchArguments, describeBenchCommand } from './arguments.ts';
import { BENCHES } from './benches/index.ts';
import type { Bench, Figure } from './harness/bench.ts';
import { runBeside } from './harness/beside.ts';
import { readLoadAverage } from './harness/process-usage.ts';
import { type BenchReport, formatReport, summarise } from './harness/report.ts';
import { openServers, ROOT } from './harness/servers.ts';

interface BenchFile {
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly profile: string;
  readonly reports: readonly BenchReport[];
  /** The same benches on an earlier release. */
  readonly beside?: { readonly release: string; readonly commit: string; readonly reports: readonly BenchReport[] };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' (changed)'}`;
  } catch {
    return 'unknown';
  }
}

async function runBench(bench: Bench, args: BenchArguments): Promise<BenchReport> {
  const runs: (readonly Figure[])[] = [];
  const load: string[] = [];
  for (let run = 1; run <= args.runs; run += 1) {
    load.push(readLoadAverage());
    const servers = openServers((line) => tell(`  ! ${line}`));
    const end = (): void => void servers.close().then(() => process.exit(130));
    process.once('SIGINT', end).once('SIGTERM', end);
    try {
      const note = (line: string) => tell(`  ${bench.name}, run ${run}: ${line}`);
      runs.push(await bench.run({ servers, full: args.full, note }));
    } catch (error) {
      const { name: slug, title, peer } = bench;
      const reason = error instanceof Error ? error.message : String(error);
      if (runs.length > 0) {
        tell(`  ${slug}, run ${run} broke off: ${reason}. The figures are those of the runs before.`);
        return { ...summarise(bench, runs, load), brokeOff: reason };
      }
      return { bench: slug, title, peer, skipped: reason, loadAverage: load, figures: [] };
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end);
      await servers.close();
    }
  }
  return summarise(bench, runs, load);
}

async function main(args: BenchArguments): Promise<void> {
  const chosen = args.names.length === 0 ? BENCHES : BENCHES.filter(({ name }) => args.names.includes(name));
  const older = args.against === null ? null : (JSON.parse(readFileSync(args.against, 'utf8')) as BenchFile);
  const release = args.beside === null ? null : await findRelease(ROOT, args.beside);
  if (release !== null)
    tell(`Building ${release.name} (${release.commit.slice(0, 10)}), unless that was done before …`);
  const build = release === null ? null : await obtainBuild(ROOT, release);
  const file: Omit<BenchFile, 'reports' | 'beside'> = {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    commit: readCommit(),
    profile: args.full ? 'full' : 'short',
  };
  tell(`${file.at} · ${file.machine} · node ${file.node} · commit ${file.commit} · ${file.profile} × ${args.runs}`);
  const reports: BenchReport[] = [];
  const besides: BenchReport[] = [];
  for (const bench of chosen) {
    const report = await runBench(bench, args);
    reports.push(report);
    if (build === null) {
      const earlier = older?.reports.find(({ bench: name }) => name === report.bench);
      tell(formatReport(report, earlier && { report: earlier, title: 'against' }));
    } else {
      tell(`  ${bench.name}: now on ${build.name} …`);
      const other = await runBeside(build, bench, args);
      besides.push(other);
      tell(formatReport(report, { report: other, title: `to ${build.name}` }));
      tell(formatReport({ ...other, title: `${build.name}: ${other.title}` }));
    }
    const beside = build && { release: build.name, commit: build.commit, reports: besides };
    if (args.json !== null)
      writeFileSync(args.json, `${JSON.stringify({ ...file, reports, ...(beside && { beside }) }, null, 2)}\n`);
  }
}

const args = readCommandLine(describeBenchCommand(BENCHES.map(({ name }) => name)));
try {
  await main(args);
} catch (error) {
  if (!(error instanceof NoSuchRelease)) throw error;
  process.exit(tellSkipped('bench beside a release', error, tell));
}
