import type { AddressInput } from './input.ts';
import { countryCodeOf, countryNameOf, findProvince } from './regions.ts';

/** What is wrong with an input, in the words that development stores answered (recordings of customerCreate, -Update and addresses). */
export interface InputMistake {
  readonly field: string[];
  readonly message: string;
}

const MAX_CHARACTERS = 255;
const EMAIL = /^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/;
const PHONE = /^\+?\d{7,15}$/;
const HTML = /<[^>]*>/;
const URL = /https?:\/\/|www\./i;
const EMOJI = /\p{Extended_Pictographic}/u;

/** An address of mail without its blanks, wherever they stand; null when nothing is left. */
export function normalizeEmail(email: string | null | undefined): string | null {
  return email?.replace(/\s+/g, '') || null;
}

export function checkEmail(email: string | null, field: string[]): InputMistake[] {
  if (email === null) return [];
  const mistakes: InputMistake[] = [];
  if (email.length > MAX_CHARACTERS) mistakes.push({ field, message: tooLong('Email') });
  // An address of that length is also invalid: the answer reports both.
  if (email.length > MAX_CHARACTERS || !EMAIL.test(email)) mistakes.push({ field, message: 'Email is invalid' });
  return mistakes;
}

/** Digits with a plus: what people write between the digits goes; ten digits without country are a North American number. */
export function normalizePhone(phone: string | null | undefined): string | null {
  const digits = phone?.replace(/[\s().-]+/g, '') || null;
  return digits !== null && /^\d{10}$/.test(digits) ? `+1${digits}` : digits;
}

export function checkPhone(phone: string | null, field: string[]): InputMistake[] {
  if (phone === null) return [];
  const mistakes: InputMistake[] = [];
  if (phone.length > MAX_CHARACTERS) mistakes.push({ field, message: tooLong('Phone') });
  if (!PHONE.test(phone)) mistakes.push({ field, message: 'Phone is invalid' });
  return mistakes;
}

const ADDRESS_TEXTS = [
  'firstName',
  'lastName',
  'company',
  'address1',
  'address2',
  'city',
  'province',
  'zip',
  'phone',
] as const;

/** A customer's addresses; `field` is where the list stands in the input. */
export function checkAddresses(
  addresses: readonly AddressInput[] | null | undefined,
  field: readonly string[],
): InputMistake[] {
  return (addresses ?? []).flatMap((address, index) => checkAddress(address, [...field, String(index)]));
}

function checkAddress(address: AddressInput, field: string[]): InputMistake[] {
  if (Object.values(address).every((value) => (value ?? '').trim() === ''))
    return [{ field, message: 'Customer address cannot be blank.' }];
  const mistakes = ADDRESS_TEXTS.flatMap((name) => checkText(address[name], [...field, name]));
  return mistakes.length > 0 ? mistakes : checkRegion(address, field);
}

function checkText(text: string | null | undefined, field: string[]): InputMistake[] {
  const value = text ?? '';
  const name = labelOf(field.at(-1) ?? '');
  if (value.length > MAX_CHARACTERS) return [{ field, message: tooLong(name) }];
  if (HTML.test(value)) return [{ field, message: `${name} cannot contain HTML tags` }];
  if (URL.test(value)) return [{ field, message: `${name} cannot contain URL` }];
  return EMOJI.test(value) ? [{ field, message: `${name} cannot contain emojis` }] : [];
}

function checkRegion(address: AddressInput, field: string[]): InputMistake[] {
  const country = address.countryCode ?? (address.country?.trim() ? countryCodeOf(address.country) : undefined);
  if (country === null || (country !== undefined && countryNameOf(country) === null))
    return [{ field: [...field, 'country'], message: 'Country is invalid' }];
  const province = address.provinceCode?.trim() || address.province?.trim();
  if (country !== undefined && province && findProvince(country, province) === null)
    return [{ field: [...field, 'province'], message: 'Province is invalid' }];
  return [];
}

function tooLong(name: string): string {
  return `${name} is too long (maximum is ${MAX_CHARACTERS} characters)`;
}

/** `firstName` → "First name", as the shop calls its fields in messages. */
function labelOf(field: string): string {
  const words = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
