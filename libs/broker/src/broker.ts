import { type Admin, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import type { Broker, BrokerOptions } from './broker-contract.ts';
import { LogEnds } from './consume/ends/log-ends.ts';
import { readCommitted, readEnds } from './consume/ends/positions.ts';
import { startConsumption } from './consume/start-consumption.ts';
import { readUnfinished } from './consume/unfinished.ts';
import type { Consumption } from './consumption.ts';
import { judgeHealth } from './health.ts';
import { listHeld } from './held-partitions.ts';
import './kafkajs/idle-connections.ts';
import { deleteBelow } from './consume/ends/delete-below.ts';
import { messageOf } from './kafkajs/errors.ts';
import { forwardKafkaLog } from './kafkajs/forward-log.ts';
import { BatchingPublisher } from './publish/publisher.ts';
import { DEFAULT_MAX_RECORD_BYTES } from './record-size.ts';
import { applyTopics, countPartitions, growTopic } from './topics/apply-topics.ts';

const CONNECT_DEADLINE_MS = 60_000;
const CONNECT_RETRY_MS = 1_000;

/**
 * Connects to Kafka, waiting for it up to a minute.
 * @throws Error when Kafka cannot be reached until then; it names the addresses tried.
 */
export async function connectBroker(options: BrokerOptions): Promise<Broker> {
  const { log, metrics, maxRecordBytes = DEFAULT_MAX_RECORD_BYTES } = options;
  const kafka = createKafka(options);
  const admin = kafka.admin({ retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 } });
  await connectAdmin(admin, options);
  const ends = new LogEnds(admin);
  const publishers: BatchingPublisher[] = [];
  const consumptions: Consumption[] = [];
  return {
    ensureTopics: (declarations) => applyTopics(admin, log, declarations, maxRecordBytes),
    ensurePartitions: (topic, count) => growTopic(admin, log, topic, count),
    deleteRecordsBelow: (topic, below) => deleteBelow(admin, topic, below),
    committedOffsets: (groupId, topic) => readCommitted(admin, groupId, topic),
    readUnfinished: (groupId, topic, { beforeMs, most }) =>
      readUnfinished(kafka, admin, { groupId, topic, beforeMs, most }),
    // A topic that is not there has no partitions. Consumers, which look each second, ask for topics that are.
    endOffsets: async (topic) => ((await countPartitions(admin, topic)) === null ? new Map() : readEnds(admin, topic)),
    publisher: async (publisherOptions) => {
      const count = (topic: string): Promise<number | null> => countPartitions(admin, topic);
      const publisher = new BatchingPublisher({
        kafka,
        log,
        metrics,
        countPartitions: count,
        maxRecordBytes,
        ...(publisherOptions === undefined ? {} : { options: publisherOptions }),
      });
      publishers.push(publisher);
      return publisher;
    },
    consume: (consumptionOptions) => {
      const consumption = startConsumption({ kafka, admin, ends, log, metrics, options: consumptionOptions });
      consumptions.push(consumption);
      return consumption;
    },
    health: () =>
      judgeHealth(
        consumptions.map((consumption) => consumption.state()),
        publishers.map((publisher) => publisher.oldestWait()),
      ),
    heldPartitions: () => listHeld(consumptions.map((consumption) => consumption.state())),
    close: async (closeOptions) => {
      await Promise.all(consumptions.map((consumption) => consumption.stop(closeOptions)));
      await Promise.all(publishers.map((publisher) => publisher.close()));
      await admin.disconnect();
    },
  };
}

function createKafka({ brokers, clientId, log, ssl, sasl }: BrokerOptions): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.INFO,
    logCreator: forwardKafkaLog(log),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    ...(ssl === undefined ? {} : { ssl: typeof ssl === 'boolean' ? ssl : { ...ssl } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  });
}

async function connectAdmin(admin: Admin, { brokers, log }: BrokerOptions): Promise<void> {
  const startedAtMs = performance.now();
  for (;;) {
    try {
      await admin.connect();
      return;
    } catch (error) {
      if (performance.now() - startedAtMs > CONNECT_DEADLINE_MS) {
        throw new Error(`Kafka cannot be reached at ${brokers.join(', ')}: ${messageOf(error)}`, { cause: error });
      }
      log.warn({ brokers }, `Kafka cannot be reached, trying again: ${messageOf(error)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, CONNECT_RETRY_MS));
  }
}
