import type { BrokerRecord } from '@entrepot/broker';
import { isConfirmation } from '@entrepot/canonical';
import { type ConfirmDeps, confirmRecord } from './confirm-record.ts';
import { type DeliverParts, deliverRecord } from './deliver.ts';

export type LaneRecordParts = DeliverParts & ConfirmDeps;

/** Handles one lane record, a delivery or a confirmation, to its end: see {@link deliverRecord} and {@link confirmRecord}. */
export function handleLaneRecord(parts: LaneRecordParts, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  return isConfirmation(record.headers) ? confirmRecord(parts, record, signal) : deliverRecord(parts, record, signal);
}
