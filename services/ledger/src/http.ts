import type { Broker } from '@entrepot/broker';
import { EntrepotServer, PassErrorsFilter } from '@entrepot/broker/nest';
import type { Logger } from '@entrepot/service-kit';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import express from 'express';
import helmet from 'helmet';
import { DeadlineInterceptor } from './api/deadline.interceptor.ts';
import { ProblemFilter } from './api/problem.filter.ts';
import { describeOperations } from './api/zod-http.ts';
import { orderOf } from './ingest/order-of.ts';
import { createRefusal } from './ingest/refusal.ts';
import { LedgerModule } from './ledger.module.ts';
import { LEDGER_GROUP, type Ledger } from './ledger.ts';

const BODY_LIMIT = '1mb';
/**
 * Enough at once for full groups of writes, little enough that a backlog does not fill the memory. What comes one by one is gathered for up to
 * 250 ms: a group costs the database what a record does, and people, releases and retries can wait that long.
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
export async function startLedgerApp(
  ledger: Ledger,
  broker: Broker,
  log: Logger,
  groupId = LEDGER_GROUP,
): Promise<LedgerApp> {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.use((request, response, next) => {
    response.on('finish', () => {
      // The pattern and not the path, which holds ids.
      const route = String(request.route?.path ?? 'none');
      ledger.metrics.requests.inc({ method: request.method, route, status: String(response.statusCode) });
    });
    next();
  });
  app.use(express.json({ limit: BODY_LIMIT }));
  app.use(express.text({ type: ['application/yaml', 'text/yaml', 'application/x-yaml'], limit: BODY_LIMIT }));
  const nest = await NestFactory.create(LedgerModule.of(ledger), new ExpressAdapter(app), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  nest.useGlobalFilters(new ProblemFilter(log));
  nest.useGlobalInterceptors(new DeadlineInterceptor());
  const document = new DocumentBuilder()
    .setTitle('Entrepot admin API')
    .setDescription(
      'See, understand, repair and reprocess every message. Lists answer {items, next}; errors are application/problem+json.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  ledger.setOpenApi(() => {
    describeOperations();
    return SwaggerModule.createDocument(nest, document);
  });
  const consumers = nest.connectMicroservice(
    {
      strategy: new EntrepotServer({
        broker,
        groups: {
          ledger: {
            groupId,
            onBug: createRefusal({ strays: ledger.ingest.strays, ping: ledger.ping, log }),
            keyOf: orderOf,
            limits: LIMITS,
          },
        },
      }),
    },
    // Initialised at once, its filter would come too late, and errors would reach nobody as they are.
    { inheritAppConfig: false, deferInitialization: true },
  );
  consumers.useGlobalFilters(new PassErrorsFilter());
  await nest.startAllMicroservices();
  await nest.init();
  return { express: app, nest };
}
