import type { EntityName, EntityOf } from '@entrepot/canonical';
import type { BudgetLimits, DocumentKey } from '@entrepot/vendor-kit';
import type { Scenarios } from '../plan/scenarios.ts';

export const VENDOR = 'model';
export const SHOP = 'shop';
export const ERP = 'erp';
/** What a system's calls may be, of connector and sink together: with a single seat one at once. */
export function limitsOf({ seat }: Pick<Scenarios, 'seat'>): BudgetLimits {
  return { concurrency: seat ? 1 : 8, requests: [{ count: 20, seconds: 1 }], points: false };
}

/** A second company, which gets the customers only. */
export const BRANCH = 'branch';

/** A second shop, whose orders have the ids of the first one's. It is not written. */
export const OUTLET = 'outlet';

/** The connections that are written to, each with its partition of the lanes: the shop in the runs of which the plan writes it. */
export function targetsOf({ fulfilment, shared }: Pick<Scenarios, 'fulfilment' | 'shared'>): readonly TargetPlace[] {
  return [ERP, BRANCH, ...(fulfilment === null && shared === null ? [] : [SHOP])].map((id, lane) => ({ id, lane }));
}

export interface TargetPlace {
  readonly id: string;
  readonly lane: number;
}

export const SIM_ENTITIES = ['order', 'customer', 'product', 'shipment', 'invoice'] as const;
export type SimEntity = (typeof SIM_ENTITIES)[number];

/** A document of a record beside its main one: a payment of an order, a variant of a product. */
export interface Part extends DocumentKey {
  readonly content: string;
}

/** A variant of a product, as an order's line names it. */
export interface VariantRef {
  readonly product: string;
  readonly id: string;
}

/** What the simulated systems hold of one state of a record. */
export interface SimState {
  readonly entity: SimEntity;
  readonly id: string;
  readonly content: string;
  readonly cancelled: boolean;
  readonly email: string | null;
  /** Of an order: the customer it needs, created as a prerequisite. */
  readonly customer: { readonly id: string; readonly email: string } | null;
  /** Of an order: an item that must exist in the target. */
  readonly sku: string | null;
  /** Of an order: the variant that its line sells. */
  readonly variant: VariantRef | null;
  readonly parts: readonly Part[];
  /** Of an order: its lines, by their ids. Left out: it has none. */
  readonly lines?: readonly string[];
  /** Of a shipment or an invoice: the ERP's orders that it is over. Left out: none. */
  readonly orders?: readonly OrderPart[];
}

/** How much of which lines of an order of the ERP, as the ERP numbers them. */
export interface OrderPart {
  readonly id: string;
  /** Our own reference, where the ERP shows it. */
  readonly reference: string | null;
  readonly lines: readonly { readonly line: string; readonly quantity: number }[];
}

/** Everything in a state that a person can change: states of equal content are the same. */
export function contentOf({ content, cancelled, parts, lines = [], orders = [] }: SimState): string {
  const texts = [
    content,
    cancelled ? 'cancelled' : '',
    ...parts.map((part) => `${part.subId} ${part.content}`),
    lines.join('+'),
    ...orders.map(
      (order) => `${order.id}: ${order.lines.map(({ line, quantity }) => `${quantity} x ${line}`).join('+')}`,
    ),
  ];
  return texts.filter((text) => text !== '').join(', ');
}

/** A canonical record with only the parts that the core reads; the target's data is attached to it. */
export interface SimRecord {
  readonly source: {
    readonly connection: string;
    readonly id: string;
    readonly version: number;
    readonly number: string;
  };
  readonly deleted: boolean;
  readonly test: boolean;
  readonly cancelledAt: number | null;
  readonly orderStatus: string;
  readonly channel: null;
  readonly state: SimState;
}

/** The content goes into a field that the content hash covers. */
export function toRecord(connection: string, state: SimState): EntityOf<EntityName> {
  const record = {
    source: { connection, vendor: VENDOR, id: state.id, number: contentOf(state), version: 0, contentHash: '' },
    deleted: false,
    test: false,
    cancelledAt: state.cancelled ? 1 : null,
    orderStatus: state.cancelled ? 'CANCELLED' : 'OPEN',
    channel: null,
    terms: null,
    paymentMethod: null,
    paymentStatus: 'PAID',
    paymentStatusRaw: null,
    payments: [],
    ...(state.orders === undefined ? {} : describeOrders(state.orders)),
    state,
  };
  return record as unknown as EntityOf<EntityName>;
}

/** What the order of deliveries goes by. */
function describeOrders(orders: readonly OrderPart[]) {
  const refs = orders.map(({ id }) => ({ id, number: id, name: null }));
  return { orders: refs, lines: refs.map((order) => ({ order })) };
}

export function readRecord(entity: EntityOf<EntityName>): SimRecord {
  return entity as unknown as SimRecord;
}

/** The ERP keeps names in lower case: its text differs from the sent one and means the same. */
export function normalise(content: string): string {
  return content.toLowerCase();
}
