import { randomBytes } from 'node:crypto';
import { type Broker, connectBroker } from '@entrepot/broker';
import { type Codec, createCodec, createRegistryClient, type RegistryClient } from '@entrepot/codec';
import { createMetrics, createSilentLogger, type Logger, type Metrics } from '@entrepot/service-kit';
import { openStore, parseMasterKey, type Store, type StoreOptions } from '@entrepot/store';
import { ADDRESS_VARIABLES } from '../infra.ts';

/** Real Kafka, MongoDB and registry, with names that no other test uses. */
export interface TestWorld {
  /** Part of every name of this world's: for connections, groups and ids, too. */
  readonly run: string;
  /** Of its stores: for a process of its own that opens one. */
  readonly masterKey: string;
  readonly log: Logger;
  readonly registry: RegistryClient;
  readonly codec: Codec;
  /** A store on this world's database; each call opens one more, as another process would. */
  openStore(options: Pick<StoreOptions, 'vendors' | 'migrates'>): Promise<Store>;
  /** A broker client; each call connects one more. */
  connectBroker(client?: string, metrics?: Metrics): Promise<Broker>;
  /** Closes what was opened and drops the database. */
  close(): Promise<void>;
}

/** @param name what is tested: names of databases and clients begin with it */
export function openTestWorld(name: string): TestWorld {
  const run = randomBytes(4).toString('hex');
  const log = createSilentLogger();
  const masterKey = randomBytes(32).toString('base64');
  const masterKeys = { current: parseMasterKey(masterKey, 'the test'), previous: null };
  const registry = createRegistryClient({ baseUrl: process.env[ADDRESS_VARIABLES.registry] ?? '' });
  const stores: Store[] = [];
  const brokers: Broker[] = [];
  return {
    run,
    masterKey,
    log,
    registry,
    codec: createCodec({ registry }),
    async openStore(options) {
      const uri = addressOf('mongo');
      const database = `${name}-${run}`;
      const store = await openStore({ uri, database, masterKeys, log, ...options });
      stores.push(store);
      return store;
    },
    async connectBroker(client = name, metrics = createMetrics({ service: client, processMetrics: false })) {
      const clientId = `${client}-${run}`;
      const broker = await connectBroker({ brokers: addressOf('kafka').split(','), clientId, log, metrics });
      brokers.push(broker);
      return broker;
    },
    async close() {
      await Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 1_000 })));
      await stores[0]?.mongoose.dropDatabase();
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

/** @throws Error when the environment does not name the server */
function addressOf(part: keyof typeof ADDRESS_VARIABLES): string {
  const variable = ADDRESS_VARIABLES[part];
  const address = process.env[variable];
  if (!address) throw new Error(`${variable} is not set: run the integration tests with npm run test:int`);
  return address;
}
