import { externalReference } from '@entrepot/canonical';
import {
  type FoundDocument,
  noSettings,
  type PlannedDocument,
  type ShownState,
  showState,
  type TargetEntity,
} from '@entrepot/vendor-kit';
import { SHARED_FIELDS } from '../plan/shared-products.ts';
import { readRecord } from './records.ts';
import { readFields, type SharedFields, type SharedRow, showRow } from './shared-products.ts';
import { keep } from './target-document.ts';
import type { TargetClient } from './target-system.ts';

interface SharedTypes {
  readonly settings: unknown;
  readonly client: TargetClient;
  readonly profile: unknown;
  readonly state: SharedRow;
}

/** Less than this passes until an abandoned request commits. */
const VISIBLE_WITHIN_MS = 5_000;

function findDifferences({ body }: PlannedDocument<SharedFields>, current: FoundDocument<SharedRow>) {
  return SHARED_FIELDS.map((path) => ({ path, expected: body[path], actual: current.body[path] })).filter(
    ({ expected, actual }) => expected !== actual,
  );
}

/** Products, of which each system has its own people's changes, too. */
export const SHARED_PRODUCTS: TargetEntity<'product', SharedTypes, unknown, SharedFields> = {
  settings: noSettings,
  guard: 'session',
  visibleWithinMs: () => VISIBLE_WITHIN_MS,
  verifyByDefault: true,
  reference: ({ connection, id }) => externalReference(connection, id, null, null),
  map: (entity, { connection }) => {
    const { name, price } = readFields(readRecord(entity).state);
    const body = { name: keep(connection.id, name), price: keep(connection.id, price) };
    return { ok: true, documents: [{ role: 'product', subId: null, desired: 'posted', body }] };
  },
  find: ({ externalRef }, { system, request }, call) =>
    request('find', call, () => system.shared.search(({ reference }) => reference === externalRef)),
  findByNaturalKey: (sku, { system, request }, call) =>
    request('match', call, () => (system.items.has(sku) ? [showItem(sku)] : [])),
  create: ({ body, externalRef }, { system, request }, call) =>
    request('create', call, () => {
      const id = system.shared.create(body, externalRef);
      return { targetId: id, targetNumber: id, status: 'created' as const };
    }),
  read: (_document, targetId, { system, request }, call) =>
    request('read', call, () => system.shared.search(({ id }) => id === targetId)[0] ?? null),
  update: async (planned, current, { system, request }, call) => {
    if (findDifferences(planned, current).length === 0) return { status: 'unchanged' };
    await request('update', call, () => system.shared.update(current, planned.body));
    return { status: 'applied' };
  },
  compare: findDifferences,
  stateHash: (_document, { body: { name, price } }) => JSON.stringify([name, price]),
  fieldGroups: {
    fields: { name: ['name'], price: ['price'] },
    keep: ({ body }, current, groups) => ({
      name: groups.includes('name') ? current.body.name : body.name,
      price: groups.includes('price') ? current.body.price : body.price,
    }),
    expected: ({ body }) => ({ ...body }),
  },
};

/** What a row shows where its system is read. */
export function showShared(row: SharedRow): ShownState {
  return showState(SHARED_PRODUCTS, { role: 'product', subId: null }, showRow(row), row.reference);
}

function showItem(sku: string): FoundDocument<SharedRow> {
  return showRow({ id: sku, reference: null, name: sku, price: '', revision: 0 });
}
