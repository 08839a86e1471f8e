import { OpenClients } from '@entrepot/runtime-kit/clients';
import { createClock } from '@entrepot/runtime-kit/clock';
import type { ConfigFields, Environment, ServiceContext, ServiceDefinition } from '@entrepot/service-kit';
import { loadMasterKeys, openStore, STORE_CONFIG } from '@entrepot/store';
import type { ListedVendor } from '@entrepot/vendors';
import { type HostedPart, openParts } from './parts.ts';

const DEFAULT_PORT = 7079;

const HOST_CONFIG = {
  ...STORE_CONFIG,
  ENTREPOT_VENDORS: {
    description: 'vendors that run though they have no connection, by name; those with a connection run in any case',
    type: 'list',
    default: [],
  },
} as const satisfies ConfigFields;

/**
 * Connectors and sinks of many vendors in one process: a developer's machine and small tests have no room for two processes a vendor.
 * A vendor starts with the host when it has a connection, else with its first connection. It runs until the host stops.
 */
export function hostService(vendors: readonly ListedVendor[], env: Environment): ServiceDefinition<typeof HOST_CONFIG> {
  return {
    name: 'host',
    defaultPort: DEFAULT_PORT,
    config: HOST_CONFIG,
    start: (context) => startHost(vendors, env, context),
  };
}

async function startHost(
  vendors: readonly ListedVendor[],
  env: Environment,
  { config, log, learnSecret, health, fail }: ServiceContext<typeof HOST_CONFIG>,
) {
  const wanted = config.ENTREPOT_VENDORS;
  const unknown = wanted.filter((name) => !vendors.some((vendor) => vendor.name === name));
  if (unknown.length > 0) {
    const known = vendors.map(({ name }) => name).join(', ');
    throw new Error(`ENTREPOT_VENDORS names ${unknown.join(', ')}; this installation has ${known}`);
  }
  const masterKeys = loadMasterKeys(config, learnSecret);
  // Only who has a connection is looked at, so no vendor's settings need to be read here.
  const store = await openStore({ uri: config.MONGODB_URI, masterKeys, vendors: [], log });
  const clients = OpenClients.on(store, { name: 'host', clock: createClock(), log });
  const parts: HostedPart[] = [];
  const opening = new Map<string, Promise<void>>();
  let stopping = false;

  const openVendor = async (listed: ListedVendor): Promise<void> => {
    const opened = await openParts(listed, env, clients, (part) => fail(new Error(`${part} cannot go on`)));
    parts.push(...opened);
    for (const { name, service } of opened) health.addReadiness(name, () => readinessOf(service));
    await Promise.all(opened.map(({ service }) => service.started));
    log.info({ vendor: listed.name }, 'the vendor runs');
  };
  const openInUse = (): Promise<unknown> => {
    if (stopping) return Promise.resolve();
    const inUse = new Set([...wanted, ...store.connections.snapshot().map(({ vendor }) => vendor)]);
    for (const listed of vendors)
      if (inUse.has(listed.name) && !opening.has(listed.name)) opening.set(listed.name, openVendor(listed));
    return Promise.all(opening.values());
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    endFollowing();
    await Promise.allSettled(opening.values());
    await Promise.all(parts.map(({ service }) => service.stop('the host stops')));
    await clients.closed();
    await store.close();
  };
  const endFollowing = store.connections.onChange(() => void openInUse().catch(fail));
  try {
    await openInUse();
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function readinessOf(service: HostedPart['service']) {
  const { ok, checks } = await service.health.readiness();
  const failed = Object.entries(checks).filter(([, check]) => !check.ok);
  return ok ? { ok } : { ok, detail: failed.map(([name, { detail }]) => `${name}: ${detail ?? 'no'}`).join('; ') };
}
