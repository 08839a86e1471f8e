import { isStoreUnavailable, withDeadline } from '@entrepot/store';
import { Problem } from '../problem.ts';
import type { Delivery, Outstanding } from '../states/delivery.ts';
import { advance, begin } from '../states/transitions.ts';
import { newTimeId } from '../store/documents.ts';
import { LONG_AGO } from '../store/indexes.ts';
import { refuse, type SendPorts, sendOne } from './send-delivery.ts';

export interface SchedulerPorts extends SendPorts {
  /** First offset the lane's consumer has not finished, per `<topic>/<partition>`; null when unknown. */
  committedLaneOffset(topic: string, partition: number): Promise<bigint | null>;
  /** Repeats a refresh whose answer did not arrive. */
  repeatRefresh(delivery: Delivery, outstanding: Outstanding): Promise<void>;
  /** Waits until every report written before now is ingested; false when that takes too long. */
  catchUp(): Promise<boolean>;
}

const TICK_MS = 1_000;
/** Timeout of a round: the driver can wait for ever for a connection that broke at the wrong moment. */
const ROUND_DEADLINE_MS = 120_000;
const MAX_PER_ROUND = 500;
/** Deliveries sent concurrently: their writes are grouped. */
const SIDE_BY_SIDE = 25;
/** An operation unanswered for this time is checked: its record may have been lost between claim and acknowledgement. */
const UNANSWERED_MS = 30_000;
/** A refresh waits in a topic that keeps it; a shorter interval would only pile up commands while its connector is down. */
const REFRESH_UNANSWERED_MS = 300_000;
/** The fields that sending a claimed delivery needs; its attempts may be megabytes. */
const WITHOUT_ATTEMPTS = { projection: { attempts: 0 } } as const;

export interface Scheduler {
  /** Starts a round immediately instead of at the next tick. */
  wake(): void;
  /** One round: sends what is due, and repeats what was not acknowledged. For tests and {@link startScheduler}. */
  runOnce(): Promise<void>;
  stop(): Promise<void>;
}

/** Sends due retries and releases to their lanes. Several ledgers may run it: each delivery is claimed by compare-and-set. */
export function startScheduler(ports: SchedulerPorts): Scheduler {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  async function tick(): Promise<void> {
    try {
      await withDeadline(runRound(ports), ROUND_DEADLINE_MS);
    } catch (error) {
      // Kafka or MongoDB is unavailable: due deliveries stay due.
      ports.log.warn({ err: error }, 'retries wait: could not be scheduled now');
    }
    plan(TICK_MS);
  }

  function plan(delayMs: number): void {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      round = tick();
    }, delayMs);
  }

  let wakePlanned = false;
  plan(0);
  return {
    wake() {
      if (wakePlanned) return;
      wakePlanned = true;
      void round.finally(() => {
        wakePlanned = false;
        plan(20);
      });
    },
    runOnce: () => runRound(ports),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

async function runRound(ports: SchedulerPorts): Promise<void> {
  await sendDue(ports);
  await sendClaimed(ports);
  await repeatRefreshes(ports);
  await sendLost(ports);
}

/** Claims due deliveries. */
async function sendDue(ports: SchedulerPorts): Promise<void> {
  const due = await ports.store.deliveries
    .find({ nextAttemptAt: { $gt: LONG_AGO, $lte: ports.now() }, outstanding: null }, { projection: { _id: 1 } })
    .limit(MAX_PER_ROUND)
    .toArray();
  await eachOf(ports, due, async ({ _id }) => {
    const operationId = newTimeId(ports.now().getTime());
    const claimed = await ports.store.changes.deliveries.update(_id, (current) => {
      const now = ports.now();
      if (current === null || current.outstanding !== null) return current;
      if (current.nextAttemptAt === null || current.nextAttemptAt > now) return current;
      return begin(current, automatic(operationId, current.attemptCount + 1, now), now);
    });
    if (claimed?.outstanding?.operationId === operationId) await sendOne(ports, claimed);
  });
}

/** Sends deliveries that a ledger claimed and did not send before it ended. */
async function sendClaimed(ports: SchedulerPorts): Promise<void> {
  const stuck = await findUnanswered(ports, 'sending', UNANSWERED_MS);
  await eachOf(ports, stuck, async (seen) => {
    const delivery = await claimAgain(ports, seen);
    if (delivery !== null) await sendOne(ports, delivery);
  });
}

async function repeatRefreshes(ports: SchedulerPorts): Promise<void> {
  const unanswered = await findUnanswered(ports, 'refreshing', REFRESH_UNANSWERED_MS);
  await eachOf(ports, unanswered, async (seen) => {
    const delivery = await claimAgain(ports, seen);
    if (delivery === null || delivery.outstanding === null) return;
    try {
      await ports.repeatRefresh(delivery, delivery.outstanding);
    } catch (error) {
      // Its source is gone: no answer will come.
      if (!(error instanceof Problem)) throw error;
      await refuse(ports, delivery, delivery.outstanding, error.message, true);
    }
  });
}

/** Resends records that their lane has passed without an outcome. Leaves records alone that still queue (a held lane may take hours). */
async function sendLost(ports: SchedulerPorts): Promise<void> {
  const committed = new Map<string, bigint | null>();
  const passed: Delivery[] = [];
  for (const delivery of await findUnanswered(ports, 'sent', UNANSWERED_MS, 20 * MAX_PER_ROUND)) {
    const lane = delivery.outstanding?.lane ?? null;
    if (lane === null) continue;
    const place = `${lane.topic}/${lane.partition}`;
    if (!committed.has(place)) committed.set(place, await ports.committedLaneOffset(lane.topic, lane.partition));
    const offset = committed.get(place) ?? null;
    if (offset !== null && offset > BigInt(lane.offset)) passed.push(delivery);
  }
  // Its outcome may be reported and not ingested yet, as after an outage of the ledger itself.
  if (passed.length === 0 || !(await ports.catchUp())) return;
  await eachOf(ports, passed, async (seen) => {
    const delivery = await claimAgain(ports, seen);
    if (delivery !== null) await sendOne(ports, delivery);
  });
}

function findUnanswered(
  ports: SchedulerPorts,
  stage: Outstanding['stage'],
  olderThanMs: number,
  most = MAX_PER_ROUND,
): Promise<Delivery[]> {
  const before = ports.now().getTime() - olderThanMs;
  return ports.store.deliveries
    .find({ 'outstanding.sinceMs': { $gt: 0, $lt: before }, 'outstanding.stage': stage }, WITHOUT_ATTEMPTS)
    .sort({ 'outstanding.sinceMs': 1 })
    .limit(most)
    .toArray();
}

/** Claims an unanswered operation again; null when it moved on meanwhile, or another ledger claimed it. */
async function claimAgain(ports: SchedulerPorts, seen: Delivery): Promise<Delivery | null> {
  const before = seen.outstanding;
  if (before === null) return null;
  let ours = false;
  const claimed = await ports.store.changes.deliveries.update(seen._id, (current) => {
    const same =
      current?.outstanding?.operationId === before.operationId && current.outstanding.sinceMs === before.sinceMs;
    ours = same;
    if (current === null || !same) return current;
    return advance(current, before.operationId, { sinceMs: ports.now().getTime() }, ports.now());
  });
  return ours ? claimed : null;
}

/** Runs work concurrently; an error of one item does not stop the others, an outage stops the round. */
async function eachOf<T extends { readonly _id: string }>(
  ports: SchedulerPorts,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let index = 0; index < items.length; index += SIDE_BY_SIDE) {
    const group = items.slice(index, index + SIDE_BY_SIDE);
    const ends = await Promise.allSettled(group.map(work));
    for (const [position, end] of ends.entries()) {
      if (end.status === 'fulfilled') continue;
      if (isStoreUnavailable(end.reason) || isKafkaAway(end.reason)) throw end.reason;
      ports.log.error(
        { err: end.reason, deliveryId: group[position]?._id },
        'retry could not be sent; tried again later',
      );
    }
  }
}

function isKafkaAway(error: unknown): boolean {
  return error instanceof Error && (error.name === 'PublishUnavailable' || error.name === 'PublisherClosed');
}

function automatic(operationId: string, attempt: number, now: Date): Outstanding {
  return {
    operationId,
    mode: 'automatic',
    stage: 'sending',
    attempt,
    force: false,
    bulk: false,
    requestedBy: 'entrepot',
    sinceMs: now.getTime(),
    lane: null,
  };
}
