import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AvroRecord,
  createOrder,
  Decimal,
  type EntityRecords,
  entitySchemas,
  fromJson,
  toJson,
} from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { createAvroType } from '../src/avro-types.ts';
import { createCodec, createRegistryClient, frameRecord, unframeRecord } from '../src/index.ts';

const baseUrl = process.env['SCHEMA_REGISTRY_URL'] ?? '';
const registry = createRegistryClient({ baseUrl });
const fixtures = join(import.meta.dirname, '../../canonical/test/fixtures');

describe('the real registry', () => {
  it('knows the released schemas, and only those, under FULL_TRANSITIVE', async () => {
    const codec = createCodec({ registry });
    // A former build was here before, or is there still during a rolling update.
    for (const entity of ['order', 'customer'])
      await registry.registerSchema(`entrepot.${entity}.v1-value`, readSchemaFile(`${entity}/v1.avsc`));
    await codec.registerReleased();
    await codec.registerReleased();
    for (const entity of ['order', 'customer']) {
      expect(await registry.listVersions(`entrepot.${entity}.v1-value`)).toHaveLength(2);
      expect(await registry.readCompatibility(`entrepot.${entity}.v1-value`)).toBe('FULL_TRANSITIVE');
    }
    expect(await registry.readCompatibility()).toBe('FULL_TRANSITIVE');
    expect(await registry.listVersions('entrepot.invoice.v1-value')).toEqual([]);
  });

  it.each(readdirSync(fixtures))('carries %s there and back', async (file) => {
    const entityName = file.split('.')[0] as 'order' | 'customer';
    const entity = fromJson(
      entityName,
      JSON.parse(readFileSync(join(fixtures, file), 'utf8')),
    ) as EntityRecords['order'];
    const record = await createCodec({ registry }).encode(entityName as 'order', entity);
    const decoded = await createCodec({ registry }).decode(record);
    expect(decoded.entityName).toBe(entityName);
    expect(toJson(entityName as 'order', decoded.entity as EntityRecords['order'])).toEqual(
      toJson(entityName as 'order', entity),
    );
  });

  it('gives the id that the record carries', async () => {
    const id = await registry.registerSchema('entrepot.order.v1-value', entitySchemas.order.schema);
    expect(await registry.fetchSchema(id)).toMatchObject({ name: 'Order', entity: 'order' });
    const order = fromJson('order', { source: { connection: 'shop', vendor: 'shopify', id: '1' } });
    expect(unframeRecord(await createCodec({ registry }).encode('order', order)).schemaId).toBe(id);
  });

  it('refuses a breaking schema with 409, takes a growing one', async () => {
    const subject = `test-${randomUUID()}-value`;
    const { schema } = entitySchemas.customer;
    await registry.registerSchema(subject, schema);
    await registry.setCompatibility('FULL_TRANSITIVE', subject);
    const broken = {
      ...schema,
      fields: schema.fields.map((field) => (field.name === 'note' ? { ...field, type: 'long', default: 0 } : field)),
    };
    await expect(registry.registerSchema(subject, broken)).rejects.toMatchObject({
      name: 'IncompatibleSchema',
      retriable: false,
    });
    const removed = { ...schema, fields: [...schema.fields, { name: 'must', type: 'string' }] };
    await expect(registry.registerSchema(subject, removed)).rejects.toMatchObject({ name: 'IncompatibleSchema' });
    const grown = { ...schema, fields: [...schema.fields, { name: 'extra', type: ['null', 'string'], default: null }] };
    expect(await registry.registerSchema(subject, grown)).toBeGreaterThan(0);
    expect(await registry.listVersions(subject)).toHaveLength(2);
  });

  it.each(['order', 'customer'] as const)(
    'takes 1.1 of %s after the first release that a former build registered, and nothing that breaks either',
    async (entityName) => {
      const subject = `test-${randomUUID()}-value`;
      const [first, { schema }] = [readSchemaFile(`${entityName}/v1.avsc`), entitySchemas[entityName]];
      const firstId = await registry.registerSchema(subject, first);
      await registry.setCompatibility('FULL_TRANSITIVE', subject);
      const id = await registry.registerSchema(subject, schema);
      expect(id).not.toBe(firstId);
      // The former build starts again during a rolling update and finds its own; so does this one.
      expect(await registry.registerSchema(subject, first)).toBe(firstId);
      expect(await registry.registerSchema(subject, schema)).toBe(id);
      const must = { ...schema, fields: [...schema.fields, { name: 'must', type: 'string' }] };
      // Records of the first release do not have this field: only they could not be read.
      const lost = editField(schema, 'schedules', ({ default: _default, ...field }) => field);
      const retyped = editField(schema, 'deleted', (field) => ({ ...field, type: 'string', default: '' }));
      for (const broken of [must, lost, retyped])
        await expect(registry.registerSchema(subject, broken)).rejects.toMatchObject({ name: 'IncompatibleSchema' });
      expect(await registry.listVersions(subject)).toHaveLength(2);
    },
  );

  it('versions of a schema lie on one topic, and each build reads them all', async () => {
    const subject = `test-${randomUUID()}-value`;
    const { schema } = entitySchemas.order;
    const gift = { name: 'giftNote', type: ['null', 'string'], default: null } as const;
    const first = readSchemaFile('order/v1.avsc');
    const newer = { ...schema, fields: [...schema.fields, gift] };
    await registry.registerSchema(subject, first);
    await registry.setCompatibility('FULL_TRANSITIVE', subject);
    const order = createOrder({
      source: { connection: 'shop', vendor: 'shopify', id: '1' },
      lines: [{ id: '1', kind: 'EXCHANGE', returnId: 'r1', quantity: { ordered: new Decimal('2.5') } }],
    });
    const versions = [first, schema, newer, first];
    const records = await Promise.all(
      versions.map(async (version) => {
        const id = await registry.registerSchema(subject, version);
        return frameRecord(id, createAvroType(version).toBuffer({ ...order, giftNote: 'y' }));
      }),
    );
    const codec = createCodec({ registry });
    const lines = await Promise.all(
      records.map(async (record) => (await codec.decode(record, 'order')).entity.lines[0]!),
    );
    expect(lines.map((line) => line.returnId)).toEqual([null, 'r1', 'r1', null]);
    expect(lines.map((line) => line.quantity.ordered.toFixed())).toEqual(['2.5', '2.5', '2.5', '2.5']);
    // The other way round: a build of the newer version, and one of the first, read what all of them wrote.
    const readBy = (reader: AvroRecord) =>
      records.map((record, index) => {
        const [reads, writer] = [createAvroType(reader), createAvroType(versions[index]!)];
        return reads.fromBuffer(unframeRecord(record).body, reads.createResolver(writer)) as {
          giftNote?: unknown;
          lines: { quantity: { ordered: Decimal } }[];
        };
      });
    expect(readBy(newer).map((read) => read.giftNote)).toEqual([null, null, 'y', null]);
    expect(readBy(first).map((read) => read.lines[0]!.quantity.ordered.toFixed())).toEqual(Array(4).fill('2.5'));
  });

  it('knows no schema of an invented id', async () => {
    expect(await registry.fetchSchema(2_000_000_000)).toBeNull();
  });

  it('that is not there is told as unavailable, with its address', async () => {
    const nowhere = createRegistryClient({ baseUrl: 'http://127.0.0.1:9/apis/ccompat/v7', timeoutMs: 500 });
    await expect(nowhere.fetchSchema(1)).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      retriable: true,
      message: expect.stringContaining('127.0.0.1:9'),
    });
  });

  it('at a wrong path is told as refused and holds, rather than condemning records for an unknown id', async () => {
    const elsewhere = createRegistryClient({ baseUrl: `${new URL(baseUrl).origin}/nothing/here` });
    const refused = { name: 'RegistryRefused', retriable: true };
    await expect(elsewhere.registerSchema('x-value', entitySchemas.customer.schema)).rejects.toMatchObject(refused);
    await expect(elsewhere.fetchSchema(1)).rejects.toMatchObject(refused);
  });
});

function readSchemaFile(file: string): AvroRecord {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../schemas', file), 'utf8')) as AvroRecord;
}

/** Edits the fields of a name, however deep. */
function editField<T>(schema: T, name: string, change: (field: Record<string, unknown>) => Record<string, unknown>): T {
  return JSON.parse(
    JSON.stringify(schema, (_key, value) =>
      value?.name === name && value.doc && !value.fields ? change(value) : value,
    ),
  ) as T;
}
