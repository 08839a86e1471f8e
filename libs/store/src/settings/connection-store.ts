import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import type { Collections } from '../database.ts';
import type { ConnectionDocument } from '../documents.ts';
import { InvalidSettings, NotInStore, SecretsUnavailable, StoreConflict } from '../errors.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import type { Sealer } from '../secrets/seal.ts';
import { forgetGroup } from '../states/state-fills.ts';
import { forgetTargetStates } from '../target-states/target-states.ts';
import type { Connection, ConnectionPatch, Connections } from './connections.ts';
import { assignLanePartition } from './lane-partitions.ts';
import type { LiveSnapshot } from './live-snapshot.ts';
import { accessRevisionOf, readConnection, readSettings, SETTING_RULES } from './stored-connection.ts';
import { DEFAULT_TENANT } from './tenants.ts';
import {
  checkConnection,
  checkId,
  checkLabel,
  checkTenant,
  checkWith,
  type VendorRegistry,
} from './vendor-settings.ts';

type Secrets = Readonly<Record<string, unknown>>;

export interface ConnectionStoreParts {
  readonly collections: Collections;
  readonly vendors: VendorRegistry;
  readonly sealer: Sealer;
  readonly live: LiveSnapshot<Connection>;
  /** All reads and writes are part of its transaction. */
  readonly session?: mongo.ClientSession;
}

/** What an import needs in addition. */
export interface ConnectionsInStore extends Connections {
  /** Secrets as {@link ConnectionPatch.secrets} would leave them; null when there is no such connection. */
  mergeSecrets(id: string, secrets: Secrets): Promise<Secrets | null>;
}

export function createConnections({
  collections,
  vendors,
  sealer,
  live,
  session,
}: ConnectionStoreParts): ConnectionsInStore {
  const { connections, credentials, flows } = collections;
  const within = session === undefined ? {} : { session };
  const read = (document: ConnectionDocument): Connection => readConnection(document, vendors);

  const seal = async (id: string, secrets: Secrets): Promise<string | null> =>
    Object.keys(secrets).length === 0
      ? null
      : sealer.seal(JSON.stringify(secrets), { connection: id, purpose: 'secrets' }, session);

  function unseal(document: ConnectionDocument): Secrets {
    if (document.sealedSecrets === null) return {};
    const context = { connection: document._id, purpose: 'secrets' } as const;
    return JSON.parse(sealer.unseal(document.sealedSecrets, context)) as Secrets;
  }

  /** Treats secrets that cannot be opened any more as missing: a person can enter them again. */
  function unsealOrForget(document: ConnectionDocument): Secrets {
    try {
      return unseal(document);
    } catch (error) {
      if (error instanceof SecretsUnavailable) return {};
      throw error;
    }
  }

  const load = (id: string): Promise<ConnectionDocument | null> =>
    connections.findById(id, null, within).lean<ConnectionDocument>();

  async function loadExisting(id: string): Promise<ConnectionDocument> {
    const document = await load(id);
    if (document === null) throw new NotInStore(`there is no connection "${id}"`);
    return document;
  }

  const merge = (stored: Secrets, given: Secrets | undefined): Secrets =>
    Object.fromEntries(Object.entries({ ...stored, ...given }).filter(([, value]) => value !== null));

  /** What of a patch differs from what is stored; secrets merged. */
  function findChanges(before: ConnectionDocument, patch: ConnectionPatch): ConnectionPatch {
    const stored = patch.secrets === undefined ? {} : unsealOrForget(before);
    const merged = merge(stored, patch.secrets);
    return {
      ...(patch.label === undefined || patch.label === before.label ? {} : { label: patch.label }),
      ...(patch.active === undefined || patch.active === before.active ? {} : { active: patch.active }),
      ...(patch.settings === undefined || isDeepStrictEqual(patch.settings, before.settings)
        ? {}
        : { settings: patch.settings }),
      ...(patch.secrets === undefined || isDeepStrictEqual(merged, stored) ? {} : { secrets: merged }),
    };
  }

  function refuseProblems(id: string, problems: readonly FieldProblem[]): void {
    if (problems.length > 0) throw new InvalidSettings(`connection "${id}"`, problems);
  }

  return {
    list: async () =>
      (await connections.find({}, null, within).sort({ _id: 1 }).lean<ConnectionDocument[]>()).map(read),
    get: async (id) => {
      const document = await load(id);
      return document === null ? null : read(document);
    },
    snapshot: live.all,
    find: live.find,
    onChange: live.onChange,

    async create({ id, label, vendor, tenant = DEFAULT_TENANT, active, settings, secrets = null }) {
      const known = (await collections.tenants.findOne({ _id: tenant }, within)) === null ? [] : [tenant];
      refuseProblems(id, [
        ...checkId(id, ''),
        ...checkLabel(label, ''),
        ...checkTenant(tenant, new Set(known), ''),
        ...checkConnection(vendors, { vendor, settings, secrets }, ''),
      ]);
      const needed = secrets === null ? checkConnection(vendors, { vendor, settings, secrets: {} }, '') : [];
      const document: ConnectionDocument = {
        _id: id,
        label,
        vendor,
        tenant,
        active,
        settings,
        sealedSecrets: await seal(id, secrets ?? {}),
        secretNames: listSecretNames(secrets ?? {}),
        lanePartition: null,
        revision: 1,
        otherRevisions: 0,
        settingRules: SETTING_RULES,
        attention: needed.length === 0 ? null : `credentials are still to be entered: ${listPaths(needed)}`,
        throttled: null,
      };
      try {
        await connections.create([document], within);
      } catch (error) {
        if (isDuplicateKey(error)) throw new StoreConflict(`there is a connection "${id}" already: choose another id`);
        throw error;
      }
      // What a ledger that knows no credentials left of a removed connection of this id.
      await credentials.deleteOne({ _id: id }, within);
      return read(document);
    },

    async update(id, expectedRevision, patch) {
      const before = await loadExisting(id);
      const changes = findChanges(before, patch);
      if (changes.label !== undefined) refuseProblems(id, checkLabel(changes.label, ''));
      if (changes.settings !== undefined || changes.secrets !== undefined) {
        // Settings that an earlier release saved stand in the way of no new secrets.
        const { settings = null, secrets = null } = changes;
        refuseProblems(id, checkConnection(vendors, { vendor: before.vendor, settings, secrets }, ''));
      }
      const { secrets, ...plain } = changes;
      const sealed =
        secrets === undefined ? {} : { sealedSecrets: await seal(id, secrets), secretNames: listSecretNames(secrets) };
      const isChange = Object.keys(changes).length > 0;
      const changesAccess = secrets !== undefined || changes.settings !== undefined;
      // The change is probably what `attention` asked for; if not, the next call sets it again.
      const settled = changesAccess ? { attention: null } : {};
      const rules = changes.settings === undefined ? {} : { settingRules: SETTING_RULES };
      const after = await connections
        .findOneAndUpdate(
          { _id: id, revision: expectedRevision },
          {
            $set: { ...plain, ...sealed, ...settled, ...rules },
            $inc: { revision: isChange ? 1 : 0, otherRevisions: isChange && !changesAccess ? 1 : 0 },
          },
          { returnDocument: 'after', ...within },
        )
        .lean<ConnectionDocument>();
      if (after !== null) return read(after);
      await loadExisting(id);
      throw changedMeanwhile(id);
    },

    async remove(id, expectedRevision) {
      const used = await flows.findOne({ $or: [{ from: id }, { to: id }] }, null, within).lean<{ _id: string }>();
      if (used !== null)
        throw new StoreConflict(`connection "${id}" is used by flow "${used._id}": remove the flow first`);
      if ((await loadExisting(id)).revision !== expectedRevision) throw changedMeanwhile(id);
      // Before it: no flow is left that would need them, and a process that ends in between leaves none behind.
      while (await forgetGroup(collections.latestStates, { connection: id }, within));
      while (await forgetTargetStates(collections.targetStates, id, within));
      await collections.stateFills.deleteMany({ connection: id }, within);
      const { deletedCount } = await connections.deleteOne({ _id: id, revision: expectedRevision }, within);
      if (deletedCount === 1) {
        await credentials.deleteOne({ _id: id }, within);
        return;
      }
      await loadExisting(id);
      throw changedMeanwhile(id);
    },

    async setAttention(id, attention) {
      await connections.updateOne({ _id: id, attention: { $ne: attention } }, { $set: { attention } }, within);
    },

    async setThrottled(id, throttled) {
      await connections.updateOne({ _id: id }, { $set: { throttled } });
    },

    async open(id) {
      const document = await loadExisting(id);
      const vendor = vendors.get(document.vendor);
      if (vendor === undefined) {
        throw new InvalidSettings(`connection "${id}"`, checkConnection(vendors, { ...document, secrets: null }, ''));
      }
      const settings = readSettings(vendor, document).parsed;
      const secrets = checkWith(vendor.secrets, unseal(document), 'secrets');
      if (settings.ok && secrets.ok) {
        const { label } = document;
        return { id, label, revision: accessRevisionOf(document), settings: settings.value, secrets: secrets.value };
      }
      const problems = [settings, secrets].flatMap((checked) => (checked.ok ? [] : checked.problems));
      throw new InvalidSettings(`connection "${id}"`, problems);
    },

    assignLanePartition: async (id) => assignLanePartition(collections, await loadExisting(id), session),

    async mergeSecrets(id, secrets) {
      const before = await load(id);
      return before === null ? null : merge(unsealOrForget(before), secrets);
    },
  };
}

function changedMeanwhile(id: string): StoreConflict {
  return new StoreConflict(`connection "${id}" was changed meanwhile: read it again, then repeat the change`);
}

function listSecretNames(secrets: Secrets): string[] {
  return Object.keys(secrets).sort();
}

function listPaths(problems: readonly FieldProblem[]): string {
  return problems.map((problem) => problem.path).join(', ');
}
