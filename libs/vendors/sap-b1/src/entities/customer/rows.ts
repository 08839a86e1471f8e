import { cutAt } from '../../map/translate.ts';
import { readText, type SapEntity, withoutEmpty } from '../../service-layer/wire.ts';
import { type PlannedAddress, type PlannedContact } from './map/plan.ts';

/**
 * Address rows that a PATCH must carry. SAP merges them by RowNum: an existing row is addressed by it, a new one has
 * none. Other rows in SAP stay, also those of addresses that are gone at the source: people add addresses, no field
 * shows who made a row, and documents name them.
 */
export function planAddressChanges(planned: readonly PlannedAddress[], partner: SapEntity): Record<string, unknown>[] {
  const rows = (partner.BPAddresses ?? []) as SapEntity[];
  return planned.flatMap((address) => {
    const row = rows.find(
      (candidate) => candidate.AddressName === address.name && candidate.AddressType === address.type,
    );
    const key = { AddressName: address.name, AddressType: address.type };
    if (row === undefined) return [{ ...key, ...withoutEmpty(address.fields) }];
    return differs(address.fields, row) ? [{ RowNum: row.RowNum, BPCode: row.BPCode, ...key, ...address.fields }] : [];
  });
}

/**
 * Contact rows that a PATCH must carry; an existing one is addressed by its InternalCode. Other rows in SAP stay: no
 * field distinguishes rows that we wrote from those of a person, and documents name them.
 */
export function planContactChanges(planned: readonly PlannedContact[], partner: SapEntity): Record<string, unknown>[] {
  return planned.flatMap((contact) => {
    const row = findContact(contact, partner);
    const fields = { Name: contact.name, ...contact.fields };
    if (row === null) return [withoutEmpty(fields)];
    return differs(fields, row) ? [{ InternalCode: row.InternalCode, ...fields }] : [];
  });
}

/** The row of a contact: by e-mail address in any case, else by name. */
function findContact(contact: PlannedContact, partner: SapEntity): SapEntity | null {
  const rows = (partner.ContactEmployees ?? []) as SapEntity[];
  const email = contact.fields.E_Mail?.toLowerCase();
  const byEmail =
    email === undefined ? undefined : rows.find((row) => readText(row.E_Mail)?.trim().toLowerCase() === email);
  const isNamed = (row: SapEntity) => readText(row.Name)?.trim().toLowerCase() === contact.name.toLowerCase();
  return byEmail ?? rows.find(isNamed) ?? null;
}

function differs(fields: Readonly<Record<string, string | null>>, row: SapEntity): boolean {
  return Object.entries(fields).some(([name, value]) => readText(row[name]) !== readText(value));
}

const NAME_CHARS = 50;

/** The row of a person at a company: by e-mail address, else by name where the row does not show another person. */
export function findPerson(contact: PlannedContact, partner: SapEntity): SapEntity | null {
  const rows = listContacts(partner);
  const email = fold(contact.fields.E_Mail);
  const byEmail = email === '' ? undefined : rows.find((row) => fold(row.E_Mail) === email);
  const isNamed = (row: SapEntity) =>
    fold(row.Name) === fold(contact.name) && (email === '' || fold(row.E_Mail) === '');
  return byEmail ?? rows.find(isNamed) ?? null;
}

/** A new row of the person. */
export function toPersonRow(contact: PlannedContact, partner: SapEntity): Record<string, unknown> {
  return { Name: namePerson(contact, partner, null), ...withoutEmpty(contact.fields) };
}

/** The changes that bring the person's row to the plan; null when there are none. */
export function planPersonChange(
  contact: PlannedContact,
  partner: SapEntity,
  row: SapEntity,
): Record<string, unknown> | null {
  const wanted = { Name: namePerson(contact, partner, row), ...contact.fields };
  const isEqual = Object.entries(wanted).every(([name, value]) => readText(row[name]) === readText(value));
  return isEqual ? null : { InternalCode: row.InternalCode, ...wanted };
}

/**
 * SAP distinguishes the contacts of a partner by name: of two people with one name, the second is named by the e-mail
 * address.
 */
function namePerson(contact: PlannedContact, partner: SapEntity, own: SapEntity | null): string {
  const isTaken = listContacts(partner).some((row) => row !== own && fold(row.Name) === fold(contact.name));
  return isTaken ? cutAt(contact.fields.E_Mail ?? contact.name, NAME_CHARS) : contact.name;
}

export function listContacts(partner: SapEntity): SapEntity[] {
  return (partner.ContactEmployees ?? []) as SapEntity[];
}

/** A text normalised for comparing names and addresses: trimmed, case ignored. */
export function fold(value: unknown): string {
  return (readText(value) ?? '').trim().toLowerCase();
}
