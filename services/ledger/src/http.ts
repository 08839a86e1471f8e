import type { Broker } from '@entrepot/broker';
import { EntrepotServer, PassErrorsFilter } from '@entrepot/broker/nest';
import type { Logger } from '@entrepot/service-kit';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import helmet from 'helmet';
import { DeadlineInterceptor } from './edge/deadline.interceptor.ts';
import { describeApi } from './edge/describe-api.ts';
import { ProblemFilter } from './edge/problem.filter.ts';
import { methodsAt } from './edge/routes.ts';
import { TakeBodyInterceptor } from './edge/take-body.interceptor.ts';
import { endUnreadBodies } from './edge/take-body.ts';
import { orderOf } from './ingest/read-record.ts';
import { createRefusal } from './ingest/refusal.ts';
import { LedgerModule } from './ledger.module.ts';
import type { Ledger } from './ledger.ts';
import { ViewerMasksInterceptor } from './masking/viewer-masks.interceptor.ts';

/**
 * Enough concurrent records for full groups of writes, few enough that a backlog does not fill the memory. Records that arrive singly are
 * gathered for up to 250 ms: a group costs the database what a single record does, and people, releases and retries can wait that long.
 */
const LIMITS = {
  maxConcurrent: 1_500,
  maxConcurrentPerPartition: 1_000,
  maxQueuedRecords: 10_000,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxFetchBytes: 2 * 1024 * 1024,
  minFetchBytes: 256 * 1024,
  maxFetchWaitMs: 250,
};

export interface LedgerApp {
  readonly express: express.Express;
  readonly nest: INestApplication;
}

/** The admin API on an express app of its own, and the Kafka handlers; both started, the app not listening yet. */
export async function startLedgerApp(ledger: Ledger, broker: Broker, log: Logger): Promise<LedgerApp> {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(helmet());
  // Most answers hold personal data: no cache keeps them, neither the browser's nor a proxy's.
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use((request, response, next) => {
    response.on('finish', () => {
      // The pattern instead of the path, which holds ids.
      const route = String(request.route?.path ?? 'none');
      ledger.metrics.requests.inc({ method: request.method, route, status: String(response.statusCode) });
    });
    next();
  });
  app.use(endUnreadBodies);
  const nest = await NestFactory.create(LedgerModule.of(ledger), new ExpressAdapter(app), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  nest.useGlobalFilters(new ProblemFilter(log, (path) => methodsAt(app, path)));
  nest.useGlobalInterceptors(new DeadlineInterceptor(), new TakeBodyInterceptor(), new ViewerMasksInterceptor());
  ledger.setOpenApi(() => describeApi(nest));
  const consumers = nest.connectMicroservice(
    {
      strategy: new EntrepotServer({
        broker,
        groups: {
          ledger: {
            groupId: ledger.groupId,
            onBug: createRefusal({ deadLetters: ledger.ingest.deadLetters, ping: ledger.ping, log }),
            keyOf: orderOf,
            limits: LIMITS,
          },
        },
      }),
    },
    // With immediate initialisation the filter below comes too late: Nest's own filter would replace the handlers' errors.
    { inheritAppConfig: false, deferInitialization: true },
  );
  consumers.useGlobalFilters(new PassErrorsFilter());
  await nest.startAllMicroservices();
  await nest.init();
  return { express: app, nest };
}
