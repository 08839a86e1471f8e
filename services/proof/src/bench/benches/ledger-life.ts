import {
  ATTEMPT_TOPIC,
  ENTITY_PARTITIONS,
  entityTopic,
  formatReport,
  LEDGER_GROUP,
  listSharedTopics,
} from '@entrepot/canonical';
import { createAdminClient } from '@entrepot/stack/clients';
import type { Bench } from '../harness/bench.ts';
import { meterGroup } from '../harness/group-meter.ts';
import { attemptReport, headersOf, openTopics, routingOf, sampleOrder, toRecord } from '../harness/order-lives.ts';
import { preload } from '../harness/preload.ts';
import { meterCpu } from '../harness/process-usage.ts';
import { ADMIN_TOKEN, startAlone } from '../harness/service-alone.ts';

/** The event, and the attempt that delivered it and carries its routing. */
const RECORDS_A_LIFE = 2;

export const ledgerLife: Bench = {
  name: 'ledger-life',
  title: 'Ledger: whole lives that wait in Kafka (event, attempt that delivered, with its routing) → all final',
  peer: '–',
  async run({ servers, full, note }) {
    const count = full ? 100_000 : 20_000;
    const { broker, codec } = await openTopics(servers);
    const value = await codec.encode('order', sampleOrder());
    const atMs = Date.now();
    const configOf = (topic: string) => listSharedTopics().find(({ name }) => name === topic)?.config ?? {};
    const events = { topic: entityTopic('order'), partitions: ENTITY_PARTITIONS, count };
    await preload(broker, { ...events, config: configOf(events.topic) }, (index) =>
      toRecord(headersOf(index, atMs + index), value),
    );
    const reports = { topic: ATTEMPT_TOPIC, partitions: ENTITY_PARTITIONS, count };
    await preload(broker, { ...reports, config: configOf(ATTEMPT_TOPIC) }, (index) => {
      const event = headersOf(index, atMs + index);
      const report = attemptReport(event, { routing: routingOf(event) });
      return { key: `${event.connection}/${event.sourceId}`, value: formatReport(report) };
    });
    note(`${count} lives of ${RECORDS_A_LIFE} records`);

    const ledger = await startAlone(servers, 'ledger');
    const database = (await servers.infra()).parts.find(({ part }) => part === 'mongo');
    const readCpu = meterCpu([{ name: 'database', pid: database?.child().pid ?? 0 }]);
    const ours = await meterGroup(
      broker,
      {
        groupId: LEDGER_GROUP,
        topics: [events.topic, ATTEMPT_TOPIC],
        until: count * RECORDS_A_LIFE,
        recordsAUnit: RECORDS_A_LIFE,
      },
      ledger,
    );
    const [databaseCpu] = readCpu();
    const admin = createAdminClient(ledger.url, ADMIN_TOKEN);
    const open = await admin.listDeliveries({ state: 'pending', limit: '1' });
    await ledger.stop();
    await broker.close();
    return [
      {
        name: 'lives',
        value: ours.perSecond,
        unit: '/s',
        better: 'more',
        reach: '≥ 5,000',
        note: open.length === 0 ? 'all deliveries are final' : 'some deliveries are not final',
      },
      { name: 'CPU a life, ledger', value: ours.cpuMicros, unit: 'µs', better: 'less' },
      {
        name: 'CPU a life, database',
        value: ((databaseCpu?.cpuMs ?? 0) * 1_000) / count,
        unit: 'µs',
        better: 'less',
      },
      { name: 'memory', value: ours.rssMb, unit: 'MB', better: 'less', reach: '≤ 250' },
    ];
  },
};
