import type { BrokerRecord, Publisher } from '@entrepot/broker';
import { type EntityName, isEntityName } from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import { untilAborted } from '../hold.ts';
import type { ConnectorMetrics } from '../metrics.ts';
import type { Poller } from '../polls/poller.ts';
import type { RecordSync } from '../publish/record-sync.ts';
import { describeSwitchedOff, describeUnknown, reportDeadLetter, reportUnmapped } from '../publish/report-unmapped.ts';
import type { OpenConnections } from '../sources/open-connections.ts';
import { ConnectionClosed } from '../sources/record-reader.ts';

/** A verified hint on its way to the fetch, as JSON on the inbox topic (key: the event key). */
export interface InboxMessage {
  readonly connection: string;
  readonly entity: EntityName;
  readonly sourceId: string;
  readonly cause: string;
  /** Announces a deletion, which no poll finds. */
  readonly deletion: boolean;
  /** Announces a record that has just been created. */
  readonly creation: boolean;
  readonly receivedAtMicros: number;
}

export interface HintHandlerOptions {
  readonly vendor: string;
  readonly sync: RecordSync;
  readonly connections: Pick<OpenConnections, 'find'>;
  /** The poller of a connection's entity; undefined while there is none. */
  findPoller(connection: string, entity: string): Poller | undefined;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  nowMicros(): number;
  /** Hints of one held or throttled connection that wait in memory. Default 2,000. */
  readonly mostWaiting?: number;
}

/**
 * Handles one record of the inbox. Resolves when the change is published, already known, or reported as unmapped. While
 * a connection is held or throttled, only a bounded number of its hints wait; further ones are left to a poll, so that
 * hints of other connections find a place. A poll cannot find deletions: they always wait, and are reported if their
 * connection is switched off meanwhile.
 */
export function createHintHandler(
  options: HintHandlerOptions,
): (record: BrokerRecord, signal: AbortSignal) => Promise<void> {
  const { sync, log, metrics, nowMicros } = options;
  const mostWaiting = options.mostWaiting ?? 2_000;
  const waiting = new Map<string, number>();
  /**
   * Polls in progress for hints that were left to them, by connection and entity; `more`: further hints were left since
   * the poll was requested.
   */
  const catchingUp = new Map<string, { more: boolean }>();

  const count = (connection: string, change: number): void => {
    const left = (waiting.get(connection) ?? 0) + change;
    if (left > 0) waiting.set(connection, left);
    else waiting.delete(connection);
  };

  /** Returns true when a poll will find the change that the hint announces. */
  function leaveToPoll({ connection, entity, deletion }: InboxMessage): boolean {
    if (deletion || (waiting.get(connection) ?? 0) < mostWaiting) return false;
    const open = options.connections.find(connection);
    if (typeof open === 'string' || !(open.hold.state().held || open.throttledBecause() !== null)) return false;
    const poller = options.findPoller(connection, entity);
    if (poller === undefined) return false;
    const key = `${connection}|${entity}`;
    const known = catchingUp.get(key);
    if (known !== undefined) {
      // The poll's listing may already have passed the change that this hint announces.
      known.more = true;
      return true;
    }
    log.warn({ connection, entity }, 'many hints wait for a connection: a poll finds the rest');
    catchUp(key, poller).catch((err: unknown) =>
      log.info({ err, connection, entity }, 'the poll for hints that found no place was given up'),
    );
    return true;
  }

  async function catchUp(key: string, poller: Poller): Promise<void> {
    const state = { more: true };
    catchingUp.set(key, state);
    try {
      while (state.more) {
        state.more = false;
        await poller.pollNow();
      }
    } finally {
      catchingUp.delete(key);
    }
  }

  return async (record, signal) => {
    const message = parseInboxMessage(record.value);
    if (message === null) {
      log.error(
        { topic: record.topic, partition: record.partition, offset: String(record.offset) },
        'inbox record is not a hint: passed over',
      );
      await reportDeadLetter(record, 'it is no hint', options, signal);
      return;
    }
    if (leaveToPoll(message)) return;
    const { connection, entity, sourceId, cause, receivedAtMicros } = message;
    const traceparent = record.headers.traceparent ?? null;
    count(connection, 1);
    try {
      const work = sync.sync(
        { connection, entity, sourceId },
        {
          via: 'HINT',
          snapshot: false,
          traceparent,
          cause,
          likelyNew: message.creation,
          // A read that found the record has not seen its deletion; an unknown time is left out.
          ...(!message.deletion && receivedAtMicros > 0 && { toldAtMicros: receivedAtMicros }),
        },
      );
      const outcome = await untilAborted(work, signal);
      metrics.hintSeconds.observe({ entity }, Math.max(0, nowMicros() - receivedAtMicros) / 1e6);
      log.debug({ connection, entity, sourceId, cause, traceparent, ...outcome }, 'hint followed');
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      if (options.connections.find(connection) === 'unknown')
        await reportUnmapped(message, describeUnknown(connection, cause), options, signal);
      else if (message.deletion) await reportUnmapped(message, describeSwitchedOff(connection, cause), options, signal);
      // When the connection is switched on again, its polls continue from their cursor and find the change.
      log.info({ connection, entity, cause }, 'hint dropped: its connection is switched off or gone');
    } finally {
      count(connection, -1);
    }
  };
}

/** Ids are short; a longer one is none of any source. */
const MAX_ID_CHARACTERS = 1_024;

export function formatInboxMessage(message: InboxMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** Returns null for a foreign record; the caller reports it as a dead letter. */
export function parseInboxMessage(value: Buffer | null): InboxMessage | null {
  if (value === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const { connection, entity, sourceId, cause, deletion, creation, receivedAtMicros } = json as Record<string, unknown>;
  if (
    !isName(connection) ||
    connection.includes('/') ||
    !isName(sourceId) ||
    typeof entity !== 'string' ||
    !isEntityName(entity)
  )
    return null;
  return {
    connection,
    entity,
    sourceId,
    cause: typeof cause === 'string' ? cause.slice(0, MAX_ID_CHARACTERS) : 'unknown',
    deletion: deletion === true,
    creation: creation === true,
    receivedAtMicros: typeof receivedAtMicros === 'number' ? receivedAtMicros : 0,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARACTERS;
}
