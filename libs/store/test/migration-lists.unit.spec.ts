import { expect, it } from 'vitest';
import { STORE_COLLECTIONS } from '../src/migrations/store-collections.ts';

it.each(STORE_COLLECTIONS)('migrations of $collection lead from one version to the next, from 1', ({ migrations }) => {
  expect(migrations.map(({ to }) => to)).toEqual(migrations.map((_, index) => index + 2));
});

it('names each collection once', () => {
  const names = STORE_COLLECTIONS.map(({ collection }) => collection);
  expect(names).toEqual([...new Set(names)]);
});
