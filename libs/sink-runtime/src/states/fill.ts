import type { Broker, BrokerRecord, Consumption } from '@entrepot/broker';
import { type EventHeaders, entityTopic } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { VendorLog } from '@entrepot/vendor-kit';
import type { Outages } from '../lane/holds.ts';
import { Undecodable } from '../ports.ts';
import { readEntityOf, readEvent, readFacts } from '../records.ts';
import type { CollectedPair, StateTimes } from './keeper.ts';
import { eraseState, type KeepDeps, type KeptStates, keepState } from './kept-states.ts';

export interface FillDeps extends KeepDeps {
  readonly clock: Clock;
  readonly broker: Pick<Broker, 'consume' | 'endOffsets'>;
  readonly outages: Outages;
  readonly log: VendorLog;
  readonly times: StateTimes;
}

const STOP_DEADLINE_MS = 2_000;
const LOOK_MS = 500;
/** Live traffic shares the process. */
const LIMITS = { maxConcurrent: 64, maxQueuedRecords: 500, maxFetchBytes: 1_000_000 } as const;

/**
 * Keeps the states of a source connection that stand in their topic: every record's latest is there, since the topic is compacted. Reads up to
 * the end that the topic has when every process keeps what passes.
 * @returns false when the fill was no longer ours
 */
export async function fillFromTopic(
  deps: FillDeps,
  pair: CollectedPair,
  isHeld: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const { vendor, clock, broker, times } = deps;
  const topic = entityTopic(pair.entity);
  const settledMs = clock.monotonicMs() + times.settleMs;
  const broken: unknown[] = [];
  const consumption = broker.consume({
    // One that never read: it begins where the topic does.
    groupId: `entrepot.sink.${vendor}.states.${pair.entity}.${pair.connection}.${clock.nowMicros()}`,
    topics: [topic],
    limits: LIMITS,
    handler: (record, lost) => keepRecord(deps, pair, record, AbortSignal.any([signal, lost])),
    onBug: async (_record, error) => void broken.push(error),
  });
  try {
    let goal: ReadonlyMap<number, bigint> | null = null;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      if (!(await isHeld())) return false;
      if (broken.length > 0) throw broken[0];
      if (goal === null && clock.monotonicMs() < settledMs) continue;
      goal ??= await broker.endOffsets(topic);
      if (hasReached(consumption, goal)) return true;
    }
  } finally {
    await consumption.stop({ deadlineMs: STOP_DEADLINE_MS });
  }
}

async function keepRecord(
  deps: FillDeps,
  pair: CollectedPair,
  record: BrokerRecord,
  signal: AbortSignal,
): Promise<void> {
  const { outages } = deps;
  if (record.value === null) {
    const kept: KeptStates = { keeps: (_entity, connection) => connection === pair.connection };
    return outages.waitOut(() => eraseState({ ...deps, kept }, record, pair.entity), signal);
  }
  const event = readEvent(record);
  // The router has reported it.
  if ('problem' in event || event.connection !== pair.connection) return;
  await outages.waitOut(() => keepEvent(deps, record, event), signal);
}

async function keepEvent(deps: FillDeps, record: BrokerRecord, event: EventHeaders): Promise<void> {
  try {
    const readEntity = () => readEntityOf(deps.codec, event, record.value ?? Buffer.alloc(0));
    await keepState(deps, record, event, await readFacts(event, record, readEntity));
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    // The router has reported it.
    deps.log.warn({ eventId: event.eventId, code: error.code }, 'a state cannot be read, and is not kept');
  }
}

function hasReached(consumption: Consumption, goal: ReadonlyMap<number, bigint>): boolean {
  const places = new Map(consumption.state().partitions.map((place) => [place.partition, place]));
  return [...goal].every(([partition, offset]) => {
    const place = places.get(partition);
    // What compaction took away at the end is never finished.
    return place !== undefined && ((place.committable ?? -1n) >= offset || place.lag === 0n);
  });
}
