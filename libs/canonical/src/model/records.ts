import { hash } from 'node:crypto';
import { type EntityRecords, entitySchemas } from '../generated/entities.gen.ts';
import type { Source, Via } from '../generated/shared.gen.ts';
import { Decimal, formatDecimal, type TimestampMicros } from '../values.ts';
import { type FieldModel, type RecordModel, readSchema, type TypeModel } from './type-model.ts';

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
  const { defaults, made } = readDefaults(record);
  const filled: Record<string, unknown> = { ...defaults };
  for (const name in given) {
    const field = record.byName.get(name);
    if (field === undefined) throw new TypeError(`${path} has no field "${name}".`);
    const value = given[name];
    if (value !== undefined) filled[name] = fillValue(field.type, value, path, name);
  }
  for (const { name, type } of made) if (filled[name] === undefined) filled[name] = emptyValue(type);
  return filled;
}

/** `name`: of the field, below `path`. They are put together for records only: an order has hundreds of values, and a path is read in an error. */
function fillValue(type: TypeModel, value: unknown, path: string, name: string): unknown {
  if (value === null || value === undefined) return value;
  switch (type.kind) {
    case 'nullable':
      return fillValue(type.of, value, path, name);
    case 'list':
      if (!Array.isArray(value)) return value;
      return value.map((item, index) => fillValue(type.of, item, path, `${name}[${index}]`));
    case 'record':
      return fill(type, value as Record<string, unknown>, `${path}.${name}`);
    default:
      return value;
  }
}

/** Every field in the schema's order with its default, undefined where each record gets one of its own; those are `made`. */
type Defaults = { readonly defaults: Readonly<Record<string, unknown>>; readonly made: readonly FieldModel[] };

const defaultsOf = new WeakMap<RecordModel, Defaults>();

function readDefaults(record: RecordModel): Defaults {
  const known = defaultsOf.get(record);
  if (known) return known;
  const made = record.fields.filter(({ type }) => type.kind === 'list' || type.kind === 'record');
  const defaults = record.fields.map((each) => [each.name, made.includes(each) ? undefined : emptyValue(each.type)]);
  const read: Defaults = { defaults: Object.fromEntries(defaults), made };
  defaultsOf.set(record, read);
  return read;
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

/** What the connector adds to a mapped entity before it is published. */
interface SourceCompletion {
  readonly version: number;
  readonly contentHash: string;
  readonly via: Via;
  readonly observedAt: TimestampMicros;
  readonly origin?: string | null;
}

/** Gives the entity with its source completed: a mapper leaves version 0 and contentHash ''. The entity given stays as it is. */
export function completeSource<E extends { source: Source }>(entity: E, completion: SourceCompletion): E {
  return { ...entity, source: { ...entity.source, ...completion, origin: completion.origin ?? null } };
}

/** Something wrong with a value, and where. */
export interface FieldIssue {
  /** For example `lines[2].unitPrice.base.amount`. */
  readonly path: string;
  readonly message: string;
}

/** Looks whether an entity in memory fits its schema. Gives every fault with its path; nothing when it fits. */
export function validateEntity<E extends keyof EntityRecords>(entityName: E, entity: EntityRecords[E]): FieldIssue[] {
  const issues: FieldIssue[] = [];
  checkRecord(findEntityRecord(entityName), entity, '', issues);
  if (issues.length === 0) {
    for (const part of ['connection', 'vendor', 'id'] as const)
      if (entity.source[part] === '')
        issues.push({ path: `source.${part}`, message: 'is empty: without it the record has no key' });
  }
  return issues;
}

/** Says what is wrong with a decimal for a schema of the given precision and scale, or nothing. More digits than the scale are no fault: they are rounded. */
export function checkDecimalFits(value: Decimal, type: { precision: number; scale: number }): string | null {
  if (!value.isFinite()) return `is ${value.toString()}, not a number`;
  const whole = value.abs().toDecimalPlaces(type.scale).trunc();
  const digits = whole.isZero() ? 0 : whole.toFixed().length;
  return digits > type.precision - type.scale
    ? `has ${digits} digits before the point: at most ${type.precision - type.scale} fit`
    : null;
}

function checkRecord(record: RecordModel, value: unknown, path: string, issues: FieldIssue[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path: path || record.name, message: `is ${describe(value)}: expected a ${record.name}` });
    return;
  }
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given))
    if (!record.byName.has(name)) issues.push({ path: join(path, name), message: `is not a field of ${record.name}` });
  for (const field of record.fields) checkValue(field.type, given[field.name], join(path, field.name), issues);
}

function checkValue(type: TypeModel, value: unknown, path: string, issues: FieldIssue[]): void {
  const fault = (message: string) => issues.push({ path, message });
  switch (type.kind) {
    case 'nullable':
      if (value !== null) checkValue(type.of, value, path, issues);
      return;
    case 'record':
      checkRecord(type, value, path, issues);
      return;
    case 'list':
      if (!Array.isArray(value)) fault(`is ${describe(value)}: expected a list`);
      else for (const [index, item] of value.entries()) checkValue(type.of, item, `${path}[${index}]`, issues);
      return;
    case 'decimal': {
      const message = Decimal.isDecimal(value)
        ? checkDecimalFits(value as Decimal, type)
        : `is ${describe(value)}: expected a Decimal`;
      if (message) fault(message);
      return;
    }
    case 'enum':
      if (!type.symbols.includes(value as string))
        fault(`is ${describe(value)}: expected one of ${type.symbols.join(', ')}`);
      return;
    case 'string':
    case 'boolean':
      if (typeof value !== type.kind) fault(`is ${describe(value)}: expected a ${type.kind}`);
      return;
    case 'int':
      if (!Number.isInteger(value) || Math.abs(value as number) > 2 ** 31 - 1)
        fault(`is ${describe(value)}: expected a whole number below 2^31`);
      return;
    default:
      if (!Number.isSafeInteger(value))
        fault(`is ${describe(value)}: expected a whole number${type.kind === 'timestamp' ? ' of microseconds' : ''}`);
  }
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

/** Says what a value is, never what it holds: it may be personal. Numbers and short codes in capitals are shown. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return /^[A-Z_]{1,32}$/.test(value) ? `"${value}"` : 'a text';
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** What describes the reading rather than the record. `updatedAt` too: a record that was only touched has not changed. */
const LEFT_OUT = new Set(['version', 'contentHash', 'observedAt', 'via', 'origin', 'updatedAt']);

/**
 * Hash over the content of an entity: 32 hexadecimal digits. Two states have the same hash when a reader could not distinguish them, in any
 * order of keys and notation of decimals (1.50 = 1.5). It omits, in `source`, version, contentHash, observedAt, via, origin and updatedAt.
 * It also omits fields that hold their default, so that a field added to a schema does not change the hash of every record.
 */
export function contentHash<E extends keyof EntityRecords>(entityName: E, entity: EntityRecords[E]): string {
  const text = writeRecord(findEntityRecord(entityName), entity as unknown as Record<string, unknown>);
  return hash('sha256', entityName + text, 'hex').slice(0, 32);
}

function writeRecord(record: RecordModel, value: Readonly<Record<string, unknown>>): string {
  let written = '';
  for (const field of listHashedFields(record)) {
    const text = writeValue(field.type, value[field.name]);
    if (text !== '') written += `${written === '' ? '' : ','}${field.name}:${text}`;
  }
  return written === '' ? '' : `{${written}}`;
}

const hashedFields = new WeakMap<RecordModel, readonly FieldModel[]>();

/** The fields that count, by name, so that a schema may list them in another order. */
function listHashedFields(record: RecordModel): readonly FieldModel[] {
  let fields = hashedFields.get(record);
  if (fields === undefined) {
    fields = record.fields
      .filter((field) => !(record.name === 'Source' && LEFT_OUT.has(field.name)))
      .sort((a, b) => (`${a.name}:` < `${b.name}:` ? -1 : 1));
    hashedFields.set(record, fields);
  }
  return fields;
}

/** Empty text for the default of the type. */
function writeValue(type: TypeModel, value: unknown): string {
  if (value === null || value === undefined) return '';
  switch (type.kind) {
    case 'nullable':
      return writePresent(type.of, value);
    case 'record':
      return writeRecord(type, value as Record<string, unknown>);
    case 'list': {
      const items = value as readonly unknown[];
      return items.length === 0 ? '' : `[${items.map((item) => writePresent(type.of, item)).join(',')}]`;
    }
    case 'decimal': {
      const given = value as Decimal;
      if (given.isZero()) return '';
      const decimal = given.decimalPlaces() > type.scale ? given.toDecimalPlaces(type.scale) : given;
      return decimal.isZero() ? '' : formatDecimal(decimal);
    }
    case 'enum':
      return value === type.symbols[0] ? '' : String(value);
    case 'string':
      return value === '' ? '' : JSON.stringify(value);
    case 'boolean':
      return value === true ? 'true' : '';
    default:
      return value === 0 ? '' : String(value);
  }
}

/** As {@link writeValue}, but something there is never written like nothing: null and 0 differ where null is possible. */
function writePresent(type: TypeModel, value: unknown): string {
  return writeValue(type, value) || '0';
}
