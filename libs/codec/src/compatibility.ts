import type { AvroRecord } from '@entrepot/canonical';
import { createAvroType } from './avro-types.ts';

/** One reason why two schemas of an entity may not stand side by side. */
export interface SchemaProblem {
  /** For example `order/v1.1.avsc`. */
  readonly file: string;
  /** Where in the schema, for example `Order.lines.unitPrice`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export interface SchemaFile {
  readonly file: string;
  readonly schema: AvroRecord;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Named = {
  readonly type: string;
  readonly name: string;
  readonly fields?: readonly { readonly name: string; readonly type: Json }[];
  readonly symbols?: readonly string[];
  readonly items?: Json;
};

/**
 * FULL_TRANSITIVE: the newest schema must read what every released one wrote, and every released one what the newest writes.
 * Besides, stricter than Avro: logical types (decimal scale and precision, unit of time) are frozen, because Avro calls a change
 * of them compatible though every number then means something else; fields are never removed; new ones have a default; enum
 * symbols are never removed, and an enum to which some are added must have a default.
 */
export function findIncompatibilities(newest: SchemaFile, released: readonly SchemaFile[]): SchemaProblem[] {
  return released.flatMap((older) => [...compareShapes(newest, older), ...tryResolving(newest, older)]);
}

function compareShapes(newest: SchemaFile, older: SchemaFile): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const [before, after] = [
    collectNamed(older.schema as unknown as Json),
    collectNamed(newest.schema as unknown as Json),
  ];
  const fault = (path: string, message: string) =>
    problems.push({ file: newest.file, path, message: `${message} (against ${older.file})` });
  for (const [name, type] of before) {
    const now = after.get(name);
    if (!now) fault(name, 'was removed');
    else if (now.type !== type.type) fault(name, `was a ${type.type} and is a ${now.type}`);
    else if (type.symbols)
      for (const symbol of type.symbols) if (!now.symbols!.includes(symbol)) fault(name, `lost its symbol ${symbol}`);
  }
  for (const [name, type] of after) {
    const was = before.get(name);
    if (!type.fields || !was?.fields) continue;
    for (const field of was.fields) {
      const now = type.fields.find((other) => other.name === field.name);
      const path = `${name}.${field.name}`;
      if (!now) fault(path, 'was removed: readers of older builds need it');
      else if (describeType(now.type) !== describeType(field.type))
        fault(
          path,
          `was ${describeType(field.type)} and is ${describeType(now.type)}: types, scales and units never change`,
        );
    }
    for (const field of type.fields)
      if (!('default' in field) && !was.fields.some((other) => other.name === field.name))
        fault(`${name}.${field.name}`, 'is new and has no default: older records do not have it');
  }
  return problems;
}

/** The last word has Avro's own resolution, in both directions. */
function tryResolving(newest: SchemaFile, older: SchemaFile): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const [reader, writer] of [
    [newest, older],
    [older, newest],
  ] as const) {
    try {
      createAvroType(reader.schema).createResolver(createAvroType(writer.schema));
    } catch (error) {
      problems.push({
        file: newest.file,
        path: '',
        message: `${reader.file} cannot read what ${writer.file} wrote: ${(error as Error).message}`,
      });
    }
  }
  return problems;
}

/**
 * The rules of the model that hold for every schema, released or not: one namespace, words for every record and field, only
 * `source` without a default, unions only of null and one type, enums that fall back to UNKNOWN.
 */
export function findRuleBreaks({ file, schema }: SchemaFile): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const fault = (path: string, message: string) => problems.push({ file, path, message });
  if (schema.namespace !== 'entrepot') fault('', `is in namespace ${schema.namespace}: there is only entrepot`);
  for (const [name, type] of collectNamed(schema as unknown as Json)) {
    if (!(type as { doc?: string }).doc) fault(name, 'has no words (doc)');
    if (type.symbols && (type as { default?: string }).default !== 'UNKNOWN')
      fault(name, 'must fall back to UNKNOWN (default)');
    for (const field of type.fields ?? []) {
      const path = `${name}.${field.name}`;
      if (!(field as { doc?: string }).doc) fault(path, 'has no words (doc)');
      const mandatory = name === schema.name && field.name === 'source';
      if (mandatory === 'default' in field)
        fault(path, mandatory ? 'must have no default' : 'must have a default, so that deletes and redactions encode');
      if (Array.isArray(field.type) && (field.type.length !== 2 || field.type[0] !== 'null'))
        fault(path, 'must be a union of null and one type');
    }
  }
  return problems;
}

function collectNamed(type: Json, into = new Map<string, Named>()): Map<string, Named> {
  if (Array.isArray(type)) for (const branch of type) collectNamed(branch, into);
  else if (type !== null && typeof type === 'object') {
    const complex = type as unknown as Named;
    if (complex.items !== undefined) collectNamed(complex.items, into);
    if (complex.symbols || complex.fields) into.set(complex.name, complex);
    for (const field of complex.fields ?? []) collectNamed(field.type, into);
  }
  return into;
}

function describeType(type: Json): string {
  if (typeof type === 'string') return type.replace(/^entrepot\./, '');
  if (Array.isArray(type)) return `[${type.map(describeType).join(', ')}]`;
  const complex = type as unknown as Named & { logicalType?: string; precision?: number; scale?: number };
  if (complex.logicalType === 'decimal') return `decimal(${complex.precision},${complex.scale})`;
  if (complex.logicalType) return `${complex.type} ${complex.logicalType}`;
  if (complex.items !== undefined) return `list of ${describeType(complex.items)}`;
  return complex.name ?? complex.type;
}
