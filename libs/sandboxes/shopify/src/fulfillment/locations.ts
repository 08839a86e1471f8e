import type { LocationInput } from '../seed.ts';
import { makeLocation } from '../seed.ts';
import type { LocationState } from '../state.ts';
import { numericId, type Store } from '../store.ts';

/** @throws Error when the store has no such location; by position, id or name */
export function findLocation(store: Store, wanted: number | string): LocationState {
  const text = String(wanted);
  const found =
    store.locations.find((one) => [one.id, numericId(one.id), one.name].includes(text)) ??
    store.locations[Number(text)];
  if (found === undefined)
    throw new Error(
      `There is no location ${text}; known: ${store.locations.map((one, index) => `${index} = ${one.name} (${numericId(one.id)})`).join(', ')}.`,
    );
  return found;
}

export function addLocation(store: Store, input: LocationInput): LocationState {
  if (!input.name) throw new Error('name: a location needs one.');
  const made = makeLocation(store.nextGid('Location'), input);
  store.locations.push(made);
  return made;
}

export function viewLocation(location: LocationState): Record<string, unknown> {
  const { address } = location;
  return {
    ...location,
    legacyResourceId: numericId(location.id),
    address: {
      ...address,
      address2: null,
      province: address.provinceCode,
      country: address.countryCode === 'US' ? 'United States' : address.countryCode,
      phone: null,
      formatted: [address.address1, address.city, address.zip, address.countryCode].filter((part) => part !== null),
    },
  };
}

/** As the control API lists it. */
export function describeLocation(location: LocationState, index: number) {
  return {
    index,
    id: numericId(location.id),
    gid: location.id,
    name: location.name,
    isActive: location.isActive,
    address: location.address,
  };
}
