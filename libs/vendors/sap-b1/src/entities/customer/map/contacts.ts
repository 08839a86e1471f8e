import { type Contact, type Customer } from '@entrepot/canonical';
import { joinNames } from '../../../map/party.ts';
import { type TextFitter } from '../../../map/translate.ts';
import { type CustomerSettings } from '../settings.ts';
import { type PlannedContact } from './plan.ts';

/** The people at a customer, each once: SAP distinguishes them by name. */
export function mapContacts(customer: Customer, texts: TextFitter): PlannedContact[] {
  const contacts = customer.contacts.flatMap(
    (contact, index) => mapContact(contact, texts, `contacts[${index}]`) ?? [],
  );
  const byName = new Map(contacts.map((contact) => [contact.name.toLowerCase(), contact]));
  return [...byName.values()];
}

/** A contact with every field that is mapped, null for what is empty; null when nothing names it. */
export function mapContact(contact: Contact, texts: TextFitter, path: string): PlannedContact | null {
  const person = joinNames(contact.firstName, contact.lastName);
  const name = [contact.name, person, contact.email].find((candidate) => candidate?.trim());
  if (name === null || name === undefined) return null;
  const fit = (column: 'FirstName' | 'LastName' | 'Position', value: string | null, field: string) =>
    value?.trim() ? texts.fit(column, value, `${path}.${field}`) : null;
  const fitWhole = (column: 'Phone1' | 'Cellular' | 'EmailAddress', value: string | null, field: string) =>
    value?.trim() ? texts.fitWhole(column, value, `${path}.${field}`) : null;
  return {
    name: texts.fit('ContactName', name, `${path}.name`),
    fields: {
      FirstName: fit('FirstName', contact.firstName, 'firstName'),
      LastName: fit('LastName', contact.lastName, 'lastName'),
      Position: fit('Position', contact.title, 'title'),
      Phone1: fitWhole('Phone1', contact.phone, 'phone'),
      MobilePhone: fitWhole('Cellular', contact.mobile, 'mobile'),
      E_Mail: fitWhole('EmailAddress', contact.email, 'email'),
    },
  };
}

type Kept = CustomerSettings['keptIfEmpty'];

/** The fields without those that are empty and stay as SAP has them. */
export function leaveKept<Value>(fields: Readonly<Record<string, Value>>, kept: Kept): Record<string, Value> {
  const names: ReadonlySet<string> = new Set(kept);
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null || !names.has(name)));
}

export function leaveKeptOfContact(contact: PlannedContact, kept: Kept): PlannedContact {
  return { ...contact, fields: leaveKept(contact.fields, kept) };
}
