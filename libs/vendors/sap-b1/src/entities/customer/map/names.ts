import { createHash } from 'node:crypto';
import { type Address, type Customer, externalReference } from '@entrepot/canonical';
import { type CustomerSettings } from '../settings.ts';

/**
 * The name of a business partner. One rule serves both the customer's own record and the customer data in an order, so
 * that the name does not change with the order of arrival. Never empty: a customer without any data has its id as name.
 */
export function choosePartnerName(customer: Customer, nameFrom: CustomerSettings['nameFrom']): string {
  const address = mainAddress(customer);
  const companies = [customer.company, address?.company];
  const people = [
    readRealName(customer.name),
    joinNames(customer.firstName, customer.lastName),
    address === null ? null : joinNames(address.firstName, address.lastName),
  ];
  const isCompany = customer.kind === 'COMPANY' || customer.kind === 'COMPANY_LOCATION';
  const names = isCompany
    ? [customer.name, ...companies, ...people]
    : nameFrom === 'company'
      ? [...companies, ...people]
      : [...people, ...companies];
  const candidates = [...names, customer.email, choosePhone(customer), customer.mobile];
  return candidates.find((name) => name?.trim())?.trim() ?? customer.source.id;
}

/** The customer's telephone: its own, else that of its main address, else of any. */
export function choosePhone(customer: Customer): string | null {
  const phones = [customer.phone, mainAddress(customer)?.phone, ...customer.addresses.map((address) => address.phone)];
  return phones.find((phone) => phone?.trim()) ?? null;
}

function mainAddress({ addresses }: Customer): Address | null {
  return addresses.find((address) => address.isDefault) ?? addresses[0] ?? null;
}

export function joinNames(...parts: (string | null | undefined)[]): string | null {
  const name = parts.flatMap((part) => part?.trim() || []).join(' ');
  return name === '' ? null : name;
}

/**
 * Where a customer has no name, shops show the e-mail address, the telephone or a placeholder: these count as no name.
 */
export function readRealName(name: string | null | undefined): string | null {
  const text = name?.trim() ?? '';
  return text === '' || text.includes('@') || readPhone(text) !== null || /^unknown$/i.test(text) ? null : text;
}

/** The text if it is a telephone number; null otherwise. */
export function readPhone(text: string | null | undefined): string | null {
  return /^\+?[\d\s()./-]{5,}$/.test(text?.trim() ?? '') ? (text?.trim() ?? null) : null;
}

/** A guest has no id in the shop: the e-mail stands for it, hashed, because references are kept and shown. */
export function guestId(email: string): string {
  return `guest-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`;
}

/**
 * The reference of the partner that an order created for the customer when the shop did not name the buyer; null for
 * the guest itself, and without an e-mail address.
 */
export function guestReference({ email, source }: Customer): string | null {
  const address = email?.trim().toLowerCase() ?? '';
  if (address === '' || guestId(address) === source.id) return null;
  return externalReference(source.connection, guestId(address));
}
