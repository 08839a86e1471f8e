import type { AttemptOutcome, ErrorDetail, FieldProblem, TargetDocument, WaitingKey } from '@entrepot/canonical';

/** How one attempt ended, before it is reported. */
export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  readonly error: ErrorDetail | null;
  readonly documents: readonly TargetDocument[];
  readonly waitingOn: readonly WaitingKey[];
  readonly notBeforeMicros: number | null;
  readonly supersededBy: number | null;
}

const PLAIN: Omit<AttemptResult, 'outcome'> = {
  error: null,
  documents: [],
  waitingOn: [],
  notBeforeMicros: null,
  supersededBy: null,
};

export function endAttempt(outcome: AttemptOutcome, rest: Partial<Omit<AttemptResult, 'outcome'>> = {}): AttemptResult {
  return { ...PLAIN, ...rest, outcome };
}

export function failAttempt(error: ErrorDetail, documents: readonly TargetDocument[] = []): AttemptResult {
  return endAttempt('failed', { error, documents });
}

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
