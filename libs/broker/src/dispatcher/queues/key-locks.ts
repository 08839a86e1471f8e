import type { KeyQueue } from '../partition-work.ts';

/**
 * Which keys have a handler running, whatever partition or epoch it belongs to. A handler of a lost partition keeps its key until it
 * returns: the same record, read again in this process, must not run beside it.
 */
export class KeyLocks {
  private readonly locked = new Map<string, KeyQueue[] | null>();

  /** True when the key was free and is now taken; else `queue` is woken when it is free again. */
  take(key: string, queue: KeyQueue): boolean {
    const waiters = this.locked.get(key);
    if (waiters === undefined) {
      this.locked.set(key, null);
      return true;
    }
    if (waiters === null) this.locked.set(key, [queue]);
    else waiters.push(queue);
    return false;
  }

  /** Frees the key; answers the queues that waited for it. */
  release(key: string): readonly KeyQueue[] {
    const waiters = this.locked.get(key);
    this.locked.delete(key);
    return waiters ?? [];
  }
}
