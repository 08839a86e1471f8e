import { createHash } from 'node:crypto';
import { type Address, type Customer, externalReference } from '@entrepot/canonical';
import { type MappingSettings } from '@entrepot/mapping';
import { lookUpValue, type TextFitter } from './translate.ts';

/**
 * The name of a business partner. One rule serves both the customer's own record and the customer data in an order, so
 * that the name does not change with the order of arrival. Never empty: a customer without any data has its id as name.
 */
export function choosePartnerName(customer: Customer, nameFrom: 'company' | 'person'): string {
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

/** Natural key of a record that only our reference finds: a customer without e-mail. */
const REFERENCE_KEY = 'ref:';
/** Natural key of a company that the source knows by its code in SAP: the code, then its reference. */
const CODE_KEY = 'code:';

/** The query that a natural key stands for. */
export type MatchQuery =
  | { readonly by: 'email'; readonly email: string }
  | { readonly by: 'reference'; readonly ref: string }
  | { readonly by: 'code'; readonly code: string; readonly ref: string };

/** The key by which a customer is searched in SAP, the same from an order and from the customer itself. */
export function customerNaturalKey(email: string | null, sourceKey: string): string {
  return email === null || email.trim() === '' ? REFERENCE_KEY + sourceKey : email.trim().toLowerCase();
}

/**
 * The key by which a company's partner is searched.
 * @param code the company's external id; null when it has none
 * @param ref our reference of the company
 */
export function companyNaturalKey(code: string | null, ref: string): string {
  return code === null ? REFERENCE_KEY + ref : `${CODE_KEY}${code} ${REFERENCE_KEY}${ref}`;
}

export function readNaturalKey(key: string): MatchQuery {
  if (key.startsWith(REFERENCE_KEY)) return { by: 'reference', ref: key.slice(REFERENCE_KEY.length) };
  const refAt = key.lastIndexOf(` ${REFERENCE_KEY}`);
  if (!key.startsWith(CODE_KEY) || refAt === -1) return { by: 'email', email: key };
  return { by: 'code', code: key.slice(CODE_KEY.length, refAt), ref: key.slice(refAt + REFERENCE_KEY.length + 1) };
}

/** The parts of an address as both the order's AddressExtension and the partner's BPAddresses have them; null = empty. */
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

/** The columns that both have by the same names. */
export function placeColumns({ street, block, city, zipCode, state, country }: SapAddressParts) {
  return { Street: street, Block: block, City: city, ZipCode: zipCode, State: state, Country: country };
}

/** What reading addresses needs beside the address. */
export interface AddressReading {
  readonly texts: TextFitter;
  readonly flow: MappingSettings;
  /** Countries whose states are written as the source codes them; true: all, false: no states at all. */
  readonly writeStates: boolean | readonly string[];
}

export function readAddressParts(address: Address, reading: AddressReading, path: string): SapAddressParts {
  const { texts } = reading;
  const name = [address.firstName, address.lastName].filter((part) => part !== null && part !== '').join(' ');
  const [street, ...rest] = address.lines.filter((line) => line.trim() !== '');
  const fit = (
    column: 'Street' | 'Block' | 'City' | 'AddressName2' | 'AddressName3',
    value: string | null | undefined,
    field: string,
  ) => (isBlank(value) ? null : texts.fit(column, value, `${path}.${field}`));
  return {
    recipient: fit('AddressName2', name, 'lastName'),
    company: fit('AddressName3', address.company, 'company'),
    street: fit('Street', street, 'lines[0]'),
    block: fit('Block', rest.join(', '), 'lines[1]'),
    city: fit('City', address.city, 'city'),
    zipCode: isBlank(address.postalCode) ? null : texts.fitWhole('ZipCode', address.postalCode, `${path}.postalCode`),
    state: readState(address, reading, path),
    country: address.country,
  };
}

/**
 * The state as SAP codes it: by the value map (`US-CA`, `CA`, or its name), else the source's own code, where the company has the states of
 * that country. What SAP would not take is noted in the remarks instead.
 */
function readState(address: Address, { texts, flow, writeStates }: AddressReading, path: string): string | null {
  const { country, regionName } = address;
  if (writeStates === false || (isBlank(address.regionCode) && isBlank(regionName))) return null;
  const code = isBlank(address.regionCode) ? null : withoutCountry(address.regionCode, country);
  const mapped = lookUpValue(flow, 'state', [
    ...(code === null ? [] : [`${country ?? ''}-${code}`, code]),
    address.regionCode,
    regionName,
  ]);
  if (mapped === '') return null;
  const isUsual = writeStates === true || (country !== null && writeStates.includes(country));
  const state = mapped ?? (isUsual ? (code ?? regionName) : null);
  const whole = regionName ?? address.regionCode ?? '';
  if (state === null) texts.note(`State of ${path}`, whole);
  return state === null ? null : texts.fitWhole('State', state, `${path}.regionCode`);
}

/** `US-CA` → `CA`. */
function withoutCountry(code: string, country: string | null): string {
  return country !== null && code.startsWith(`${country}-`) ? code.slice(country.length + 1) : code;
}

function isBlank(text: string | null | undefined): text is null | undefined | '' {
  return text === null || text === undefined || text.trim() === '';
}
