import type { ReleaseBuild } from '../../releases/release-build.ts';
import type { Bench, Figure } from './bench.ts';
import { runBeside } from './beside.ts';
import { readLoadAverage } from './process-usage.ts';
import { type BenchReport, comparePairs, summarise } from './report.ts';
import { openServers } from './servers.ts';

export interface RunWish {
  readonly runs: number;
  readonly full: boolean;
}

type Tell = (line: string) => void;

/** Runs a bench several times, each time on servers of its own. */
export async function runAlone(bench: Bench, { runs, full }: RunWish, tell: Tell): Promise<BenchReport> {
  const figures: (readonly Figure[])[] = [];
  const load: string[] = [];
  for (let run = 1; run <= runs; run += 1) {
    load.push(readLoadAverage());
    try {
      figures.push(await runOnce(bench, run, full, tell));
    } catch (error) {
      return breakOff(bench, figures, load, error, tell);
    }
  }
  return summarise(bench, figures, load);
}

export interface Paired {
  readonly ours: BenchReport;
  readonly theirs: BenchReport;
  /** Of each figure the ratio of ours to theirs, pair by pair. */
  readonly ratios: ReadonlyMap<string, readonly number[]>;
}

/**
 * Runs a bench in pairs with an earlier release, ours first in one pair and last in the next: a machine whose speed drifts over hours gives
 * both the same share of it.
 */
export async function runInPairs(bench: Bench, build: ReleaseBuild, wish: RunWish, tell: Tell): Promise<Paired> {
  const [ours, theirs] = [[] as (readonly Figure[])[], [] as (readonly Figure[])[]];
  const load: string[] = [];
  const runTheirs = async (): Promise<void> => {
    const { skipped, figures } = await runBeside(build, bench, wish.full);
    if (skipped !== undefined) throw new Error(skipped);
    theirs.push(
      figures.map(({ median, peer, ...figure }) => ({ ...figure, value: median, ...(peer !== null && { peer }) })),
    );
  };
  const runOurs = async (): Promise<void> => void ours.push(await runOnce(bench, ours.length + 1, wish.full, tell));
  try {
    for (let pair = 1; pair <= wish.runs; pair += 1) {
      load.push(readLoadAverage());
      tell(`  ${bench.name}, pair ${pair} of ${wish.runs} …`);
      for (const run of pair % 2 === 1 ? [runOurs, runTheirs] : [runTheirs, runOurs]) await run();
    }
  } catch (error) {
    const report = breakOff(bench, ours, load, error, tell);
    return { ours: report, theirs: { ...report, figures: [] }, ratios: comparePairs(ours, theirs) };
  }
  return {
    ours: summarise(bench, ours, load),
    theirs: summarise(bench, theirs, load),
    ratios: comparePairs(ours, theirs),
  };
}

async function runOnce(bench: Bench, run: number, full: boolean, tell: Tell): Promise<readonly Figure[]> {
  const servers = openServers((line) => tell(`  ! ${line}`));
  const end = (): void => void servers.close().then(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    return await bench.run({ servers, full, note: (line) => tell(`  ${bench.name}, run ${run}: ${line}`) });
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await servers.close();
  }
}

function breakOff(
  bench: Bench,
  figures: readonly (readonly Figure[])[],
  load: readonly string[],
  error: unknown,
  tell: Tell,
): BenchReport {
  const { name, title, peer } = bench;
  const reason = error instanceof Error ? error.message : String(error);
  if (figures.length === 0) return { bench: name, title, peer, skipped: reason, loadAverage: load, figures: [] };
  tell(`  ${name}, run ${figures.length + 1} broke off: ${reason}. The figures are those of the runs before.`);
  return { ...summarise(bench, figures, load), brokeOff: reason };
}
