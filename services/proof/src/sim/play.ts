import { Worker } from 'node:worker_threads';
import type { Mutant } from './mutants.ts';
import type { RunResult } from './run.ts';
import type { WorkerMessage, WorkerTask } from './worker.ts';

/** Plays seeds on several threads. Stops early when `onResult` says so, or at the task's own end. */
export async function playSeeds(
  threads: number,
  task: Omit<WorkerTask, 'first' | 'step'> & { readonly from: number },
  onResult: (result: RunResult) => void,
): Promise<void> {
  const { from, ...common } = task;
  const workers = Array.from({ length: threads }, (_, index) => ({ ...common, first: from + index, step: threads }));
  await Promise.all(workers.map((data) => playOn(data, onResult)));
}

function playOn(workerData: WorkerTask, onResult: (result: RunResult) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('results' in message) for (const result of message.results) onResult(result);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

/** The first of the seeds from 1 on by which a mutant is caught; null when none of them does. */
export async function catchMutant({ name, within }: Mutant): Promise<RunResult | null> {
  const caught: RunResult[] = [];
  const task = { from: 1, end: within + 1, deadlineMs: null, mutant: name, untilFault: true };
  await playSeeds(1, task, (result) => {
    if (result.faults.length > 0) caught.push(result);
  });
  return caught[0] ?? null;
}
