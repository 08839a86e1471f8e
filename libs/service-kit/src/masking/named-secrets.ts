import { isSecretName } from './names.ts';

/** What stands for a secret inside a text. */
export const MASK = '***';

/** Most texts of a log line hold nothing that any rule below could find. */
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
/** Shopify's access tokens and shared secrets tell by their prefix what they are. */
const SHOPIFY_TOKEN = /\bshp(?:at|ca|pa|ss)_[\w-]+/g;
/** 13 to 19 digits in groups that begin as card numbers do (Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro). */
const CARD_LIKE = /(?<![\d.])(?:[2-6]\d(?:[ -]?\d){11,17})(?![\d])/g;

/** Masks what names, forms or check digits show to be secrets and card numbers, wherever they stand in a text. */
export function maskNamedSecrets(text: string): string {
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
