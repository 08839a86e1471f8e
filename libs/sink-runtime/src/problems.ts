import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';
import type { Undecodable } from './ports.ts';

/** An error of our own making; `message` and `advice` must be free of personal data. */
export function describeProblem(
  kind: string,
  code: string,
  message: string,
  advice: string | null,
  fields: readonly FieldProblem[] = [],
): ErrorDetail {
  return { kind, code, message, advice, fields };
}

export function detailOfUndecodable(error: Undecodable): ErrorDetail {
  return {
    kind: 'decode',
    code: error.code,
    message: error.message,
    advice: 'Refresh the record at its source, so that it is published again; tell the author of the publisher.',
    fields: [],
  };
}

/** A bug of ours, with its stack; the message may quote data, so only errors' own first line is kept. */
export function detailOfBug(error: unknown): ErrorDetail {
  const known = error instanceof Error ? error : new Error('a value that is no error was thrown');
  const message = known.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
  return {
    kind: 'bug',
    code: known.name,
    message: `A defect in Entrepot stopped this delivery: ${message}`,
    advice: 'Report it with the stack; retry after an update.',
    fields: [],
    ...(known.stack === undefined ? {} : { stack: known.stack.slice(0, 8_000) }),
  };
}
