import { type DocumentKey, defineTarget, type TargetDefinition, type TargetDependency } from '@entrepot/vendor-kit';
import type { Scenarios } from '../plan/scenarios.ts';
import { describeMade } from './fulfilment.ts';
import { readRecord, SHOP, type SimState, toRecord, type VariantRef } from './records.ts';
import { SHARED_PRODUCTS } from './shared-target.ts';
import { showItem } from './target-document.ts';
import { describeEntity, type ModelTypes } from './target-entity.ts';

/** Less than the ERP takes for some orders. */
const CONFIRMED_WITHIN_MS = 100_000;

/** What an order needs: its customer, an item of the target, and the variant that it sells. */
function listDependencies({ customer, sku, variant }: SimState): TargetDependency[] {
  const needs: TargetDependency[] = [];
  if (customer !== null) {
    const { id, email } = customer;
    const none = { cancelled: false, customer: null, sku: null, variant: null, parts: [] };
    const prerequisite = toRecord(SHOP, { entity: 'customer', id, content: email, email, ...none });
    const sourceKey = `${SHOP}/${id}`;
    needs.push({ entity: 'customer', sourceKey, naturalKey: email, whenAbsent: 'create', prerequisite });
  }
  const product = { entity: 'product', whenAbsent: 'wait', prerequisite: null } as const;
  if (sku !== null) needs.push({ ...product, sourceKey: null, naturalKey: sku });
  if (variant !== null) {
    const naturalKey = `${variant.product}-${variant.id}`;
    needs.push({ ...product, sourceKey: `${SHOP}/${variant.product}`, naturalKey, document: nameVariant(variant) });
  }
  return needs;
}

function nameVariant({ id }: VariantRef): DocumentKey {
  return { role: 'variant', subId: id };
}

/** The target side of the vendor of both systems. */
export function defineModelTarget({ intake, shared }: Pick<Scenarios, 'intake' | 'shared'>): TargetDefinition {
  const definition = defineTarget<ModelTypes>({
    test: async () => ({ ok: true, checks: [] }),
    values: {},
    fence: ({ request }, _vault, call) => request('fence', call, () => {}),
    entities: {
      order: {
        ...describeEntity('order'),
        ...(intake ? { confirmation: { by: 'inbound', withinMs: CONFIRMED_WITHIN_MS } } : {}),
        prerequisites: ['customer'],
        dependencies: (entity) => listDependencies(readRecord(entity).state),
      },
      customer: {
        ...describeEntity('customer'),
        naturalKeys: (entity) => {
          const { email } = readRecord(entity).state;
          return email === null ? [] : [{ document: { role: 'customer', subId: null }, key: email }];
        },
        findByNaturalKey: (naturalKey, { system, request }, call) =>
          request('match', call, () => system.search('customer', ({ email }) => email === naturalKey)),
      },
      product: {
        ...describeEntity('product'),
        findByNaturalKey: (sku, { system, request }, call) =>
          request('match', call, () => (system.items.has(sku) ? [showItem(sku)] : [])),
      },
      shipment: describeMade('shipment'),
      invoice: describeMade('invoice'),
    },
  });
  if (shared === null) return definition;
  return { ...definition, entities: { ...definition.entities, product: SHARED_PRODUCTS } };
}
