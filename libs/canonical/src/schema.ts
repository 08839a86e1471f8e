/** An Avro type as JSON, as far as the model uses Avro. */
export type AvroType =
  | string
  | readonly ['null', AvroType]
  | { readonly type: 'array'; readonly items: AvroType }
  | { readonly type: 'bytes'; readonly logicalType: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly type: 'long'; readonly logicalType: 'timestamp-micros' }
  | AvroEnum
  | AvroRecord;

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
  readonly default?: string;
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly entity?: string;
  readonly status?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: unknown;
}

/** An entity's newest schema in this build. */
export interface EntitySchema {
  /** Its file, relative to schemas/. */
  readonly file: string;
  /** Only released schemas are registered and may be relied on. */
  readonly status: string;
  readonly recordName: string;
  readonly schema: AvroRecord;
}
