import { connectBroker } from '@entrepot/broker';
import { createCodec, createRegistryClient } from '@entrepot/codec';
import { createMetrics, createSilentLogger } from '@entrepot/service-kit';
import { openStore, parseMasterKey } from '@entrepot/store';
import { startConnector } from '../../../src/service/start-connector.ts';
import { FakeShop } from '../../fake-shop.ts';

/** A connector as a process of its own, of a shop with old records; it runs until it is killed. Tells from where each listing began. */
const { MONGODB_URI = '', KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '' } = process.env;
const { DATABASE = '', MASTER_KEY = '', VENDOR = '', RECORDS = '' } = process.env;
const log = createSilentLogger();
const shop = new FakeShop(VENDOR);
shop.fetchDelayMs = 60;
for (let id = 1; id <= Number(RECORDS); id += 1) shop.write(String(id), `record ${id}`, { changedAtSeconds: id });
const { push } = shop.listedFrom;
shop.listedFrom.push = (cursor) => {
  process.stdout.write(`listed from ${cursor}\n`);
  return push.call(shop.listedFrom, cursor);
};
const metrics = createMetrics({ service: VENDOR, processMetrics: false });
const store = await openStore({
  uri: MONGODB_URI,
  database: DATABASE,
  masterKeys: { current: parseMasterKey(MASTER_KEY, 'test key'), previous: null },
  vendors: [shop.vendor],
  log,
});
await startConnector({
  vendor: shop.vendor,
  store,
  broker: await connectBroker({ brokers: KAFKA_BROKERS.split(','), clientId: VENDOR, log, metrics }),
  codec: createCodec({ registry: createRegistryClient({ baseUrl: SCHEMA_REGISTRY_URL }) }),
  log,
  metrics,
  pollIntervalMs: null,
  republishPerSecond: 100,
  maxWebhookBytesInFlight: 64 * 1024 * 1024,
});
