import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../src/sim/mutants.ts';
import { catchMutant } from '../src/sim/play.ts';

/** Each runs in a thread of its own, on plain Node: the mistake is put in while the modules are loaded there. */
describe('the simulation notices', () => {
  it.each(MUTANTS)(
    '$name',
    async (mutant) => {
      expect(await catchMutant(mutant), `not caught within ${mutant.within} seeds`).not.toBeNull();
    },
    180_000,
  );
});
