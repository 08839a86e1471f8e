import { OTHER_PLACES, PERSONAL_DATA } from '@entrepot/store';
import { expect, it } from 'vitest';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';

it('the register of personal data names each collection of the ledger', () => {
  const registered = [...PERSONAL_DATA, ...OTHER_PLACES].filter(({ holder }) => holder === 'ledger');
  const collections = LEDGER_COLLECTIONS.map(({ collection }) => collection);
  expect(registered.map(({ name }) => name).sort()).toEqual(collections.sort());
});
