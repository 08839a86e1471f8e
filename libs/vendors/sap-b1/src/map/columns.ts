import { type Address } from '@entrepot/canonical';
import { type MappingSettings } from '@entrepot/mapping';
import { DEFAULT_TEXT_LIMITS, type TextColumn } from '../config.ts';
import { lookUpValue, type TextFitter } from './translate.ts';

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

/** Columns whose texts mean nothing when they are cut. */
const WHOLE: ReadonlySet<string> = new Set([
  'CardCode',
  'EmailAddress',
  'Phone1',
  'Cellular',
  'Fax',
  'FederalTaxID',
  'ZipCode',
  'State',
]);

/**
 * The fields that the flow's expressions give, as their columns take them.
 * @param remarks the column of the remarks: what the flow gives for it is planned together with ours
 */
export function fitOwnFields(
  texts: TextFitter,
  fields: Readonly<Record<string, unknown>>,
  remarks: 'OpeningRemarks' | 'FreeText',
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== remarks)
      .map(([name, value]) => [name, fitOwnField(texts, name, value, `fields.${name}`)]),
  );
}

/** A field that the flow gives. How long a user-defined field is, only the settings know. */
export function fitOwnField(texts: TextFitter, name: string, value: unknown, path: string): unknown {
  const isKnown = name.startsWith('U_') || Object.hasOwn(DEFAULT_TEXT_LIMITS, name);
  if (typeof value !== 'string' || !isKnown) return value;
  const column = name as TextColumn;
  return WHOLE.has(name) ? texts.fitWhole(column, value, path) : texts.fit(column, value, path);
}
