import { randomBytes } from 'node:crypto';
import { createMetrics, type LogFacts, type Logger } from '@entrepot/service-kit';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll } from 'vitest';
import { type Broker, connectBroker } from '../src/index.ts';

export function makeName(what: string): string {
  return `test.broker.${what}.${randomBytes(4).toString('hex')}`;
}

export interface LogLine {
  readonly level: string;
  readonly facts: LogFacts;
  readonly message: string;
}

export function recordLog(lines: LogLine[]): Logger {
  const at = (level: string) => (facts: LogFacts, message: string) => void lines.push({ level, facts, message });
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

/** The Kafka that the tests were given. */
function listBrokers(): string[] {
  const brokers = process.env.KAFKA_BROKERS;
  if (brokers === undefined) throw new Error('KAFKA_BROKERS is not set: integration tests need a Kafka');
  return brokers.split(',');
}

/** For what somebody else does to Kafka; closed after the tests of the file that opens it. */
export async function openTestAdmin(): Promise<Admin> {
  const admin = new Kafka({ brokers: listBrokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  afterAll(() => admin.disconnect());
  return admin;
}

/** A broker client on that Kafka, closed after the tests of the file that opens it. */
export function openTestBroker(lines: LogLine[] = [], maxRecordBytes?: number): Promise<Broker> {
  const opening = connectBroker({
    brokers: listBrokers(),
    clientId: 'broker-test',
    log: recordLog(lines),
    metrics: createMetrics({ service: 'broker-test', processMetrics: false }),
    ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
  });
  afterAll(async () => (await opening).close());
  return opening;
}

export async function waitUntil(condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const startedAtMs = performance.now();
  while (!condition()) {
    if (performance.now() - startedAtMs > timeoutMs) throw new Error(`not so within ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @returns the name of a new topic */
export async function makeTopic(broker: Broker, what: string, partitions: number): Promise<string> {
  const topic = makeName(what);
  await broker.ensureTopics([{ name: topic, partitions, config: {} }]);
  return topic;
}
