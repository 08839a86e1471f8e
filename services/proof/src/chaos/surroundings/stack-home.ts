import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** A run starts and ends servers of its own: these variables would name others. */
const GIVEN = ['KAFKA_BROKERS', 'MONGODB_URI', 'SCHEMA_REGISTRY_URL', 'ENTREPOT_ADMIN_TOKEN', 'NODE_ENV'];

/** Written data survives a killed process here as on a disk, and a slow disk does not make the broker's start the longest part. */
const MEMORY_DISK = '/dev/shm';

/** Two of every service that may have replicas. */
export const REPLICAS = { 'sink-sap-b1': 2, 'connector-shopify': 2 };

/** A folder that nothing else uses, in memory where possible; `TMPDIR` puts it elsewhere. */
export function makeHome(kind: string): string {
  const parent = process.env.TMPDIR ?? (existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir());
  return mkdtempSync(join(parent, `entrepot-${kind}-`));
}

/** This process's environment without the servers it may name. */
export function withoutGivenServers(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !GIVEN.includes(name)));
}

export interface Config {
  readonly connections: readonly { readonly vendor: string; readonly settings: Record<string, unknown> }[];
  readonly flows: readonly { readonly settings: Record<string, unknown> & { gate?: object } }[];
}

/**
 * Writes the demo's connections and flows to `file`, with short intervals of polls and retries.
 * @param settingsOf further settings of each vendor's connections
 * @param further connections and flows beside the demo's
 */
export function writeConfig(
  file: string,
  root: string,
  settingsOf: (vendor: string) => Readonly<Record<string, unknown>> = () => ({}),
  further: Config = { connections: [], flows: [] },
): void {
  const demo = parse(readFileSync(join(root, 'deploy', 'demo.yaml'), 'utf8')) as Config;
  const connections = [...demo.connections, ...further.connections];
  const flows = [...demo.flows, ...further.flows];
  for (const { vendor, settings } of connections) {
    if (vendor === 'shopify') Object.assign(settings, { poll: { intervalSeconds: 5 }, pollOverlapSeconds: 10 });
    Object.assign(settings, settingsOf(vendor));
  }
  for (const { settings } of flows) {
    // An edit may leave an amount to pay before the order is imported: the order is due nevertheless.
    if (settings.gate !== undefined) Object.assign(settings.gate, { importOn: ['any'] });
    settings.retry = { attempts: 20, firstDelayMs: 500, maxDelayMs: 3_000, waitingRecheckMs: 3_000 };
  }
  writeFileSync(file, stringify({ ...demo, connections, flows }));
}
