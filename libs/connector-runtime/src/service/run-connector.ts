import { defineProcess, type ProcessService } from '@entrepot/runtime-kit';
import type { OpenClients } from '@entrepot/runtime-kit/clients';
import type { ConfigFields } from '@entrepot/service-kit';
import { runService } from '@entrepot/service-kit';
import type { Vendor } from '@entrepot/vendor-kit';
import { serveWebhooks } from '../webhooks/admission.ts';
import { startConnector } from './start-connector.ts';

export interface RunConnectorOptions {
  /** Port of the webhooks when ENTREPOT_PORT is not set. */
  readonly port: number;
  /** Port of the operations endpoints when ENTREPOT_OPERATIONS_PORT is not set. */
  readonly operationsPort: number;
  /** Of the process, where it runs other sides, too; left out: the connector's own. */
  readonly clients?: OpenClients;
}

/** Runs the connector process of a vendor until it is asked to stop. */
export function runConnector(vendor: Vendor, options: RunConnectorOptions): Promise<void> {
  return runService(connectorService(vendor, options));
}

/** The connector of a vendor as a service, for a process of its own or one with others. */
export function connectorService(
  vendor: Vendor,
  { port, operationsPort, clients }: RunConnectorOptions,
): ProcessService<typeof CONNECTOR_CONFIG> {
  return defineProcess({
    name: `connector-${vendor.name}`,
    defaultPort: port,
    defaultOperationsPort: operationsPort,
    vendors: [vendor],
    config: CONNECTOR_CONFIG,
    // Webhooks are accepted without it: a service that is not ready receives none, and the vendor ends its
    // subscriptions after some hours of that.
    database: 'optional',
    start: async ({ config, log, metrics, health, address, store, broker, codec, tracer }) => {
      const seconds = config.ENTREPOT_POLL_INTERVAL_SECONDS;
      const connector = await startConnector({
        vendor,
        store,
        broker,
        codec,
        log,
        metrics,
        tracer,
        ...(clients === undefined ? {} : { clients }),
        pollIntervalMs: seconds === null ? null : seconds * 1_000,
        republishPerSecond: config.ENTREPOT_REPUBLISH_PER_SECOND,
        maxWebhookBytesInFlight: config.ENTREPOT_WEBHOOK_BYTES_IN_FLIGHT,
      });
      const { webhooks } = connector;
      const server = webhooks === null ? null : await serveWebhooks(address, webhooks.handle);
      if (server !== null) log.info({ host: server.host, port: server.port }, 'webhooks are taken');
      if (webhooks !== null) health.addReadiness('webhooks', () => webhooks.readiness.check());
      return {
        stop: async () => {
          // First: what is taken from now on could not be published any more.
          await server?.close();
          await connector.stop();
        },
      };
    },
  });
}

/** Environment variables of every connector, beside those of every process. */
export const CONNECTOR_CONFIG = {
  ENTREPOT_POLL_INTERVAL_SECONDS: {
    description:
      "time between reconciliation polls of connections that set none of their own; the vendor's default when left out",
    type: 'integer',
    min: 1,
  },
  ENTREPOT_REPUBLISH_PER_SECOND: {
    description:
      'states that are published once more a second, after an upgrade that brought a newer version of a schema',
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 100,
  },
  ENTREPOT_WEBHOOK_BYTES_IN_FLIGHT: {
    description: 'bytes of webhooks that are being received at once; beyond it they are answered 503 and come again',
    type: 'integer',
    min: 16 * 1024 * 1024,
    default: 64 * 1024 * 1024,
  },
} as const satisfies ConfigFields;
