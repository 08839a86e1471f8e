import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { StoreConflict } from '../errors.ts';
import type { ConvertedSetting } from '../format-1.ts';
import type { ConnectionsInStore } from '../settings/connection-store.ts';
import type { Connection, Connections } from '../settings/connections.ts';
import { type Flow, type Flows, flowId } from '../settings/flows.ts';
import type { Tenant, Tenants } from '../settings/tenants.ts';
import type { VendorRegistry } from '../settings/vendor-settings.ts';
import {
  type ConfigurationFile,
  checkConfiguration,
  formatConfiguration,
  parseConfiguration,
} from './configuration-file.ts';

export interface ImportSummary {
  /** Ids of connections and flows; `tenant/<id>` of tenants. */
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  /** What was changed of a file of format 1, by its paths; empty for format 2. */
  readonly converted: readonly ConvertedSetting[];
}

/** Connections and flows as one YAML file: `format: 2`, `connections: […]`, `flows: […]`; files of format 1 are converted. */
export interface Configuration {
  /** Everything but secrets. */
  exportYaml(): Promise<string>;
  /**
   * Creates and updates what the file names, and leaves the rest alone, secrets included. Runs in one transaction: an interrupted import
   * writes nothing.
   * @throws InvalidSettings with every problem and its path in the file
   */
  importYaml(text: string): Promise<ImportSummary>;
  /** Imports a file if there is no connection yet. @returns null when there is one */
  loadIntoEmptyStore(file: string): Promise<ImportSummary | null>;
}

type Applied = 'created' | 'updated' | 'unchanged';

/** Tenants, connections and flows as a transaction sees and changes them. */
export interface SettingsInTransaction {
  readonly connections: ConnectionsInStore;
  readonly flows: Flows;
  readonly tenants: Tenants;
}

export interface ConfigurationParts {
  readonly connections: Connections;
  readonly flows: Flows;
  readonly tenants: Tenants;
  readonly vendors: VendorRegistry;
  /** Runs work that is written completely or not at all; repeats it from the beginning after a write conflict. */
  transact<T>(work: (settings: SettingsInTransaction) => Promise<T>): Promise<T>;
}

export function createConfiguration({
  connections,
  flows,
  tenants,
  vendors,
  transact,
}: ConfigurationParts): Configuration {
  async function importYaml(text: string): Promise<ImportSummary> {
    const { file, converted } = parseConfiguration(text, vendors);
    const applied = await again(() => transact((settings) => apply(file, settings, vendors)));
    return { ...applied, converted };
  }

  return {
    exportYaml: async () => formatConfiguration(await tenants.list(), await connections.list(), await flows.list()),
    importYaml,
    loadIntoEmptyStore: async (file) =>
      (await connections.list()).length > 0 ? null : importYaml(await readFile(file, 'utf8')),
  };
}

async function apply(
  file: ConfigurationFile,
  settings: SettingsInTransaction,
  vendors: VendorRegistry,
): Promise<Readonly<Record<Applied, readonly string[]>>> {
  const { connections, flows, tenants } = settings;
  const secrets = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { id, secrets: given } of file.connections) {
    const merged = given === undefined ? null : await connections.mergeSecrets(id, given);
    if (merged !== null) secrets.set(id, merged);
  }
  const stored = { connections: await connections.list(), tenants: await tenants.list() };
  checkConfiguration(file, vendors, stored, secrets);
  const applied: Record<Applied, string[]> = { created: [], updated: [], unchanged: [] };
  for (const input of file.tenants) applied[await applyTenant(tenants, input)].push(`tenant/${input.id}`);
  for (const input of file.connections) applied[await applyConnection(connections, input)].push(input.id);
  for (const input of file.flows) {
    applied[await applyFlow(flows, input)].push(flowId(input.entity, input.from, input.to));
  }
  return applied;
}

async function applyTenant(tenants: Tenants, { id, label }: ConfigurationFile['tenants'][number]): Promise<Applied> {
  const before = (await tenants.list()).find((tenant) => tenant.id === id);
  if (before === undefined) {
    await tenants.create({ id, label });
    return 'created';
  }
  return compare(before, await tenants.update(id, before.revision, { label }));
}

async function applyConnection(
  connections: Connections,
  input: ConfigurationFile['connections'][number],
): Promise<Applied> {
  const { id, label, vendor, tenant, active, settings, secrets } = input;
  const given = secrets === undefined ? {} : { secrets };
  const owner = tenant === undefined ? {} : { tenant };
  const before = await connections.get(id);
  if (before === null) {
    await connections.create({ id, label, vendor, ...owner, active, settings, ...given });
    return 'created';
  }
  return compare(before, await connections.update(id, before.revision, { label, active, settings, ...given }));
}

async function applyFlow(flows: Flows, input: ConfigurationFile['flows'][number]): Promise<Applied> {
  const { active, settings } = input;
  const before = await flows.get(flowId(input.entity, input.from, input.to));
  if (before === null) {
    await flows.create(input);
    return 'created';
  }
  return compare(before, await flows.update(before.id, before.revision, { active, settings }));
}

function compare(before: Connection | Flow | Tenant, after: Connection | Flow | Tenant): Applied {
  return isDeepStrictEqual(before, after) ? 'unchanged' : 'updated';
}

/** Two processes may load the same file into an empty store concurrently: the second try finds what the other created. */
async function again<T>(apply: () => Promise<T>): Promise<T> {
  try {
    return await apply();
  } catch (error) {
    if (error instanceof StoreConflict) return apply();
    throw error;
  }
}
