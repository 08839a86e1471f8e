import {
  ATTEMPT_TOPIC,
  bulkLaneTopic,
  commandTopic,
  createEntity,
  createOrder,
  type EventHeaders,
  entityTopic,
  formatEventHeaders,
  formatLaneHeaders,
  inboxTopic,
  laneTopic,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import { type Codec, frameRecord } from '@entrepot/codec';

/** One bad record, and how it has to be shown. */
export interface Specimen {
  readonly what: string;
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
  /** Of the error that the ledger shows at the record's place. */
  readonly shown: { readonly code: string; readonly words: RegExp };
}

const ORDERS = entityTopic('order');
const LANE = laneTopic('sap-b1');
/** Names an order that the shop does not have: a later state of it would make good what is bad here. */
const KEY = 'shop/zoo';
/** A schema of a stranger, in the same registry. */
export const FOREIGN_SCHEMA = { type: 'record', name: 'Parcel', fields: [{ name: 'weight', type: 'long' }] } as const;
const LEVELS = 10_000;
const LARGE_BYTES = 999_000;

/** Headers as a connector writes them, for an order of the demo's shop unless changed. */
export function headersOf(sourceId: string, change: Partial<EventHeaders> = {}): Record<string, string> {
  return formatEventHeaders({
    eventId: `zoo-${sourceId}`,
    entity: 'order',
    connection: 'shop',
    vendor: 'shopify',
    sourceId,
    number: null,
    version: 1,
    contentHash: 'zoo',
    publishedAtMicros: Date.now() * 1_000,
    deleted: false,
    snapshot: false,
    repeats: null,
    origin: null,
    traceparent: null,
    ...change,
  });
}

/** Everything bad that can stand on our topics; `partition` of the order topic is the one where the neighbours are. */
export async function gatherZoo(codec: Codec, foreignId: number, partition: number): Promise<readonly Specimen[]> {
  const order = await codec.encode(
    'order',
    createOrder({ source: { connection: 'shop', vendor: 'shopify', id: '9' } }),
  );
  const customer = await codec.encode(
    'customer',
    createEntity('customer', { source: { connection: 'shop', vendor: 'shopify', id: '9' } }),
  );
  return [
    ...entitySpecimens(order, customer, foreignId, partition),
    ...laneSpecimens(order),
    ...reportSpecimens(),
    ...connectorSpecimens(),
  ];
}

function entitySpecimens(order: Buffer, customer: Buffer, foreignId: number, partition: number): readonly Specimen[] {
  const bad = (id: string, what: string, value: Buffer, code: string, words: RegExp): Specimen => ({
    what,
    topic: ORDERS,
    partition,
    key: KEY,
    value,
    headers: headersOf(id),
    shown: { code, words },
  });
  const schemaId = order.readInt32BE(1);
  const headed = (id: string, what: string, change: Record<string, string>, words: RegExp): Specimen => ({
    ...bad(id, what, order, 'invalid-headers', words),
    headers: { ...headersOf(id), ...change },
  });
  return [
    bad('empty', 'an empty record', Buffer.alloc(0), 'NotAvro', /empty/),
    bad('magic', 'the magic byte alone', Buffer.from([0]), 'NotAvro', /too few/),
    bad('text', 'text', Buffer.from('{"id": 1}'), 'NotAvro', /0x7b instead of 0x00/),
    bad('cut', 'half an order', order.subarray(0, order.length / 2), 'TruncatedRecord', /cut or damaged/),
    bad('long', 'an order and more', Buffer.concat([order, Buffer.alloc(9)]), 'TruncatedRecord', /cut or damaged/),
    bad('ff', 'an order of 0xff', frameRecord(schemaId, Buffer.alloc(500, 0xff)), 'TruncatedRecord', /cut or damaged/),
    bad(
      'huge',
      'a megabyte of nothing',
      frameRecord(schemaId, Buffer.alloc(LARGE_BYTES)),
      'TruncatedRecord',
      /damaged/,
    ),
    bad(
      'id',
      'a schema id that nobody gave',
      frameRecord(2_000_000_000, Buffer.from([1])),
      'UnknownSchemaId',
      /2000000000/,
    ),
    bad('minus', 'a schema id below zero', Buffer.from([0, 255, 255, 255, 255, 1]), 'NotAvro', /schema -1/),
    bad('type', 'a customer among orders', customer, 'WrongType', /customer, expected was order/),
    bad('foreign', 'a record of a stranger', frameRecord(foreignId, Buffer.from([2])), 'WrongType', /Parcel/),
    bad('other', 'the content of another record', order, 'invalid-headers', /another record/),
    { ...headed('none', 'no headers at all', {}, /ce_type is missing|is missing/), headers: {} },
    headed('slash', 'a connection with a slash', { entrepot_connection: 'a/b' }, /holds no slash/),
    headed('time', 'a time before all times', { entrepot_published: '-1' }, /entrepot_published/),
    headed(
      'proto',
      'headers with names of their own',
      { ce_id: '', __bsontype: 'x', _bsontype: 'ObjectId', $where: '1' },
      /ce_id/,
    ),
    headed('long-id', 'an id of 100 KB', { ce_id: 'x'.repeat(100_000) }, /100000 characters/),
    { ...bad('key', 'a key of 900 KB', Buffer.from([1]), 'NotAvro', /0x01/), key: 'x'.repeat(900_000) },
    {
      ...bad('gone', 'an event of an unknown connection', order, 'unknown-connection', /no connection "nobody"/),
      key: 'nobody/gone',
      headers: headersOf('gone', { connection: 'nobody' }),
    },
  ];
}

function laneSpecimens(order: Buffer): readonly Specimen[] {
  const deadLetter = { code: 'stray-record', words: /passed over/ };
  const deliveryHeaders = (change: object) =>
    formatLaneHeaders({
      deliveryId: 'zoo-delivery',
      flow: 'order:shop:erp',
      flowRevision: 1,
      to: 'erp',
      attempt: 1,
      force: false,
      operationId: null,
      routedAtMicros: null,
      ...change,
    });
  const lane = (what: string, topic: string, headers: Record<string, string>): Specimen => ({
    what,
    topic,
    key: KEY,
    value: order,
    partition: 0,
    headers,
    shown: deadLetter,
  });
  return [
    lane('a lane record without headers', LANE, {}),
    lane('a lane record without an event', LANE, deliveryHeaders({})),
    lane('a lane record with a slash for a connection', LANE, {
      ...headersOf('l'),
      ...deliveryHeaders({}),
      entrepot_connection: 'a/b',
    }),
    lane('a bulk record with an attempt that is no number', bulkLaneTopic('sap-b1'), {
      ...headersOf('l'),
      ...deliveryHeaders({}),
      entrepot_attempt: 'first',
    }),
  ];
}

function reportSpecimens(): readonly Specimen[] {
  const deep = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;
  const values: readonly (readonly [string, string, RegExp])[] = [
    ['a report that is no JSON', '{"kind":', /not JSON/],
    ['a report of a kind that nobody knows', '{"kind":"news"}', /no report/],
    [
      'a report nested ten thousand levels',
      `{"kind":"command","commandId":"zoo","result":"x","more":${deep}}`,
      /nests deeper/,
    ],
    ['a report with a __proto__', '{"kind":"command","commandId":"zoo","result":"x","__proto__":{"a":1}}', /__proto__/],
    [
      'a report with a type of the database',
      '{"kind":"lane","connection":"erp","more":{"_bsontype":"Long"}}',
      /_bsontype/,
    ],
  ];
  return [ATTEMPT_TOPIC, UNMAPPED_TOPIC].flatMap((topic) =>
    values.map(([what, value, words]) => ({
      what: `${what} (${topic})`,
      topic,
      key: KEY,
      value: Buffer.from(value),
      shown: { code: 'stray-record', words },
    })),
  );
}

function connectorSpecimens(): readonly Specimen[] {
  const deep = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
  return [inboxTopic('shopify'), commandTopic('shopify')].flatMap((topic) =>
    [
      '',
      'text',
      deep,
      '{"__proto__":{"connection":"shop"}}',
      '{"connection":"a/b","entity":"order","sourceId":"1"}',
    ].map((value) => ({
      what: `"${value.slice(0, 20)}" on ${topic}`,
      topic,
      key: KEY,
      value: Buffer.from(value),
      shown: { code: 'stray-record', words: /passed over/ },
    })),
  );
}
