import { listConnectorTopics, listSharedTopics, listSinkTopics } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { OTHER_PLACES, PERSONAL_DATA } from '../src/index.ts';
import { STORE_COLLECTIONS } from '../src/migrations/store-collections.ts';

const EVERY_VENDOR = '*';

/** Names in the register, sorted; one that stands in it twice is there twice. */
const registered = (holder: string): string[] =>
  [...PERSONAL_DATA, ...OTHER_PLACES].flatMap((place) => (place.holder === holder ? [place.name] : [])).sort();

describe('the register of personal data', () => {
  it('names each collection of the store, with what it holds of persons or without', () => {
    // The marks of the migrations stand beside the collections.
    expect(registered('store')).toEqual([...STORE_COLLECTIONS.map(({ collection }) => collection), 'schema'].sort());
  });

  it('names each topic', () => {
    const declared = [...listSharedTopics(), ...listConnectorTopics(EVERY_VENDOR), ...listSinkTopics(EVERY_VENDOR)];
    expect(registered('kafka')).toEqual(declared.map(({ name }) => name).sort());
  });

  it('says of each place what stands where, why, how it goes and how long it stays', () => {
    for (const { name, fields, why, erased, kept } of PERSONAL_DATA) {
      expect(Object.keys(fields), name).not.toEqual([]);
      for (const words of [...Object.values(fields), why, erased, kept]) expect(words.length, name).toBeGreaterThan(3);
    }
  });
});
