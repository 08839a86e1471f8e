import type { PlannedContact } from '../../map/customer/plan.ts';
import { cutAt } from '../../map/texts.ts';
import { readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { withoutEmpty } from '../without-empty.ts';

const NAME_CHARS = 50;

/** The row of a person at a company: by e-mail address, else by name where the row does not say that it is somebody else's. */
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

/** What makes the person's row say what is planned; null when it does. */
export function planPersonChange(
  contact: PlannedContact,
  partner: SapEntity,
  row: SapEntity,
): Record<string, unknown> | null {
  const wanted = { Name: namePerson(contact, partner, row), ...contact.fields };
  const isEqual = Object.entries(wanted).every(([name, value]) => readText(row[name]) === readText(value));
  return isEqual ? null : { InternalCode: row.InternalCode, ...wanted };
}

/** SAP tells the contacts of a partner apart by name: of two people of one name, the second goes by the e-mail address. */
function namePerson(contact: PlannedContact, partner: SapEntity, own: SapEntity | null): string {
  const isTaken = listContacts(partner).some((row) => row !== own && fold(row.Name) === fold(contact.name));
  return isTaken ? cutAt(contact.fields.E_Mail ?? contact.name, NAME_CHARS) : contact.name;
}

export function listContacts(partner: SapEntity): SapEntity[] {
  return (partner.ContactEmployees ?? []) as SapEntity[];
}

/** A text as names and addresses are compared: blanks around it and case aside. */
export function fold(value: unknown): string {
  return (readText(value) ?? '').trim().toLowerCase();
}
