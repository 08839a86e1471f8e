/** Evidence is cut here; enough for any order, small enough for a Kafka record. */
export const EVIDENCE_LIMIT_CHARS = 16 * 1024;
const LOOKAHEAD_CHARS = 1024;
const MASK = '***';

const SECRET_NAME =
  '[\\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie|session[-_]?id|signature|hmac|card[-_]?number|cvv|cvc)[\\w.-]*';

/** `"name": "value"`, also escaped once (JSON within JSON) and cut off before its end. */
const JSON_SECRET = new RegExp(
  `(\\\\?"${SECRET_NAME}\\\\?"\\s*:\\s*)(?:\\\\"(?:(?!\\\\")[\\s\\S])*|"(?:[^"\\\\]|\\\\[\\s\\S])*|-?\\d[\\d.]*)`,
  'gi',
);
/** `name=value` in forms and query strings. */
const FORM_SECRET = new RegExp(`((?:^|[?&\\s;])${SECRET_NAME}=)[^&\\s"'<;]+`, 'gi');
/** `<name>value</name>`, with a namespace or attributes. */
const XML_SECRET = new RegExp(`(<(?:\\w+:)?${SECRET_NAME}(?:\\s[^>]*)?>)[^<]+`, 'gi');
const AUTHORIZATION_VALUE = /\b(Bearer|Basic|OAuth)\s+[\w.~+/=-]{8,}/g;
/** 13 to 19 digits in groups that begin as card numbers do (Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro). */
const CARD_LIKE = /(?<![\d.])(?:[2-6]\d(?:[ -]?\d){11,17})(?![\d])/g;

/**
 * A body as evidence: secrets and card numbers masked, then cut to 16 KB. Masks before cutting, so that a value at the edge does not
 * escape. Gives null for null.
 */
export function maskBody(body: string | null): string | null {
  if (body === null) return null;
  const masked = maskText(body.slice(0, EVIDENCE_LIMIT_CHARS + LOOKAHEAD_CHARS));
  if (body.length <= EVIDENCE_LIMIT_CHARS && masked.length <= EVIDENCE_LIMIT_CHARS) return masked;
  return `${masked.slice(0, EVIDENCE_LIMIT_CHARS)}… (cut, ${body.length} characters)`;
}

/** Masks secrets and card numbers wherever they stand in a text. */
export function maskText(text: string): string {
  return text
    .replace(JSON_SECRET, (_all, name: string) => `${name}${name.startsWith('\\') ? `\\"${MASK}` : `"${MASK}`}`)
    .replace(FORM_SECRET, `$1${MASK}`)
    .replace(XML_SECRET, `$1${MASK}`)
    .replace(AUTHORIZATION_VALUE, `$1 ${MASK}`)
    .replace(CARD_LIKE, (digits) => (isCardNumber(digits) ? `${MASK}${digits.slice(-4)}` : digits));
}

/** A URL as evidence: secret query parameters masked. */
export function maskUrl(url: string): string {
  return url.replace(FORM_SECRET, `$1${MASK}`);
}

/** True when the digits pass the Luhn check that payment card numbers carry. */
export function isCardNumber(text: string): boolean {
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
