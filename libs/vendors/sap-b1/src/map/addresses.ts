import type { Address } from '@entrepot/canonical';
import type { TextFitter } from './texts.ts';

/** The parts of an address as both the order's AddressExtension and the partner's BPAddresses have them. */
export interface SapAddressParts {
  readonly recipient: string | null;
  readonly company: string | null;
  readonly street: string | null;
  readonly block: string | null;
  readonly city: string | null;
  readonly zipCode: string | null;
  readonly state: string | null;
  readonly country: string | null;
}

export function readAddressParts(
  address: Address,
  texts: TextFitter,
  path: string,
  writeStates: boolean,
): SapAddressParts {
  const name = [address.firstName, address.lastName].filter((part) => part !== null && part !== '').join(' ');
  const [street, ...rest] = address.lines.filter((line) => line.trim() !== '');
  const fit = (
    column: 'Street' | 'Block' | 'City' | 'ZipCode' | 'Building',
    value: string | null | undefined,
    field: string,
  ) => (value === null || value === undefined || value === '' ? null : texts.fit(column, value, `${path}.${field}`));
  return {
    recipient: fit('Building', name, 'lastName'),
    company: fit('Building', address.company, 'company'),
    street: fit('Street', street, 'lines[0]'),
    block: fit('Block', rest.join(', '), 'lines[1]'),
    city: fit('City', address.city, 'city'),
    zipCode: fit('ZipCode', address.postalCode, 'postalCode'),
    state: writeStates ? (address.regionCode ?? null) : null,
    country: address.country,
  };
}

/** The order's own addresses (AddressExtension): they stand on the document, whatever the customer's master data say. */
export function toAddressExtension(
  shipTo: SapAddressParts | null,
  billTo: SapAddressParts | null,
): Record<string, string> | undefined {
  const extension: Record<string, string> = {};
  addParts(extension, 'ShipTo', shipTo);
  addParts(extension, 'BillTo', billTo);
  return Object.keys(extension).length === 0 ? undefined : extension;
}

function addParts(extension: Record<string, string>, prefix: 'ShipTo' | 'BillTo', parts: SapAddressParts | null): void {
  if (parts === null) return;
  const fields = {
    Street: parts.street,
    Block: parts.block,
    City: parts.city,
    ZipCode: parts.zipCode,
    State: parts.state,
    Country: parts.country,
    // Names have no column of their own in a document's address.
    Address2: parts.recipient,
    Address3: parts.company,
  };
  for (const [name, value] of Object.entries(fields)) if (value !== null) extension[`${prefix}${name}`] = value;
}
