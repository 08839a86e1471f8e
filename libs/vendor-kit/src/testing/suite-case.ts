import { describe, it } from 'vitest';

/** One claim of a contract, with the way to prove it. Apart from `it`, so that a test may show that a false claim fails. */
export interface SuiteCase {
  readonly name: string;
  run(): Promise<void>;
}

export function describeCases(name: string, cases: readonly SuiteCase[]): void {
  describe(name, () => {
    for (const one of cases) it(one.name, () => one.run());
  });
}
