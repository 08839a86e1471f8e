import { InvalidSettings } from '@entrepot/store';
import { InvalidBaseUrl, VendorError } from '@entrepot/vendor-kit';
import { problemOf } from '../edge/store-problems.ts';
import { Problem } from '../problem.ts';

/** An error of the store, as the connection was opened. */
export function explainUnusable(error: unknown): unknown {
  if (!(error instanceof InvalidSettings)) return problemOf(error);
  const errors = error.problems.map(({ path, message }) => ({ path, message: message ?? 'is not valid' }));
  const detail = 'Correct the settings of the connection, or enter the secrets that are missing.';
  return new Problem(409, 'connection-unusable', 'Connection cannot be used', detail, errors);
}

/** @param what the vendor lib was asked for, e.g. `the list` */
export function describeDefect(error: unknown, what: string): Problem {
  const words = error instanceof Error ? error.message : String(error);
  const detail = `A defect in Entrepot stopped ${what}: ${words}. Report it with the error in the ledger's log.`;
  return new Problem(500, 'vendor-defect', 'The vendor lib broke down', detail);
}

export function wordsOf({ message, advice }: VendorError): string {
  return advice === null ? message : `${message} ${advice}`;
}

/**
 * @param what the vendor was asked for, e.g. `the list`
 * @returns null for an error that no vendor lib may throw
 */
export function explainRefusal(error: unknown, what: string): Problem | null {
  if (error instanceof InvalidBaseUrl) {
    return new Problem(409, 'connection-unusable', 'Connection cannot be used', error.message);
  }
  if (!(error instanceof VendorError)) return null;
  const words = wordsOf(error);
  switch (error.kind) {
    case 'unavailable':
    case 'timeout':
    case 'throttled': {
      const waitMs = error.retryAfterMs;
      const headers: Record<string, string> = {};
      if (waitMs !== undefined) headers['Retry-After'] = String(Math.ceil(waitMs / 1000));
      return new Problem(503, 'vendor-away', 'The vendor does not answer', words, [], headers);
    }
    case 'unauthorized':
      return new Problem(409, 'credentials-refused', 'The vendor refuses the credentials', words);
    default:
      return new Problem(409, 'vendor-refused', `The vendor refuses ${what}`, words);
  }
}
