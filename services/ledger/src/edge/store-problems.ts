import { InvalidSettings, NotInStore, SecretsUnavailable, StoreConflict } from '@entrepot/store';
import { Problem } from '../problem.ts';

/** Runs work and converts its errors to the API's problems. */
export async function asProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw problemOf(error);
  }
}

/** Converts an error of the store to a problem of the API; returns any other unchanged. */
export function problemOf(error: unknown): unknown {
  if (error instanceof InvalidSettings) {
    return new Problem(
      400,
      'invalid-settings',
      'Settings are not valid',
      error.message,
      error.problems.map(({ path, message }) => ({ path, message: message ?? 'is not valid' })),
    );
  }
  if (error instanceof NotInStore) return new Problem(404, 'not-found', 'Not there', error.message);
  if (error instanceof StoreConflict)
    return new Problem(409, 'conflict', 'Changed meanwhile, or in use', error.message);
  if (error instanceof SecretsUnavailable) {
    return new Problem(409, 'secrets-unavailable', 'Secrets cannot be read', error.message);
  }
  return error;
}
