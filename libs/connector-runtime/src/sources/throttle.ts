import type { Logger } from '@entrepot/service-kit';
import type { Connections, Throttled } from '@entrepot/store';
import type { WaitingRecord } from './read-queue.ts';

/** Shows that a connection's calls wait for the vendor's limits: since when, why, and which calls. */
export interface Throttle {
  /** The component that delays calls reports the reason; null when it no longer delays them. */
  report(topic: string, reason: string | null): void;
  /** Null while nothing waits. */
  reason(): string | null;
  close(): void;
}

export interface ThrottleOptions {
  listWaiting(): readonly WaitingRecord[];
  note(throttled: Throttled | null): void;
  readonly nowMs?: () => number;
}

/**
 * A budget that refills gradually admits calls one by one: the shortage is over only when no call has waited for this
 * long.
 */
const CALM_MS = 3_000;
/**
 * A noted shortage carries the time it was last seen, and counts as over when that is long ago (this process may have
 * died).
 */
const REFRESH_MS = 10_000;
const MAX_NAMED = 10;

export function createThrottle({ listWaiting, note, nowMs = Date.now }: ThrottleOptions): Throttle {
  const reasons = new Map<string, string>();
  let last: { readonly sinceMs: number; reason: string } | null = null;
  let refresh: NodeJS.Timeout | undefined;
  let calm: NodeJS.Timeout | undefined;

  function tell(): void {
    if (last === null) return;
    const waiting = listWaiting();
    const longest = [...waiting]
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .slice(0, MAX_NAMED)
      .map(({ entity, sourceId, sinceMs }) => ({ entity, sourceId, since: new Date(sinceMs) }));
    note({
      since: new Date(last.sinceMs),
      reason: last.reason,
      records: waiting.length,
      longest,
      seenAt: new Date(nowMs()),
    });
  }

  function end(): void {
    clearInterval(refresh);
    clearTimeout(calm);
    calm = undefined;
    if (last === null) return;
    last = null;
    note(null);
  }

  return {
    reason: () => last?.reason ?? null,
    report(topic, reason) {
      if (reason === null) reasons.delete(topic);
      else reasons.set(topic, reason);
      const [first] = reasons.values();
      if (first === undefined) {
        if (last !== null) calm ??= setTimeout(end, CALM_MS);
        return;
      }
      clearTimeout(calm);
      calm = undefined;
      if (last !== null) {
        last.reason = first;
        return;
      }
      last = { sinceMs: nowMs(), reason: first };
      tell();
      refresh = setInterval(tell, REFRESH_MS);
    },
    close: end,
  };
}

/** What is noted of connections' throttling in the store. */
export interface ThrottleNotes {
  write(connection: string, throttled: Throttled | null): void;
  /** Resolves when what was noted so far is written, or given up. */
  written(): Promise<void>;
}

export function createThrottleNotes(connections: Pick<Connections, 'setThrottled'>, log: Logger): ThrottleNotes {
  /**
   * The last unwritten note of each connection: however slow the database is, no more than one per connection waits.
   */
  const toNote = new Map<string, Throttled | null>();
  let noting: Promise<void> = Promise.resolve();

  return {
    // Sequential. A failed write is repeated by the next note, or readers take the shortage for over.
    write(id, throttled) {
      const isQueued = toNote.has(id);
      toNote.set(id, throttled);
      if (isQueued) return;
      noting = noting
        .then(() => {
          const last = toNote.get(id) ?? null;
          toNote.delete(id);
          return connections.setThrottled(id, last);
        })
        .catch((err: unknown) => log.warn({ err, connection: id }, 'it could not be noted whether reads wait'));
    },
    written: () => noting,
  };
}
