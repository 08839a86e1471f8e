import type { AddressState } from '../state.ts';
import type { Store } from '../store.ts';
import type { AddressInput } from './input.ts';
import { countryCodeOf, countryNameOf, findProvince } from './regions.ts';

/** A text without blanks around it; one of blanks only counts as none. */
function clean(text: string | null | undefined): string | null {
  return text?.trim() || null;
}

/** An address as a shop keeps it: trimmed, with the names that go with its codes. The code rules where name and code differ. */
export function makeAddress(store: Store, input: AddressInput | null | undefined): AddressState | null {
  if (!input) return null;
  const country = clean(input.country);
  const code = input.countryCode ?? (country === null ? null : countryCodeOf(country));
  const given = clean(input.provinceCode) ?? clean(input.province);
  const province = given === null ? null : findProvince(code, given);
  return {
    id: `${store.nextGid('MailingAddress')}?model_name=Address`,
    firstName: clean(input.firstName),
    lastName: clean(input.lastName),
    company: clean(input.company),
    address1: clean(input.address1),
    address2: clean(input.address2),
    city: clean(input.city),
    province: province?.name ?? clean(input.province),
    provinceCode: province?.code ?? clean(input.provinceCode),
    zip: clean(input.zip),
    country: (code === null ? null : countryNameOf(code)) ?? country,
    countryCodeV2: code,
    phone: clean(input.phone),
  };
}

/** True when two addresses are equal except for their ids. */
export function isSameAddress(left: AddressState, right: AddressState): boolean {
  return JSON.stringify({ ...left, id: '' }) === JSON.stringify({ ...right, id: '' });
}
