import type { BrokerHealth } from './broker-contract.ts';
import type { ConsumptionState } from './consumption.ts';

/** Twice a session timeout and more: the coordinator has long given our partitions away. */
const SILENT_MS = 15_000;
const UNACKNOWLEDGED_MS = 10_000;

/** Ready while every consumption is a live member of its group and Kafka acknowledges what is sent. */
export function judgeHealth(consumptions: readonly ConsumptionState[], oldestWaitsMs: readonly number[]): BrokerHealth {
  const faults = consumptions.flatMap(({ groupId, status, sinceHeartbeatMs, crashes }) => {
    if (status === 'crashed') return [`consumer ${groupId} crashed (${crashes} times) and is being made anew`];
    if (status === 'joining') return [`consumer ${groupId} is joining its group`];
    if (status !== 'stopped' && sinceHeartbeatMs !== null && sinceHeartbeatMs > SILENT_MS) {
      return [`consumer ${groupId} has not heard from Kafka for ${Math.round(sinceHeartbeatMs / 1_000)} s`];
    }
    return [];
  });
  const waitMs = Math.max(0, ...oldestWaitsMs);
  if (waitMs > UNACKNOWLEDGED_MS)
    faults.push(`Kafka has not acknowledged a record for ${Math.round(waitMs / 1_000)} s`);
  return faults.length === 0 ? { ok: true } : { ok: false, detail: faults.join('; ') };
}
