import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';

/**
 * A flow's settings and a record do not fit: an expression fails, a value map has no entry. The same input fails the
 * same way every time, so a retry helps only after a person has changed the settings or the record.
 */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  /** Stable, e.g. `no-value-map-entry`, `expression-failed`. */
  readonly code: string;
  readonly advice: string | null;
  readonly fields: readonly FieldProblem[];

  constructor(
    code: string,
    message: string,
    options: { advice?: string; fields?: readonly FieldProblem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.advice = options.advice ?? null;
    this.fields = options.fields ?? [];
  }

  toDetail(): ErrorDetail {
    return { kind: 'mapping', code: this.code, message: this.message, advice: this.advice, fields: this.fields };
  }
}
