import type { CustomerSettings } from '../settings.ts';
import type { PlannedContact } from './plan.ts';

type Kept = CustomerSettings['keptIfEmpty'];

/** The fields without those that are empty and stay as SAP has them. */
export function leaveKept<Value>(fields: Readonly<Record<string, Value>>, kept: Kept): Record<string, Value> {
  const names: ReadonlySet<string> = new Set(kept);
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null || !names.has(name)));
}

export function leaveKeptOfContact(contact: PlannedContact, kept: Kept): PlannedContact {
  return { ...contact, fields: leaveKept(contact.fields, kept) };
}
