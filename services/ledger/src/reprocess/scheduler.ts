import type { Logger } from '@entrepot/service-kit';
import { withDeadline } from '@entrepot/store';
import type { LedgerMetrics } from '../metrics.ts';
import type { Delivery, Outstanding } from '../states/delivery.ts';
import { newTimeId } from '../states/time-id.ts';
import { abandon, advance, begin } from '../states/transitions.ts';
import type { LedgerStore } from '../store/collections.ts';
import { type LaneSenderPorts, NotSendable, sendToLane } from './lane-sender.ts';

export interface SchedulerPorts extends LaneSenderPorts {
  readonly store: LedgerStore;
  readonly metrics: LedgerMetrics;
  readonly log: Logger;
  /** First offset the lane's consumer has not finished, per `<topic>/<partition>`; null when not known. */
  committedLaneOffset(topic: string, partition: number): Promise<bigint | null>;
  /** Asks the connector again for a refresh whose answer did not come. */
  repeatRefresh(delivery: Delivery, outstanding: Outstanding): Promise<void>;
  now(): Date;
}

const TICK_MS = 1_000;
/** A round that takes longer is given up: the driver can wait for ever for a connection that broke at the wrong moment. */
const ROUND_DEADLINE_MS = 120_000;
const MOST_AT_ONCE = 500;
/** An operation not answered for so long is looked into: its record may have been lost between claim and acknowledgement. */
const UNANSWERED_MS = 30_000;

export interface Scheduler {
  /** Looks at once instead of at the next tick. */
  wake(): void;
  /** One round: sends what is due, and again what was not acknowledged. For tests and {@link startScheduler}. */
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
      // Kafka or MongoDB is away: what is due stays due.
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
  await lookIntoUnanswered(ports);
}

/** Claims deliveries whose time has come. */
async function sendDue(ports: SchedulerPorts): Promise<void> {
  const due = ports.store.deliveries
    .find({ nextAttemptAt: { $lte: ports.now() }, outstanding: null }, { projection: { _id: 1 } })
    .limit(MOST_AT_ONCE);
  for await (const { _id } of due) {
    const operationId = newTimeId(ports.now().getTime());
    const claimed = await ports.store.changes.deliveries.update(_id, (current) => {
      if (current === null || current.outstanding !== null) return current;
      if (current.nextAttemptAt === null || current.nextAttemptAt > ports.now()) return current;
      return begin(
        current,
        {
          operationId,
          mode: 'automatic',
          stage: 'sending',
          attempt: current.attemptCount + 1,
          force: false,
          requestedBy: 'entrepot',
          sinceMs: ports.now().getTime(),
          lane: null,
        },
        ports.now(),
      );
    });
    if (claimed?.outstanding?.operationId === operationId) await sendOne(ports, claimed);
  }
}

/** Sends what was claimed by a ledger that ended before it could send. */
async function sendClaimed(ports: SchedulerPorts): Promise<void> {
  const before = ports.now().getTime() - UNANSWERED_MS;
  const stuck = ports.store.deliveries
    .find({ 'outstanding.sinceMs': { $lt: before }, 'outstanding.stage': 'sending' })
    .limit(MOST_AT_ONCE);
  for await (const delivery of stuck) await sendOne(ports, delivery);
}

async function lookIntoUnanswered(ports: SchedulerPorts): Promise<void> {
  const before = ports.now().getTime() - UNANSWERED_MS;
  const unanswered = ports.store.deliveries
    .find({ 'outstanding.sinceMs': { $lt: before }, 'outstanding.stage': { $in: ['sent', 'refreshing'] } })
    .limit(MOST_AT_ONCE);
  for await (const delivery of unanswered) {
    const { outstanding } = delivery;
    if (outstanding === null) continue;
    if (outstanding.stage === 'refreshing') {
      await ports.repeatRefresh(delivery, outstanding);
      await markSince(ports, delivery, outstanding);
      continue;
    }
    if (outstanding.lane === null) continue;
    const committed = await ports.committedLaneOffset(outstanding.lane.topic, outstanding.lane.partition);
    // Still queued (a held lane may take hours): nothing to do. Passed without an outcome: send it again.
    if (committed === null || committed <= BigInt(outstanding.lane.offset)) continue;
    await sendOne(ports, delivery);
  }
}

/** Sends one claimed delivery and notes where it went. */
export async function sendOne(ports: SchedulerPorts, delivery: Delivery): Promise<Delivery | null> {
  const { outstanding } = delivery;
  if (outstanding === null) return delivery;
  const message = await ports.store.messages.findOne({ eventId: delivery.eventId });
  try {
    if (message === null) throw new NotSendable('Its event is not in the ledger yet.');
    const lane = await sendToLane(ports, delivery, message, outstanding);
    ports.metrics.laneAppends.inc({ to: delivery.to, mode: outstanding.mode });
    return await ports.store.changes.deliveries.update(delivery._id, (current) =>
      current === null
        ? null
        : advance(
            current,
            outstanding.operationId,
            { stage: 'sent', lane, sinceMs: ports.now().getTime() },
            ports.now(),
          ),
    );
  } catch (error) {
    if (!(error instanceof NotSendable)) throw error;
    ports.log.warn({ deliveryId: delivery._id }, `not sent to its lane: ${error.message}`);
    await ports.store.changes.operations.update(outstanding.operationId, (current) =>
      current === null ? null : { ...current, state: 'failed', result: error.message, updatedAt: ports.now() },
    );
    return ports.store.changes.deliveries.update(delivery._id, (current) => {
      if (current === null) return null;
      const dropped = abandon(current, outstanding.operationId, ports.now());
      // Automatic ones are tried again later: the event may still be on its way into the ledger.
      return outstanding.mode === 'automatic'
        ? { ...dropped, nextAttemptAt: new Date(ports.now().getTime() + UNANSWERED_MS) }
        : dropped;
    });
  }
}

async function markSince(ports: SchedulerPorts, delivery: Delivery, outstanding: Outstanding): Promise<void> {
  await ports.store.changes.deliveries.update(delivery._id, (current) =>
    current === null
      ? null
      : advance(current, outstanding.operationId, { sinceMs: ports.now().getTime() }, ports.now()),
  );
}
