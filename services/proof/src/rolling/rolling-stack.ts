import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from '@entrepot/stack';
import { parse, stringify } from 'yaml';

/** Named in the environment, the servers would be taken as given; the run has its own. */
const GIVEN = ['KAFKA_BROKERS', 'MONGODB_URI', 'SCHEMA_REGISTRY_URL', 'ENTREPOT_ADMIN_TOKEN', 'NODE_ENV'];
const MEMORY_DISK = '/dev/shm';
const REPLICAS = { 'sink-sap-b1': 2, 'connector-shopify': 2 };

interface Config {
  connections: { vendor: string; settings: Record<string, unknown> }[];
  flows: { settings: Record<string, unknown> & { gate?: object } }[];
}

/** A folder that nothing else uses, in memory where that is possible. */
export function makeHome(): string {
  return mkdtempSync(join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'entrepot-rolling-'));
}

/**
 * Starts the whole product with two sinks and two connectors.
 * @param programOf where the program of a process lies, asked at each of its starts; null: that of this checkout
 */
export async function startRollingStack(
  root: string,
  home: string,
  programOf: (process: string) => string | null,
  signal: AbortSignal,
  onNote: (line: string) => void,
): Promise<Stack> {
  const configFile = `${home}.yaml`;
  writeFileSync(configFile, writeConfig(root));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !GIVEN.includes(name)));
  try {
    return await startStack({
      root,
      env: { ...env, ENTREPOT_HOME: home },
      anyPorts: true,
      configFile,
      replicas: REPLICAS,
      programOf,
      signal,
      onNote,
    });
  } finally {
    // Copied into the stack's home by now.
    rmSync(configFile, { force: true });
  }
}

/** The demo's connections and flows, with short polls and waits. */
function writeConfig(root: string): string {
  const config = parse(readFileSync(join(root, 'deploy', 'demo.yaml'), 'utf8')) as Config;
  for (const { vendor, settings } of config.connections) {
    if (vendor === 'shopify') Object.assign(settings, { poll: { intervalSeconds: 5 }, pollOverlapSeconds: 10 });
  }
  for (const { settings } of config.flows) {
    // An edit may leave something to pay before the order was ever imported: it is due all the same.
    if (settings.gate !== undefined) Object.assign(settings.gate, { importOn: ['any'] });
    settings.retry = { attempts: 20, firstDelayMs: 500, maxDelayMs: 3_000, waitingRecheckMs: 3_000 };
  }
  return stringify(config);
}
