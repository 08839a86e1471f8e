/** Keys whose values are secrets, at any depth, in any spelling (`accessToken`, `access_token`, `X-Access-Token`). */
const SECRET_KEY =
  /^(?:authori[sz]ation|cookies?|setcookie|hmac|signature|credentials?|passphrase|.*(?:password|passwd|secret|secrets|token|apikey|accesskey|privatekey|masterkey|sharedkey)|b1session|sessionid|session|cvv|cvc|cardnumber|pan)$/;

/** Keys whose values are personal data: shown at debug only. */
const PERSONAL_KEY =
  /^(?:.*e?mail|.*phone(?:number)?|mobile|fax|firstname|lastname|fullname|givenname|familyname|customername|recipient|contactname|.*addresse?s?|address[12]|street|zip(?:code)?|postalcode|postcode|birthday|dateofbirth|taxid|vatid|ip|clientip|remoteaddress)$/;

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

/** True when the name of a field alone says that its value is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(normalise(key));
}

/** True when the name of a field alone says that its value is personal data. */
export function isPersonalKey(key: string): boolean {
  return PERSONAL_KEY.test(normalise(key));
}

/**
 * A copy of `facts` fit for a log: secrets replaced by `[secret]` always, personal data by `[personal]` unless `allowPersonal`,
 * errors as plain objects with their causes, bytes as their length, cycles and depth cut.
 */
export function scrubFacts(facts: object, allowPersonal: boolean): Record<string, unknown> {
  const scrubbed = scrubValue(facts, allowPersonal, 0, new Set());
  return isRecord(scrubbed) ? scrubbed : { facts: scrubbed };
}

/** Hides credentials inside free text: user and password of URLs, bearer and basic tokens, Shopify access tokens. */
export function scrubText(text: string): string {
  return text
    .replace(/(:\/\/)[^/@\s]+@/g, '$1[secret]@')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [secret]')
    .replace(/\bshp(?:at|ca|pa|ss)_[\w-]+/g, '[secret]');
}

function scrubValue(value: unknown, allowPersonal: boolean, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  above.add(value);
  try {
    if (Array.isArray(value)) {
      return value.slice(0, MAX_ITEMS).map((item) => scrubValue(item, allowPersonal, depth + 1, above));
    }
    if (value instanceof Map) return `[map of ${value.size}]`;
    if (value instanceof Set) return `[set of ${value.size}]`;
    if (!(value instanceof Error) && 'toJSON' in value && typeof value.toJSON === 'function') {
      return scrubValue(value.toJSON(), allowPersonal, depth + 1, above);
    }
    const scrubbed: Record<string, unknown> = value instanceof Error ? scrubError(value) : {};
    const entries = value instanceof Error ? listErrorFacts(value) : Object.entries(value);
    for (const [key, item] of entries) scrubbed[key] = scrubField(key, item, allowPersonal, depth, above);
    return scrubbed;
  } finally {
    above.delete(value);
  }
}

function scrubField(key: string, item: unknown, allowPersonal: boolean, depth: number, above: Set<object>): unknown {
  const present = item !== null && item !== undefined && typeof item !== 'boolean';
  if (present && isSecretKey(key)) return '[secret]';
  if (present && !allowPersonal && isPersonalKey(key)) return '[personal]';
  return scrubValue(item, allowPersonal, depth + 1, above);
}

function scrubError(error: Error): Record<string, unknown> {
  return { type: error.name, message: scrubText(error.message), stack: scrubText(error.stack ?? '') };
}

/** Codes and the like, and the cause; not the connections, requests and topologies that drivers hang on their errors. */
function listErrorFacts(error: Error): [string, unknown][] {
  const facts = Object.entries(error).filter(([, value]) => typeof value !== 'object' && typeof value !== 'function');
  return error.cause === undefined ? facts : [...facts, ['cause', error.cause]];
}

function normalise(key: string): string {
  return key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^x(?=shopify|access|api|auth)/, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
