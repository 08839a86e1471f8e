import { BROKER_CONFIG, type Broker, connectBroker, tellHeld } from '@entrepot/broker';
import { type Codec, createCodec, createDiskCache, createRegistryClient } from '@entrepot/codec';
import {
  type ConfigFields,
  type RunningService,
  type ServiceContext,
  type ServiceDefinition,
} from '@entrepot/service-kit';
import {
  type CollectionSchema,
  loadMasterKeys,
  type MasterKeys,
  openStore,
  STORE_CONFIG,
  type Store,
} from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { openTracer, TRACING_CONFIG } from './open-tracer.ts';
import type { Tracer } from './tracing.ts';

/** Environment variables of every process with a database, a broker and a registry. */
export const PROCESS_CONFIG = {
  ...STORE_CONFIG,
  ...BROKER_CONFIG,
  SCHEMA_REGISTRY_URL: { description: 'Confluent-compatible schema registry', type: 'url', required: true },
  ENTREPOT_HOME: { description: 'folder for caches', type: 'string', default: '.entrepot' },
  ...TRACING_CONFIG,
} as const satisfies ConfigFields;

/** What the process has open when its own start begins; the bootstrap closes it after the process's own stop. */
export interface ProcessParts {
  readonly store: Store;
  readonly masterKeys: MasterKeys;
  readonly broker: Broker;
  readonly codec: Codec;
  readonly tracer: Tracer;
}

export type ProcessContext<Fields extends ConfigFields> = ServiceContext<Fields & typeof PROCESS_CONFIG> & ProcessParts;

export interface ProcessDefinition<Fields extends ConfigFields>
  extends Pick<ServiceDefinition<Fields>, 'name' | 'defaultPort' | 'defaultOperationsPort'> {
  /** The vendors of the connections it opens. */
  readonly vendors: readonly Vendor[];
  /** Its own variables, beside {@link PROCESS_CONFIG} and those of every service. */
  readonly config: Fields;
  /** The collections that the migrating process keeps beside the store's. */
  readonly migrates?: readonly CollectionSchema[];
  /** `optional`: the process works without MongoDB, so that its absence is shown and leaves the process ready. */
  readonly database: 'required' | 'optional';
  start(context: ProcessContext<Fields>): Promise<RunningService>;
}

/** A {@link ProcessDefinition} as a service, started by `runService` or a host of several. */
export type ProcessService<Fields extends ConfigFields> = ServiceDefinition<Fields & typeof PROCESS_CONFIG>;

/**
 * The only bootstrap of processes with a database, a broker and a schema registry: it connects, reports which partitions are held, answers
 * health checks, and closes in the order that loses nothing (the process's own work, then the broker, then the database).
 */
export function defineProcess<const Fields extends ConfigFields>(
  definition: ProcessDefinition<Fields>,
): ProcessService<Fields> {
  const { name, database } = definition;
  return {
    ...definition,
    config: { ...definition.config, ...PROCESS_CONFIG },
    async start(context) {
      const { log, health } = context;
      const opened: Close[] = [];
      const { running, store, broker } = await startOn(definition, context, opened).catch(async (error: unknown) => {
        await closeAll(opened).catch((err: unknown) => log.warn({ err }, 'a start that failed did not close cleanly'));
        throw error;
      });
      const stopTelling = store.serviceTroubles.follow(name, () => tellHeld(broker.heldPartitions()), log);
      health.addReadiness('kafka', () => broker.health());
      const checkDatabase = async () => {
        await store.ping();
        return { ok: true };
      };
      if (database === 'required') health.addReadiness('mongodb', checkDatabase);
      else health.addNotice('mongodb', checkDatabase);
      return {
        stop: () => closeAll([stopTelling, () => running.stop(), ...opened]),
      };
    },
  };
}

type Close = () => Promise<void>;

/** @param opened gets what closes each part that is open by now, in the order of closing */
async function startOn<Fields extends ConfigFields>(
  definition: ProcessDefinition<Fields>,
  context: ServiceContext<Fields & typeof PROCESS_CONFIG>,
  opened: Close[],
) {
  const parts = await openParts(definition, context, opened);
  return { ...parts, running: await definition.start({ ...context, ...parts }) };
}

/**
 * Closes one after the other. One that fails leaves none of the others open.
 * @throws what failed: several as an AggregateError
 */
async function closeAll(steps: readonly Close[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of steps) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts failed to close`);
}

async function openParts(
  { name, vendors, migrates }: Pick<ProcessDefinition<ConfigFields>, 'name' | 'vendors' | 'migrates'>,
  { config, log, learnSecret, metrics, health, signal }: ServiceContext<typeof PROCESS_CONFIG>,
  opened: Close[],
): Promise<ProcessParts> {
  const masterKeys = loadMasterKeys(config, learnSecret);
  const store = await openStore({
    uri: config.MONGODB_URI,
    masterKeys,
    vendors,
    log,
    ...(migrates !== undefined && { migrates }),
    service: { name, health, signal },
  });
  opened.unshift(() => store.close());
  const broker = await connectBroker({
    brokers: config.KAFKA_BROKERS,
    maxRecordBytes: config.ENTREPOT_MAX_RECORD_BYTES,
    clientId: `entrepot-${name}`,
    log,
    metrics,
  });
  opened.unshift(() => broker.close());
  const codec = createCodec({
    registry: createRegistryClient({ baseUrl: config.SCHEMA_REGISTRY_URL }),
    cache: createDiskCache(`${config.ENTREPOT_HOME}/schema-cache`),
    metrics,
  });
  const tracer = await openTracer({
    service: name,
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    log,
  });
  opened.unshift(() => tracer.close());
  return { store, masterKeys, broker, codec, tracer };
}
