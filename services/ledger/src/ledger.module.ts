import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.ts';
import { DeliveriesController } from './api/deliveries.controller.ts';
import { MessagesController } from './api/messages.controller.ts';
import { OperationsController } from './api/operations.controller.ts';
import { RecordsController } from './api/records/records.controller.ts';
import { TokensController } from './api/tokens.controller.ts';
import { IngestController } from './ingest/ingest.ts';
import { LEDGER } from './injection.ts';
import type { Ledger } from './ledger.ts';
import { SourceOperationsController } from './operations/source-operations.controller.ts';
import { ConfigurationController } from './settings/configuration.controller.ts';
import { ConnectionsController } from './settings/connections.controller.ts';
import { FlowsController } from './settings/flows.controller.ts';
import { TenantsController } from './settings/tenants.controller.ts';
import { SignInController } from './vendors/sign-in.controller.ts';
import { ValuesController } from './vendors/values.controller.ts';
import { VendorsController } from './vendors/vendors.controller.ts';

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest modules are classes; this one only carries its parts
export class LedgerModule {
  static of(ledger: Ledger): DynamicModule {
    return {
      module: LedgerModule,
      controllers: [
        DeliveriesController,
        MessagesController,
        RecordsController,
        OperationsController,
        SourceOperationsController,
        ConnectionsController,
        FlowsController,
        TenantsController,
        VendorsController,
        ValuesController,
        SignInController,
        ConfigurationController,
        TokensController,
        IngestController,
      ],
      providers: [
        { provide: LEDGER, useValue: ledger },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
    };
  }
}
