/**
 * A short notation for Avro schemas: every field is one line with its words, its default follows from its type.
 * The rules of the model that must hold for ever are built in here, so that no schema can break them by accident:
 * unions are only [null, T], every enum has UNKNOWN first and as its default, decimals and timestamps have one scale and unit.
 */
export type Primitive = 'string' | 'boolean' | 'int' | 'long';
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface RecordShape {
  readonly shape: 'record';
  readonly name: string;
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldShape>>;
}
export interface EnumShape {
  readonly shape: 'enum';
  readonly name: string;
  readonly doc: string;
  readonly symbols: readonly string[];
}
export interface DecimalShape {
  readonly shape: 'decimal';
  readonly precision: number;
  readonly scale: number;
}
export interface TimestampShape {
  readonly shape: 'timestamp';
}
export interface ListShape {
  readonly shape: 'list';
  readonly of: TypeShape;
}
export interface NullableShape {
  readonly shape: 'nullable';
  readonly of: TypeShape;
}
export type TypeShape = Primitive | RecordShape | EnumShape | DecimalShape | TimestampShape | ListShape | NullableShape;
export interface FieldShape {
  readonly type: TypeShape;
  readonly doc: string;
  /** Only an entity's `source` must be given: everything else has a default or, where a decimal is, is written as zero; so deletes and redactions encode. */
  readonly mandatory?: boolean;
}

const amount: DecimalShape = { shape: 'decimal', precision: 28, scale: 6 };
const ratio: DecimalShape = { shape: 'decimal', precision: 38, scale: 15 };
const timestamp: TimestampShape = { shape: 'timestamp' };
const nullable = (of: TypeShape): NullableShape => ({ shape: 'nullable', of });

export const record = (name: string, doc: string, fields: Record<string, FieldShape>): RecordShape => ({
  shape: 'record',
  name,
  doc,
  fields,
});
export const choice = (name: string, doc: string, symbols: string): EnumShape => ({
  shape: 'enum',
  name,
  doc,
  symbols: ['UNKNOWN', ...symbols.split(' ')],
});

/** Text that identifies its record and is always there. */
export const key = (doc: string): FieldShape => ({ type: 'string', doc });
/** Text, or null where the source has none (an empty string of a source is null here). */
export const text = (doc: string): FieldShape => ({ type: nullable('string'), doc });
export const texts = (doc: string): FieldShape => ({ type: { shape: 'list', of: 'string' }, doc });
export const flag = (doc: string): FieldShape => ({ type: 'boolean', doc });
export const maybeFlag = (doc: string): FieldShape => ({ type: nullable('boolean'), doc });
export const position = (doc: string): FieldShape => ({ type: 'int', doc });
export const count = (doc: string): FieldShape => ({ type: nullable('int'), doc });
export const counter = (doc: string): FieldShape => ({ type: 'long', doc });
/** Money or a quantity: decimal(28,6). */
export const decimal = (doc: string): FieldShape => ({ type: amount, doc });
export const maybeDecimal = (doc: string): FieldShape => ({ type: nullable(amount), doc });
/** A rate, percentage or factor: decimal(38,15). */
export const rate = (doc: string): FieldShape => ({ type: nullable(ratio), doc });
export const at = (doc: string): FieldShape => ({ type: nullable(timestamp), doc });
export const always = (doc: string): FieldShape => ({ type: timestamp, doc });
export const one = (of: RecordShape | EnumShape, doc: string): FieldShape => ({ type: of, doc });
export const maybe = (of: RecordShape | EnumShape, doc: string): FieldShape => ({ type: nullable(of), doc });
export const many = (of: RecordShape, doc: string): FieldShape => ({ type: { shape: 'list', of }, doc });
/** A list that was added after the first release: null in older records. */
export const maybeMany = (of: RecordShape, doc: string): FieldShape => ({
  type: nullable({ shape: 'list', of }),
  doc,
});
export const mandatory = (field: FieldShape): FieldShape => ({ ...field, mandatory: true });

/** A closed list of values, and beside it the source's own word: filters use the raw one. */
export const closed = (name: string, of: EnumShape, doc: string): Record<string, FieldShape> => ({
  [name]: { type: of, doc },
  [`${name}Raw`]: {
    type: nullable('string'),
    doc: `The source's own word for ${name}, as it came. Filters use this one.`,
  },
});
