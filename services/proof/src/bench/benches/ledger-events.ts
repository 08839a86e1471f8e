import { ENTITY_PARTITIONS, entityTopic, LEDGER_GROUP, listSharedTopics, toJson } from '@entrepot/canonical';
import type { Bench, Figure } from '../harness/bench.ts';
import { meterGroup, type Recording } from '../harness/group-meter.ts';
import { headersOf, openTopics, sampleOrder, toRecord } from '../harness/order-lives.ts';
import { preload } from '../harness/preload.ts';
import { startAlone } from '../harness/service-alone.ts';
import { CONNECTOR_GROUP, startMongoConnector } from '../peers/mongo-connector.ts';

const JSON_TOPIC = 'bench.events.json';

export const ledgerEvents: Bench = {
  name: 'ledger-events',
  title: 'Ledger: record events that wait in Kafka, with indexes, majority and journal',
  peer: 'MongoDB Kafka connector 2.0.1, the same records as JSON, no index',
  async run({ servers, full, note }) {
    const count = full ? 300_000 : 30_000;
    const { broker, codec } = await openTopics(servers);
    const order = sampleOrder();
    const value = await codec.encode('order', order);
    const text = Buffer.from(JSON.stringify(toJson('order', order, { omitDefaults: true })));
    const topics = { topic: entityTopic('order'), partitions: ENTITY_PARTITIONS, count };
    const declared = listSharedTopics().find(({ name }) => name === topics.topic);
    await preload(broker, { ...topics, config: declared?.config ?? {} }, (index) =>
      toRecord(headersOf(index, Date.now()), value),
    );
    await preload(broker, { ...topics, topic: JSON_TOPIC }, (index) => ({ key: `shop/${index}`, value: text }));
    note(`${count} records, ${value.length} bytes as Avro, ${text.length} as JSON`);

    const ledger = await startAlone(servers, 'ledger');
    const ours = await meterGroup(broker, { groupId: LEDGER_GROUP, topics: [topics.topic], until: count }, ledger);
    await ledger.stop();
    let peer: Recording | null = null;
    try {
      const connector = await startMongoConnector(servers, JSON_TOPIC);
      peer = await meterGroup(broker, { groupId: CONNECTOR_GROUP, topics: [JSON_TOPIC], until: count }, connector);
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
