import { type Place, type SpelledValue, spellValue } from './spellings.ts';

/** Session tokens change; learned values beyond this number are expired and no longer secret. */
const MAX_LEARNED = 50;

/** Removes secrets from texts: those recognisable by name or form, and known values in any spelling. */
export interface Masker {
  /** Masks this value from now on, too: a session, an access token. */
  learn(value: string): void;
  mask(text: string): string;
  /** Masks, then cuts: a cut through a secret would leave a fragment that masking does not recognise. */
  cut(text: string, mostChars: number): string;
}

/** Length of an over-long text that is masked beyond the kept part: no secret at the edge may be longer. */
const LOOKAHEAD_CHARS = 4_096;

/** @param secrets texts at any depth (the secrets of a connection as they are) */
export function createMasker(secrets: unknown): Masker {
  /** Spellings are computed at the first search: most connections never have anything to mask. */
  const known = new Map<string, readonly SpelledValue[] | null>(listTexts(secrets).map((text) => [text, null]));
  const learned: string[] = [];

  const spellingsOf = (value: string): readonly SpelledValue[] => {
    const spelled = known.get(value) ?? spellValue(value);
    known.set(value, spelled);
    return spelled;
  };
  const mask = (text: string): string => {
    const spellings = [...known.keys()].flatMap(spellingsOf);
    return maskNamedSecrets(
      replacePlaces(
        text,
        spellings.flatMap((spelling) => findPlaces(spelling, text)),
      ),
    );
  };
  return {
    learn: (value) => {
      if (known.has(value)) return;
      known.set(value, null);
      learned.push(value);
      const oldest = learned.length > MAX_LEARNED ? learned.shift() : undefined;
      if (oldest !== undefined) known.delete(oldest);
    },
    mask,
    cut: (text, mostChars) => cutMasked(text, mostChars, mask),
  };
}

/** Knows no values: names and forms only. */
export const NAMES_ONLY: Masker = createMasker([]);

function cutMasked(text: string, mostChars: number, mask: Masker['mask']): string {
  const masked = mask(text.slice(0, mostChars + LOOKAHEAD_CHARS));
  if (text.length <= mostChars && masked.length <= mostChars) return masked;
  return `${masked.slice(0, mostChars)}… (cut, ${text.length} characters)`;
}

function findPlaces({ head, judge }: SpelledValue, text: string): Place[] {
  const places: Place[] = [];
  head.lastIndex = 0;
  for (let begin = head.exec(text); begin !== null; begin = head.exec(text)) {
    const place = judge(text, begin.index);
    if (place !== null) places.push(place);
    head.lastIndex = begin.index + 1;
  }
  return places;
}

/** Matches may overlap: one value may contain another, or share its beginning. */
function replacePlaces(text: string, places: Place[]): string {
  let masked = '';
  let copiedTo = 0;
  for (const { from, to } of places.sort((a, b) => a.from - b.from)) {
    if (from >= copiedTo) masked += text.slice(copiedTo, from) + MASK;
    copiedTo = Math.max(copiedTo, to);
  }
  return copiedTo === 0 ? text : masked + text.slice(copiedTo);
}

function listTexts(secrets: unknown): string[] {
  if (typeof secrets === 'string') return [secrets];
  if (typeof secrets !== 'object' || secrets === null) return [];
  return Object.values(secrets).flatMap(listTexts);
}

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

/** What is done to the facts of a log line. */
interface Masking {
  readonly allowPersonal: boolean;
  readonly masker: Masker;
}

/**
 * A copy of `facts` fit for a log: secrets replaced by `[secret]` always, personal data by `[personal]` unless `allowPersonal`,
 * texts masked, errors as plain objects with their causes, bytes as their length, cycles and depth cut.
 */
export function maskFacts(facts: object, allowPersonal: boolean, masker: Masker = NAMES_ONLY): Record<string, unknown> {
  const masked = maskValue(facts, { allowPersonal, masker }, 0, new Set());
  return isRecord(masked) ? masked : { facts: masked };
}

function maskValue(value: unknown, masking: Masking, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return masking.masker.mask(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  above.add(value);
  try {
    if (Array.isArray(value)) {
      return value.slice(0, MAX_ITEMS).map((item) => maskValue(item, masking, depth + 1, above));
    }
    if (value instanceof Map) return `[map of ${value.size}]`;
    if (value instanceof Set) return `[set of ${value.size}]`;
    if (!(value instanceof Error) && 'toJSON' in value && typeof value.toJSON === 'function') {
      return maskValue(value.toJSON(), masking, depth + 1, above);
    }
    const masked: Record<string, unknown> = value instanceof Error ? describeError(value, masking.masker) : {};
    const entries = value instanceof Error ? listErrorFacts(value) : Object.entries(value);
    for (const [key, item] of entries) masked[key] = maskField(key, item, masking, depth, above);
    return masked;
  } finally {
    above.delete(value);
  }
}

function maskField(key: string, item: unknown, masking: Masking, depth: number, above: Set<object>): unknown {
  const present = item !== null && item !== undefined && typeof item !== 'boolean';
  if (present && isSecretName(key)) return '[secret]';
  if (present && !masking.allowPersonal && isPersonalName(key)) return '[personal]';
  return maskValue(item, masking, depth + 1, above);
}

function describeError(error: Error, masker: Masker): Record<string, unknown> {
  return { type: error.name, message: masker.mask(error.message), stack: masker.mask(error.stack ?? '') };
}

/** Codes and similar facts, and the cause; without the connections, requests and topologies that drivers attach to their errors. */
function listErrorFacts(error: Error): [string, unknown][] {
  const facts = Object.entries(error).filter(([, value]) => typeof value !== 'object' && typeof value !== 'function');
  return error.cause === undefined ? facts : [...facts, ['cause', error.cause]];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Replaces a secret inside a text. */
const MASK = '***';

/** Most texts of a log line hold nothing that a rule below could match. */
const WORTH_A_LOOK = /[=:<]|bearer|basic|oauth|shp(?:at|ca|pa|ss)_|\d(?:[ -]?\d){12}/i;

/** `"name":` and `'name':`, the quotes escaped any number of times (JSON within JSON). */
const QUOTED_NAME = /(\\*)(["'])([\w.-]{1,100})\1\2\s*[:=]\s*/g;
/** `name=value` in forms and query strings. */
const FORM_FIELD = /((?:^|[?&\s;,("'])([\w.-]{1,100})=)[^&\s"'<;,]+/g;
/** `<name>value</name>`, with a namespace or attributes. */
const XML_FIELD = /(<(?:\w+:)?([\w.-]{1,100})(?:\s[^<>]*)?>)[^<]+/g;
/** A header line, as debug output shows it: what is no plain word, and the two that are. */
const HEADER_LINE =
  /(\b(?:(?:set-)?cookie|(?:proxy-)?authorization|[a-z]{1,30}(?:-[a-z]{1,30}){1,6})["']?\s*:\s*["']?(?:(?:bearer|basic|oauth)\s+)?)([^"'\r\n]+)/gi;
/** "Basic authentication" is no secret: base64 of name and password hardly ever is a lower-case word. */
const AUTHORIZATION_VALUE = /\b([Bb]earer|BEARER|OAuth|(?:[Bb]asic|BASIC)(?=\s+[\w+/-]*[\d+/=A-Z]))\s+[\w.~+/=-]{8,}/g;
const URL_CREDENTIALS = /(:\/\/)[^/@\s"'<>]+@/g;
/** Shopify's access tokens and shared secrets are recognisable by their prefix. */
const SHOPIFY_TOKEN = /\bshp(?:at|ca|pa|ss)_[\w-]+/g;
/** 13 to 19 digits in groups that begin as card numbers do (Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro). */
const CARD_LIKE = /(?<![\d.])(?:[2-6]\d(?:[ -]?\d){11,17})(?![\d])/g;

/** Masks what names, forms or check digits show to be secrets and card numbers, wherever they stand in a text. */
function maskNamedSecrets(text: string): string {
  if (!WORTH_A_LOOK.test(text)) return text;
  return maskQuoted(text)
    .replace(FORM_FIELD, (all, head: string, name: string) => (isSecretName(name) ? head + MASK : all))
    .replace(XML_FIELD, (all, head: string, name: string) => (isSecretName(name) ? head + MASK : all))
    .replace(HEADER_LINE, (all, head: string) => (isSecretName(head) ? head + MASK : all))
    .replace(AUTHORIZATION_VALUE, `$1 ${MASK}`)
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(SHOPIFY_TOKEN, MASK)
    .replace(CARD_LIKE, (digits) => (isCardNumber(digits) ? `${MASK}${digits.slice(-4)}` : digits));
}

/** `"name": "value"` and `"name": 12`, at any level of escaping; a value cut off before its end counts to the end of the text. */
function maskQuoted(text: string): string {
  let masked = '';
  let copiedTo = 0;
  QUOTED_NAME.lastIndex = 0;
  for (let found = QUOTED_NAME.exec(text); found !== null; found = QUOTED_NAME.exec(text)) {
    const [head, backslashes = '', quote = '"', name = ''] = found;
    if (!isSecretName(name)) continue;
    const from = found.index + head.length;
    const opening = backslashes + quote;
    const quoted = text.startsWith(opening, from);
    const to = quoted ? findClosing(text, from + opening.length, backslashes.length, quote) : findBareEnd(text, from);
    if (to === from) continue;
    masked += text.slice(copiedTo, from) + (quoted ? opening : `"`) + MASK;
    if (!quoted) masked += '"';
    copiedTo = to;
    QUOTED_NAME.lastIndex = to;
  }
  return masked + text.slice(copiedTo);
}

/** Where the closing quote stands, its backslashes included; the end of the text when there is none. */
function findClosing(text: string, from: number, escapes: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && text[at - backslashes - 1] === '\\') backslashes += 1;
    if (escapes === 0 ? backslashes % 2 === 0 : backslashes === escapes) return at - escapes;
  }
  return text.length;
}

/** The end of a number. True, false, null, objects and lists are no secrets by themselves. */
function findBareEnd(text: string, from: number): number {
  return from + (/^-?\d[\d.]*/.exec(text.slice(from, from + 100))?.[0].length ?? 0);
}

/** True when the digits pass the Luhn check that payment card numbers carry. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 13 || digits.length > 19) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Names of fields whose values are secrets, in any spelling (`accessToken`, `access_token`, `X-Access-Token`), also as a part of a longer name. */
const SECRET_STEM =
  /authori[sz]ation|cookie|hmac|signature|credential|passphrase|passw(?:or)?d|pwd|secret|token|apikey|accesskey|privatekey|masterkey|sharedkey|b1session|sessionid|cardnumber|cvv|cvc/;
/** Names that mean a secret only if they are the whole name: "company" ends in none of them. */
const SECRET_WORD = /^(?:session|pass|pan)$/;

/** Names of fields whose values are personal data: shown at debug only. */
const PERSONAL_NAME =
  /^(?:.*e?mail|.*phone(?:number)?|mobile|fax|firstname|lastname|fullname|givenname|familyname|customername|recipient|contactname|.*addresse?s?|address[12]|street|zip(?:code)?|postalcode|postcode|birthday|dateofbirth|taxid|vatid|ip|clientip|remoteaddress)$/;

/** Bodies, headers and log lines name the same few hundred fields over and over. Bounded: a vendor may name anything. */
const MAX_REMEMBERED_NAMES = 2_000;
const secretNames = new Map<string, boolean>();

/** True when the name of a field alone says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const known = secretNames.get(name);
  if (known !== undefined) return known;
  const plain = normalise(name);
  const isSecret = SECRET_STEM.test(plain) || SECRET_WORD.test(plain);
  if (secretNames.size >= MAX_REMEMBERED_NAMES) secretNames.clear();
  secretNames.set(name, isSecret);
  return isSecret;
}

/** True when the name of a field alone says that its value is personal data. */
function isPersonalName(name: string): boolean {
  return PERSONAL_NAME.test(normalise(name));
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
