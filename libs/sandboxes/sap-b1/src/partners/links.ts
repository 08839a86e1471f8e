import type { CompanyData, Row } from '../company/company.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/**
 * What a document names of its partner must be the partner's own: the contact, the address to ship to, the one to pay.
 * @throws SapFault -5002 naming the column
 */
export function checkPartnerLinks(company: CompanyData, document: Row, partner: Row): void {
  const contacts = (partner.ContactEmployees ?? []) as Row[];
  const refuse = (value: unknown, column: string) =>
    new SapFault(400, -5002, `${textOf('badCode', company.settings.language)} '${String(value)}' [ORDR.${column}]`);
  const { ContactPersonCode: contact, ShipToCode: shipTo, PayToCode: payTo } = document;
  if (isGiven(contact) && contact !== 0 && !contacts.some((row) => row.InternalCode === contact))
    throw refuse(contact, 'CntctCode');
  if (isGiven(shipTo) && findAddress(partner, 'bo_ShipTo', shipTo) === undefined) throw refuse(shipTo, 'ShipToCode');
  if (isGiven(payTo) && findAddress(partner, 'bo_BillTo', payTo) === undefined) throw refuse(payTo, 'PayToCode');
}

/** Code of the contact that a new document has when its writer names none: the partner's usual one. */
export function defaultContact(partner: Row | undefined): unknown {
  const contacts = (partner?.ContactEmployees ?? []) as Row[];
  return contacts.find((row) => row.Name === partner?.ContactPerson)?.InternalCode ?? null;
}

/** Columns of AddressExtension beside the columns of the partner's address. */
const COLUMNS = [
  ['Street', 'Street'],
  ['StreetNo', 'StreetNo'],
  ['Block', 'Block'],
  ['Building', 'BuildingFloorRoom'],
  ['City', 'City'],
  ['ZipCode', 'ZipCode'],
  ['County', 'County'],
  ['State', 'State'],
  ['Country', 'Country'],
  ['Address2', 'AddressName2'],
  ['Address3', 'AddressName3'],
] as const;

/** The addresses a document names by their codes, for the sides whose columns the writer omits. */
export function addressesOf(partner: Row | undefined, codes: Row, given: Row): Row {
  const copied: Row = {};
  for (const [prefix, type, code] of [
    ['ShipTo', 'bo_ShipTo', codes.ShipToCode],
    ['BillTo', 'bo_BillTo', codes.PayToCode],
  ] as const) {
    const address = isGiven(code) ? findAddress(partner, type, code) : undefined;
    if (address === undefined || Object.keys(given).some((name) => name.startsWith(prefix))) continue;
    for (const [column, own] of COLUMNS) copied[`${prefix}${column}`] = address[own] ?? null;
  }
  return copied;
}

function findAddress(partner: Row | undefined, type: string, name: unknown): Row | undefined {
  const rows = (partner?.BPAddresses ?? []) as Row[];
  return rows.find((row) => row.AddressType === type && row.AddressName === name);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
