import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { hasFault, type RunResult } from './run-result.ts';

/** The seeds of a worker: `first`, `first + step` … below `end`, until the time is over. */
export interface WorkerTask {
  readonly first: number;
  readonly step: number;
  readonly end: number;
  readonly deadlineMs: number | null;
  /** Name of the mutant to play; null = the product as it is. */
  readonly mutant: string | null;
  /** Stops at the first seed with a fault of these words; null = plays all. */
  readonly untilFaults: readonly string[] | null;
}

export interface WorkerData extends WorkerTask {
  /** Its one number is the seed in progress; shared, so that it is known even if the thread breaks. */
  readonly playing: Float64Array;
}

export type WorkerMessage = { readonly results: readonly RunResult[] } | { readonly ended: true };

const TOLD_AT_ONCE = 50;

/** Injects a mutant's mistake into the modules as they are loaded. */
function applyMutant({ name, edits }: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const ofThis = edits.filter(({ file }) => url.endsWith(`/${file}`));
      if (ofThis.length === 0) return loaded;
      let source = String(loaded.source);
      for (const { find, put } of ofThis) {
        const parts = source.split(find);
        if (parts.length !== 2) throw new Error(`Mutant "${name}" does not fit ${url} any more: adapt its text.`);
        source = parts.join(put);
      }
      return { ...loaded, source };
    },
  });
}

async function work(task: WorkerData): Promise<void> {
  const mutant = task.mutant === null ? undefined : MUTANTS.find(({ name }) => name === task.mutant);
  if (mutant !== undefined) applyMutant(mutant);
  // Imported late: the modules must pass the hook.
  const { runSeed } = await import('./run.ts');
  let results: RunResult[] = [];
  for (let seed = task.first; seed < task.end; seed += task.step) {
    if (task.deadlineMs !== null && Date.now() > task.deadlineMs) break;
    task.playing[0] = seed;
    const result = await runSeed(seed);
    results.push(result);
    const stop = task.untilFaults !== null && hasFault(result, task.untilFaults);
    if (results.length >= TOLD_AT_ONCE || stop) {
      parentPort?.postMessage({ results } satisfies WorkerMessage);
      results = [];
    }
    if (stop) break;
  }
  parentPort?.postMessage({ results } satisfies WorkerMessage);
  parentPort?.postMessage({ ended: true } satisfies WorkerMessage);
}

await work(workerData as WorkerData);
