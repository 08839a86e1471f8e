import type { BrokerHealth } from './broker-contract.ts';
import type { ConsumptionState } from './consumption.ts';
import { describeHeld, listHeld } from './held-partitions.ts';
import type { OldestWait } from './publish/publisher.ts';

/** Twice a session timeout and more: the coordinator has long given our partitions away. */
const SILENT_MS = 15_000;
const UNACKNOWLEDGED_MS = 10_000;

/**
 * Ready while every consumption is a live member of its group and Kafka acknowledges what is sent. A partition held for a batch that cannot be
 * decoded is reported, and no reason to be unready: all others go on, and neither a restart nor less traffic would help.
 */
export function judgeHealth(consumptions: readonly ConsumptionState[], waits: readonly OldestWait[]): BrokerHealth {
  const faults = consumptions.flatMap(({ groupId, status, sinceHeartbeatMs, crashes, crashCause }) => {
    if (status === 'crashed')
      return [`consumer ${groupId} crashed (${crashes} times) and is being made anew${explain(crashCause)}`];
    if (status === 'joining') return [`consumer ${groupId} is joining its group`];
    if (status !== 'stopped' && sinceHeartbeatMs !== null && sinceHeartbeatMs > SILENT_MS) {
      return [`consumer ${groupId} has not heard from Kafka for ${Math.round(sinceHeartbeatMs / 1_000)} s`];
    }
    return [];
  });
  const longest = waits.reduce((most, wait) => (wait.ms > most.ms ? wait : most), { ms: 0, cause: null });
  if (longest.ms > UNACKNOWLEDGED_MS)
    faults.push(`Kafka has not acknowledged a record for ${Math.round(longest.ms / 1_000)} s${explain(longest.cause)}`);
  const told = [...faults, ...listHeld(consumptions).map(describeHeld)];
  return { ok: faults.length === 0, ...(told.length === 0 ? {} : { detail: told.join('; ') }) };
}

function explain(cause: string | null): string {
  return cause === null ? '' : `: ${cause}`;
}
