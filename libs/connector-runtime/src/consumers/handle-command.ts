import type { BrokerRecord, Publisher } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  type Command,
  type CommandReport,
  type ErrorDetail,
  eventKey,
  formatReport,
  isEntityName,
} from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import { holdWhileUnavailable, untilAborted } from '../hold.ts';
import type { RecordSync, SyncOutcome } from '../publish/record-sync.ts';
import { reportDeadLetter } from '../publish/report-unmapped.ts';
import type { OpenConnection, OpenConnections } from '../sources/open-connections.ts';

export interface CommandHandlerOptions {
  readonly connections: OpenConnections;
  readonly sync: RecordSync;
  readonly publisher: Publisher;
  readonly log: Logger;
  nowMicros(): number;
  /** How long a refresh waits for a held connection before it answers `failed`. Default 20,000. */
  readonly refreshDeadlineMs?: number;
}

type Answer = Pick<CommandReport, 'sourceId' | 'result' | 'eventId' | 'version' | 'error'>;

/**
 * Handles one command of the ledger: refresh, that is fetch these records.
 * Answers by command reports, acknowledged before it resolves. A command that is no command is passed over.
 */
export function createCommandHandler(
  options: CommandHandlerOptions,
): (record: BrokerRecord, signal: AbortSignal) => Promise<void> {
  const { connections, sync, log } = options;
  const refreshDeadlineMs = options.refreshDeadlineMs ?? 20_000;

  async function handle(record: BrokerRecord, signal: AbortSignal): Promise<void> {
    const command = parseCommand(record.value);
    if (command === null) {
      log.error(
        { topic: record.topic, partition: record.partition, offset: String(record.offset) },
        'command cannot be read: passed over',
      );
      await reportDeadLetter(record, 'it is no command', options, signal);
      return;
    }
    const { commandId, type, connection: connectionId, entity } = command;
    log.info(
      { commandId, type, connection: connectionId, entity, records: command.sourceIds.length },
      'command received',
    );
    const connection = connections.find(connectionId);
    if (typeof connection === 'string') {
      const message =
        connection === 'unknown'
          ? `there is no connection ${connectionId} of this vendor`
          : `the connection ${connectionId} is switched off`;
      const ids = command.sourceIds.length === 0 ? [''] : command.sourceIds;
      await Promise.all(ids.map((id) => report(command, failed(id, 'source', 'no-connection', message), signal)));
      return;
    }
    if (!connection.entities.includes(entity)) {
      await report(
        command,
        failed('', 'source', 'no-entity', `the vendor of ${connectionId} gives no ${entity} records`),
        signal,
      );
      return;
    }
    await Promise.all(
      command.sourceIds.map(async (id) =>
        report(command, await refresh(connection, command, id, record, signal), signal),
      ),
    );
  }

  async function refresh(
    connection: OpenConnection,
    { entity }: Command,
    sourceId: string,
    record: BrokerRecord,
    signal: AbortSignal,
  ): Promise<Answer> {
    const traceparent = record.headers.traceparent ?? null;
    const work = sync.sync(
      { connection: connection.id, entity, sourceId },
      { via: 'REFRESH', snapshot: false, traceparent, cause: 'refresh' },
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), refreshDeadlineMs);
    });
    try {
      const outcome = await untilAborted(Promise.race([work, late]), signal);
      if (outcome !== null) return describeOutcome(sourceId, outcome);
      const state = connection.hold.state();
      const throttled = connection.throttledBecause();
      const waits =
        throttled === null ? 'the source did not answer in time' : `the connection is throttled: ${throttled}`;
      const reason = state.held ? `the connection is held: ${state.reason}` : waits;
      return failed(
        sourceId,
        state.held ? state.kind : throttled === null ? 'timeout' : 'throttled',
        'refresh-late',
        `${reason}; the record will be read as soon as that is over`,
      );
    } catch (error) {
      signal.throwIfAborted();
      return failed(sourceId, 'source', 'refresh-failed', error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  async function report(command: Command, answer: Answer, signal: AbortSignal): Promise<void> {
    const value: CommandReport = {
      kind: 'command',
      // The same for a command handled twice.
      reportId: `${command.commandId}:${answer.sourceId}`,
      commandId: command.commandId,
      connection: command.connection,
      entity: command.entity,
      ...answer,
      atMicros: options.nowMicros(),
    };
    const key = eventKey(command.connection, answer.sourceId === '' ? command.commandId : answer.sourceId);
    await holdWhileUnavailable(() => options.publisher.send(ATTEMPT_TOPIC, { key, value: formatReport(value) }), {
      signal,
      onRetry: (err) => log.warn({ err, commandId: command.commandId }, 'answer to a command not acknowledged yet'),
    });
  }

  return handle;
}

function describeOutcome(sourceId: string, outcome: SyncOutcome): Answer {
  switch (outcome.result) {
    case 'published':
      return { sourceId, result: 'new-version', eventId: outcome.eventId, version: outcome.version, error: null };
    case 'unchanged':
      return { sourceId, result: 'unchanged', eventId: outcome.eventId, version: outcome.version, error: null };
    case 'not-found':
      return { sourceId, result: 'not-found', eventId: null, version: null, error: null };
    case 'unmapped':
      return { sourceId, result: 'unmapped', eventId: null, version: null, error: outcome.error };
  }
}

function failed(sourceId: string, kind: string, code: string, message: string): Answer {
  const error: ErrorDetail = { kind, code, message, advice: null, fields: [] };
  return { sourceId, result: 'failed', eventId: null, version: null, error };
}

function parseCommand(value: Buffer | null): Command | null {
  let json: Partial<Command> | null;
  try {
    json = value === null ? null : (JSON.parse(value.toString()) as Partial<Command> | null);
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const { commandId, type, connection, entity, sourceIds } = json;
  if (
    typeof commandId !== 'string' ||
    type !== 'refresh' ||
    typeof connection !== 'string' ||
    connection === '' ||
    connection.includes('/') ||
    commandId === '' ||
    typeof entity !== 'string' ||
    !isEntityName(entity)
  )
    return null;
  return {
    commandId,
    type,
    connection,
    entity,
    sourceIds: Array.isArray(sourceIds) ? sourceIds.filter((id) => typeof id === 'string' && id !== '') : [],
    requestedBy: json.requestedBy ?? 'unknown',
    atMicros: json.atMicros ?? 0,
  };
}
