import { createSilentLogger } from '@entrepot/service-kit';
import { openStore, parseMasterKey } from '../src/index.ts';
import { breakWriteAt } from './break-writes.ts';
import { erpVendor, shopVendor } from './open-test-store.ts';

/** A process of its own that imports a file and is killed right before one of its writes. */
const { MONGODB_URI = '', DATABASE = '', MASTER_KEY = '', FILE = '', POSITION = '' } = process.env;
const store = await openStore({
  uri: MONGODB_URI,
  database: DATABASE,
  masterKeys: { current: parseMasterKey(MASTER_KEY, 'test key'), previous: null },
  vendors: [shopVendor, erpVendor],
  log: createSilentLogger(),
});
breakWriteAt(Number(POSITION), () => process.kill(process.pid, 'SIGKILL'));
await store.configuration.importYaml(FILE);
await store.close();
