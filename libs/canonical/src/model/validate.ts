import type { EntityRecords } from '../generated/entities.gen.ts';
import { Decimal } from '../values/decimals.ts';
import { findEntityRecord } from './fill.ts';
import type { RecordModel, TypeModel } from './type-model.ts';

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
