/** What a reader's program is asked, in a file that it is given as its argument. */
export interface ReaderJob {
  /** The schemas to open; `id` is that of the registry. */
  readonly schemas: readonly { readonly name: string; readonly file: string; readonly id: number }[];
  /** A file with a record's value: Confluent's frame and Avro. */
  readonly record: string;
  /** The name of the schema that wrote it. */
  readonly writer: string;
}

/** What a library gave, or the words with which it refused. */
export type Attempt = { readonly value: unknown } | { readonly error: string };

/** What a reader's program prints, as JSON. */
export interface ReaderAnswer {
  readonly opened: Readonly<Record<string, Attempt>>;
  /** The record as a tree: decimals as plain text, times as microseconds since 1970, enums as text, nothing as null. */
  readonly read: Attempt;
  /** What is made of a value that is null: null. */
  readonly erased: Attempt;
}
