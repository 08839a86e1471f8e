import { describeBug } from '../hold.ts';
import 'reflect-metadata';
import type { Broker, BrokerRecord, Publisher } from '@entrepot/broker';
import { EntrepotServer, PassErrorsFilter, type RecordContext } from '@entrepot/broker/nest';
import { commandGroupId, commandTopic, inboxGroupId, inboxTopic, UNMAPPED_TOPIC } from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import { Controller, Inject, Module, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { formatUnmapped } from '../publish/report-unmapped.ts';
import { parseInboxMessage } from './handle-hint.ts';

export interface Consumers {
  close(): Promise<void>;
}

export interface ConsumersOptions {
  readonly vendor: string;
  readonly broker: Broker;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly handleHint: HandleRecord;
  readonly handleCommand: HandleRecord;
  /** True once the process stops: an error then is no bug of a record. */
  isStopping(): boolean;
  nowMicros(): number;
}

/** Hints wait here while their connection is held (see the hint handler); another connection's must still find a place. */
const INBOX_LIMITS = { maxConcurrent: 20_000, maxConcurrentPerPartition: 5_000, maxQueuedRecords: 40_000 } as const;
const CLOSE_DEADLINE_MS = 3_000;

/** Starts the Nest microservice that consumes hints and commands of one vendor. */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { vendor, broker, log } = options;
  const server = new EntrepotServer({
    broker,
    closeDeadlineMs: CLOSE_DEADLINE_MS,
    groups: {
      [INBOX_GROUP]: {
        groupId: inboxGroupId(vendor),
        limits: INBOX_LIMITS,
        onBug: (record, error) => reportBug(record, error, options),
        // A hint only says "read again": of several waiting hints of one record, the last one is enough (conflation).
        latestWins: (record) => identifyHint(record),
        onConflated: async () => {},
      },
      [COMMAND_GROUP]: {
        groupId: commandGroupId(vendor),
        // Commands run concurrently: one that waits for its connection must not delay those behind it.
        keyOf: (record) => `${record.partition}/${record.offset}`,
        onBug: async (record, error) => {
          if (options.isStopping()) throw error;
          log.error(
            { err: error, topic: record.topic, partition: record.partition, offset: String(record.offset) },
            'command failed',
          );
        },
      },
    },
  });
  const app = await NestFactory.createMicroservice(
    createConnectorModule(vendor, options.handleHint, options.handleCommand),
    {
      strategy: server,
      logger: false,
      abortOnError: false,
    },
  );
  await app.listen();
  return { close: () => app.close() };
}

function identifyHint(record: BrokerRecord): string | null {
  const message = parseInboxMessage(record.value);
  if (message === null) return null;
  const { connection, entity, sourceId, deletion } = message;
  return `${deletion ? 'deletion|' : ''}${connection}|${entity}|${sourceId}`;
}

/**
 * Reports a record on which our own code failed as unmapped, so that the operator sees it; then the inbox continues.
 */
async function reportBug(record: BrokerRecord, error: unknown, options: ConsumersOptions): Promise<void> {
  if (options.isStopping()) throw error;
  const message = parseInboxMessage(record.value);
  const known = error instanceof Error ? error : new Error(String(error));
  options.log.error(
    { err: known, topic: record.topic, partition: record.partition, offset: String(record.offset) },
    'hint failed',
  );
  if (message === null) return;
  const { vendor, publisher, nowMicros } = options;
  const report = formatUnmapped(message, { vendor, number: null, error: describeBug(known), atMicros: nowMicros() });
  await publisher.send(UNMAPPED_TOPIC, report);
}

/** Names of the consumer groups, as the transport's options give them. */
export const INBOX_GROUP = 'inbox';
export const COMMAND_GROUP = 'commands';

export type HandleRecord = (record: BrokerRecord, signal: AbortSignal) => Promise<void>;

const HANDLE_HINT = Symbol('handle hint');
const HANDLE_COMMAND = Symbol('handle command');

/** The consumers of one vendor's connector. Topics carry the vendor's name, so the classes are made per vendor. */
export function createConnectorModule(
  vendor: string,
  handleHint: HandleRecord,
  handleCommand: HandleRecord,
): Type<unknown> {
  @Controller()
  class InboxController {
    private readonly handle: HandleRecord;

    constructor(@Inject(HANDLE_HINT) handle: HandleRecord) {
      this.handle = handle;
    }

    @EventPattern<string>(inboxTopic(vendor), { group: INBOX_GROUP })
    receiveHint(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
      return this.handle(record, context.signal);
    }
  }

  @Controller()
  class CommandController {
    private readonly handle: HandleRecord;

    constructor(@Inject(HANDLE_COMMAND) handle: HandleRecord) {
      this.handle = handle;
    }

    @EventPattern<string>(commandTopic(vendor), { group: COMMAND_GROUP })
    receiveCommand(@Payload() record: BrokerRecord, @Ctx() context: RecordContext): Promise<void> {
      return this.handle(record, context.signal);
    }
  }

  @Module({
    controllers: [InboxController, CommandController],
    providers: [
      { provide: HANDLE_HINT, useValue: handleHint },
      { provide: HANDLE_COMMAND, useValue: handleCommand },
      { provide: APP_FILTER, useClass: PassErrorsFilter },
    ],
  })
  class ConnectorModule {}
  return ConnectorModule;
}
