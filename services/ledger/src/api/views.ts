import type { AcceptedDocument, TargetDocument } from '@entrepot/canonical';
import type { ToldTrouble } from '@entrepot/store';
import type { Delivery } from '../states/delivery.ts';
import { type Message, type MessageFacts, showState } from '../states/message.ts';
import { findMainDocument, type ShownDelivery, type SourceRecord } from '../states/source-record.ts';
import type { AuditEntry, LaneStatus, Operation } from '../store/collections.ts';
import type { SkippedRow } from './records/skipped.ts';

/** How the ledger's documents look in answers: stored shapes may change, these may not. */

/** A delivery as lists read it: without its attempts, which may be megabytes. */
export type DeliveryRow = ShownDelivery;

export interface DeliveryContext {
  readonly maxAttempts: number;
  readonly lane: LaneStatus | null;
}

const HELD_SHOWN = ['pending', 'retrying', 'waiting', 'in-doubt'];

function viewDocument({ role, subId, externalRef, targetId, targetNumber, draft, accepted }: TargetDocument) {
  return {
    role,
    subId,
    externalRef,
    targetId,
    targetNumber,
    draft,
    accepted: accepted === undefined ? null : viewAcceptance(accepted),
  };
}

function viewAcceptance({ handle, atMicros, untilMicros }: AcceptedDocument) {
  return { handle, at: toIso(atMicros), confirmBy: untilMicros === null ? null : toIso(untilMicros) };
}

function toIso(micros: number): string {
  return new Date(micros / 1_000).toISOString();
}

export function viewDelivery(delivery: DeliveryRow, context: DeliveryContext) {
  const document = findMainDocument(delivery.documents);
  const { lane } = context;
  const isHeld = lane !== null && lane.state !== 'running' && HELD_SHOWN.includes(delivery.state);
  const { outstanding } = delivery;
  return {
    id: delivery._id,
    state: delivery.state,
    held: isHeld ? (lane.reason ?? lane.state) : null,
    reason: delivery.reason,
    reasonCode: delivery.reasonCode,
    entity: delivery.entity,
    flow: delivery.flow,
    from: delivery.from,
    to: delivery.to,
    sourceId: delivery.sourceId,
    number: delivery.number,
    version: delivery.version,
    eventId: delivery.eventId,
    attempts: delivery.attemptCount,
    maxAttempts: context.maxAttempts,
    nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    targetNumber: document?.targetNumber ?? null,
    targetId: document?.targetId ?? null,
    error: delivery.error,
    fingerprint: delivery.fingerprint,
    waitingOn: delivery.waitingOn.map(({ entity, sourceKey, match, counterpart = false, lines = [] }) => ({
      entity,
      sourceKey,
      match,
      counterpart,
      lines,
    })),
    retry:
      outstanding === null
        ? null
        : {
            operationId: outstanding.operationId,
            mode: outstanding.mode,
            stage: outstanding.stage,
            requestedBy: outstanding.requestedBy,
            since: new Date(outstanding.sinceMs).toISOString(),
          },
    supersededBy: delivery.supersededBy,
    endedBy: delivery.endedBy,
    createdAt: delivery.createdAt.toISOString(),
    updatedAt: delivery.updatedAt.toISOString(),
    endedAt: delivery.endedAt?.toISOString() ?? null,
  };
}

export interface ShownPayload {
  readonly payload: unknown;
  readonly payloadProblem: string | null;
}

export function viewDeliveryDetail(
  delivery: Delivery,
  context: DeliveryContext,
  message: Message | null,
  shown: ShownPayload,
  operations: readonly Operation[],
) {
  return {
    ...viewDelivery(delivery, context),
    lane: delivery.lane,
    record: message?.record ?? null,
    origin: message?.origin ?? null,
    flowRevision: delivery.flowRevision,
    mappingRevision: delivery.mappingRevision,
    documents: delivery.documents.map(viewDocument),
    counterparts: delivery.counterparts ?? [],
    attemptLog: delivery.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      outcome: attempt.outcome,
      startedAt: new Date(attempt.startedAtMicros / 1000).toISOString(),
      durationMs: (attempt.endedAtMicros - attempt.startedAtMicros) / 1000,
      operationId: attempt.operationId,
      flowRevision: attempt.flowRevision,
      mappingRevision: attempt.mappingRevision,
      error: attempt.error,
      exchanges: attempt.exchanges,
    })),
    ...shown,
    operations: operations.map(viewOperation),
  };
}

export function viewMessage(message: MessageFacts, deliveries: readonly DeliveryRow[]) {
  return {
    id: message._id,
    state: showState(message.state),
    open: message.fingerprint !== null && message.repairedByVersion === null,
    eventId: message.eventId,
    entity: message.entity,
    connection: message.connection,
    vendor: message.vendor,
    sourceId: message.sourceId,
    number: message.number,
    version: message.version,
    deleted: message.deleted,
    snapshot: message.snapshot,
    origin: message.origin,
    record: message.record,
    error: message.error,
    at: message.at.toISOString(),
    deliveries: deliveries.map(({ _id, flow, to, state, reason }) => ({ id: _id, flow, to, state, reason })),
  };
}

export function viewRecord(record: SourceRecord) {
  return {
    entity: record.entity,
    connection: record.connection,
    id: record.sourceId,
    number: record.number,
    status: record.status,
    version: record.version,
    deleted: record.deleted,
    unmapped: record.unmapped === null ? null : { ...record.unmapped, at: record.unmapped.at.toISOString() },
    targets: Object.values(record.targets).map((target) => ({ ...target, at: target.at.toISOString() })),
    firstSeenAt: record.firstSeenAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}

export function viewSkipped({ _id, from, updatedAt, ...row }: SkippedRow) {
  return { ...row, connection: from, deliveryId: _id, at: updatedAt.toISOString() };
}

export function viewOperation(operation: Operation) {
  const { _id, deliveryId, mode, state, result, requestedBy, reason, createdAt, updatedAt } = operation;
  return {
    id: _id,
    kind: 'retry' as const,
    deliveryId,
    mode,
    state,
    result,
    requestedBy,
    reason,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function viewServiceTrouble({ since, toldAt: _, ...rest }: ToldTrouble) {
  return { ...rest, since: since.toISOString() };
}

export function viewAudit(entry: AuditEntry) {
  const { _id, at, ...rest } = entry;
  return { id: _id, at: at.toISOString(), ...rest };
}
