import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MUTANTS } from '../src/sim/mutants.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

// Whether each mistake is caught takes minutes (`npm run test:mutants`); that it can still be made is seen here, when code moves.
it.each(MUTANTS)('"$name" finds its text in the code, once', ({ edits }) => {
  for (const { file, find } of edits) expect(readFileSync(`${ROOT}${file}`, 'utf8').split(find)).toHaveLength(2);
});
