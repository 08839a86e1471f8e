import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EntityRecords, entitySchemas, fromJson, toJson } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { createAvroType } from '../src/avro-types.ts';
import { createCodec, createRegistryClient, frameRecord, unframeRecord } from '../src/index.ts';

const baseUrl = process.env['SCHEMA_REGISTRY_URL'] ?? '';
const registry = createRegistryClient({ baseUrl });
const fixtures = join(import.meta.dirname, '../../canonical/test/fixtures');

describe('the real registry', () => {
  it('knows the released schemas, and only those, under FULL_TRANSITIVE', async () => {
    const codec = createCodec({ registry });
    await codec.registerReleased();
    await codec.registerReleased();
    for (const entity of ['order', 'customer']) {
      expect(await registry.listVersions(`entrepot.${entity}.v1-value`)).toHaveLength(1);
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

  it('old and new versions of a schema lie on one topic, and each build reads them all', async () => {
    const subject = `test-${randomUUID()}-value`;
    const { schema } = entitySchemas.order;
    const gift = { name: 'giftNote', type: ['null', 'string'], default: null } as const;
    const older = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'note') };
    const newer = { ...schema, fields: [...schema.fields, gift] };
    await registry.registerSchema(subject, older);
    await registry.setCompatibility('FULL_TRANSITIVE', subject);
    const order = fromJson('order', { source: { connection: 'shop', vendor: 'shopify', id: '1' }, note: 'x' });
    const versions = [older, schema, newer, older];
    const records = await Promise.all(
      versions.map(async (version) => {
        const id = await registry.registerSchema(subject, version);
        return frameRecord(id, createAvroType(version).toBuffer({ ...order, giftNote: 'y' }));
      }),
    );
    const codec = createCodec({ registry });
    const notes = await Promise.all(records.map(async (record) => (await codec.decode(record, 'order')).entity.note));
    expect(notes).toEqual([null, 'x', 'x', null]);
    // The other way round: a build of the newer version reads what today's and yesterday's wrote.
    const reader = createAvroType(newer);
    const read = records.map((record, index) => {
      const writer = createAvroType(versions[index] as typeof schema);
      return (reader.fromBuffer(unframeRecord(record).body, reader.createResolver(writer)) as { giftNote: unknown })
        .giftNote;
    });
    expect(read).toEqual([null, null, 'y', null]);
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
