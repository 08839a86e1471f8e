import { entitySchemas } from '@entrepot/canonical';
import {
  type Connection,
  OperationOpen,
  type OperationWish,
  type SourceOperationDocument,
  type Store,
} from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { notFound, Problem } from '../problem.ts';
import type { LedgerStore } from '../store/collections.ts';
import { newTimeId } from '../store/documents.ts';
import { ROWS } from '../store/indexes.ts';
import { MAX_SELECTED, type StartBody } from './operation.schemas.ts';

/** Fewer deletions than this between two sweeps are usual; more are rather lost rights, or a list cut short. */
const MOST_MISSING_PERCENT = 10;

export interface OperationPorts {
  readonly store: Pick<Store, 'connections' | 'sourceOperations'>;
  readonly ledgerStore: Pick<LedgerStore, 'deliveries' | 'operations'>;
  readonly vendors: readonly Vendor[];
  now(): Date;
}

export interface OperationRequest extends StartBody {
  readonly startedBy: string;
  readonly traceparent: string;
}

/**
 * Starts an operation on a connection's records; a connector takes it within seconds.
 * @throws Problem 404, 400 (the vendor has no such records, `since` is no time of the past, or the selection names none or too many), 409 (switched off, or one of its kind
 * has not ended)
 */
export async function startOperation(
  ports: OperationPorts,
  connectionId: string,
  request: OperationRequest,
): Promise<SourceOperationDocument> {
  const { kind, entity, since, startedBy, traceparent } = request;
  const connection = ports.store.connections.find(connectionId);
  if (connection === null) throw notFound('connection', connectionId);
  refuseUnread(ports, connection, request);
  const now = ports.now();
  const sinceMs = since === undefined ? null : readPast(since, now);
  const sourceIds = request.ids ?? (await select(ports, connectionId, request));
  const { started, operation } = await ports.store.sourceOperations.start({
    _id: newTimeId(now.getTime()),
    kind,
    tenant: connection.tenant,
    vendor: connection.vendor,
    connection: connectionId,
    entity,
    request: {
      sinceMicros: sinceMs === null ? null : sinceMs * 1_000,
      sourceIds: sourceIds === null ? null : [...new Set(sourceIds)],
      ...(kind === 'sweep' ? { mostMissingPercent: request.mostMissingPercent ?? MOST_MISSING_PERCENT } : {}),
    },
    startedBy,
    traceparent,
    createdAt: now,
  });
  if (!started) throw underWayProblem(operation);
  return operation;
}

/** Pauses, resumes or cancels. @throws Problem 404, 409 (it has ended, is being cancelled, or is a retry) */
export async function askOperation(
  ports: OperationPorts,
  id: string,
  wish: OperationWish,
): Promise<SourceOperationDocument> {
  const { sourceOperations } = ports.store;
  const asked = await sourceOperations.ask(id, wish).catch((error: unknown) => {
    throw error instanceof OperationOpen ? underWayProblem(error.operation) : error;
  });
  if (asked !== null) return asked;
  const found = await sourceOperations.get(id);
  if (found !== null) {
    const isEnding = found.endedAt === null;
    throw new Problem(
      409,
      isEnding ? 'cancelling' : 'already-ended',
      isEnding ? 'It is being cancelled' : 'It has ended',
      isEnding
        ? 'Somebody has cancelled it; its connector ends it within seconds.'
        : `It has ended: ${found.state}. Start another one at /v1/connections/${found.connection}/operations.`,
    );
  }
  if ((await ports.ledgerStore.operations.findOne({ _id: id })) === null) throw notFound('operation', id);
  throw new Problem(
    409,
    'is-a-retry',
    'It is the retry of a delivery',
    'A retry ends by itself. Discard its delivery where it is not wanted.',
  );
}

/** A removed connection has no records to read: what is open of it is cancelled. */
export function cancelOperationsOf(ports: OperationPorts, connection: string): Promise<void> {
  return ports.store.sourceOperations.cancelOf(connection, {
    kind: 'source',
    code: 'connection-removed',
    message: 'its connection was removed',
    advice: null,
    fields: [],
  });
}

function refuseUnread({ vendors }: OperationPorts, connection: Connection, { kind, entity }: StartBody): void {
  const vendor = vendors.find(({ name }) => name === connection.vendor);
  if (vendor?.source?.entities[entity] === undefined || entitySchemas[entity].status !== 'released') {
    throw new Problem(
      400,
      'no-such-records',
      'No such records',
      `${vendor?.title ?? connection.vendor} gives no ${entity} records. /v1/vendors says which it gives.`,
      [{ path: 'entity', message: 'is none that the vendor gives' }],
    );
  }
  if (kind === 'sweep' && vendor.source.entities[entity]?.absence !== 'sweep') {
    throw new Problem(
      400,
      'no-sweep',
      'Its records are not swept',
      `${vendor.title} does not list the ids of all ${entity} records. /v1/vendors says what it means there that a record is not found.`,
      [{ path: 'kind', message: 'is not possible for these records' }],
    );
  }
  if (!connection.active) {
    throw new Problem(
      409,
      'switched-off',
      'The connection is switched off',
      `Connection "${connection.id}" is switched off: set "active": true first.`,
      [{ path: 'active', message: 'is false' }],
    );
  }
}

/** @throws Problem 400 for a time before 1970, which sources cannot be asked by, or one to come, since when nothing can have changed */
function readPast(since: string, now: Date): number {
  const sinceMs = Date.parse(since);
  if (sinceMs >= 0 && sinceMs <= now.getTime()) return sinceMs;
  throw new Problem(
    400,
    'invalid-request',
    'Request is not valid',
    `since is ${since}: give a time from 1970 up to now, or leave it out to read everything.`,
    [{ path: 'since', message: 'lies before 1970 or in the future' }],
  );
}

/** Ids of the selected records; null without a selection. */
async function select(
  { ledgerStore }: OperationPorts,
  connection: string,
  { entity, selection }: StartBody,
): Promise<readonly string[] | null> {
  if (selection === undefined) return null;
  const { states, flow } = selection;
  const found = await ledgerStore.deliveries
    .find(
      { current: true, entity, state: { $in: states }, from: connection, ...(flow === undefined ? {} : { flow }) },
      { projection: { sourceId: 1 } },
    )
    .hint(ROWS)
    .limit(MAX_SELECTED + 1)
    .toArray();
  if (found.length >= 1 && found.length <= MAX_SELECTED) return found.map(({ sourceId }) => sourceId);
  const detail =
    found.length === 0
      ? 'No record of the connection has such a delivery.'
      : `More than ${MAX_SELECTED} records have such a delivery: name a flow or fewer states, or use since.`;
  throw new Problem(400, 'unusable-selection', 'Nothing, or too much, is selected', detail, [
    { path: 'selection', message: found.length === 0 ? 'selects nothing' : 'selects too many' },
  ]);
}

function underWayProblem({ _id, kind, entity, connection, startedBy, createdAt, state }: SourceOperationDocument) {
  return new Problem(
    409,
    'operation-under-way',
    `A ${kind} has not ended`,
    `The ${kind} of ${entity} records of "${connection}" that ${startedBy} started at ${createdAt.toISOString()} is ${state}. See, resume or cancel it: /v1/operations/${_id}.`,
    [{ path: 'kind', message: _id }],
  );
}
