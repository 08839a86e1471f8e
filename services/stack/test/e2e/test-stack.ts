import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { type AdminClient, createAdminClient } from '../../src/demo/admin-client.ts';
import { createErpClient, type ErpClient } from '../../src/demo/erp-client.ts';
import { createSandboxControl, type SandboxControl } from '../../src/demo/sandbox-control.ts';
import { createShopClient, type ShopClient } from '../../src/demo/shop-client.ts';
import { type Stack, startStack } from '../../src/stack.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Named in the environment, the servers would be taken as given; these tests stop and start their own. */
const GIVEN = [
  'KAFKA_BROKERS',
  'MONGODB_URI',
  'SCHEMA_REGISTRY_URL',
  'ENTREPOT_HOME',
  'ENTREPOT_ADMIN_TOKEN',
  'NODE_ENV',
];

interface ConfigConnection {
  id: string;
  label: string;
  vendor: string;
  active: boolean;
  settings: Record<string, unknown>;
  secrets: Record<string, unknown>;
}
interface ConfigFlow {
  entity: string;
  from: string;
  to: string;
  active: boolean;
  settings: Record<string, unknown>;
}
export interface Config {
  format: number;
  connections: ConfigConnection[];
  flows: ConfigFlow[];
}

/** The whole product as processes, with data and ports of its own. */
export interface TestStack {
  readonly stack: Stack;
  readonly shop: ShopClient;
  readonly erp: ErpClient;
  readonly admin: AdminClient;
  readonly control: SandboxControl;
  readonly home: string;
  stop(): Promise<void>;
}

/** The demo's settings with what tests need quicker: short polls, short timeouts, short waits. */
export function readTestConfig(): Config {
  const config = parse(readFileSync(join(ROOT, 'deploy', 'demo.yaml'), 'utf8')) as Config;
  for (const connection of config.connections) {
    if (connection.vendor === 'shopify') {
      connection.settings = { ...connection.settings, poll: { intervalSeconds: 5 }, pollOverlapSeconds: 5 };
    }
    if (connection.vendor === 'sap-b1') {
      connection.settings = { ...connection.settings, requestTimeoutMs: 2_000, settleMs: 4_000 };
    }
  }
  for (const flow of config.flows) {
    flow.settings = {
      ...flow.settings,
      retry: { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 5_000, waitingRecheckMs: 3_000 },
    };
  }
  return config;
}

/**
 * Starts everything, with the test settings as changed by `change`.
 * @param processes `separate`: each connector and sink is a process, for tests that end or look into one; else all are in the host
 */
export async function startTestStack(
  change: (config: Config) => void = () => {},
  processes: 'hosted' | 'separate' = 'hosted',
): Promise<TestStack> {
  const home = mkdtempSync(join(tmpdir(), 'entrepot-e2e-'));
  const config = readTestConfig();
  change(config);
  const configFile = `${home}.yaml`;
  writeFileSync(configFile, stringify(config));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !GIVEN.includes(name)));
  const notes: string[] = [];
  const stack = await startStack({
    root: ROOT,
    env: { ...env, ENTREPOT_HOME: home },
    anyPorts: true,
    configFile,
    hosted: processes === 'hosted',
    ...(processes === 'hosted' && { vendors: [] }),
    onNote: (line) => notes.push(line),
  });
  return {
    stack,
    home,
    shop: createShopClient(stack.sandboxUrl),
    erp: createErpClient(stack.sandboxUrl),
    admin: createAdminClient(stack.adminUrl, stack.adminToken.token),
    control: createSandboxControl(stack.sandboxUrl),
    stop: async () => {
      await stack.stop();
      if (process.env.ENTREPOT_KEEP_E2E === undefined) rmSync(home, { recursive: true, force: true });
      rmSync(configFile, { force: true });
    },
  };
}
