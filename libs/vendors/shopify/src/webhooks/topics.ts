import type { EntityName } from '@entrepot/canonical';
import { MalformedWebhook } from '@entrepot/vendor-kit';
import { fromGid, isNumericId } from '../ids.ts';

export type Payload = Readonly<Record<string, unknown>>;

export interface TopicRecord {
  readonly entity: EntityName;
  /** What of the payload is read: all that a subscription of ours asks for, so that its bodies stay small. */
  readonly fields: readonly string[];
  readonly readIds: (payload: Payload) => readonly string[];
}

const OWN_ID = ['id', 'admin_graphql_api_id'];

/** Maps, not objects: the topic is a header, and may be the name of a property that every object has. Where a topic's payload keeps the id of the record to fetch. The payload itself is not used: the record is fetched whole. */
export const RECORD_OF_TOPIC = new Map<string, TopicRecord>([
  ['orders/create', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/updated', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/cancelled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/paid', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/fulfilled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/partially_fulfilled', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  ['orders/delete', { entity: 'order', fields: OWN_ID, readIds: readOwnId }],
  [
    'orders/edited',
    {
      entity: 'order',
      fields: ['order_edit'],
      readIds: (payload) => [readId(readObject(payload, 'order_edit'), 'order_id')],
    },
  ],
  [
    'refunds/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'order_transactions/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'fulfillments/create',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  [
    'fulfillments/update',
    { entity: 'order', fields: ['id', 'order_id'], readIds: (payload) => [readId(payload, 'order_id')] },
  ],
  ['customers/create', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  ['customers/update', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  ['customers/delete', { entity: 'customer', fields: OWN_ID, readIds: readOwnId }],
  [
    'customers/merge',
    {
      entity: 'customer',
      fields: ['admin_graphql_api_customer_kept_id', 'admin_graphql_api_customer_deleted_id'],
      readIds: (payload) => [
        gidOf(payload, 'admin_graphql_api_customer_kept_id'),
        gidOf(payload, 'admin_graphql_api_customer_deleted_id'),
      ],
    },
  ],
]);

/** The record's own id: `admin_graphql_api_id` where the payload has it, else the number (kept exact by the parser). */
function readOwnId(payload: Payload): readonly string[] {
  return [
    typeof payload.admin_graphql_api_id === 'string' ? gidOf(payload, 'admin_graphql_api_id') : readId(payload, 'id'),
  ];
}

function gidOf(payload: Payload, field: string): string {
  const value = payload[field];
  try {
    if (typeof value === 'string') {
      const id = fromGid(value);
      if (isNumericId(id)) return id;
    }
  } catch {
    // Told below.
  }
  throw new MalformedWebhook(`The payload has no usable "${field}".`);
}

function readId(payload: Payload, field: string): string {
  const value = payload[field];
  const id = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (!isNumericId(id)) throw new MalformedWebhook(`The payload has no usable "${field}".`);
  return id;
}

function readObject(payload: Payload, field: string): Payload {
  const value = payload[field];
  if (typeof value !== 'object' || value === null) throw new MalformedWebhook(`The payload has no "${field}".`);
  return value as Payload;
}
