import { type Broker, connectBroker } from '@entrepot/broker';
import {
  createOrder,
  ENTITY_PARTITIONS,
  entityTopic,
  eventId,
  eventKey,
  formatEventHeaders,
  listSharedTopics,
  toJson,
} from '@entrepot/canonical';
import { createCodec, createRegistryClient } from '@entrepot/codec';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import type { Bench, Figure } from '../harness/bench.ts';
import { preload } from '../harness/preload.ts';
import { readCpuMs, readRssMb } from '../harness/process-usage.ts';
import type { ChildProgram } from '../harness/programs.ts';
import { startAlone } from '../harness/service-alone.ts';
import { CONNECTOR_GROUP, startMongoConnector } from '../peers/mongo-connector.ts';

const POLL_MS = 50;
const TIMEOUT_MS = 300_000;
const JSON_TOPIC = 'bench.events.json';

interface Recording {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly rssMb: number;
}

/** Rate between the first and the last commit of a group over a topic: both sides commit what is stored, and nothing else. */
async function meterGroup(
  broker: Broker,
  groupId: string,
  topic: string,
  count: number,
  program: ChildProgram,
): Promise<Recording> {
  const until = performance.now() + TIMEOUT_MS;
  let first: { readonly atMs: number; readonly done: number; readonly cpuMs: number } | null = null;
  let rssMb = 0;
  for (;;) {
    const committed = await broker.committedOffsets(groupId, topic);
    const done = [...committed.values()].reduce((sum, offset) => sum + Number(offset), 0);
    rssMb = Math.max(rssMb, readRssMb(program.pid));
    if (done > 0) first ??= { atMs: performance.now(), done, cpuMs: readCpuMs(program.pid) };
    if (first !== null && done >= count) {
      const rest = Math.max(1, count - first.done);
      const cpuMs = readCpuMs(program.pid) - first.cpuMs;
      return { perSecond: (rest / (performance.now() - first.atMs)) * 1_000, cpuMicros: (cpuMs * 1_000) / rest, rssMb };
    }
    if (performance.now() > until)
      throw new Error(`${program.name} stored ${done} of ${count} in ${TIMEOUT_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export const ledgerEvents: Bench = {
  name: 'ledger-events',
  title: 'Ledger: record events that wait in Kafka, with indexes, majority and journal',
  peer: 'MongoDB Kafka connector 2.0.1, the same records as JSON, no index',
  async run({ servers, full, note }) {
    const { kafkaBrokers, registryUrl } = await servers.infra();
    const count = full ? 300_000 : 30_000;
    const log = createSilentLogger();
    const metrics = createMetrics({ service: 'bench', processMetrics: false });
    const broker = await connectBroker({ brokers: kafkaBrokers.split(','), clientId: 'bench', log, metrics });
    await broker.ensureTopics(listSharedTopics());
    const codec = createCodec({ registry: createRegistryClient({ baseUrl: registryUrl }) });
    await codec.registerReleased();
    const source = { connection: 'shop', vendor: 'shopify', id: '1', number: '#1', version: 1, contentHash: 'h' };
    const order = createOrder({ source, email: 'ada@example.com', note: 'x'.repeat(200) });
    const value = await codec.encode('order', order);
    const text = Buffer.from(JSON.stringify(toJson('order', order, { omitDefaults: true })));
    const topics = { topic: entityTopic('order'), partitions: ENTITY_PARTITIONS, count };
    const declared = listSharedTopics().find(({ name }) => name === topics.topic);
    await preload(broker, { ...topics, config: declared?.config ?? {} }, (index) => {
      const id = String(index);
      const identity = { entity: 'order' as const, connection: 'shop', id, version: 1, contentHash: 'h' };
      const headers = formatEventHeaders({
        ...identity,
        eventId: eventId(identity),
        vendor: 'shopify',
        sourceId: id,
        number: `#${id}`,
        publishedAtMicros: Date.now() * 1_000,
        deleted: false,
        snapshot: false,
        origin: null,
        traceparent: null,
      });
      return { key: eventKey('shop', id), value, headers };
    });
    await preload(broker, { ...topics, topic: JSON_TOPIC }, (index) => ({ key: `shop/${index}`, value: text }));
    note(`${count} records, ${value.length} bytes as Avro, ${text.length} as JSON`);

    const ledger = await startAlone(servers, 'ledger');
    const ours = await meterGroup(broker, 'entrepot.ledger', topics.topic, count, ledger);
    await ledger.stop();
    let peer: Recording | null = null;
    try {
      const connector = await startMongoConnector(servers, JSON_TOPIC);
      peer = await meterGroup(broker, CONNECTOR_GROUP, JSON_TOPIC, count, connector);
      await connector.stop();
    } catch (error) {
      note(`no peer: ${error instanceof Error ? error.message : String(error)}`);
    }
    await broker.close();
    const beside = (read: (recording: Recording) => number) => (peer === null ? {} : { peer: read(peer) });
    const figures: Figure[] = [
      {
        name: 'events',
        value: ours.perSecond,
        unit: '/s',
        better: 'more',
        reach: '≥ 2 × peer',
        ...beside((it) => it.perSecond),
      },
      { name: 'CPU an event', value: ours.cpuMicros, unit: 'µs', better: 'less', ...beside((it) => it.cpuMicros) },
      {
        name: 'memory',
        value: ours.rssMb,
        unit: 'MB',
        better: 'less',
        reach: '≤ half the peer',
        ...beside((it) => it.rssMb),
      },
    ];
    return figures;
  },
};
