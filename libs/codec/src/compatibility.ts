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
type Field = { readonly name: string; readonly type: Json; readonly doc?: string; readonly default?: Json };
type Named = {
  readonly type: string;
  readonly name: string;
  readonly fields?: readonly Field[];
  readonly symbols?: readonly string[];
  readonly items?: Json;
};

/**
 * FULL_TRANSITIVE: the newest schema must read what every released one wrote, and every released one what the newest writes.
 * Besides, stricter than Avro: logical types (decimal scale and precision, unit of time) are frozen, because Avro calls a change
 * of them compatible though every number then means something else; fields are never removed; new ones are [null, T] with default
 * null, so that "not known" and a value stay apart; a default is taken away only where a decimal is, of fields that every released
 * version has; enum symbols are never removed, and an enum to which some are added must have a default.
 */
export function findIncompatibilities(newest: SchemaFile, released: readonly SchemaFile[]): SchemaProblem[] {
  return released.flatMap((older) => [...compareShapes(newest, older), ...tryResolving(newest, older)]);
}

function compareShapes(newest: SchemaFile, older: SchemaFile): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const [before, after] = [collectNamed(older.schema), collectNamed(newest.schema)];
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
      else if ('default' in field && !('default' in now) && !holdsDecimal(now.type, after))
        fault(path, 'lost its default: only decimals, and records that hold one, have none');
    }
    for (const field of type.fields)
      if (!isNullable(field) && !was.fields.some((other) => other.name === field.name))
        fault(
          `${name}.${field.name}`,
          `is new and has ${'default' in field ? 'another type' : 'no default'}: older records do not have it, so it is [null, T] with default null`,
        );
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
 * The rules of the model, for a schema that may still be changed or that is the newest: one namespace, words for every record and field, a default for
 * every field but `source` and what holds a decimal, unions only of null and one type, enums that fall back to UNKNOWN.
 */
export function findRuleBreaks({ file, schema }: SchemaFile): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const fault = (path: string, message: string) => problems.push({ file, path, message });
  if (schema.namespace !== 'entrepot') fault('', `is in namespace ${schema.namespace}: there is only entrepot`);
  const named = collectNamed(schema);
  for (const [name, type] of named) {
    if (!(type as { doc?: string }).doc) fault(name, 'has no words (doc)');
    if (type.symbols && (type as { default?: string }).default !== 'UNKNOWN')
      fault(name, 'must fall back to UNKNOWN (default)');
    for (const field of type.fields ?? []) {
      const path = `${name}.${field.name}`;
      if (!field.doc) fault(path, 'has no words (doc)');
      const mandatory = name === schema.name && field.name === 'source';
      const message = checkDefault(field, mandatory, holdsDecimal(field.type, named));
      if (message) fault(path, message);
      if (Array.isArray(field.type) && (field.type.length !== 2 || field.type[0] !== 'null'))
        fault(path, 'must be a union of null and one type');
    }
  }
  return problems;
}

function checkDefault(field: Field, mandatory: boolean, decimal: boolean): string | null {
  const given = 'default' in field;
  if (mandatory) return given ? 'must have no default' : null;
  if (decimal)
    return given
      ? 'must have no default: some readers (Rust, Go) refuse the whole schema for a default on a decimal, others (Python) fill it in as text'
      : null;
  if (Array.isArray(field.default) && field.default.length > 0)
    return 'must be empty by default: what stands in a default list may hold a decimal, which some readers refuse';
  return given ? null : 'must have a default, so that deletes and redactions encode';
}

/** True for a decimal and for a record that always holds one; not for a list, nor for what may be null. */
function holdsDecimal(type: Json, named: ReadonlyMap<string, Named>): boolean {
  const complex = typeof type === 'string' ? named.get(bareName(type)) : (type as unknown as Named);
  if (complex === undefined || Array.isArray(complex)) return false;
  if ((complex as { logicalType?: string }).logicalType === 'decimal') return true;
  return (complex.fields ?? []).some((field) => holdsDecimal(field.type, named));
}

function isNullable(field: Field): boolean {
  return Array.isArray(field.type) && field.type[0] === 'null' && field.default === null;
}

/** The records and enums of a schema, by name. */
export function collectNamed(schema: AvroRecord): ReadonlyMap<string, Named> {
  return gatherNamed(schema as unknown as Json, new Map());
}

function gatherNamed(type: Json, into: Map<string, Named>): Map<string, Named> {
  if (Array.isArray(type)) for (const branch of type) gatherNamed(branch, into);
  else if (type !== null && typeof type === 'object') {
    const complex = type as unknown as Named;
    if (complex.items !== undefined) gatherNamed(complex.items, into);
    if (complex.symbols || complex.fields) into.set(complex.name, complex);
    for (const field of complex.fields ?? []) gatherNamed(field.type, into);
  }
  return into;
}

function describeType(type: Json): string {
  if (typeof type === 'string') return bareName(type);
  if (Array.isArray(type)) return `[${type.map(describeType).join(', ')}]`;
  const complex = type as unknown as Named & { logicalType?: string; precision?: number; scale?: number };
  if (complex.logicalType === 'decimal') return `decimal(${complex.precision},${complex.scale})`;
  if (complex.logicalType) return `${complex.type} ${complex.logicalType}`;
  if (complex.items !== undefined) return `list of ${describeType(complex.items)}`;
  return complex.name ?? complex.type;
}

function bareName(name: string): string {
  return name.replace(/^entrepot\./, '');
}
