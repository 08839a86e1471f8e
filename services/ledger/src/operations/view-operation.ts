import type { SourceOperationDocument } from '@entrepot/store';

/** The connection as far as it decides whether an operation gets on. */
export interface ServedConnection {
  readonly active: boolean;
}

/** A connector looks every second. */
const TAKEN_WITHIN_MS = 15_000;

export function viewSourceOperation(
  operation: SourceOperationDocument,
  connection: ServedConnection | null,
  now: Date,
) {
  const { _id, request, state, progress, startedAt, progressAt, endedAt } = operation;
  const { sinceMicros, sourceIds, mostMissingPercent = null } = request;
  return {
    id: _id,
    kind: operation.kind,
    tenant: operation.tenant,
    connection: operation.connection,
    entity: operation.entity,
    since: sinceMicros === null ? null : new Date(sinceMicros / 1_000).toISOString(),
    mostMissingPercent,
    named: sourceIds?.length ?? null,
    state,
    wanted: operation.wanted,
    waitsFor: describeWait(operation, connection, now),
    progress,
    error: operation.error,
    startedBy: operation.startedBy,
    createdAt: operation.createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    progressAt: progressAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** Our words first, then after a colon those of the vendor. */
function describeWait(
  { state, vendor, waitsFor, changedAt, leaseUntil }: SourceOperationDocument,
  connection: ServedConnection | null,
  now: Date,
): string | null {
  if (state !== 'waiting' && state !== 'running') return null;
  if (connection === null) return 'its connection is removed';
  if (!connection.active) return 'its connection is switched off';
  if (waitsFor !== null) return `its connection waits: ${waitsFor}`;
  const since = state === 'waiting' ? changedAt : leaseUntil;
  if (since === null || now.getTime() - since.getTime() < TAKEN_WITHIN_MS) return null;
  return `no connector of ${vendor} takes it: see whether one runs, and what the connection's attention says`;
}
