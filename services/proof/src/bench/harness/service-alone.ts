import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '@entrepot/embedded';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '@entrepot/stack';
import type { ChildProgram } from './programs.ts';
import { type BenchServers, profileInto, ROOT } from './servers.ts';

const FOLDERS: Readonly<Record<string, string>> = {
  ledger: 'services/ledger',
  'sink-sap-b1': 'services/sinks/sap-b1',
  'connector-shopify': 'services/connectors/shopify',
};

export const ADMIN_TOKEN = 'bench-admin-token-0123456789-abcdef';

export interface AloneService extends ChildProgram {
  readonly url: string;
}

/** Starts one of our services, as bundled, on the bench's servers. The stack of this bench, if any, must have stopped. */
export async function startAlone(
  servers: BenchServers,
  name: string,
  env: NodeJS.ProcessEnv = {},
): Promise<AloneService> {
  const { kafkaBrokers, mongodbUri, registryUrl } = await servers.infra();
  const folder = join(ROOT, FOLDERS[name] ?? '');
  if (!existsSync(join(folder, 'dist', 'main.js'))) throw new Error(`${name} is not built: run npm run build first`);
  const keyFile = join(servers.folder, 'home', 'master.key');
  const ownKey = join(servers.folder, 'bench.key');
  if (!existsSync(keyFile)) writeFileSync(ownKey, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
  const port = await findFreePort();
  const operationsPort = name.startsWith('connector-') ? await findFreePort() : port;
  const program = await servers.program({
    name,
    args: [...NODE_FLAGS, join(folder, 'dist', 'main.js')],
    cwd: folder,
    env: {
      ...NODE_ENVIRONMENT,
      ...profileInto(name),
      ENTREPOT_PORT: String(port),
      ENTREPOT_OPERATIONS_PORT: String(operationsPort),
      ENTREPOT_HOME: join(servers.folder, 'home'),
      ENTREPOT_KEY_FILE: existsSync(keyFile) ? keyFile : ownKey,
      ENTREPOT_ADMIN_TOKEN: ADMIN_TOKEN,
      // Loads the shop that the benches publish for: events of an unknown connection would become failures in the ledger.
      ENTREPOT_CONFIG: join(ROOT, 'deploy', 'demo.yaml'),
      KAFKA_BROKERS: kafkaBrokers,
      MONGODB_URI: mongodbUri,
      SCHEMA_REGISTRY_URL: registryUrl,
      ...env,
    },
    logFile: join(servers.folder, 'logs', `${name}-alone.log`),
    readyUrl: `http://127.0.0.1:${operationsPort}/readyz`,
  });
  return { ...program, url: `http://127.0.0.1:${port}` };
}
