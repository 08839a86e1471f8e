import type { Broker } from '@entrepot/broker';
import { inboxTopic, listConnectorTopics, listSharedTopics } from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';
import { observeBudgets } from '@entrepot/runtime-kit/budget';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import { createSharedClock } from '@entrepot/runtime-kit/clock';
import { NO_TRACES, type Tracer } from '@entrepot/runtime-kit/tracing';
import type { Logger, Metrics } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { createCommandHandler } from '../consumers/handle-command.ts';
import { createHintHandler } from '../consumers/handle-hint.ts';
import { startConsumers } from '../consumers/start-consumers.ts';
import { createConnectorMetrics } from '../metrics.ts';
import { observeOperations } from '../operations/observe-operations.ts';
import { startOperations } from '../operations/run-operations.ts';
import { type Poller, startPoller } from '../polls/poller.ts';
import { createConfirmer } from '../publish/confirm-documents.ts';
import { createEchoGuard } from '../publish/echo-guard.ts';
import { createRecordSync } from '../publish/record-sync.ts';
import { startRepublisher } from '../republish/republisher.ts';
import { createOpenConnections, listServedEntities, type OpenConnections } from '../sources/open-connections.ts';
import { createWebhookReadiness, type WebhookHandler, type WebhookReadiness } from '../webhooks/admission.ts';
import { keepSubscriptions } from '../webhooks/keep-subscriptions.ts';
import { createWebhookHandler } from '../webhooks/receive-webhooks.ts';

export interface ConnectorParts {
  readonly vendor: Vendor;
  readonly store: Store;
  readonly broker: Broker;
  readonly codec: Codec;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracer?: Tracer;
  /** Of the process, where other sides run in it, too; left out: its own. */
  readonly clients?: OpenClients;
  /** Instead of the vendor's own default. */
  readonly pollIntervalMs: number | null;
  /** Bytes of webhooks that are received concurrently, of all connections together. */
  readonly maxWebhookBytesInFlight: number;
  /** States republished per second, after an upgrade with newer schemas. */
  readonly republishPerSecond: number;
  /** See `RepublisherOptions`. */
  readonly republishQuietMs?: number;
  readonly absenceConfirmMs?: number;
  /** Interval between checks of the vendor's webhook subscriptions; some minutes unless given. */
  readonly subscriptionCheckMs?: number;
}

export interface RunningConnector {
  /** Serves `/webhooks/<connection>`; null for vendors that push nothing. */
  readonly webhooks: { readonly handle: WebhookHandler; readonly readiness: WebhookReadiness } | null;
  /** Accepts no more work, lets running work finish, and aborts what waits. The parts stay open. */
  stop(): Promise<void>;
}

const CLOCK_ADJUST_MS = 30_000;

/**
 * The connector of one vendor: webhooks → inbox → fetch → versions → entity topics, with polls and commands beside.
 * @throws when a topic cannot be made or the schemas cannot be registered
 */
export async function startConnector(parts: ConnectorParts): Promise<RunningConnector> {
  const { vendor, store, broker, codec, log, tracer = NO_TRACES } = parts;
  const { source: definition } = vendor;
  if (definition === null) throw new Error(`${vendor.title} has no source side: it has nothing to connect`);
  const metrics = createConnectorMetrics(parts.metrics);

  await broker.ensureTopics([...listSharedTopics(), ...listConnectorTopics(vendor.name)]);
  await codec.registerReleased();
  const publisher = await broker.publisher();
  const clock = await createSharedClock(() => readDatabaseTimeMs(store));
  const { nowMicros } = clock;
  const clockTimer = setInterval(() => {
    clock.adjust().catch((err: unknown) => log.warn({ err }, 'the clock could not be compared with the database'));
  }, CLOCK_ADJUST_MS);

  const polling = new AbortController();
  const working = new AbortController();
  const waits = observeBudgets(parts.metrics, () => connections.budgets());
  const connections: OpenConnections = createOpenConnections({
    vendor,
    definition,
    connections: store.connections,
    clients: parts.clients ?? OpenClients.on(store, { name: `connector ${vendor.name}`, clock, log }),
    waits,
    log,
    metrics,
    nowMicros,
  });

  const sync = createRecordSync({
    vendor: vendor.name,
    published: store.published,
    publisher,
    codec,
    echoes: createEchoGuard({
      states: store.targetStates,
      links: store.links,
      isTarget: (id) => (store.connections.find(id)?.lanePartition ?? null) !== null,
      nowMicros,
    }),
    confirm: createConfirmer({
      vendor: vendor.name,
      connections: store.connections,
      links: store.links,
      publisher,
      metrics,
    }),
    log,
    metrics,
    nowMicros,
    tracer,
    signal: working.signal,
    onUnconfirmed: (err) =>
      log.warn({ err }, 'a published version could not be confirmed; the next read publishes it again'),
    absenceOf: (entity) => definition.entities[entity]?.absence ?? 'unknown',
    read: connections.read,
    ...(parts.absenceConfirmMs === undefined ? {} : { absenceConfirmMs: parts.absenceConfirmMs }),
  });

  const pollers = new Map<string, Poller>();
  connections.onOpen((connection) => {
    if (definition.webhook !== undefined)
      keepSubscriptions({
        vendorTitle: vendor.title,
        connection,
        cursors: store.cursors,
        log,
        metrics,
        signal: polling.signal,
        ...(parts.subscriptionCheckMs === undefined ? {} : { intervalMs: parts.subscriptionCheckMs }),
      });
    for (const entity of connection.entities) {
      const declared = definition.entities[entity];
      if (declared === undefined) continue;
      const { cursors } = store;
      const poller = startPoller({
        connection,
        entity,
        cursors,
        sync,
        log,
        metrics,
        defaultIntervalMs: parts.pollIntervalMs ?? declared.pollIntervalMs,
        signal: polling.signal,
        nowMicros,
      });
      pollers.set(`${connection.id}|${entity}`, poller);
    }
  });

  const findPoller = (connection: string, entity: string): Poller | undefined => pollers.get(`${connection}|${entity}`);
  const consumers = await startConsumers({
    vendor: vendor.name,
    broker,
    publisher,
    log,
    handleHint: createHintHandler({
      vendor: vendor.name,
      sync,
      connections,
      findPoller,
      publisher,
      log,
      metrics,
      nowMicros,
    }),
    handleCommand: createCommandHandler({
      connections,
      sync,
      publisher,
      log,
      nowMicros,
    }),
    isStopping: () => working.signal.aborted,
    nowMicros,
  });

  const operations = startOperations({
    vendor: vendor.name,
    connections,
    operations: store.sourceOperations,
    sync,
    published: store.published,
    publisher,
    observer: observeOperations(parts.metrics),
    log,
    tracer,
    nowMicros,
    signal: polling.signal,
  });

  const republisher = startRepublisher({
    vendor: vendor.name,
    entities: listServedEntities(definition),
    store,
    broker,
    codec,
    sync,
    log,
    metrics,
    perSecond: parts.republishPerSecond,
    signal: working.signal,
    ...(parts.republishQuietMs === undefined ? {} : { quietMs: parts.republishQuietMs }),
  });

  const receiver = definition.webhook;
  const readiness = createWebhookReadiness(() => broker.endOffsets(inboxTopic(vendor.name)));
  const handle =
    receiver === undefined
      ? null
      : createWebhookHandler({
          vendor: vendor.name,
          receiver,
          connections,
          publisher,
          log,
          metrics,
          nowMicros,
          tracer,
          maxBytesInFlight: parts.maxWebhookBytesInFlight,
          readiness,
        });

  return {
    webhooks: handle === null ? null : { handle, readiness },
    async stop() {
      clearInterval(clockTimer);
      polling.abort(new Error('the connector stops'));
      // Stop the consumers first, with a deadline: the next owner reads again what they abort. Only then stop what they
      // wait for.
      await Promise.all([consumers.close(), republisher.stop(), operations.stopped]);
      working.abort(new Error('the connector stops'));
      await connections.close();
      await publisher.close();
    },
  };
}

async function readDatabaseTimeMs(store: Store): Promise<number> {
  const answer = await store.mongoose.db?.admin().command({ hello: 1 });
  const localTime: unknown = answer?.localTime;
  if (!(localTime instanceof Date)) throw new Error('the database does not tell its time');
  return localTime.getTime();
}
