import { convertFlowSettings } from '../format-1.ts';
import { DEFAULT_TENANT } from '../settings/tenants.ts';
import { type CollectionSchema, convert, type Migration, rewrite } from './collection-schema.ts';

const CONNECTION_FIELDS = { otherRevisions: 0, settingRules: 0, throttled: null } as const;

/** The store's own collections. MIGRATIONS.md says how to write a migration. */
export const STORE_COLLECTIONS: readonly CollectionSchema[] = [
  {
    collection: 'connections',
    indexes: [
      {
        key: { vendor: 1, lanePartition: 1 },
        unique: true,
        partialFilterExpression: { lanePartition: { $type: 'number' } },
      },
    ],
    migrations: [
      rewrite({
        to: 2,
        what: 'writes out the fields that 0.1.0 does not know',
        where: { $or: Object.keys(CONNECTION_FIELDS).map((name) => ({ [name]: { $exists: false } })) },
        update: [
          {
            $set: Object.fromEntries(
              Object.entries(CONNECTION_FIELDS).map(([name, value]) => [name, { $ifNull: [`$${name}`, value] }]),
            ),
          },
        ],
      }),
      toDefaultTenant(3),
    ],
  },
  {
    collection: 'flows',
    indexes: [{ key: { entity: 1, from: 1, to: 1 }, unique: true }],
    migrations: [
      toDefaultTenant(2),
      convert({
        to: 3,
        what: 'writes settings in format 2 beside those of format 1',
        where: { format2: { $exists: false } },
        fields: ['entity', 'settings'],
        convert: ({ entity, settings }) => ({ $set: { format2: convertFlowSettings(entity, settings).settings } }),
      }),
    ],
  },
  {
    collection: 'links',
    indexes: [{ key: { target: 1, 'documents.targetId': 1 } }, { key: { target: 1, 'documents.externalRef': 1 } }],
    migrations: [],
  },
  { collection: 'published', indexes: [], migrations: [] },
  { collection: 'targetStates', indexes: [{ key: { record: 1 } }], migrations: [] },
  {
    collection: 'latestStates',
    indexes: [
      { key: { connection: 1, entity: 1, vendor: 1, orderingKey: 1 } },
      // Places of erased records: their topics keep tombstones as long.
      { key: { erasedAt: 1 }, expireAfterSeconds: 1_209_600 },
    ],
    migrations: [],
  },
  { collection: 'stateFills', indexes: [], migrations: [] },
  { collection: 'lanes', indexes: [], migrations: [] },
  // Of connections that nobody has called for a week.
  { collection: 'budgets', indexes: [{ key: { renewedAt: 1 }, expireAfterSeconds: 604_800 }], migrations: [] },
  { collection: 'cursors', indexes: [], migrations: [] },
  // Created with its collection, as a transaction that creates a connection clears what one of its id left.
  { collection: 'credentials', indexes: [{ key: { _id: 1 } }], migrations: [] },
  // Created with its collection: a transaction that created the index would have to give up its snapshot.
  { collection: 'counters', indexes: [{ key: { _id: 1 } }], migrations: [] },
  { collection: 'storeFacts', indexes: [], migrations: [] },
  { collection: 'keyRotations', indexes: [], migrations: [] },
  { collection: 'serviceTroubles', indexes: [{ key: { toldAt: 1 }, expireAfterSeconds: 3_600 }], migrations: [] },
  { collection: 'republications', indexes: [], migrations: [] },
  {
    collection: 'sourceOperations',
    indexes: [
      // One of a kind at a time works on the records of an entity.
      { key: { open: 1 }, unique: true, partialFilterExpression: { open: { $type: 'string' } } },
      { key: { vendor: 1, state: 1, kind: -1, _id: 1 } },
      // Thirty days after the end.
      { key: { endedAt: 1 }, expireAfterSeconds: 2_592_000 },
    ],
    migrations: [],
  },
  { collection: 'tenants', indexes: [], migrations: [] },
];

/** Assigns documents older than tenants to the tenant that every store has. */
function toDefaultTenant(to: number): Migration {
  return rewrite({
    to,
    what: 'gives what has no tenant to the default one',
    where: { tenant: { $exists: false } },
    update: [{ $set: { tenant: DEFAULT_TENANT } }],
  });
}
