import type { FieldProblem } from '@entrepot/canonical';

/** What was addressed does not exist. */
export class NotInStore extends Error {
  override readonly name = 'NotInStore';
}

/** A concurrent change or a conflicting document refuses the write: read again, then decide. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}

/** Settings, secrets or a configuration file are invalid. Lists every problem with its path; contains no secret values. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
  readonly problems: readonly FieldProblem[];

  constructor(what: string, problems: readonly FieldProblem[]) {
    const lines = problems.map((problem) => `  ${problem.path}: ${problem.message ?? 'is not valid'}`);
    super(
      `${what} ${problems.length === 1 ? 'has a problem' : `has ${problems.length} problems`}:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}

/** A sealed value cannot be opened, or the master key is missing, unsafe or not the store's. Says what to do; shows no value. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable';
}
