import type { Broker } from '@entrepot/broker';
import { ENTITY_PARTITIONS, entityTopic, LEDGER_GROUP, listSharedTopics } from '@entrepot/canonical';
import type { Bench, Figure } from '../harness/bench.ts';
import { meterGroup, type Recording } from '../harness/group-meter.ts';
import { Histogram } from '../harness/histogram.ts';
import { headersOf, openTopics, SHOP, sampleOrder, toRecord } from '../harness/order-lives.ts';
import { preload } from '../harness/preload.ts';
import { openLedgerSeed } from '../harness/seed-ledger.ts';
import type { BenchServers } from '../harness/servers.ts';
import { ADMIN_TOKEN, type AloneService, startAlone } from '../harness/service-alone.ts';

const FEW = 10_000;
const RECORDED_EACH = 10_000;
const WARM_UP = 5;
/** Order numbers recorded by the ledger itself, after those that were filled in. */
const FIRST_RECORDED = 2_000_000;

/** The most frequent queries, and those that were slow once. */
const QUERIES: readonly { readonly name: string; readonly path: (random: number, cursor: string) => string }[] = [
  { name: 'failed list', path: () => '/v1/deliveries?state=failed' },
  { name: 'failed list, later page', path: (_, cursor) => `/v1/deliveries?state=failed&cursor=${cursor}` },
  { name: 'search, order number', path: (random) => `/v1/deliveries?number=${random}` },
  { name: 'search, any term', path: (random) => `/v1/messages?q=5${random}` },
  { name: 'messages, delivery failed', path: () => '/v1/messages?deliveryState=failed' },
  { name: 'messages, delivery waiting (none)', path: () => '/v1/messages?deliveryState=waiting' },
  { name: 'orders, attention', path: () => '/v1/orders?status=attention' },
  { name: 'orders, all', path: () => `/v1/orders?connection=${SHOP}` },
  { name: 'failure groups', path: () => '/v1/failure-groups' },
];

/** Lets the ledger record events on top of the present ones. @returns the cost, with the ledger still running */
async function record(servers: BenchServers, broker: Broker, value: Buffer, round: number) {
  const topic = entityTopic('order');
  const config = listSharedTopics().find(({ name }) => name === topic)?.config ?? {};
  await preload(broker, { topic, partitions: ENTITY_PARTITIONS, count: RECORDED_EACH, config }, (index) =>
    toRecord(headersOf(FIRST_RECORDED + round * RECORDED_EACH + index, Date.now()), value),
  );
  const ledger = await startAlone(servers, 'ledger');
  const until = (round + 1) * RECORDED_EACH;
  return { ledger, cost: await meterGroup(broker, { groupId: LEDGER_GROUP, topics: [topic], until }, ledger) };
}

async function askAll(ledger: AloneService, recorded: number, times: number): Promise<Figure[]> {
  const ask = async (path: string): Promise<{ next: string | null }> => {
    const response = await fetch(ledger.url + path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { next: string | null };
  };
  const { next } = await ask('/v1/deliveries?state=failed');
  const figures: Figure[] = [];
  for (const { name, path } of QUERIES) {
    const latency = new Histogram();
    for (let time = 0; time < times + WARM_UP; time += 1) {
      const random = Math.floor(Math.random() * recorded);
      const startedAt = performance.now();
      await ask(path(random, next ?? ''));
      if (time >= WARM_UP) latency.add(performance.now() - startedAt);
    }
    const p50 = latency.percentile(0.5).toFixed(1);
    const value = latency.percentile(0.99);
    figures.push({ name: `${name}, p99`, value, unit: 'ms', better: 'less', reach: '≤ 50', note: `p50 ${p50} ms` });
  }
  return figures;
}

export const growthMessages: Bench = {
  name: 'growth-messages',
  title: 'Growth: what an event costs, and how long lists take, when much is recorded',
  peer: 'the same with 10,000 messages recorded',
  async run({ servers, full, note }) {
    const many = full ? 1_000_000 : 100_000;
    const times = full ? 200 : 100;
    const { broker, codec } = await openTopics(servers);
    const value = await codec.encode('order', sampleOrder());
    const { mongodbUri } = await servers.infra();
    const seed = await openLedgerSeed(mongodbUri, value, Date.now());
    await seed.fill(0, FEW);
    const few = await record(servers, broker, value, 0);
    const before = await askAll(few.ledger, FEW, times);
    await few.ledger.stop();
    const startedAt = performance.now();
    await seed.fill(FEW, many);
    await seed.close();
    note(`${many} orders filled in, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    const later = await record(servers, broker, value, 1);
    const after = await askAll(later.ledger, many, times);
    await later.ledger.stop();
    await broker.close();
    const beside = (read: (recording: Recording) => number) => ({ value: read(later.cost), peer: read(few.cost) });
    return [
      { name: `events, ${many} recorded`, unit: '/s', better: 'more', reach: 'flat', ...beside((it) => it.perSecond) },
      { name: 'CPU an event', unit: 'µs', better: 'less', reach: 'flat', ...beside((it) => it.cpuMicros) },
      { name: 'memory', unit: 'MB', better: 'less', ...beside((it) => it.rssMb) },
      ...after.map((figure, index) => ({ ...figure, peer: before[index]?.value ?? 0 })),
    ];
  },
};
