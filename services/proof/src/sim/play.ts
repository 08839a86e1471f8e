import { Worker } from 'node:worker_threads';
import type { Mutant } from './mutant.ts';
import { hasFault, type RunResult } from './run-result.ts';
import type { WorkerData, WorkerMessage, WorkerTask } from './worker.ts';

/** A seed takes milliseconds, on a busy machine perhaps a second. */
const HANGS_AFTER_MS = 120_000;

/** A thread ends after so many seeds, and another goes on: what a run leaves in its thread's memory adds up. */
const SEEDS_A_THREAD = 1_000;

/** Plays seeds on several threads. Stops early when `onResult` returns so, or at the task's own end. */
export async function playSeeds(
  threads: number,
  task: Omit<WorkerTask, 'first' | 'step'> & { readonly from: number },
  onResult: (result: RunResult) => void,
): Promise<void> {
  const { from, ...common } = task;
  const workers = Array.from({ length: threads }, (_, index) => ({ ...common, first: from + index, step: threads }));
  await Promise.all(workers.map((data) => playInShares(data, onResult)));
}

async function playInShares(task: WorkerTask, onResult: (result: RunResult) => void): Promise<void> {
  const { end, step, deadlineMs, untilFaults } = task;
  let isOver = false;
  const note = (result: RunResult): void => {
    isOver ||= untilFaults !== null && hasFault(result, untilFaults);
    onResult(result);
  };
  const share = SEEDS_A_THREAD * step;
  for (let { first } = task; first < end && !isOver; first += share) {
    await playOn({ ...task, first, end: Math.min(end, first + share) }, note);
    isOver ||= deadlineMs !== null && Date.now() >= deadlineMs;
  }
}

/** @throws Error naming the seed that broke the thread or never ended in it */
async function playOn(task: WorkerTask, onResult: (result: RunResult) => void): Promise<void> {
  const playing = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  const workerData: WorkerData = { ...task, playing };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  let hasEnded = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.on('message', (message: WorkerMessage) => {
    if ('ended' in message) hasEnded = true;
    else for (const result of message.results) onResult(result);
  });
  worker.on('error', reject);
  worker.on('exit', (code) => (hasEnded ? resolve() : reject(new Error(`its thread ended with code ${code}`))));
  const watch = watchForHang(playing, () => reject(new Error(`it has not ended for ${HANGS_AFTER_MS / 1_000} s`)));
  try {
    await promise;
  } catch (error) {
    throw new Error(`seed ${playing[0]} broke the run: ${(error as Error).message}`, { cause: error });
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

function watchForHang(playing: Float64Array, onHang: () => void): NodeJS.Timeout {
  let seen = { seed: playing[0], atMs: performance.now() };
  return setInterval(() => {
    if (playing[0] !== seen.seed) seen = { seed: playing[0], atMs: performance.now() };
    else if (performance.now() - seen.atMs > HANGS_AFTER_MS) onHang();
  }, HANGS_AFTER_MS / 10);
}

/** The first of the seeds from 1 on that breaks the promise which a mutant is known to break; null when none does. */
export async function catchMutant({ name, within, breaks }: Mutant): Promise<RunResult | null> {
  const caught: RunResult[] = [];
  const task = { from: 1, end: within + 1, deadlineMs: null, mutant: name, untilFaults: breaks };
  await playSeeds(1, task, (result) => {
    if (hasFault(result, breaks)) caught.push(result);
  });
  return caught[0] ?? null;
}
