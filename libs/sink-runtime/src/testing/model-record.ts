import type { EntityName, EntityOf } from '@entrepot/canonical';
import type {
  CollectKey,
  DocumentDraft,
  DocumentKey,
  MapContext,
  MapOutcome,
  NaturalKey,
  ResolvedDependency,
  TargetDependency,
} from '@entrepot/vendor-kit';

/** A record as the model's flows carry it, in place of a canonical one. */
export interface ModelRecord {
  readonly deleted: boolean;
  readonly id: string;
  readonly version: number;
  readonly content: string;
  readonly cancelled?: boolean;
  readonly customer?: Pick<TargetDependency, 'askedFirst' | 'document'> & {
    readonly sourceKey: string;
    readonly email: string;
    /** Left out: created. */
    readonly whenAbsent?: 'ignore';
  };
  readonly sku?: string;
  /** Latest states that its plan is based on; for a model that collects. */
  readonly basedOn?: readonly CollectKey[];
  readonly lines?: readonly { readonly id: string; readonly title: string }[];
  /** The variant of a product that it needs. */
  readonly variant?: { readonly product: string; readonly id: string; readonly sku: string };
  /** Documents that it implies besides its main one: payments of an order, people of a customer. */
  readonly parts?: readonly (DocumentKey & {
    readonly content: string;
    readonly email?: string;
    readonly lines?: readonly { readonly id: string }[];
  })[];
  /** What it is about: orders of its own system that a shipment or an invoice names. */
  readonly orders?: readonly ModelOrder[];
}

export interface ModelOrder
  extends Pick<TargetDependency, 'sourceKey' | 'externalReferences' | 'document' | 'askedFirst'> {
  /** Its natural key. */
  readonly number: string;
  /** The lines of it that are shipped. */
  readonly lines?: readonly string[];
}

/** What the model writes into one document. */
export interface ModelPlan {
  readonly version: number;
  readonly content: string;
  readonly email: string | null;
  /** The source's ids of its lines. */
  readonly lineIds: readonly string[];
}

export function mainOf(role: string): DocumentKey {
  return { role, subId: null };
}

export const UNMAPPABLE = { kind: 'mapping', code: 'unmappable', message: 'no', advice: null, fields: [] } as const;

/** A record whose content names the states that its plan is based on. */
export function nameStates(record: ModelRecord, { collected }: Pick<MapContext, 'collected'>): ModelRecord {
  const states = (record.basedOn ?? []).flatMap((key) => collected(key));
  return {
    ...record,
    content: [record.content, ...states.map(({ source: { id, version } }) => `${id}@${version}`)].join('+'),
  };
}

export function planDocuments(name: EntityName, record: ModelRecord): DocumentDraft<ModelPlan>[] {
  const { version, content, parts = [], lines = [] } = record;
  const desired = record.cancelled === true || record.deleted ? 'cancelled' : 'posted';
  const email = name === 'customer' ? content : null;
  return [
    { ...mainOf(name), desired, body: { version, content, email, lineIds: lines.map(({ id }) => id) } },
    ...parts.map(({ role, subId, content, email = null, lines = [] }) => ({
      role,
      subId,
      desired: 'posted' as const,
      body: { version, content, email, lineIds: lines.map(({ id }) => id) },
    })),
  ];
}

export function naturalKeysOf({ content, parts = [] }: ModelRecord): NaturalKey[] {
  const keys = parts.flatMap((part) => (part.email === undefined ? [] : [{ document: part, key: part.email }]));
  return [{ document: mainOf('customer'), key: content }, ...keys];
}

/** A shipment says of each order that it ships, in the target's own words, which of its lines. */
export function planShipment(
  name: EntityName,
  record: ModelRecord,
  resolved: readonly ResolvedDependency[],
): MapOutcome<DocumentDraft<ModelPlan>> {
  const { orders = [] } = record;
  const shipped = orders.flatMap((order, index) => {
    const found = findOrder(order, resolved);
    return found === undefined ? [] : [{ index, ...shipOrder(order, found) }];
  });
  const unknown = shipped.flatMap(({ missing, index }) =>
    missing.map((line) => ({ path: `orders.${index}.lines.${line}`, message: 'no line of the order in the target' })),
  );
  if (unknown.length > 0) {
    const error = { kind: 'mapping', code: 'line-not-linked', message: 'lines', advice: null, fields: unknown };
    return { ok: false, error };
  }
  const content = shipped.map(({ text }) => text).join(' ');
  return { ok: true, documents: planDocuments(name, { ...record, content }) };
}

function findOrder({ sourceKey, number }: ModelOrder, resolved: readonly ResolvedDependency[]) {
  return resolved.find(({ dependency }) => dependency.sourceKey === sourceKey && dependency.naturalKey === number);
}

function shipOrder({ lines = [] }: ModelOrder, found: ResolvedDependency) {
  const mapped = lines.map((line) => ({
    line,
    targets: found.lines.filter(({ sourceLineId }) => sourceLineId === line),
  }));
  const targets = mapped.flatMap(({ targets }) => targets.map(({ targetLine }) => targetLine));
  const missing = mapped.flatMap(({ line, targets }) => (targets.length === 0 ? [line] : []));
  return { text: `${found.targetId}[${targets.join(',')}]`, missing };
}

export function dependenciesOf({ customer, sku, variant, orders = [] }: ModelRecord): TargetDependency[] {
  const needs: TargetDependency[] = orders.map(({ number, ...order }) => ({
    ...order,
    entity: 'order',
    via: 'counterpart',
    naturalKey: number,
    whenAbsent: 'wait',
    prerequisite: null,
  }));
  if (customer !== undefined) {
    const { sourceKey, email, whenAbsent = 'create', ...how } = customer;
    const prerequisite = {
      deleted: false,
      id: sourceKey,
      version: 0,
      content: email,
    } as unknown as EntityOf<EntityName>;
    const made = whenAbsent === 'create' ? prerequisite : null;
    needs.push({ entity: 'customer', sourceKey, naturalKey: email, whenAbsent, prerequisite: made, ...how });
  }
  const product = { entity: 'product', whenAbsent: 'wait', prerequisite: null } as const;
  if (sku !== undefined) needs.push({ ...product, sourceKey: null, naturalKey: sku });
  if (variant !== undefined) {
    const document = { role: 'variant', subId: variant.id };
    needs.push({ ...product, sourceKey: variant.product, naturalKey: variant.sku, document });
  }
  return needs;
}
