import 'reflect-metadata';
import type { BrokerRecord } from '@entrepot/broker';
import { PassErrorsFilter, type RecordContext } from '@entrepot/broker/nest';
import { commandTopic, inboxTopic } from '@entrepot/canonical';
import { Controller, Inject, Module, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';

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
