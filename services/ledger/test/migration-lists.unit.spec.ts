import { expect, it } from 'vitest';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';

it.each(LEDGER_COLLECTIONS)('migrations of $collection lead from one version to the next, from 1', ({ migrations }) => {
  expect(migrations.map(({ to }) => to)).toEqual(migrations.map((_, index) => index + 2));
});
