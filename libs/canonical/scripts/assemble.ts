import type { FieldShape, Json, RecordShape, TypeShape } from '../../../schemas/source/notation.ts';

const NAMESPACE = 'entrepot';

/**
 * Turns a shape into one self-contained Avro schema: named types are written out where they are first used.
 * Record defaults are written in full, because readers in other languages take a default as it stands. Fields that hold a decimal
 * have none.
 */
export function assembleSchema(entity: string, shape: RecordShape, status: 'released' | 'draft'): Json {
  const seen = new Map<string, TypeShape>();
  const schema = assembleRecord(shape, seen, NAMESPACE) as { [key: string]: Json };
  const words = status === 'draft' ? `DRAFT: may still change in any way. ${shape.doc}` : shape.doc;
  const { type, name, namespace, fields } = schema as Record<string, Json>;
  return { type: type!, name: name!, namespace: namespace!, doc: words, entity, status, fields: fields! };
}

function assembleRecord(shape: RecordShape, seen: Map<string, TypeShape>, namespace?: string): Json {
  const fields = Object.entries(shape.fields).map(([name, field]) => assembleField(name, field, seen));
  return { type: 'record', name: shape.name, ...(namespace ? { namespace } : {}), doc: shape.doc, fields };
}

function assembleField(name: string, field: FieldShape, seen: Map<string, TypeShape>): Json {
  const type = assembleType(field.type, seen);
  if (!field.doc) throw new Error(`The field ${name} has no words: write what it holds.`);
  const hasDefault = !field.mandatory && !holdsDecimal(field.type);
  return { name, type, doc: field.doc, ...(hasDefault ? { default: writeDefault(field.type) } : {}) };
}

/**
 * True for a decimal and for a record that always holds one. Such fields have no default: some readers (Rust apache-avro before
 * 0.22, goavro) refuse a schema with a decimal's default, others (Python) fill it in as text.
 */
function holdsDecimal(shape: TypeShape): boolean {
  if (typeof shape === 'string') return false;
  if (shape.shape === 'decimal') return true;
  return shape.shape === 'record' && Object.values(shape.fields).some((field) => holdsDecimal(field.type));
}

function assembleType(shape: TypeShape, seen: Map<string, TypeShape>): Json {
  if (typeof shape === 'string') return shape;
  switch (shape.shape) {
    case 'nullable':
      return ['null', assembleType(shape.of, seen)];
    case 'list':
      return { type: 'array', items: assembleType(shape.of, seen) };
    case 'decimal':
      return { type: 'bytes', logicalType: 'decimal', precision: shape.precision, scale: shape.scale };
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-micros' };
    case 'record':
    case 'enum': {
      const before = seen.get(shape.name);
      if (before && before !== shape) throw new Error(`Two different types are called ${shape.name}: rename one.`);
      if (before) return shape.name;
      seen.set(shape.name, shape);
      if (shape.shape === 'record') return assembleRecord(shape, seen);
      return {
        type: 'enum',
        name: shape.name,
        doc: shape.doc,
        symbols: [...shape.symbols],
        default: shape.symbols[0]!,
      };
    }
  }
}

function writeDefault(shape: TypeShape): Json {
  if (shape === 'string') return '';
  if (shape === 'boolean') return false;
  if (shape === 'int' || shape === 'long') return 0;
  switch (shape.shape) {
    case 'nullable':
      return null;
    case 'list':
      return [];
    case 'decimal':
      throw new Error('A decimal has no default: see holdsDecimal.');
    case 'timestamp':
      return 0;
    case 'enum':
      return shape.symbols[0]!;
    case 'record':
      return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, writeDefault(field.type)]));
  }
}
