import { type EntityRecords, entitySchemas } from '../generated/entities.gen.ts';
import { Decimal } from '../values.ts';
import { type RecordModel, readSchema, type TypeModel } from './type-model.ts';

/** A record of which only a part is given; the schema's defaults fill the rest, at every depth. */
export type Sparse<T> = T extends Decimal
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Sparse<Item>[]
    : T extends object
      ? { readonly [K in keyof T]?: Sparse<T[K]> | undefined }
      : T;

let records: Map<string, RecordModel> | undefined;

/**
 * Finds the description of a named record (Order, OrderLine, Ref …).
 * Throws when no schema has a record of that name.
 */
export function findRecord(name: string): RecordModel {
  records ??= new Map(Object.values(entitySchemas).flatMap((entity) => [...readSchema(entity.schema).records]));
  const record = records.get(name);
  if (!record) throw new Error(`No schema has a record called ${name}.`);
  return record;
}

/** Finds the description of an entity's record. Throws when there is no such entity. */
export function findEntityRecord(entityName: string): RecordModel {
  const entity = entitySchemas[entityName as keyof EntityRecords];
  if (!entity)
    throw new Error(`There is no entity called "${entityName}". Known: ${Object.keys(entitySchemas).join(', ')}.`);
  return findRecord(entity.recordName);
}

/**
 * Fills a named record: what is given stays, what is undefined takes the schema's default.
 * Throws on a field that the record does not have, because a misspelt field would otherwise be lost in silence.
 */
export function fillRecord<T>(name: string, given: Sparse<T>): T {
  return fill(findRecord(name), given as Record<string, unknown>, name) as T;
}

/** Makes an entity: `createEntity('order', { source: …, lines: [{ … }] })`. */
export function createEntity<E extends keyof EntityRecords>(
  entityName: E,
  given: Sparse<EntityRecords[E]>,
): EntityRecords[E] {
  return fill(
    findEntityRecord(entityName),
    given as Record<string, unknown>,
    entityName,
  ) as unknown as EntityRecords[E];
}

function fill(record: RecordModel, given: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  for (const name in given) if (!record.byName.has(name)) throw new TypeError(`${path} has no field "${name}".`);
  const filled: Record<string, unknown> = {};
  for (const { name, type } of record.fields) {
    const value = given[name];
    filled[name] = value === undefined ? emptyValue(type) : fillValue(type, value, path, `.${name}`);
  }
  return filled;
}

/** `step`: from `path` to the value. They are put together for records only: an order has hundreds of values, and a path is read in an error. */
function fillValue(type: TypeModel, value: unknown, path: string, step: string): unknown {
  if (value === null || value === undefined) return value;
  if (type.kind === 'nullable') return fillValue(type.of, value, path, step);
  if (type.kind === 'list' && Array.isArray(value))
    return value.map((item, index) => fillValue(type.of, item, path, `${step}[${index}]`));
  if (type.kind === 'record') return fill(type, value as Record<string, unknown>, path + step);
  return value;
}

function emptyValue(type: TypeModel): unknown {
  switch (type.kind) {
    case 'nullable':
      return null;
    case 'list':
      return [];
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'decimal':
      return new Decimal(0);
    case 'enum':
      return type.symbols[0];
    case 'record':
      return fill(type, {}, type.name);
    default:
      return 0;
  }
}
