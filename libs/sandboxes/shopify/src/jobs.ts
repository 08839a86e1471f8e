import { randomUUID } from 'node:crypto';

/** Work that the shop takes on and does after it has answered, as `orderCancel` does. */
export interface Jobs {
  /** Starts a job and returns its global id. */
  start(work: () => void): string;
  /** Null for an unknown job. */
  isDone(id: string): boolean | null;
  /** Forgets all jobs; unfinished ones do not run. */
  clear(): void;
}

export function createJobs(): Jobs {
  const done = new Map<string, boolean>();
  const waiting = new Set<NodeJS.Immediate>();
  return {
    start: (work) => {
      const id = `gid://shopify/Job/${randomUUID()}`;
      done.set(id, false);
      const immediate = setImmediate(() => {
        waiting.delete(immediate);
        work();
        done.set(id, true);
      });
      waiting.add(immediate);
      return id;
    },
    isDone: (id) => done.get(id) ?? null,
    clear: () => {
      for (const immediate of waiting) clearImmediate(immediate);
      waiting.clear();
      done.clear();
    },
  };
}
