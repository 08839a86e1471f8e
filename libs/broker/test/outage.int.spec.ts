import { connect as connectSocket, type Socket } from 'node:net';
import { createMetrics } from '@entrepot/service-kit';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { LogEnds } from '../src/consume/ends/log-ends.ts';
import { startConsumption } from '../src/consume/start-consumption.ts';
import { BatchingPublisher } from '../src/publish/publisher.ts';
import { countPartitions } from '../src/topics/apply-topics.ts';
import { type LogLine, makeName, openTestBroker, recordLog, waitUntil } from './real-broker.ts';

const broker = await openTestBroker();

/** The way to Kafka, which can be cut and mended. */
class Network {
  private readonly sockets = new Set<Socket>();
  private cut = false;
  private hung = false;

  readonly open = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    // Port 9 refuses, as a machine that is down does.
    const socket = connectSocket({ host, port: this.cut ? 9 : port }, onConnect);
    this.sockets.add(socket);
    const write = socket.write.bind(socket) as (data: Buffer) => boolean;
    socket.write = ((data: Buffer) => this.hung || write(data)) as Socket['write'];
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  };

  cutOff(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy(new Error('network cut'));
  }

  /** Nothing gets through and nobody is told, as when a cable is pulled. */
  hang(): void {
    this.hung = true;
  }

  mend(): void {
    this.cut = false;
    this.hung = false;
  }
}

test('Kafka goes away, refuses for longer than a session, hangs: sends wait, nothing is lost, nothing written twice', {
  timeout: 90_000,
}, async () => {
  const topic = makeName('outage');
  await broker.ensureTopics([{ name: topic, partitions: 3, config: {} }]);
  const network = new Network();
  const lines: LogLine[] = [];
  const parts = {
    kafka: new Kafka({
      brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
      socketFactory: network.open,
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 5_000,
    }),
    log: recordLog(lines),
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    maxRecordBytes: 1_000_000,
  };
  const admin = parts.kafka.admin({ retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 } });
  await admin.connect();
  const publisher = new BatchingPublisher({ ...parts, countPartitions: (name) => countPartitions(admin, name) });
  const handled = new Map<string, number>();
  const consumption = startConsumption({
    ...parts,
    admin,
    ends: new LogEnds(admin),
    options: {
      groupId: makeName('group'),
      topics: [topic],
      handler: async (record) => {
        const value = record.value?.toString() ?? '';
        handled.set(value, (handled.get(value) ?? 0) + 1);
      },
      onBug: async () => undefined,
    },
  });
  await consumption.ready;
  const acknowledged: Promise<unknown>[] = [];
  const coordinates = new Set<string>();
  const send = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const number = acknowledged.length;
      const sending = publisher.send(topic, { key: `k${number % 30}`, value: Buffer.from(String(number)) });
      acknowledged.push(sending.then((at) => coordinates.add(`${at.partition}@${at.offset}`)));
    }
  };
  for (const [fault, outageMs] of [
    ['cutOff', 1_500],
    ['cutOff', 9_000],
    ['hang', 9_000],
  ] as const) {
    for (let burst = 0; burst < 10; burst += 1) {
      send(20);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    network[fault]();
    send(50);
    await new Promise((resolve) => setTimeout(resolve, outageMs));
    send(50);
    if (fault === 'hang') expect(consumption.state().status).not.toBe('consuming');
    network.mend();
  }
  await Promise.all(acknowledged);
  await waitUntil(() => handled.size === acknowledged.length && consumption.state().status === 'consuming', 30_000);
  const ends = await broker.endOffsets(topic);
  expect([...ends.values()].reduce((sum, end) => sum + Number(end), 0)).toBe(acknowledged.length);
  expect(coordinates.size).toBe(acknowledged.length);
  await consumption.stop();
  await publisher.close();
  await admin.disconnect();
});
