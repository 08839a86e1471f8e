import type { Clock } from '@entrepot/runtime-kit/clock';
import { createBackoff } from '@entrepot/service-kit/backoff';
import type { LaneLease } from '@entrepot/store';
import type { VendorLog } from '@entrepot/vendor-kit';
import { type LaneStore, Outage } from '../ports.ts';
import { LaneHeld } from './access.ts';
import type { Outages } from './holds.ts';
import type { LaneSession } from './session.ts';

export interface LaneTimes {
  /** How long a lease lasts unless renewed: after at most this, another process takes over a killed owner's lanes. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** How much of a lease must be left to send, whatever the request's timeout: see DECISIONS.md, "How long a lease is". */
  readonly leaseReserveMs: number;
  /** Interval between tries to take a lane that another owner holds or that cannot be opened. */
  readonly retryMs: number;
}

export const LANE_TIMES: LaneTimes = { leaseMs: 7_000, renewEveryMs: 1_750, leaseReserveMs: 3_500, retryMs: 500 };

const MAX_FENCE_WAIT_MS = 5_000;
const CLOSE_WAIT_MS = 2_000;

/** What the owner does with its lane. */
export interface Ownable {
  readonly connection: string;
  /** Whether the lane is wanted now (its connection exists, is switched on, and can be opened). */
  mayRun(): boolean;
  /** Opens connection and target under a new lease; null, with the reason shown, when that is impossible for now. */
  open(lease: LaneLease): Promise<LaneSession | null>;
  /** The session could not begin and is retried; shown until it has begun. */
  failed(error: unknown): void;
  /** The session is the target's only writer now: let deliveries in. */
  began(session: LaneSession): void;
  /** The session has ended: the gate stays shut until the next one begins. */
  ended(): void;
}

export interface OwnerParts {
  readonly clock: Clock;
  readonly store: LaneStore;
  readonly outages: Outages;
  /** Identity of this process as an owner; a restarted process with the same identity continues immediately. */
  readonly owner: string;
  readonly times: LaneTimes;
  readonly log: VendorLog;
}

/** Takes a lane's lease, renews it, and begins a new epoch whenever it ends; returns when `signal` aborts. */
export async function ownLane(lane: Ownable, parts: OwnerParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await parts.outages.pass(signal);
      if (lane.mayRun()) {
        const lease = await parts.store.acquire(lane.connection, parts.owner, parts.times.leaseMs);
        if (lease !== null) await serveEpoch(lane, parts, lease, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Outage) parts.outages.note(error);
      else {
        parts.log.warn({ connection: lane.connection, err: error }, 'lane could not be served');
        lane.failed(error);
      }
    }
    await pause(parts.clock, parts.times.retryMs, signal);
  }
}

async function serveEpoch(lane: Ownable, parts: OwnerParts, lease: LaneLease, signal: AbortSignal): Promise<void> {
  let session: LaneSession | null = null;
  try {
    session = await lane.open(lease);
    if (session === null) return;
    const current = session;
    const stop = (): void => current.end('the lane was stopped');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const renewing = keepLease(parts, lease, current);
    try {
      if (await fencePredecessor(parts, lane, current)) {
        parts.log.info({ connection: lane.connection, epoch: lease.epoch }, 'lane taken');
        lane.began(current);
        await endOf(current);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      lane.ended();
      current.end('the lane was given up');
      await renewing;
    }
  } finally {
    if (session !== null) await closeSession(parts.clock, session);
    await giveBack(parts.store, lease);
  }
}

/** The client logs out before a successor comes, unless another side's call keeps it open for longer than that should wait. */
async function closeSession(clock: Clock, session: LaneSession): Promise<void> {
  const closed = new AbortController();
  const closing = session.close().finally(() => closed.abort());
  await Promise.race([closing, pause(clock, CLOSE_WAIT_MS, closed.signal)]);
}

/**
 * Fences the predecessor, which makes us the only writer; false when the session ended before that. A failure is shown,
 * and retried.
 */
async function fencePredecessor(parts: OwnerParts, lane: Ownable, session: LaneSession): Promise<boolean> {
  const { connection } = lane;
  const { fence: end } = session;
  // This target cannot distinguish a predecessor from us: only the look-ups keep its sends from being duplicated.
  if (end === null) return !session.signal.aborted;
  const backoff = createBackoff({ firstMs: parts.times.retryMs, longestMs: MAX_FENCE_WAIT_MS });
  while (!session.signal.aborted) {
    try {
      await session.call({
        name: 'fence',
        bulk: false,
        signal: session.signal,
        record: () => {},
        run: end,
      });
      return true;
    } catch (error) {
      if (session.signal.aborted) return false;
      if (!(error instanceof LaneHeld)) {
        parts.log.warn({ connection, err: error }, 'lane could not be fenced');
        lane.failed(error);
      }
      await pause(parts.clock, backoff.next() * spreadOf(connection), session.signal);
    }
  }
  return false;
}

/**
 * Half to one and a half times the interval, fixed per connection: companies on one server that log in concurrently
 * refuse each other, and would do so for ever if all retried at the same moments.
 */
function spreadOf(connection: string): number {
  let hash = 0;
  for (const character of connection) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_009;
  return 0.5 + hash / 1_009;
}

async function keepLease(parts: OwnerParts, lease: LaneLease, session: LaneSession): Promise<void> {
  for (;;) {
    // Renews all lanes of the process at the same moments, so that the store does it with one write.
    const { renewEveryMs } = parts.times;
    await pause(parts.clock, renewEveryMs - (parts.clock.monotonicMs() % renewEveryMs), session.signal);
    if (session.signal.aborted) return;
    try {
      if (!(await parts.store.renew(lease, parts.times.leaseMs))) session.end('somebody else has taken the lane');
    } catch (error) {
      if (error instanceof Outage) parts.outages.note(error);
      if (lease.remainingMs() <= 0) session.end('the lease has ended');
    }
  }
}

async function giveBack(store: LaneStore, lease: LaneLease): Promise<void> {
  try {
    await store.release(lease);
  } catch {
    // It ends by itself; the next owner waits for that.
  }
}

function endOf(session: LaneSession): Promise<void> {
  if (session.signal.aborted) return Promise.resolve();
  return new Promise((resolve) => session.signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Sleeps; returns early when the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await clock.sleep(ms, signal).catch(() => {});
}
