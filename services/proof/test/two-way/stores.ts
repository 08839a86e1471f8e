import { flowSettingsSchemaOf, type Truth } from '@entrepot/mapping';
import type { Configuration, LaneStore, TargetConnection } from '@entrepot/sink-runtime/core';
import { type Flow, flowId, type Published, type PublishedDocument, publishedId } from '@entrepot/store';

export const ADDRESS = { entity: 'customer' } as const;

export type Truths = Readonly<Record<string, Truth>>;

/** Lanes that are never disputed. */
export function createLeases(): LaneStore {
  return {
    acquire: async (connection, owner) => ({
      connection,
      owner,
      epoch: 1,
      remainingMs: () => 1_000_000,
      outlives: () => true,
    }),
    renew: async () => true,
    release: async () => {},
    readSession: async () => null,
    writeSession: async () => true,
  };
}

/** The versions of a connector that is alone. */
export function createVersions(published: Map<string, PublishedDocument>): Published {
  return {
    get: async (key) => published.get(publishedId(key)) ?? null,
    getMany: async () => new Map(),
    intend: async (key, { expected, ...intent }) => {
      const _id = publishedId(key);
      const current = published.get(_id) ?? null;
      if (current !== null && current.version !== expected?.version) return { ok: false, current };
      published.set(_id, { _id, ...intent, state: 'intended' });
      return { ok: true };
    },
    noteRead: async (key, version, read) => {
      const current = published.get(publishedId(key));
      if (current?.version !== version) return false;
      published.set(publishedId(key), { ...current, ...read });
      return true;
    },
    confirm: async (key, version) => {
      const current = published.get(publishedId(key));
      if (current?.version !== version) return false;
      published.set(publishedId(key), { ...current, state: 'confirmed' });
      return true;
    },
  };
}

/** A customer flow. @param sourceOfTruth who decides what both sides changed; undefined: the last edit */
export function makeFlow(from: string, to: string, sourceOfTruth: Truths | undefined): Flow {
  const retry = { attempts: 20, firstDelayMs: 100, maxDelayMs: 1_000 };
  const settings = flowSettingsSchemaOf('customer').parse({
    retry,
    ...(sourceOfTruth === undefined ? {} : { sourceOfTruth }),
  });
  const id = flowId('customer', from, to);
  const revisions = { revision: 1, mappingRevision: 1 };
  const flow = { id, ...ADDRESS, from, to, tenant: 'default', active: true, settings, ...revisions };
  return { ...flow, problems: [], usable: true };
}

/** Both systems and their flows, as the sink sees them. */
export function configure(flows: readonly Flow[]): Configuration {
  const describe = (id: string): TargetConnection => ({
    id,
    label: id,
    vendor: 'model',
    active: true,
    accessRevision: 1,
    attention: null,
  });
  return {
    connection: describe,
    flow: (id) => flows.find((flow) => flow.id === id) ?? null,
    flowsFrom: (entity, from) => flows.filter((flow) => flow.entity === entity && flow.from === from),
    onConnectionChange: () => () => {},
    open: async (id) => ({ id, label: id, settings: {}, secrets: {}, revision: 1 }),
    setAttention: async () => {},
    lanePartition: async () => 0,
  };
}
