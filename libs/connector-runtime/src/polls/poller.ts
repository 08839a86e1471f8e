import { randomUUID } from 'node:crypto';
import type { EntityName } from '@entrepot/canonical';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { Cursors, PollerLease } from '@entrepot/store';
import { readPollSettings, VendorError } from '@entrepot/vendor-kit';
import { isInfrastructureError } from '../hold.ts';
import type { ConnectorMetrics } from '../metrics.ts';
import type { RecordSync } from '../publish/record-sync.ts';
import type { OpenConnection } from '../sources/open-connections.ts';
import { readPages } from './read-pages.ts';
import { type NextPoll, planPolls } from './schedule.ts';
import { createUnderWay } from './under-way.ts';

/** Polls one entity of one connection, on schedule or on request. Only one replica polls at a time. */
export interface Poller {
  /** Resolves when what is listed after the call is done. */
  pollNow(): Promise<void>;
}

export interface PollerOptions {
  readonly connection: OpenConnection;
  readonly entity: EntityName;
  readonly cursors: Cursors;
  readonly sync: RecordSync;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  readonly defaultIntervalMs: number;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  nowMicros(): number;
}

/** Short, so that a replica that died is replaced within seconds. */
const LEASE_MS = 7_000;
const RENEW_MS = 2_000;
/** How often a replica checks whether a due poll of another replica is done. */
const LOOK_MS = 5_000;
const RETRY_MS = 5_000;
/**
 * Maximum of listed records that are not done; one more page may exceed it. Each waits in memory, and the next poller
 * lists it again.
 */
const MAX_UNDER_WAY = 1_000;
/** Consecutive failed polls before the operator is alerted. */
const FAILURES_BEFORE_ATTENTION = 3;

class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export function startPoller(options: PollerOptions): Poller {
  const { connection, entity, cursors, metrics } = options;
  const log = options.log.child({ connection: connection.id, entity });
  const signal = AbortSignal.any([options.signal, connection.closed]);
  const owner = `${connection.id}-${randomUUID()}`;
  const topic = `poll ${entity}`;
  const underWay = createUnderWay();
  let requests: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  /** Requests whose listing has begun. */
  let served: typeof requests = [];
  let wake: () => void = () => {};
  let failures = 0;

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        await idle(await turn());
      } catch (error) {
        if (signal.aborted) break;
        await idle(noteFailure(error));
      }
    }
    for (const { reject } of requests) reject(signal.reason);
    requests = [];
  }

  /** One look: polls when it is due and ours to do. Gives how long to wait. */
  async function turn(): Promise<number> {
    const before = await cursors.get(connection.id, entity);
    const due = plan()(before?.polledAt?.getTime() ?? null, options.nowMicros() / 1_000);
    if (due > 0 && requests.length === 0) return due;
    const lease = await cursors.acquirePoller(connection.id, entity, owner, LEASE_MS);
    if (lease === null) return requests.length > 0 ? 500 : LOOK_MS;
    try {
      await poll(lease);
      for (const { resolve } of served) resolve();
    } catch (error) {
      requests = [...served, ...requests];
      throw error;
    } finally {
      served = [];
    }
    return 0;
  }

  async function poll(lease: PollerLease): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      cursors.renewPoller(lease, LEASE_MS).then(
        (kept) => kept || lost.abort(new LeaseLost('another replica polls now')),
        (err: unknown) => {
          log.warn({ err }, 'poller lease not renewed');
          if (lease.remainingMs() <= 0) lost.abort(new LeaseLost('the poller lease ran out'));
        },
      );
    }, RENEW_MS);
    const startedAt = performance.now();
    let complete = false;
    try {
      const { lookbackHours } = readPollSettings(connection.view()?.settings);
      const records = await readPages({
        connection,
        entity,
        cursor: lease.cursor,
        sinceMicros: options.nowMicros() - lookbackHours * 3_600_000_000,
        trigger: { via: 'POLL', snapshot: false },
        sync: options.sync,
        signal: AbortSignal.any([signal, lost.signal]),
        nowMicros: options.nowMicros,
        onPage: async (cursor) => {
          if (!(await cursors.set(lease, cursor))) throw new LeaseLost('another replica polls now');
        },
        ahead: {
          underWay,
          mostRecords: MAX_UNDER_WAY,
          onListing: () => {
            served.push(...requests);
            requests = [];
          },
          whenDue,
        },
      });
      complete = true;
      metrics.polled(connection.id, entity, Date.now());
      if (failures >= FAILURES_BEFORE_ATTENTION) connection.raiseAttention(topic, null);
      failures = 0;
      log.debug({ records, durationMs: Math.round(performance.now() - startedAt) }, 'poll complete');
    } finally {
      clearInterval(renewal);
      await cursors
        .releasePoller(lease, complete)
        .catch((err: unknown) => log.warn({ err }, 'poller lease not released; it will run out'));
    }
  }

  function noteFailure(error: unknown): number {
    if (error instanceof LeaseLost) {
      log.info({ reason: error.message }, 'poll handed over');
      return LOOK_MS;
    }
    metrics.pollFailed(connection.id, entity, error instanceof VendorError ? error.kind : 'other');
    log.warn({ err: error }, 'poll failed; trying again');
    if (isInfrastructureError(error)) return RETRY_MS;
    failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    if (failures >= FAILURES_BEFORE_ATTENTION)
      connection.raiseAttention(topic, `Polling ${entity} records fails: ${message}`);
    return Math.min(60_000, RETRY_MS * failures);
  }

  function plan(): NextPoll {
    return planPolls(readPollSettings(connection.view()?.settings), options.defaultIntervalMs);
  }

  /** Slow reads of records must not delay a listing that is due or requested. */
  async function whenDue(until: AbortSignal): Promise<void> {
    const listedAtMs = options.nowMicros() / 1_000;
    while (!until.aborted && requests.length === 0) {
      const due = plan()(listedAtMs, options.nowMicros() / 1_000);
      if (due <= 0) return;
      await idle(due, until);
    }
  }

  /** Waits, but not when a poll is asked for. */
  async function idle(delayMs: number, until: AbortSignal = signal): Promise<void> {
    const woken = new AbortController();
    wake = () => woken.abort(new Error('asked for'));
    await WALL_CLOCK.sleep(Math.max(10, delayMs), AbortSignal.any([until, woken.signal])).catch(() => {});
  }

  // New settings may bring another schedule.
  const stopListening = connection.hold.onResume(() => wake());
  signal.addEventListener('abort', stopListening, { once: true });
  loop().catch((err: unknown) => log.error({ err }, 'poller ended'));

  return {
    pollNow: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        requests.push({ resolve, reject });
        wake();
      }),
  };
}
