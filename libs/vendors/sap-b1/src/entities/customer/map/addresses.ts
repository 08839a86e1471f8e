import { type Address, type Customer } from '@entrepot/canonical';
import { type AddressReading, placeColumns, readAddressParts, type SapAddressParts } from '../../../map/party.ts';
import { cutAt } from '../../../map/translate.ts';
import { type PlannedAddress } from './plan.ts';

/**
 * Addresses as rows of BPAddresses, never also as the partner's plain address fields: SAP makes a row of those too, and refuses the
 * double as -2035. An address without role serves both purposes. Names are made unique, since they are the rows' key.
 */
export function mapPartnerAddresses(customer: Customer, reading: AddressReading): PlannedAddress[] {
  const used = new Set<string>();
  return customer.addresses.flatMap((address, index) => {
    const path = `addresses[${index}]`;
    const fields = toAddressFields(readAddressParts(address, reading, path));
    return typesOf(address).map((type) => ({
      name: makeName(address, index, type, used, reading, path),
      type,
      isDefault: address.isDefault,
      fields,
    }));
  });
}

/**
 * The rows that documents take by default. An address that is gone at the source stays a row, and is no longer a
 * default.
 */
export function chooseDefaults(rows: readonly PlannedAddress[]): Record<string, string> {
  const nameOf = (type: PlannedAddress['type']) => {
    const fitting = rows.filter((row) => row.type === type);
    return (fitting.find((row) => row.isDefault) ?? fitting[0])?.name;
  };
  const [shipTo, billTo] = [nameOf('bo_ShipTo'), nameOf('bo_BillTo')];
  return {
    ...(shipTo === undefined ? {} : { ShipToDefault: shipTo }),
    ...(billTo === undefined ? {} : { BilltoDefault: billTo }),
  };
}

/** The columns of a row of BPAddresses. */
export function toAddressFields(parts: SapAddressParts): PlannedAddress['fields'] {
  return {
    ...placeColumns(parts),
    AddressName2: parts.recipient,
    AddressName3: parts.company,
  };
}

function typesOf(address: Address): PlannedAddress['type'][] {
  const roles = address.roles.map((role) => role.toUpperCase());
  const ship = roles.includes('SHIPPING');
  const bill = roles.includes('BILLING');
  if (ship === bill) return ['bo_BillTo', 'bo_ShipTo'];
  return ship ? ['bo_ShipTo'] : ['bo_BillTo'];
}

/** Stable over changes of the address: by its code or id, by its place only where it has neither. */
function makeName(
  address: Address,
  index: number,
  type: string,
  used: Set<string>,
  { texts }: AddressReading,
  path: string,
): string {
  const wished = texts.fit(
    'AddressName',
    address.code ?? (address.id === null ? `Address ${index + 1}` : `Address ${lastSegment(address.id)}`),
    `${path}.code`,
  );
  let name = wished;
  for (let copy = 2; used.has(`${type}/${name}`); copy += 1) {
    const suffix = ` ${copy}`;
    // A name that fills its column makes room for the number.
    name = cutAt(wished, texts.limitOf('AddressName') - suffix.length) + suffix;
  }
  used.add(`${type}/${name}`);
  return name;
}

/** Ids may be URLs (`gid://…/123?model_name=…`); the last part distinguishes them. */
function lastSegment(id: string): string {
  return id.split('?')[0]?.split('/').at(-1) ?? id;
}
