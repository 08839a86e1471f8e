import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AvroRecord,
  type AvroType,
  createEntity,
  createOrder,
  Decimal,
  entitySchemas,
  type Order,
} from '@entrepot/canonical';
import { createMetrics } from '@entrepot/service-kit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAvroType } from '../src/avro-types.ts';
import {
  type CodecError,
  createCodec,
  createDiskCache,
  createMemoryCache,
  frameRecord,
  type InvalidEntity,
  type RegistryClient,
  RegistryUnavailable,
  unframeRecord,
} from '../src/index.ts';

const source = { connection: 'shop', vendor: 'shopify', id: '1' };
const order = createOrder({ source, note: 'x', lines: [{ id: '1', quantity: { ordered: new Decimal('-2.5') } }] });

describe('framing', () => {
  it('puts the schema id in four bytes, big-endian, after 0x00', () => {
    const framed = frameRecord(258, Buffer.from([7]));
    expect([...framed]).toEqual([0, 0, 0, 1, 2, 7]);
    expect(unframeRecord(framed)).toEqual({ schemaId: 258, body: Buffer.from([7]) });
  });

  it.each([
    ['an empty record', Buffer.alloc(0), 'The record is empty'],
    ['JSON', Buffer.from('{"id":1}'), 'begins with byte 0x7b instead of 0x00'],
    ['an id below 1', Buffer.from([0, 255, 255, 255, 255, 1]), 'names schema -1'],
    ['too few bytes', Buffer.from([0, 0, 0]), 'too few for the five'],
  ])('refuses %s', (_case, record, words) => {
    expect(() => unframeRecord(record)).toThrow(words);
  });
});

describe('the codec', () => {
  it('reads what it wrote', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const decoded = await codec.decode(await codec.encode('order', order), 'order');
    expect(decoded).toMatchObject({ entityName: 'order', schemaId: 1 });
    expect(decoded.entity).toEqual(order);
  });

  it('counts the records that it decodes, by entity, and none that it only looks at', async () => {
    const metrics = createMetrics({ service: 'test', processMetrics: false });
    const codec = createCodec({ registry: fakeRegistry(), metrics });
    const record = await codec.encode('order', order);
    await codec.isWrittenWithOlder(record);
    await codec.decode(await codec.encode('customer', createEntity('customer', { source })));
    for (let time = 0; time < 2; time += 1) await codec.decode(record, 'order');
    const shown = (await metrics.render()).body.match(/^entrepot_records_decoded_total.*$/gm);
    expect(shown).toEqual([
      'entrepot_records_decoded_total{entity="customer",service="test"} 1',
      'entrepot_records_decoded_total{entity="order",service="test"} 2',
    ]);
  });

  it('refuses a record of another entity than expected', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const record = await codec.encode('customer', createEntity('customer', { source }));
    await expect(codec.decode(record, 'order')).rejects.toMatchObject({ name: 'WrongType', retriable: false });
  });

  it('refuses cut and overlong records, and goes on with the next', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const record = await codec.encode('order', order);
    for (const broken of [
      record.subarray(0, record.length - 3),
      record.subarray(0, 5),
      Buffer.concat([record, Buffer.from([1])]),
    ])
      await expect(codec.decode(broken)).rejects.toMatchObject({ name: 'TruncatedRecord', retriable: false });
    expect((await codec.decode(record)).entityName).toBe('order');
  });

  it('believes no length that a damaged record announces', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const record = await codec.encode('order', order);
    const longest = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    // Wherever a length may stand: some of these places are the beginnings of lists.
    for (let at = 5; at < record.length; at += 1) {
      const damaged = Buffer.concat([record.subarray(0, at), longest, record.subarray(at + 1)]);
      const outcome = await codec.decode(damaged).catch((error: Error) => error.name);
      expect(typeof outcome === 'string' ? outcome : 'read').toMatch(/^(TruncatedRecord|read)$/);
    }
    expect((await codec.decode(record)).entityName).toBe('order');
  });

  it('reads any bytes to an end: a record, or an error that no repetition helps', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const record = await codec.encode('order', order);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 5, max: record.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        async (edits) => {
          const damaged = Buffer.from(record);
          for (const [at, byte] of edits) damaged[at] = byte;
          const outcome = await codec.decode(damaged).catch((error: CodecError) => error);
          expect(outcome instanceof Error ? outcome : { retriable: false }).toMatchObject({ retriable: false });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('skips lists and maps of a newer version within their bytes', async () => {
    const grown = editSchema((schema) => ({
      ...schema,
      fields: [
        { name: 'extraList', type: { type: 'array', items: 'string' }, default: [] },
        { name: 'extraMap', type: { type: 'map', values: 'string' } as unknown as AvroType, default: {} },
        ...schema.fields,
      ],
    }));
    const registry = fakeRegistry();
    const schemaId = await registry.registerSchema('other', grown);
    const codec = createCodec({ registry });
    const body = (extraList: readonly string[], extraMap: Record<string, string>) =>
      frameRecord(schemaId, createAvroType(grown).toBuffer({ ...order, extraList, extraMap }));
    const { entity } = await codec.decode(body(['a', 'b'], { __proto__x: 'c' }), 'order');
    expect(entity).toEqual(order);
    const damaged = body(['a'], {});
    damaged.set([0xff, 0x7f], 5);
    await expect(codec.decode(damaged)).rejects.toMatchObject({ name: 'TruncatedRecord' });
  });

  it('says which fields of an entity do not fit', async () => {
    const codec = createCodec({ registry: fakeRegistry() });
    const broken = {
      ...order,
      test: 'yes',
      lines: [{ ...order.lines[0]!, quantity: { ...order.lines[0]!.quantity, current: 3 } }],
    } as unknown as Order;
    const error = (await codec.encode('order', broken).catch((thrown: unknown) => thrown)) as InvalidEntity;
    expect(error).toMatchObject({ name: 'InvalidEntity', retriable: false });
    expect(error.issues).toEqual([
      { path: 'test', message: 'is a text: expected a boolean' },
      { path: 'lines[0].quantity.current', message: 'is 3: expected a Decimal' },
    ]);
    await expect(codec.encode('order', createOrder({ source: { ...source, id: '' } }))).rejects.toThrow(
      'source.id is empty',
    );
  });

  it('does not publish drafts', async () => {
    await expect(
      createCodec({ registry: fakeRegistry() }).encode('invoice', createEntity('invoice', { source })),
    ).rejects.toMatchObject({ name: 'NotReleased' });
  });

  it('names an unknown schema id, for good', async () => {
    await expect(
      createCodec({ registry: fakeRegistry() }).decode(frameRecord(99, Buffer.from([0]))),
    ).rejects.toMatchObject({ name: 'UnknownSchemaId', schemaId: 99, retriable: false });
  });

  it('shares look-ups in flight, and asks again after a failure', async () => {
    const registry = fakeRegistry();
    const record = await createCodec({ registry }).encode('order', order);
    const codec = createCodec({ registry });
    registry.down = true;
    await expect(codec.decode(record)).rejects.toMatchObject({ name: 'RegistryUnavailable', retriable: true });
    registry.down = false;
    registry.fetches = 0;
    await Promise.all(Array.from({ length: 20 }, () => codec.decode(record)));
    expect(registry.fetches).toBe(1);
  });
});

describe('schemas of other builds', () => {
  const newer = editSchema((schema) => ({
    ...schema,
    fields: [...schema.fields, { name: 'gift', type: ['null', 'boolean'], default: null, doc: 'x' }],
  }));

  it('reads newer records, leaving out what it does not know; unknown enum symbols become UNKNOWN', async () => {
    const registry = fakeRegistry();
    const grown = JSON.parse(JSON.stringify(newer).replace('"DEBIT"]', '"DEBIT","SUBSCRIPTION"]')) as AvroRecord;
    registry.schemas.set(8, grown);
    const record = frameRecord(8, createAvroType(grown).toBuffer({ ...order, gift: true, orderType: 'SUBSCRIPTION' }));
    expect((await createCodec({ registry }).decode(record, 'order')).entity).toEqual(order);
  });

  it('says so when it cannot read a schema', async () => {
    const registry = fakeRegistry();
    registry.schemas.set(
      9,
      editSchema((schema) => ({
        ...schema,
        fields: schema.fields.map((field) =>
          field.name === 'test' ? { ...field, type: 'string', default: '' } : field,
        ),
      })),
    );
    await expect(createCodec({ registry }).decode(frameRecord(9, Buffer.from([0])))).rejects.toMatchObject({
      name: 'IncompatibleSchema',
      retriable: false,
    });
  });

  it('knows a stranger by its name', async () => {
    const registry = fakeRegistry();
    registry.schemas.set(10, { type: 'record', name: 'Stranger', fields: [] });
    await expect(createCodec({ registry }).decode(frameRecord(10, Buffer.from([0])))).rejects.toMatchObject({
      name: 'WrongType',
    });
  });
});

describe('a registry that is down', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codec-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('does not keep a service from starting, writing and reading that has worked with it before', async () => {
    const registry = fakeRegistry();
    const before = createCodec({ registry, cache: createDiskCache(folder) });
    await before.registerReleased();
    const record = await before.encode('order', order);

    registry.down = true;
    const codec = createCodec({ registry, cache: createDiskCache(folder) });
    await codec.registerReleased();
    expect(await codec.encode('order', order)).toEqual(record);
    expect((await codec.decode(record)).entity).toEqual(order);
    expect((await readdir(folder)).some((file) => file.endsWith('.tmp'))).toBe(false);
  });

  it('holds one that has not', async () => {
    const registry = fakeRegistry();
    registry.down = true;
    await expect(createCodec({ registry, cache: createMemoryCache() }).registerReleased()).rejects.toMatchObject({
      name: 'RegistryUnavailable',
    });
  });

  it('made anew with other ids makes the cache forget the old ones', async () => {
    await createCodec({ registry: fakeRegistry(), cache: createDiskCache(folder) }).registerReleased();
    const anew = fakeRegistry(40);
    const codec = createCodec({ registry: anew, cache: createDiskCache(folder) });
    await codec.registerReleased();
    expect(unframeRecord(await codec.encode('order', order)).schemaId).toBeGreaterThan(40);
    await expect(codec.decode(frameRecord(1, Buffer.from([0])))).rejects.toMatchObject({ name: 'UnknownSchemaId' });
  });

  it('is asked again when a cached file is damaged', async () => {
    const registry = fakeRegistry();
    const record = await createCodec({ registry, cache: createDiskCache(folder) }).encode('order', order);
    await writeFile(join(folder, 'schema-1.json'), '{"type":"rec');
    expect((await createCodec({ registry, cache: createDiskCache(folder) }).decode(record)).entityName).toBe('order');
  });
});

function editSchema(edit: (schema: AvroRecord) => AvroRecord): AvroRecord {
  return edit(structuredClone(entitySchemas.order.schema));
}

function fakeRegistry(lastId = 0): RegistryClient & { down: boolean; fetches: number; schemas: Map<number, object> } {
  const schemas = new Map<number, object>();
  const answer = () => {
    if (registry.down) throw new RegistryUnavailable('The schema registry does not answer.');
  };
  const registry = {
    down: false,
    fetches: 0,
    schemas,
    async registerSchema(_subject: string, schema: object) {
      answer();
      const text = JSON.stringify(schema);
      for (const [id, known] of schemas) if (JSON.stringify(known) === text) return id;
      const id = lastId + schemas.size + 1;
      schemas.set(id, schema);
      return id;
    },
    async fetchSchema(schemaId: number) {
      answer();
      registry.fetches += 1;
      return schemas.get(schemaId) ?? null;
    },
    async setCompatibility() {
      answer();
    },
    async readCompatibility() {
      return 'FULL_TRANSITIVE';
    },
    async listVersions() {
      return [1];
    },
  };
  return registry;
}
