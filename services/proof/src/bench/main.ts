import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { readCommandLine } from '@entrepot/service-kit/command-line';
import { obtainBuild } from '../releases/release-build.ts';
import { findRelease, NoSuchRelease, tellSkipped } from '../releases/releases.ts';
import { type BenchArguments, describeBenchCommand } from './arguments.ts';
import { BENCHES } from './benches/index.ts';
import { type BenchReport, formatReport, ratiosOfPairs, ratioTo } from './harness/report.ts';
import { runAlone, runInPairs } from './harness/run-bench.ts';
import { ROOT } from './harness/servers.ts';

interface BenchFile {
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly profile: string;
  readonly reports: readonly BenchReport[];
  /** Runs the same benches on an earlier release, too. */
  readonly beside?: { readonly release: string; readonly commit: string; readonly reports: readonly BesideReport[] };
}

interface BesideReport extends BenchReport {
  readonly ratios: Readonly<Record<string, readonly number[]>>;
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
  const besides: BesideReport[] = [];
  for (const bench of chosen) {
    if (build === null) {
      const report = await runAlone(bench, args, tell);
      reports.push(report);
      const earlier = older?.reports.find(({ bench: name }) => name === report.bench);
      tell(formatReport(report, earlier && ratioTo(earlier, 'against')));
    } else {
      const { ours, theirs, ratios } = await runInPairs(bench, build, args, tell);
      reports.push(ours);
      besides.push({ ...theirs, ratios: Object.fromEntries(ratios) });
      tell(formatReport(ours, ratiosOfPairs(ratios, `to ${build.name}, pair by pair`)));
      tell(formatReport({ ...theirs, title: `${build.name}: ${theirs.title}` }));
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
