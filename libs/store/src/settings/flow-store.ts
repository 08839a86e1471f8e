import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { mongo } from 'mongoose';
import type { Collections } from '../database.ts';
import type { ConnectionDocument, FlowDocument, StoredFlowSettings } from '../documents.ts';
import { InvalidSettings, NotInStore, StoreConflict } from '../errors.ts';
import { formerFlowSettings } from '../format-1.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import type { Connections } from './connections.ts';
import { type Flow, type Flows, flowId } from './flows.ts';
import type { LiveSnapshot } from './live-snapshot.ts';
import { readFlow, readFlowSettings, readFormat2 } from './stored-flow.ts';
import { DEFAULT_TENANT } from './tenants.ts';
import { checkFlowEnds, checkFlowSettings, type FlowEnd, type VendorRegistry } from './vendor-settings.ts';

export interface FlowStoreParts {
  readonly collections: Collections;
  readonly vendors: VendorRegistry;
  readonly connections: Connections;
  readonly live: LiveSnapshot<Flow>;
  /** All reads and writes are part of its transaction. */
  readonly session?: mongo.ClientSession;
}

export function createFlows({ collections, vendors, connections, live, session }: FlowStoreParts): Flows {
  const { flows, counters } = collections;
  const within = session === undefined ? {} : { session };
  const read = (document: FlowDocument): Flow => readFlow(document, vendors, connections.find(document.to)?.vendor);

  async function loadExisting(id: string): Promise<FlowDocument> {
    const document = await flows.findById(id, null, within).lean<FlowDocument>();
    if (document === null) throw new NotInStore(`there is no flow "${id}"`);
    return document;
  }

  /** Loads the connections of a flow from the database: flows are often created right after them. */
  async function loadEnds(ids: readonly string[]): Promise<ReadonlyMap<string, FlowEnd>> {
    const found = await collections.connections
      .find({ _id: { $in: ids } }, { vendor: 1, tenant: 1 }, within)
      .lean<ConnectionDocument[]>();
    return new Map(found.map((connection) => [connection._id, connection]));
  }

  return {
    list: async () => (await flows.find({}, null, within).sort({ _id: 1 }).lean<FlowDocument[]>()).map(read),
    get: async (id) => {
      const document = await flows.findById(id, null, within).lean<FlowDocument>();
      return document === null ? null : read(document);
    },
    snapshot: live.all,
    find: live.find,
    forSource: (entity, from) =>
      live.all().filter((flow) => flow.active && flow.entity === entity && flow.from === from),
    onChange: live.onChange,

    async create({ entity, from, to, active, settings }) {
      const id = flowId(entity, from, to);
      const ends = await loadEnds([from, to]);
      const faults = checkFlowEnds(vendors, { entity, from, to }, (connection) => ends.get(connection), '');
      const checked = checkFlowSettings(vendors, settings, { entity, vendor: ends.get(to)?.vendor }, 'settings');
      const problems = [...faults, ...(checked.ok ? [] : checked.problems)];
      if (!checked.ok || problems.length > 0) throw refusal(id, problems);
      const tenant = ends.get(from)?.tenant ?? DEFAULT_TENANT;
      await connections.assignLanePartition(to);
      // A removed flow's revisions are not reused: links keep the mapping revision they were written with.
      const last = (await counters.findOne({ _id: counterId(id) }, within))?.next ?? 0;
      const revisions = { revision: last + 1, mappingRevision: last + 1 };
      const document: FlowDocument = {
        _id: id,
        entity,
        from,
        to,
        tenant,
        active,
        ...storedSettings(checked.value),
        ...revisions,
      };
      try {
        await flows.create([document], within);
      } catch (error) {
        if (isDuplicateKey(error)) throw new StoreConflict(`there is a flow "${id}" already: change that one`);
        throw error;
      }
      return read(document);
    },

    async update(id, expectedRevision, patch) {
      const before = await loadExisting(id);
      const { entity, to } = before;
      const ends = await loadEnds([to]);
      const target = { entity, vendor: ends.get(to)?.vendor };
      // Filled in by defaults that the schemas gained since: these do not change what is written.
      const former = readFlowSettings(vendors, readFormat2(before), target).settings;
      const checked =
        patch.settings === undefined ? null : checkFlowSettings(vendors, patch.settings, target, 'settings');
      if (checked !== null && !checked.ok) throw refusal(id, checked.problems);
      const active = patch.active ?? before.active;
      const wanted = checked?.value ?? former;
      const changed = active !== before.active || !isDeepStrictEqual(wanted, former);
      const writesOtherwise = !isDeepStrictEqual(pickMapping(wanted), pickMapping(former));
      const after = await flows
        .findOneAndUpdate(
          { _id: id, revision: expectedRevision },
          {
            $set: { active, ...(checked === null ? {} : storedSettings(checked.value)) },
            $inc: { revision: changed ? 1 : 0, mappingRevision: writesOtherwise ? 1 : 0 },
          },
          { returnDocument: 'after', ...within },
        )
        .lean<FlowDocument>();
      if (after !== null) return read(after);
      await loadExisting(id);
      throw changedMeanwhile(id);
    },

    async remove(id, expectedRevision) {
      const { revision, mappingRevision } = await loadExisting(id);
      if (revision !== expectedRevision) throw changedMeanwhile(id);
      const next = Math.max(revision, mappingRevision) + 1;
      await counters.updateOne({ _id: counterId(id) }, { $max: { next } }, { upsert: true, ...within });
      const { deletedCount } = await flows.deleteOne({ _id: id, revision }, within);
      if (deletedCount === 0) throw changedMeanwhile(id);
    },
  };
}

/** The part of the settings that decides what is written. */
function pickMapping(settings: FlowSettings) {
  const { writeMode, valueMaps, fields, lineFields, target, prerequisites } = settings;
  return { writeMode, valueMaps, fields, lineFields, target, prerequisites };
}

/**
 * The settings, with the copy that sinks of the previous release read. A sink that does not know write modes refuses
 * a flow that has one, in words, instead of writing what it shall not.
 */
function storedSettings({ writeMode, ...settings }: FlowSettings) {
  const format2: StoredFlowSettings = writeMode === 'upsert' ? settings : { ...settings, writeMode };
  return { settings: formerFlowSettings(format2), format2 };
}

function counterId(flow: string): string {
  return `flow-revision:${flow}`;
}

function changedMeanwhile(id: string): StoreConflict {
  return new StoreConflict(`flow "${id}" was changed meanwhile: read it again, then repeat the change`);
}

function refusal(id: string, problems: readonly FieldProblem[]): InvalidSettings {
  return new InvalidSettings(`flow "${id}"`, problems);
}
