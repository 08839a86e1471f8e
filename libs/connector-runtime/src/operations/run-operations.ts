import { randomUUID } from 'node:crypto';
import type { Publisher } from '@entrepot/broker';
import type { EntityName, ErrorDetail } from '@entrepot/canonical';
import { WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { readTraceId, type Tracer } from '@entrepot/runtime-kit/tracing';
import type { Logger } from '@entrepot/service-kit';
import type { OperationEnd, PublishedRecords, SourceOperationDocument, SourceOperations } from '@entrepot/store';
import { VendorError } from '@entrepot/vendor-kit';
import { describeBug, holdWhileUnavailable, isInfrastructureError } from '../hold.ts';
import type { RecordSync } from '../publish/record-sync.ts';
import type { OpenConnection, OpenConnections } from '../sources/open-connections.ts';
import type { OperationObserver } from './observe-operations.ts';
import { readRecords } from './read-records.ts';

export interface OperationsOptions {
  readonly vendor: string;
  readonly connections: Pick<OpenConnections, 'find' | 'list'>;
  readonly operations: SourceOperations;
  readonly sync: RecordSync;
  readonly published: PublishedRecords;
  readonly publisher: Publisher;
  readonly observer: OperationObserver;
  readonly log: Logger;
  readonly tracer: Tracer;
  nowMicros(): number;
  /** Aborts when the process stops: another process takes over what runs. */
  readonly signal: AbortSignal;
}

/** How often a process looks for operations that nobody holds, and for what is wanted of its own. */
const LOOK_MS = 1_000;
/** Short, so that a process that died is replaced within seconds. */
const LEASE_MS = 7_000;

/** Someone wants it paused or cancelled, or another process holds it. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs the operations of a vendor's connections that nobody holds. Any number runs concurrently: of a kind there is one for the records of an
 * entity, each keeps one page in memory, and all draw on their connection's budget.
 * @returns `stopped` resolves once all are handed over, after the signal
 */
export function startOperations(options: OperationsOptions): { readonly stopped: Promise<void> } {
  const { vendor, connections, operations, log, signal } = options;
  const running = new Set<Promise<void>>();

  async function claimAll(): Promise<void> {
    const served = connections.list().filter((connection) => connection.source() !== null);
    if (served.length === 0) return;
    const ids = served.map(({ id }) => id);
    for (;;) {
      // Of each claim its own: a run that lost its lease must not go on under the next one.
      const owner = `${vendor}-${randomUUID()}`;
      const operation = await operations.claim(vendor, ids, owner, LEASE_MS);
      if (operation === null) return;
      const connection = connections.find(operation.connection);
      // Paused or cancelled while nobody held it.
      if (operation.owner !== owner) continue;
      if (typeof connection === 'string') {
        // Switched off just now: it waits.
        await operations.release(operation._id, owner, { state: 'stopped' });
        return;
      }
      const work = runOperation(options, operation, connection, owner).catch((err: unknown) =>
        log.error({ err, operation: operation._id }, 'an operation was not handed over; its lease runs out'),
      );
      running.add(work);
      void work.finally(() => running.delete(work));
    }
  }

  async function look(): Promise<void> {
    while (!signal.aborted) {
      await claimAll().catch((err: unknown) => log.warn({ err }, 'no look for operations was possible'));
      await WALL_CLOCK.sleep(LOOK_MS, signal).catch(() => {});
    }
    await Promise.all(running);
  }

  return { stopped: look() };
}

async function runOperation(
  options: OperationsOptions,
  operation: SourceOperationDocument,
  connection: OpenConnection,
  owner: string,
): Promise<void> {
  const { operations, observer, tracer, nowMicros, sync, published, publisher, vendor } = options;
  const { _id: id, kind, entity, traceparent, cursor } = operation;
  const traceId = readTraceId(traceparent);
  const log = options.log.child({ operation: id, kind, connection: connection.id, entity, traceId });
  log.info({ records: operation.progress.records, goesOn: cursor !== null }, 'operation runs');
  const beganAtMs = performance.now();
  const interruption = new AbortController();
  const renewal = setInterval(() => void renew(), LOOK_MS);
  let renewedAtMs = beganAtMs;
  let isAsking = false;
  const ended = observer.running(operation);

  async function renew(): Promise<void> {
    if (performance.now() - renewedAtMs > LEASE_MS) interruption.abort(new Interrupted('its lease ran out'));
    if (isAsking || interruption.signal.aborted) return;
    isAsking = true;
    const askedAtMs = performance.now();
    try {
      const hold = connection.hold.state();
      const waitsFor = hold.held ? hold.reason : connection.throttledBecause();
      const wanted = await operations.keep(id, owner, LEASE_MS, waitsFor);
      renewedAtMs = askedAtMs;
      if (wanted === null) interruption.abort(new Interrupted('another process holds it, or it was ended'));
      else if (wanted !== 'run') interruption.abort(new Interrupted(`it is to ${wanted}`));
    } catch (err) {
      log.warn({ err }, 'the lease of an operation was not renewed');
    } finally {
      isAsking = false;
    }
  }

  const signal = AbortSignal.any([options.signal, interruption.signal, connection.closed]);
  let end: OperationEnd;
  try {
    if (!connection.entities.includes(entity)) throw notGiven(connection.id, entity);
    await tracer.span('operation', traceparent, { connection: connection.id, entity, kind }, (own) =>
      readRecords({
        vendor,
        operation,
        connection,
        sync,
        published,
        publisher,
        log,
        nowMicros,
        signal,
        traceparent: own,
        async advance(next, done) {
          if (!(await operations.advance(id, owner, next, done))) throw new Interrupted('another process holds it');
          observer.counted(operation, done);
          log.debug({ ...done }, 'a page of an operation is done');
        },
      }),
    );
    end = { state: 'completed' };
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    const leaves = signal.aborted || error instanceof Interrupted || isInfrastructureError(error);
    end = leaves ? { state: 'stopped' } : { state: 'failed', error: describeFailure(error) };
    log[leaves ? 'info' : 'error']({ err: reason }, leaves ? 'operation stops' : 'operation failed');
  } finally {
    clearInterval(renewal);
    ended();
  }
  const handingOver = AbortSignal.timeout(LEASE_MS);
  await holdWhileUnavailable(() => operations.release(id, owner, end), {
    signal: handingOver,
    onRetry: (err) => log.warn({ err }, 'the end of an operation is not noted yet'),
  });
  if (end.state === 'completed')
    log.info({ durationMs: Math.round(performance.now() - beganAtMs) }, 'operation completed');
}

function notGiven(connection: string, entity: EntityName): VendorError {
  return new VendorError('rejected', `the vendor of ${connection} gives no ${entity} records`, { code: 'no-entity' });
}

function describeFailure(error: unknown): ErrorDetail {
  return error instanceof VendorError ? error.toDetail() : describeBug(error);
}
