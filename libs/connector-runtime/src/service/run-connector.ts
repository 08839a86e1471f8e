import { connectBroker, tellHeld } from '@entrepot/broker';
import { createCodec, createDiskCache, createRegistryClient } from '@entrepot/codec';
import { runService, type ServiceDefinition } from '@entrepot/service-kit';
import { loadMasterKey, openStore } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { serveWebhooks } from '../webhooks/serve-webhooks.ts';
import { CONNECTOR_CONFIG } from './config.ts';
import { startConnector } from './start-connector.ts';

export interface RunConnectorOptions {
  /** Port of the webhooks when ENTREPOT_PORT is not set. */
  readonly port: number;
  /** Port of the operations endpoints when ENTREPOT_OPERATIONS_PORT is not set. */
  readonly operationsPort: number;
}

/** Runs the connector process of a vendor until it is asked to stop. */
export function runConnector(vendor: Vendor, options: RunConnectorOptions): Promise<void> {
  return runService(connectorService(vendor, options));
}

/** The connector of a vendor as a service, for a process of its own or one with others. */
export function connectorService(
  vendor: Vendor,
  { port, operationsPort }: RunConnectorOptions,
): ServiceDefinition<typeof CONNECTOR_CONFIG> {
  const name = `connector-${vendor.name}`;
  return {
    name,
    defaultPort: port,
    defaultOperationsPort: operationsPort,
    config: CONNECTOR_CONFIG,
    start: async ({ config, log, learnSecret, metrics, health, address }) => {
      const store = await openStore({
        uri: config.MONGODB_URI,
        masterKey: loadMasterKey(config, learnSecret),
        vendors: [vendor],
        log,
      });
      const broker = await connectBroker({
        brokers: config.KAFKA_BROKERS,
        maxRecordBytes: config.ENTREPOT_MAX_RECORD_BYTES,
        clientId: `entrepot-${name}`,
        log,
        metrics,
      });
      const codec = createCodec({
        registry: createRegistryClient({ baseUrl: config.SCHEMA_REGISTRY_URL }),
        cache: createDiskCache(`${config.ENTREPOT_HOME}/schema-cache`),
      });
      const seconds = config.ENTREPOT_POLL_INTERVAL_SECONDS;
      const pollIntervalMs = seconds === null ? null : seconds * 1_000;
      const connector = await startConnector({
        vendor,
        store,
        broker,
        codec,
        log,
        metrics,
        pollIntervalMs,
        republishPerSecond: config.ENTREPOT_REPUBLISH_PER_SECOND,
        maxWebhookBytesInFlight: config.ENTREPOT_WEBHOOK_BYTES_IN_FLIGHT,
      });
      const { webhooks } = connector;
      const server = webhooks === null ? null : await serveWebhooks(address, webhooks.handle);
      if (server !== null) log.info({ host: server.host, port: server.port }, 'webhooks are taken');

      if (webhooks !== null) health.addReadiness('webhooks', () => webhooks.readiness.check());
      const stopTelling = store.serviceTroubles.follow(name, () => tellHeld(broker.heldPartitions()), log);
      health.addReadiness('kafka', () => broker.health());
      // Webhooks are taken without it: who is not ready gets none, and the vendor ends its subscriptions after some hours of that.
      health.addNotice('mongodb', async () => {
        await store.ping();
        return { ok: true };
      });
      return {
        stop: async () => {
          // First: what is taken from now on could not be published any more.
          await server?.close();
          await stopTelling();
          await connector.stop();
          await broker.close();
          await store.close();
        },
      };
    },
  };
}
