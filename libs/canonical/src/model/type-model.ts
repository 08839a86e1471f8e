import type { AvroEnum, AvroRecord, AvroType } from '../schema.ts';

/** A schema with its names resolved: what the walkers (defaults, JSON form, hash, codec) go by. */
export type TypeModel =
  | { readonly kind: 'string' | 'boolean' | 'int' | 'long' | 'timestamp' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'list'; readonly of: TypeModel }
  | { readonly kind: 'nullable'; readonly of: TypeModel }
  | RecordModel;

export interface RecordModel {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly FieldModel[];
  readonly byName: ReadonlyMap<string, FieldModel>;
}

export interface FieldModel {
  readonly name: string;
  readonly type: TypeModel;
  /** False for a field without a default that holds a decimal: where it is not given, zero is written. */
  readonly mandatory: boolean;
}

/** Resolves a schema. Gives the record it describes, and every record in it by name. Throws on Avro that the model does not use. */
export function readSchema(schema: AvroRecord): { root: RecordModel; records: Map<string, RecordModel> } {
  const named = new Map<string, TypeModel>();
  const root = readType(schema, named) as RecordModel;
  const records = new Map<string, RecordModel>();
  for (const [name, type] of named) if (type.kind === 'record') records.set(name, type);
  return { root, records };
}

function readType(type: AvroType, named: Map<string, TypeModel>): TypeModel {
  if (typeof type === 'string') return readName(type, named);
  if (isUnion(type)) return { kind: 'nullable', of: readType(type[1], named) };
  switch (type.type) {
    case 'array':
      return { kind: 'list', of: readType(type.items, named) };
    case 'bytes':
      return { kind: 'decimal', precision: type.precision, scale: type.scale };
    case 'long':
      return { kind: 'timestamp' };
    case 'enum':
      return readEnum(type, named);
    case 'record':
      return readRecord(type, named);
  }
}

function isUnion(type: AvroType): type is readonly ['null', AvroType] {
  return Array.isArray(type);
}

function readName(name: string, named: Map<string, TypeModel>): TypeModel {
  if (name === 'string' || name === 'boolean' || name === 'int' || name === 'long') return { kind: name };
  const type = named.get(name.replace(/^entrepot\./, ''));
  if (!type) throw new Error(`The schema uses ${name} before it is defined.`);
  return type;
}

function readEnum(type: AvroEnum, named: Map<string, TypeModel>): TypeModel {
  const model: TypeModel = { kind: 'enum', name: type.name, symbols: type.symbols };
  named.set(type.name, model);
  return model;
}

function readRecord(type: AvroRecord, named: Map<string, TypeModel>): RecordModel {
  const fields = type.fields.map((field) => {
    const model = readType(field.type, named);
    return { name: field.name, type: model, mandatory: !('default' in field) && !holdsDecimal(model) };
  });
  const model: RecordModel = {
    kind: 'record',
    name: type.name,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
  };
  named.set(type.name, model);
  return model;
}

/** Fields that hold a decimal have no default in the schema (see schemas/README.md), and yet need not be given. */
function holdsDecimal(type: TypeModel): boolean {
  return type.kind === 'decimal' || (type.kind === 'record' && type.fields.some((field) => holdsDecimal(field.type)));
}
