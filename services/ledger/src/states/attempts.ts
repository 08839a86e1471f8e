import type { AttemptReport } from '@entrepot/canonical';
import { type Attempt, KEPT_ATTEMPTS, KEPT_WITH_EXCHANGES } from './delivery.ts';
import { searchTerms } from './search-terms.ts';

export function toAttempt(report: AttemptReport): Attempt {
  const { reportId, attempt, operationId, startedAtMicros, endedAtMicros, outcome, error, exchanges } = report;
  const { flowRevision, mappingRevision } = report;
  return {
    reportId,
    attempt,
    operationId,
    startedAtMicros,
    endedAtMicros,
    outcome,
    error,
    exchanges,
    flowRevision,
    mappingRevision,
  };
}

/** The first and the latest; calls only of the first and the newest few, so that the document stays well below MongoDB's 16 MB. */
export function keepAttempts(attempts: readonly Attempt[]): readonly Attempt[] {
  const kept =
    attempts.length <= KEPT_ATTEMPTS
      ? attempts
      : [...attempts.slice(0, 1), ...attempts.slice(attempts.length - KEPT_ATTEMPTS + 1)];
  return kept.map((attempt, index) =>
    index === 0 || index >= kept.length - KEPT_WITH_EXCHANGES || attempt.exchanges.length === 0
      ? attempt
      : { ...attempt, exchanges: [] },
  );
}

export function collectRefs(refs: readonly string[], report: AttemptReport): readonly string[] {
  return searchTerms([...refs, ...report.documents.flatMap((document) => [document.targetId, document.targetNumber])]);
}
