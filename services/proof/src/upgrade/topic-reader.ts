import { connectBroker } from '@entrepot/broker';
import { type EntityName, entityTopic, parseEventHeaders } from '@entrepot/canonical';
import { createCodec, createRegistryClient } from '@entrepot/codec';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';

/** One state in its topic. */
export interface StandingState {
  /** Entity and key. */
  readonly record: string;
  readonly version: number;
  readonly contentHash: string;
  readonly repeats: number | null;
  readonly snapshot: boolean;
  readonly deleted: boolean;
  readonly isOlder: boolean;
}

export interface TopicReader {
  /** All records so far, in the order of each record's log. */
  states(): readonly StandingState[];
  close(): Promise<void>;
}

/** Reads the topics of entities from their beginning, and follows them. */
export async function openTopicReader(
  servers: { readonly kafkaBrokers: string; readonly registryUrl: string },
  entities: readonly EntityName[],
): Promise<TopicReader> {
  const metrics = createMetrics({ service: 'proof', processMetrics: false });
  const log = createSilentLogger();
  const brokers = servers.kafkaBrokers.split(',');
  const broker = await connectBroker({ brokers, clientId: 'entrepot-proof', log, metrics });
  const codec = createCodec({ registry: createRegistryClient({ baseUrl: servers.registryUrl }) });
  const read: StandingState[] = [];
  const consumption = broker.consume({
    groupId: `entrepot.proof.${process.pid}`,
    topics: entities.map(entityTopic),
    handler: async ({ topic, key, value, headers }) => {
      if (value === null) return;
      const { version, contentHash, repeats, snapshot, deleted } = parseEventHeaders(headers);
      const isOlder = await codec.isWrittenWithOlder(value);
      read.push({ record: `${topic} ${key}`, version, contentHash, repeats, snapshot, deleted, isOlder });
    },
    onBug: (record, error) => Promise.reject(new Error(`${record.topic} ${record.offset}`, { cause: error })),
  });
  await consumption.ready;
  return {
    states: () => read,
    async close() {
      await consumption.stop();
      await broker.close();
    },
  };
}
