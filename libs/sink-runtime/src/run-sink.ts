import { hostname } from 'node:os';
import { connectBroker, tellHeld } from '@entrepot/broker';
import { createCodec, createDiskCache, createRegistryClient } from '@entrepot/codec';
import { runService, type ServiceDefinition } from '@entrepot/service-kit';
import { loadMasterKey, openStore } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { SINK_CONFIG } from './service/config.ts';
import { startSink } from './service/sink.ts';

export interface RunSinkOptions {
  /** Port of the operations endpoints unless ENTREPOT_PORT is set. */
  readonly defaultPort: number;
}

/** Leaves the rest of the shutdown timeout to lanes, publisher and connections. */
const STOP_DEADLINE_MS = 8_000;

/** Runs a vendor's sink as a process: reads the environment, connects, serves `/livez`, `/readyz`, `/metrics`, stops in order. */
export function runSink(vendor: Vendor, options: RunSinkOptions): Promise<void> {
  return runService(sinkService(vendor, options));
}

/** The sink of a vendor as a service, for a process of its own or one with others. */
export function sinkService(vendor: Vendor, { defaultPort }: RunSinkOptions): ServiceDefinition<typeof SINK_CONFIG> {
  const name = `sink-${vendor.name}`;
  return {
    name,
    defaultPort,
    config: SINK_CONFIG,
    start: async ({ config, log, learnSecret, metrics, health, operations }) => {
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
      const sink = await startSink({
        vendor,
        store,
        broker,
        codec,
        log,
        metrics,
        owner: config.ENTREPOT_INSTANCE ?? `${name}@${hostname()}:${operations.port}`,
        times: leaseTimes(config.ENTREPOT_LANE_LEASE_MS),
        consumers: config.ENTREPOT_SINK_CONSUMERS,
        stopDeadlineMs: STOP_DEADLINE_MS,
      });
      const stopTelling = store.serviceTroubles.follow(name, () => tellHeld(broker.heldPartitions()), log);
      health.addReadiness('kafka', () => broker.health());
      health.addReadiness('mongodb', async () => {
        await store.ping();
        return { ok: true };
      });
      return {
        stop: async () => {
          await stopTelling();
          await sink.stop();
          await broker.close();
          await store.close();
        },
      };
    },
  };
}

/** A lease is renewed four times in its life, and half of it must be left to send. */
function leaseTimes(leaseMs: number) {
  return { leaseMs, renewEveryMs: Math.floor(leaseMs / 4), leaseReserveMs: Math.floor(leaseMs / 2) };
}
