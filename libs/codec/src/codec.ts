import { createHash } from 'node:crypto';
import {
  type AvroRecord,
  type EntityName,
  type EntityRecords,
  entitySchemas,
  subjectOf,
  validateEntity,
} from '@entrepot/canonical';
import type { Metrics } from '@entrepot/service-kit';
import type avro from 'avsc';
import { createAvroType } from './avro-types.ts';
import {
  IncompatibleSchema,
  InvalidEntity,
  NotAvro,
  NotReleased,
  RegistryUnavailable,
  TruncatedRecord,
  UnknownSchemaId,
  WrongType,
} from './errors.ts';
import type { RegistryClient } from './registry-client.ts';
import { holdsAllOf } from './schema-age.ts';
import { createMemoryCache, type SchemaCache } from './schema-cache.ts';

/** A decoded record; `entityName` says which type `entity` has. */
export type DecodedRecord = {
  [E in keyof EntityRecords]: { readonly entityName: E; readonly schemaId: number; readonly entity: EntityRecords[E] };
}[keyof EntityRecords];

export interface Codec {
  /** Registers the released schemas of this build. Call it at start; throws RegistryUnavailable when the registry is down and an id is not cached. */
  registerReleased(): Promise<void>;
  /** Writes an entity in Confluent framing. Works with the registry down once the id is known. */
  encode<E extends keyof EntityRecords>(entityName: E, entity: EntityRecords[E]): Promise<Buffer>;
  /** Reads a record into the shape of this build's schema, whichever schema it was written with. `expected` refuses other entities. */
  decode(record: Buffer): Promise<DecodedRecord>;
  decode<E extends keyof EntityRecords>(
    record: Buffer,
    expected: E,
  ): Promise<{ entityName: E; schemaId: number; entity: EntityRecords[E] }>;
  /**
   * True when a record was written with another schema than this build writes, and all that it says has a place in this build's: with an older
   * one. A newer build's is not; writing such a record anew would lose fields.
   * @throws as `decode` does, but for a damaged body
   */
  isWrittenWithOlder(record: Buffer): Promise<boolean>;
}

export interface CodecOptions {
  readonly registry: RegistryClient;
  /** Where ids and schemas are kept; in memory when left out. */
  readonly cache?: SchemaCache;
  /** Counts what is decoded: the largest part of a record's cost that a service can save itself. Not counted when left out. */
  readonly metrics?: Pick<Metrics, 'counter'>;
}

interface Reader {
  readonly entityName: EntityName;
  readonly writer: avro.Type;
  readonly resolver: ReturnType<avro.Type['createResolver']>;
  /** The schema is another one than this build writes, and says nothing that this build's could not. */
  readonly isOlder: boolean;
}

export function createCodec({ registry, cache = createMemoryCache(), metrics }: CodecOptions): Codec {
  const types = new Map<EntityName, avro.Type>();
  const readers = new Map<number, Promise<Reader>>();
  const ids = new Map<EntityName, Promise<number>>();
  const decoded = metrics?.counter('entrepot_records_decoded_total');

  const typeOf = (entityName: EntityName) =>
    remember(types, entityName, () => createAvroType(entitySchemas[entityName].schema));

  /** Look-ups in flight are shared; a failed one is forgotten, so that the next call asks again. */
  const share = <K, V>(pending: Map<K, Promise<V>>, key: K, look: () => Promise<V>): Promise<V> =>
    remember(pending, key, () => {
      const promise = look();
      promise.catch(() => pending.delete(key));
      return promise;
    });

  async function findId(entityName: EntityName): Promise<number> {
    const { schema, status } = entitySchemas[entityName];
    if (status !== 'released')
      throw new NotReleased(`The schema of ${entityName} is a draft: it is not registered and cannot be published.`);
    const cached = await cache.readId(subjectOf(entityName), fingerprintSchema(schema));
    return cached ?? register(entityName);
  }

  async function register(entityName: EntityName): Promise<number> {
    const { schema } = entitySchemas[entityName];
    const [subject, fingerprint] = [subjectOf(entityName), fingerprintSchema(schema)];
    const id = await registry.registerSchema(subject, schema);
    const known = await cache.readId(subject, fingerprint);
    if (known !== null && known !== id) {
      await cache.clear();
      readers.clear();
    }
    await cache.writeId(subject, fingerprint, id);
    await cache.writeSchema(id, schema);
    return id;
  }

  async function registerReleased(): Promise<void> {
    const released = (Object.keys(entitySchemas) as EntityName[]).filter(
      (name) => entitySchemas[name].status === 'released',
    );
    try {
      await registry.setCompatibility('FULL_TRANSITIVE');
      for (const entityName of released) {
        const id = await register(entityName);
        ids.set(entityName, Promise.resolve(id));
        await registry.setCompatibility('FULL_TRANSITIVE', subjectOf(entityName));
      }
    } catch (error) {
      if (!(error instanceof RegistryUnavailable)) throw error;
      // A registry that is down must not keep a service from starting that has worked with it before.
      const cached = await Promise.all(
        released.map((name) => cache.readId(subjectOf(name), fingerprintSchema(entitySchemas[name].schema))),
      );
      if (cached.includes(null)) throw error;
    }
  }

  async function findReader(schemaId: number): Promise<Reader> {
    let schema = await cache.readSchema(schemaId);
    if (!schema) {
      schema = (await registry.fetchSchema(schemaId)) as AvroRecord | null;
      if (!schema) throw new UnknownSchemaId(schemaId);
      await cache.writeSchema(schemaId, schema);
    }
    const entityName = (Object.keys(entitySchemas) as EntityName[]).find(
      (name) => entitySchemas[name].recordName === schema.name,
    );
    if (!entityName)
      throw new WrongType(
        `Schema ${schemaId} describes ${String(schema.name)}, which is no entity that this build knows.`,
      );
    try {
      const writer = createAvroType(schema);
      const own = entitySchemas[entityName].schema;
      const isOlder = fingerprintSchema(schema) !== fingerprintSchema(own) && holdsAllOf(own, schema);
      return { entityName, writer, resolver: typeOf(entityName).createResolver(writer), isOlder };
    } catch (error) {
      throw new IncompatibleSchema(
        `This build cannot read records of schema ${schemaId} (${entityName}): ${(error as Error).message}.`,
        { cause: error },
      );
    }
  }

  return {
    registerReleased,

    async isWrittenWithOlder(record) {
      const { schemaId } = unframeRecord(record);
      const { entityName, isOlder } = await share(readers, schemaId, () => findReader(schemaId));
      // A registry may give back the same schema in other words.
      return isOlder && schemaId !== (await share(ids, entityName, () => findId(entityName)));
    },

    async encode(entityName, entity) {
      const schemaId = await share(ids, entityName, () => findId(entityName));
      const { connection, vendor, id } = entity.source;
      try {
        if (connection && vendor && id) return frameRecord(schemaId, typeOf(entityName).toBuffer(entity));
      } catch (error) {
        const issues = validateEntity(entityName, entity);
        throw issues.length > 0 ? new InvalidEntity(entityName, issues) : error;
      }
      throw new InvalidEntity(entityName, validateEntity(entityName, entity));
    },

    async decode(record: Buffer, expected?: EntityName): Promise<never> {
      const { schemaId, body } = unframeRecord(record);
      const reader = await share(readers, schemaId, () => findReader(schemaId));
      if (expected && reader.entityName !== expected)
        throw new WrongType(
          `The record is of type ${reader.entityName}, expected was ${expected}. Look at who wrote to this topic.`,
        );
      decoded?.inc({ entity: reader.entityName });
      let entity: unknown;
      try {
        entity = typeOf(reader.entityName).fromBuffer(body, reader.resolver);
      } catch (error) {
        throw new TruncatedRecord(
          `The record's ${body.length} bytes do not hold a whole ${reader.entityName} of schema ${schemaId} (${(error as Error).message}): it was cut or damaged on its way. Have its source publish it again.`,
          { cause: error },
        );
      }
      return { entityName: reader.entityName, schemaId, entity } as never;
    },
  };
}

/** Identifies a schema: a hash over its text. */
export function fingerprintSchema(schema: object): string {
  return createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 32);
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

const MAGIC = 0;
const HEADER_BYTES = 5;

/** Puts Confluent's frame before an Avro body: 0x00, then the schema id in four bytes, big-endian. */
export function frameRecord(schemaId: number, body: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  framed[0] = MAGIC;
  framed.writeInt32BE(schemaId, 1);
  body.copy(framed, HEADER_BYTES);
  return framed;
}

/**
 * Takes Confluent's frame off.
 * @throws NotAvro when the first byte is not 0x00, or there are not even the five bytes of the frame, or no id of a schema in them
 */
export function unframeRecord(record: Buffer): { schemaId: number; body: Buffer } {
  if (record.length === 0) throw new NotAvro('The record is empty: a tombstone or not a record of ours.');
  if (record[0] !== MAGIC)
    throw new NotAvro(
      `The record begins with byte 0x${record[0]!.toString(16).padStart(2, '0')} instead of 0x00: it is not Avro in Confluent framing. Look at who wrote to this topic.`,
    );
  if (record.length < HEADER_BYTES)
    throw new NotAvro(`The record has ${record.length} bytes: too few for the five of Confluent's frame.`);
  const schemaId = record.readInt32BE(1);
  if (schemaId < 1)
    throw new NotAvro(`The record names schema ${schemaId}: ids begin with 1. Look at who wrote to this topic.`);
  return { schemaId, body: record.subarray(HEADER_BYTES) };
}
