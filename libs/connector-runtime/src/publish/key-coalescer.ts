/** Runs work of one key one after the other, and lets callers that come while a run is still waiting share it. */
export interface KeyCoalescer<Trigger, Result> {
  run(key: string, trigger: Trigger): Promise<Result>;
  has(key: string): boolean;
  /** Keys being worked on or waiting. */
  readonly size: number;
}

interface Entry<Trigger, Result> {
  running: Promise<unknown>;
  waiting: { trigger: Trigger; readonly promise: Promise<Result> } | null;
}

/**
 * `work` for one key never overlaps; so reads of one record are serialised. Any number of triggers that arrive during a run become one
 * further run, which begins after they arrived and so sees what they tell of. `merge` makes one trigger of two.
 */
export function createKeyCoalescer<Trigger, Result>(
  work: (key: string, trigger: Trigger) => Promise<Result>,
  merge: (earlier: Trigger, later: Trigger) => Trigger,
): KeyCoalescer<Trigger, Result> {
  const entries = new Map<string, Entry<Trigger, Result>>();

  async function start(key: string, entry: Entry<Trigger, Result>, trigger: Trigger): Promise<Result> {
    try {
      return await work(key, trigger);
    } finally {
      if (entry.waiting === null) entries.delete(key);
    }
  }

  function follow(key: string, entry: Entry<Trigger, Result>, trigger: Trigger): Promise<Result> {
    const promise = entry.running
      .catch(() => {})
      .then(() => {
        const merged = entry.waiting?.trigger ?? trigger;
        entry.waiting = null;
        const running = start(key, entry, merged);
        entry.running = running;
        return running;
      });
    entry.waiting = { trigger, promise };
    return promise;
  }

  return {
    get size() {
      return entries.size;
    },
    has: (key) => entries.has(key),
    run(key, trigger) {
      const entry = entries.get(key);
      if (entry === undefined) {
        const fresh: Entry<Trigger, Result> = { running: Promise.resolve(), waiting: null };
        entries.set(key, fresh);
        const running = start(key, fresh, trigger);
        fresh.running = running;
        return running;
      }
      if (entry.waiting === null) return follow(key, entry, trigger);
      entry.waiting.trigger = merge(entry.waiting.trigger, trigger);
      return entry.waiting.promise;
    },
  };
}
