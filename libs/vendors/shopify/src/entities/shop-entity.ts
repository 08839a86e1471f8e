import { type EntityName, parseTimestamp } from '@entrepot/canonical';
import { type Fetched, type SourceEntity, sourceEntity, type Unfinished } from '@entrepot/vendor-kit';
import type { z } from 'zod';
import type { SchemaFeatures, ShopAccess } from '../api/access.ts';
import { fromGid, type GidType, isNumericId, toGid } from '../ids.ts';
import type { ChangeQuery } from '../read/changes.ts';
import type { ReadSoFar, RecordQuery, Stamped } from '../read/record-reader.ts';
import type { Shop } from '../shop.ts';

type Found<E extends EntityName> = Pick<Extract<Fetched<E>, { status: 'found' }>, 'entity' | 'number'>;
type Unmapped = Pick<Extract<Fetched, { status: 'unmapped' }>, 'error' | 'number'>;

/** What one kind of record differs in. */
export interface ShopEntityDesign<E extends EntityName, Wire extends Stamped, Settings> {
  readonly gidType: GidType;
  /** Settings of the connection for this entity alone. */
  readonly settings: z.ZodType<Settings>;
  readonly changes: ChangeQuery;
  /** What is asked for each record. */
  query(features: SchemaFeatures): RecordQuery;
  /** Parts of the query that the token may not read. */
  switches(access: ShopAccess): Readonly<Record<string, boolean>>;
  /** @param denied fields that Shopify refused to show */
  map(wire: Wire, shop: Shop, settings: Settings, denied: readonly string[]): Found<E> | Unmapped;
  /** Why a record that is not found may still exist; null when it does not. */
  hidden?(access: ShopAccess): Unmapped['error'] | null;
}

/** An entity of the Admin API: records by global id, paged to their end, listed by their change stamp. */
export function shopEntity<E extends EntityName, Wire extends Stamped, Settings>(
  name: E,
  design: ShopEntityDesign<E, Wire, Settings>,
): SourceEntity<E, Shop> {
  const queries = new WeakMap<SchemaFeatures, RecordQuery>();

  function queryOf(features: SchemaFeatures): RecordQuery {
    const query = queries.get(features) ?? design.query(features);
    queries.set(features, query);
    return query;
  }

  function judge(record: ReadSoFar<Wire>, shop: Shop, access: ShopAccess, settings: Settings): Fetched<E> | Unfinished {
    const sourceId = fromGid(record.gid);
    if (record.status === 'unfinished') return { status: 'unfinished', sourceId, progress: record.progress };
    if (record.status === 'denied')
      return { status: 'unmapped', sourceId, number: null, error: denied(record.message) };
    if (record.status === 'missing') {
      const error = design.hidden?.(access) ?? null;
      return error === null ? { status: 'not-found', sourceId } : { status: 'unmapped', sourceId, number: null, error };
    }
    const { updatedAt } = record.record;
    const mapped = design.map(record.record, shop, settings, record.denied);
    if ('error' in mapped) return { status: 'unmapped', sourceId, ...mapped };
    return { status: 'found', sourceId, ...mapped, stampMicros: parseTimestamp(updatedAt) };
  }

  return sourceEntity(name, {
    batch: { count: 50 },
    pollIntervalMs: 60_000,
    absence: 'deletes',
    settings: design.settings,
    async fetch(shop: Shop, sourceIds, { settings, signal, reading }) {
      const usable = [...new Set(sourceIds)].filter(isNumericId);
      const unusable = sourceIds.filter((id) => !isNumericId(id));
      const results: (Fetched<E> | Unfinished)[] = unusable.map((sourceId) => ({ status: 'not-found', sourceId }));
      if (usable.length === 0) return results;
      const access = await shop.access(signal);
      const gids = usable.map((id) => toGid(design.gidType, id));
      const query = queryOf(access.features);
      const records = await shop.reader.read<Wire>(gids, query, design.switches(access), signal, reading);
      noteDenied(shop, name, records);
      return [...results, ...records.map((record) => judge(record, shop, access, settings))];
    },
    poll: (shop, call) => shop.changes.read(name, design.changes, call),
  });
}

/** By entity, so that readable customers do not clear a finding of the orders. */
function noteDenied(shop: Shop, entity: EntityName, records: readonly ReadSoFar<unknown>[]): void {
  const read = records.filter((record) => record.status === 'read');
  if (read.length === 0) return;
  const fields = [...new Set(read.flatMap((record) => record.denied))];
  const message =
    fields.length === 0
      ? null
      : `Shopify refuses protected customer data of ${entity} records (${fields.join(', ')}): ask for approval in the app’s API access; records come without these fields until then.`;
  shop.attention.note(`protected-data-${entity}`, message);
}

function denied(message: string): Unmapped['error'] {
  return {
    kind: 'source',
    code: 'ACCESS_DENIED',
    message: `Shopify denies access to this record: ${message}`,
    advice: 'Grant the app the scopes that the connection test names.',
    fields: [],
  };
}
