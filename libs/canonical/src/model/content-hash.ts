import { hash } from 'node:crypto';
import type { EntityRecords } from '../generated/entities.gen.ts';
import type { Decimal } from '../values/decimals.ts';
import { formatDecimal } from '../values/money.ts';
import { findEntityRecord } from './fill.ts';
import type { FieldModel, RecordModel, TypeModel } from './type-model.ts';

/** What describes the reading rather than the record. `updatedAt` too: a record that was only touched has not changed. */
const LEFT_OUT = new Set(['version', 'contentHash', 'observedAt', 'via', 'origin', 'updatedAt']);

/**
 * Hash over the content of an entity: 32 hexadecimal digits. Two states have the same hash when a reader could not tell them
 * apart, however their keys are ordered and their decimals written (1.50 = 1.5). Left out are, in `source`, version, contentHash,
 * observedAt, via, origin and updatedAt. Fields that hold their default are left out too, so that a field added to a schema does
 * not change the hash of every record.
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
