import { type EntityName, externalReference } from '@entrepot/canonical';
import {
  type CredentialVault,
  type DocumentDraft,
  type DocumentKey,
  defineTarget,
  noSettings,
  type ResolvedDependency,
  type TargetDefinition,
  type TargetDependency,
  type TargetEntity,
} from '@entrepot/vendor-kit';
import type { Scenarios } from '../plan/scenarios.ts';
import { readRecord, SHOP, type SimRecord, type SimState, toRecord, type VariantRef } from './records.ts';
import { compareContent, hashState, isAsPlanned, type Plan, showItem, type TargetDocument } from './target-document.ts';
import type { TargetClient } from './target-system.ts';

const VISIBLE_WITHIN_MS = 5_000;
/** Less than the ERP takes for some orders. */
const CONFIRMED_WITHIN_MS = 100_000;

interface ModelTypes {
  readonly settings: unknown;
  readonly client: TargetClient;
  readonly profile: unknown;
  readonly state: TargetDocument;
}

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

/** The record's main document, and one of each part: all of a cancelled record are cancelled. */
function planDocuments(
  role: string,
  { state, source: { version } }: SimRecord,
  resolved: readonly ResolvedDependency[],
): DocumentDraft<Plan>[] {
  const { content, cancelled, email, parts } = state;
  const item = resolved.find(({ dependency }) => dependency.document !== undefined)?.targetId ?? null;
  const desired = cancelled ? ('cancelled' as const) : ('posted' as const);
  return [
    { role, subId: null, desired, body: { version, content, email, item } },
    ...parts.map((part) => ({
      role: part.role,
      subId: part.subId,
      desired,
      body: { version, content: part.content, email: null, item: null },
    })),
  ];
}

function describeEntity<E extends EntityName>(name: E): TargetEntity<E, ModelTypes, unknown, Plan> {
  return {
    settings: noSettings,
    guard: 'session',
    visibleWithinMs: () => VISIBLE_WITHIN_MS,
    verifyByDefault: true,
    reference: ({ connection, id }, { role, subId }) =>
      externalReference(connection, id, role === name ? null : role, subId),
    map: (entity, { resolved }) => ({ ok: true, documents: planDocuments(name, readRecord(entity), resolved) }),
    find: ({ externalRef }, { system, request }, call) =>
      request('find', call, () => system.findByReference(name, externalRef)),
    create: (planned, { system, request }, call) => request('create', call, () => system.create(name, planned)),
    read: (_document, targetId, { system, request }, call) => request('read', call, () => system.read(name, targetId)),
    update: async (planned, current, { system, request }, call) => {
      if (isAsPlanned(system.name, planned, current)) return { status: 'unchanged' };
      await request('update', call, () => system.update(planned, current));
      return { status: 'applied' };
    },
    compare: (planned, current, { connection }) => compareContent(connection.id, planned, current),
    stateHash: (_document, { body }) => hashState(body),
  };
}

/** The target side of the vendor of both systems, as one process of the sink opens it. */
export function defineModelTarget(
  open: (connection: string, vault: CredentialVault) => TargetClient,
  { intake }: Pick<Scenarios, 'intake'>,
): TargetDefinition {
  return defineTarget<ModelTypes, unknown>({
    open: ({ connection, credentials }) => open(connection.id, credentials),
    close: async () => {},
    test: async () => ({ ok: true, checks: [] }),
    values: {},
    fence: ({ request }, call) => request('fence', call, () => {}),
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
    },
  });
}
