import type { EntityRecords } from '../generated/entities.gen.ts';
import { Decimal, formatDecimal, formatTimestamp, parseTimestamp } from '../values.ts';
import { createEntity, type FieldIssue, findEntityRecord, type Sparse, validateEntity } from './records.ts';
import type { RecordModel, TypeModel } from './type-model.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** JSON that is not an entity. `issues` names every fault with its path. */
export class InvalidEntityJson extends Error {
  override readonly name = 'InvalidEntityJson';
  readonly issues: readonly FieldIssue[];

  constructor(entityName: string, issues: readonly FieldIssue[]) {
    super(`This is not a valid ${entityName}: ${issues.map((issue) => `${issue.path} ${issue.message}`).join('; ')}.`);
    this.issues = issues;
  }
}

/**
 * The JSON form of an entity: decimals as text ("12.5"), times as ISO 8601 in UTC, null for nothing, every field in the schema's order.
 * With `omitDefaults`, fields that hold their default are left out: shorter to read, and {@link fromJson} fills them again.
 */
export function toJson<E extends keyof EntityRecords>(
  entityName: E,
  entity: EntityRecords[E],
  options: { omitDefaults?: boolean } = {},
): { [key: string]: JsonValue } {
  return writeRecord(
    findEntityRecord(entityName),
    entity as unknown as Record<string, unknown>,
    options.omitDefaults ?? false,
  );
}

/**
 * Reads the JSON form. Fields left out take their default, `source` must be there.
 * @throws InvalidEntityJson with every fault: unknown fields, wrong types, decimals written as numbers, times without a zone
 */
export function fromJson<E extends keyof EntityRecords>(entityName: E, json: unknown): EntityRecords[E] {
  const issues: FieldIssue[] = [];
  const value = readValue(findEntityRecord(entityName), json, '', issues);
  if (issues.length > 0) throw new InvalidEntityJson(entityName, issues);
  const entity = createEntity(entityName, value as Sparse<EntityRecords[E]>);
  const faults = validateEntity(entityName, entity);
  if (faults.length > 0) throw new InvalidEntityJson(entityName, faults);
  return entity;
}

function writeRecord(
  record: RecordModel,
  value: Readonly<Record<string, unknown>>,
  omitDefaults: boolean,
): { [key: string]: JsonValue } {
  const json: { [key: string]: JsonValue } = {};
  for (const field of record.fields) {
    const written = writeValue(field.type, value[field.name], omitDefaults);
    if (!omitDefaults || !isDefault(field.type, written)) json[field.name] = written;
  }
  return json;
}

function writeValue(type: TypeModel, value: unknown, omitDefaults: boolean): JsonValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'nullable':
      return writeValue(type.of, value, omitDefaults);
    case 'record':
      return writeRecord(type, value as Record<string, unknown>, omitDefaults);
    case 'list':
      return (value as readonly unknown[]).map((item) => writeValue(type.of, item, omitDefaults));
    case 'decimal':
      return formatDecimal((value as Decimal).toDecimalPlaces(type.scale));
    case 'timestamp':
      return formatTimestamp(value as number);
    default:
      return value as string | number | boolean;
  }
}

function isDefault(type: TypeModel, json: JsonValue): boolean {
  if (type.kind === 'nullable') return json === null;
  if (type.kind === 'enum') return json === type.symbols[0];
  if (type.kind === 'decimal') return json === '0';
  if (type.kind === 'timestamp') return json === formatTimestamp(0);
  if (Array.isArray(json)) return json.length === 0;
  if (typeof json === 'object' && json !== null) return Object.keys(json).length === 0;
  return json === '' || json === 0 || json === false;
}

function readValue(type: TypeModel, json: unknown, path: string, issues: FieldIssue[]): unknown {
  const fault = (message: string) => {
    issues.push({ path: path || 'the whole', message });
    return undefined;
  };
  switch (type.kind) {
    case 'nullable':
      return json === null ? null : readValue(type.of, json, path, issues);
    case 'record':
      return readRecord(type, json, path, issues);
    case 'list':
      return Array.isArray(json)
        ? json.map((item, index) => readValue(type.of, item, `${path}[${index}]`, issues))
        : fault('must be a list');
    case 'decimal':
      if (typeof json === 'string' && /^-?\d+(\.\d+)?$/.test(json)) return new Decimal(json);
      return fault(
        typeof json === 'number'
          ? 'must be a decimal written as text, for example "12.50"'
          : 'must be a decimal as text',
      );
    case 'timestamp':
      try {
        return parseTimestamp(typeof json === 'string' ? json : '');
      } catch {
        return fault('must be a time in ISO 8601 with a zone, for example "2026-11-21T22:12:16Z"');
      }
    default:
      return json;
  }
}

function readRecord(type: RecordModel, json: unknown, path: string, issues: FieldIssue[]): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    issues.push({ path: path || 'the whole', message: `must be an object (${type.name})` });
    return undefined;
  }
  const value: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(json)) {
    const field = type.byName.get(name);
    const innerPath = path ? `${path}.${name}` : name;
    if (field) value[name] = readValue(field.type, inner, innerPath, issues);
    else issues.push({ path: innerPath, message: `is not a field of ${type.name}` });
  }
  for (const field of type.fields)
    if (field.mandatory && !(field.name in value))
      issues.push({ path: path ? `${path}.${field.name}` : field.name, message: 'is missing' });
  return value;
}
