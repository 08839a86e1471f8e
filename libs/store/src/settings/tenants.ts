import type { mongo } from 'mongoose';
import type { Collections } from '../database.ts';
import type { TenantDocument } from '../documents.ts';
import { InvalidSettings, NotInStore, StoreConflict } from '../errors.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import { checkId, checkLabel } from './vendor-settings.ts';

/** Exists in every store; documents that name no tenant belong to it. */
export const DEFAULT_TENANT = 'default';

/** One customer company of an installation: owns connections, and the flows between them. */
export interface Tenant {
  /** Permanent. Lower-case letters, digits and hyphens, at most 63. */
  readonly id: string;
  readonly label: string;
  readonly revision: number;
}

export interface Tenants {
  /** From the database. */
  list(): Promise<Tenant[]>;
  /** @throws InvalidSettings with paths · StoreConflict when the id is taken */
  create(input: Pick<Tenant, 'id' | 'label'>): Promise<Tenant>;
  /** @throws InvalidSettings · NotInStore · StoreConflict when it was changed meanwhile */
  update(id: string, expectedRevision: number, patch: { readonly label?: string }): Promise<Tenant>;
  /** @throws StoreConflict while a connection belongs to it, when it was changed meanwhile, and for the default one · NotInStore */
  remove(id: string, expectedRevision: number): Promise<void>;
}

/** @param session all reads and writes are part of its transaction */
export function createTenants({ tenants, connections }: Collections, session?: mongo.ClientSession): Tenants {
  const within = session === undefined ? {} : { session };

  function refuse(id: string, problems: ReturnType<typeof checkLabel>): void {
    if (problems.length > 0) throw new InvalidSettings(`tenant "${id}"`, problems);
  }

  async function findConflict(id: string): Promise<Error> {
    return (await tenants.findOne({ _id: id }, within)) === null
      ? new NotInStore(`there is no tenant "${id}"`)
      : new StoreConflict(`tenant "${id}" was changed meanwhile: read it again, then repeat the change`);
  }

  return {
    list: async () => (await tenants.find({}, within).sort({ _id: 1 }).toArray()).map(readTenant),

    async create({ id, label }) {
      refuse(id, [...checkId(id, ''), ...checkLabel(label, '')]);
      const document = { _id: id, label, revision: 1 };
      try {
        await tenants.insertOne(document, within);
      } catch (error) {
        if (isDuplicateKey(error)) throw new StoreConflict(`there is a tenant "${id}" already: choose another id`);
        throw error;
      }
      return readTenant(document);
    },

    async update(id, expectedRevision, { label }) {
      if (label !== undefined) refuse(id, checkLabel(label, ''));
      const isChange = { $and: [label !== undefined, { $ne: ['$label', { $literal: label }] }] };
      const after = await tenants.findOneAndUpdate(
        { _id: id, revision: expectedRevision },
        [
          {
            $set: {
              revision: { $add: ['$revision', { $cond: [isChange, 1, 0] }] },
              ...(label === undefined ? {} : { label: { $literal: label } }),
            },
          },
        ],
        { returnDocument: 'after', ...within },
      );
      if (after === null) throw await findConflict(id);
      return readTenant(after);
    },

    async remove(id, expectedRevision) {
      if (id === DEFAULT_TENANT) throw new StoreConflict(`tenant "${id}" is the one that every installation has`);
      const used = await connections.findOne({ tenant: id }, null, within).lean<{ _id: string }>();
      if (used !== null) {
        throw new StoreConflict(`connection "${used._id}" belongs to tenant "${id}": remove the connection first`);
      }
      const { deletedCount } = await tenants.deleteOne({ _id: id, revision: expectedRevision }, within);
      if (deletedCount === 0) throw await findConflict(id);
    },
  };
}

export async function ensureDefaultTenant({ tenants }: Collections): Promise<void> {
  const made = { label: 'Default', revision: 1 };
  try {
    await tenants.updateOne({ _id: DEFAULT_TENANT }, { $setOnInsert: made }, { upsert: true });
  } catch (error) {
    // Another process created it at the same moment.
    if (!isDuplicateKey(error)) throw error;
  }
}

function readTenant({ _id, label, revision }: TenantDocument): Tenant {
  return { id: _id, label, revision };
}
