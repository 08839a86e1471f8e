import type { FieldIssue } from '@entrepot/canonical';

/** Whatever the codec throws. `retriable` alone decides: true = hold and try again, false = this record will never do. */
export abstract class CodecError extends Error {
  abstract readonly retriable: boolean;
}

/** The registry does not answer (network, timeout, 5xx): hold, nothing is wrong with the record. */
export class RegistryUnavailable extends CodecError {
  override readonly name = 'RegistryUnavailable';
  readonly retriable = true;
}

/**
 * The registry refuses what was asked (sign-in, wrong path): a person has to look at its address and settings. Nothing is wrong
 * with the record, so it is held until then.
 */
export class RegistryRefused extends CodecError {
  override readonly name = 'RegistryRefused';
  readonly retriable = true;
}

/** The registry refuses a schema because readers of older or newer records could not read it (409). */
export class IncompatibleSchema extends CodecError {
  override readonly name = 'IncompatibleSchema';
  readonly retriable = false;
}

/** The registry does not know the schema id in the record (404): it was written against another registry, or is damaged. */
export class UnknownSchemaId extends CodecError {
  override readonly name = 'UnknownSchemaId';
  readonly retriable = false;
  readonly schemaId: number;

  constructor(schemaId: number) {
    super(
      `The registry knows no schema with id ${schemaId}. The record was written against another registry or is damaged: have its source publish it again.`,
    );
    this.schemaId = schemaId;
  }
}

/** The bytes do not begin as an Avro record in Confluent framing does. */
export class NotAvro extends CodecError {
  override readonly name = 'NotAvro';
  readonly retriable = false;
}

/** The bytes end before the record does, or go on after it. */
export class TruncatedRecord extends CodecError {
  override readonly name = 'TruncatedRecord';
  readonly retriable = false;
}

/** The record is sound, but of another type than was expected. */
export class WrongType extends CodecError {
  override readonly name = 'WrongType';
  readonly retriable = false;
}

/** The entity has no released schema: it cannot be published yet. */
export class NotReleased extends CodecError {
  override readonly name = 'NotReleased';
  readonly retriable = false;
}

/** The entity does not fit its schema. `issues` names the fields. */
export class InvalidEntity extends CodecError {
  override readonly name = 'InvalidEntity';
  readonly retriable = false;
  readonly issues: readonly FieldIssue[];

  constructor(entityName: string, issues: readonly FieldIssue[]) {
    super(
      `This ${entityName} does not fit its schema: ${issues.map((issue) => `${issue.path} ${issue.message}`).join('; ')}.`,
    );
    this.issues = issues;
  }
}
