import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AvroRecord,
  contentHash,
  createAmounts,
  createEntity,
  createOrder,
  Decimal,
  ENTITY_NAMES,
  entitySchemas,
  fromJson,
} from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { createAvroType } from '../src/avro-types.ts';
import { createCodec, frameRecord, type RegistryClient } from '../src/index.ts';

const source = { connection: 'shop', vendor: 'shopify', id: '1' };
const at = 1_764_489_600_000_000;
const readSchemaFile = (file: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../schemas', file), 'utf8')) as AvroRecord;

describe('a state with nothing but its source', () => {
  it.each(
    ENTITY_NAMES.flatMap((entity) => [[entity, { deleted: true }] as const, [entity, { redactedAt: at }] as const]),
  )('of %s encodes and decodes when it is %o, with zeros for decimals', (entityName, state) => {
    const entity = createEntity(entityName, { source, ...state } as never);
    const { schema } = entitySchemas[entityName];
    const read = readBack(schema, schema, entity);
    expect(read).toEqual(entity);
    expect(read).toMatchObject({ source, ...state });
    for (const decimal of collectDecimals(read)) expect(decimal.isZero()).toBe(true);
  });

  it.each(ENTITY_NAMES)('of %s can be given as JSON', (entityName) => {
    expect(fromJson(entityName, { source, deleted: true })).toEqual(
      createEntity(entityName, { source, deleted: true } as never),
    );
  });

  it('has zeros where an order and an invoice always have amounts', () => {
    const [order, invoice] = [createEntity('order', { source }), createEntity('invoice', { source })];
    const amounts = [order.totals.original.total, order.totals.current.paid, invoice.balance, invoice.totals.total];
    for (const { base, document } of amounts) {
      expect(base.amount.toFixed()).toBe('0');
      expect(document).toBeNull();
    }
  });
});

describe('records of the first release and of 1.1', () => {
  const tax = { name: 'VAT', rate: new Decimal('0.19'), amount: createAmounts({ amount: '3.19', currency: 'EUR' }) };
  const order = createOrder({
    source,
    terms: { name: 'Net 30', kind: 'NET', dueInDays: 30 },
    lines: [
      {
        id: '1',
        quantity: { ordered: new Decimal(2), current: new Decimal('1.5') },
        unitPrice: createAmounts({ amount: '19.99', currency: 'EUR' }),
        taxes: [tax],
      },
    ],
    returns: [{ id: 'r1', lines: [{ lineId: '1', quantity: new Decimal('0.5') }] }],
  });
  const grown = createOrder({
    ...order,
    terms: { ...order.terms!, schedules: [{ id: 's1', amount: createAmounts({ amount: '39.98', currency: 'EUR' }) }] },
    lines: [{ ...order.lines[0]!, taxes: [{ ...order.lines[0]!.taxes[0]!, channelLiable: true }], returnId: 'r1' }],
    returns: [{ ...order.returns[0]!, exchangeLines: [{ id: 'x1', lineIds: ['1'], quantity: new Decimal(1) }] }],
  });
  const [first, second] = [readSchemaFile('order/v1.avsc'), readSchemaFile('order/v1.1.avsc')];

  it('1.1 reads what the first wrote: the fields that it did not have are null', async () => {
    const record = frameRecord(7, createAvroType(first).toBuffer(order));
    const { entity } = await createCodec({ registry: registryOf(first) }).decode(record, 'order');
    expect(entity).toEqual(order);
    expect(entity.lines[0]!.quantity.ordered.toFixed()).toBe('2');
    expect(entity.lines[0]!.taxes[0]!.channelLiable).toBeNull();
    expect([entity.lines[0]!.returnId, entity.terms!.schedules, entity.returns[0]!.exchangeLines]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('the first reads what 1.1 wrote, without the fields that it does not know', () => {
    expect(readBack(second, first, grown)).toEqual(readBack(first, first, order));
  });

  it('1.1 keeps what is new', () => {
    expect(readBack(second, second, grown)).toEqual(grown);
  });

  it.each(['order', 'customer'] as const)('%s: 1.1 is what this build writes', (entityName) => {
    expect(entitySchemas[entityName].schema).toEqual(readSchemaFile(`${entityName}/v1.1.avsc`));
  });

  it('a deleted or redacted state crosses in both directions', () => {
    for (const entityName of ['order', 'customer'] as const)
      for (const state of [{ deleted: true }, { redactedAt: at }]) {
        const entity = createEntity(entityName, { source, ...state });
        const [old, now] = [readSchemaFile(`${entityName}/v1.avsc`), entitySchemas[entityName].schema];
        expect(readBack(old, now, entity)).toEqual(entity);
        expect(readBack(now, old, entity)).toEqual(readBack(old, old, entity));
      }
  });

  it('the hash of a record without anything new is what it was', () => {
    // The hash that the build of the first release gives this order.
    expect(contentHash('order', order)).toBe('be3639041f003781e9b2ab87696b3a9f');
    expect(contentHash('order', grown)).not.toBe(contentHash('order', order));
  });
});

function readBack(writer: AvroRecord, reader: AvroRecord, entity: unknown): unknown {
  const [writes, reads] = [createAvroType(writer), createAvroType(reader)];
  return reads.fromBuffer(writes.toBuffer(entity), reads.createResolver(writes));
}

function collectDecimals(value: unknown): Decimal[] {
  if (Decimal.isDecimal(value)) return [value as Decimal];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(collectDecimals);
}

function registryOf(schema: AvroRecord): RegistryClient {
  return {
    registerSchema: async () => 7,
    fetchSchema: async () => schema,
    setCompatibility: async () => {},
    readCompatibility: async () => 'FULL_TRANSITIVE',
    listVersions: async () => [1],
  };
}

describe('whether a record stands in an older schema', () => {
  const { schema } = entitySchemas.order;
  const first = readSchemaFile('order/v1.avsc');
  const grown = {
    ...schema,
    fields: [...schema.fields, { name: 'later', type: ['null', 'string'], doc: 'New.', default: null }],
  } as unknown as AvroRecord;
  const reworded = { ...schema, doc: 'The same in other words.' } as AvroRecord;
  const ids = new Map([schema, first, grown, reworded].map((each, index) => [index + 1, each]));
  const codec = createCodec({
    registry: {
      registerSchema: async () => 1,
      fetchSchema: async (id: number) => ids.get(id) ?? null,
    } as unknown as RegistryClient,
  });

  it.each([
    ['that of this build', 1, false],
    ['the release before', 2, true],
    ['a later release, which says more', 3, false],
    ['other words', 4, true],
  ])('%s', async (_what, id, isOlder) => {
    expect(await codec.isWrittenWithOlder(frameRecord(id, Buffer.from('whatever')))).toBe(isOlder);
  });

  it('cannot be told of a schema that nobody knows', async () => {
    await expect(codec.isWrittenWithOlder(frameRecord(9, Buffer.alloc(1)))).rejects.toThrow(/knows no schema/);
  });
});
