import { type EntityName, type JsonValue, maskPersonal, PERSONAL_MASK } from '@entrepot/canonical';
import { maskValues } from '../states/fingerprint.ts';
import { hide, type Mask } from './viewer-masks.ts';

/** In place of words of other systems, or of people: they quote whatever they like, names without any mark too. */
const WITHHELD = `${PERSONAL_MASK}: shown to operators and admins`;
/** Our own codes, e.g. `no-value-map-entry`: our words quote what they name. Vendors' codes are numbers or in capitals. */
const OWN_CODE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;
/** States that a router or the ledger gives, in words of its own; in others a vendor or a person speaks. */
const OWN_STATES = ['pending', 'waiting', 'skipped', 'echo', 'superseded', 'accepted'];

/** From the first mark of any kind to the last: what is quoted may hold marks itself. */
const QUOTED = /["'`“„«‘][\s\S]*["'`”“»’]/;

/** Our own words without what they quote. */
function maskOwnWords(words: string): string {
  return maskValues(words.replace(QUOTED, '"…"'));
}

function maskWords(words: string, code: unknown): string {
  return typeof code === 'string' && OWN_CODE.test(code) ? maskOwnWords(words) : WITHHELD;
}

/** An error: what kind it is, and which fields it concerns, but none of what stood in them. */
export const maskError: Mask = (value) => {
  const { message, advice, fields, ...rest } = value as {
    readonly code: string | null;
    readonly message: string;
    readonly advice: string | null;
    readonly fields: readonly { readonly path: string }[];
    readonly stack?: string;
  };
  return {
    ...rest,
    message: maskWords(message, rest.code),
    advice: advice === null ? null : maskOwnWords(advice),
    fields: fields.map(({ path, ...inside }) => ({ path, ...(hide(inside) as object) })),
    ...(rest.stack === undefined ? {} : { stack: PERSONAL_MASK }),
  };
};

/** Why something is in its state. */
export const maskReason: Mask = (value, { state, reasonCode }) =>
  OWN_STATES.includes(String(state)) ? maskOwnWords(String(value)) : maskWords(String(value), reasonCode);

/**
 * Why something is held: up to the first colon in our words, behind it in those of whoever caused it. A vendor, or the page of a proxy, may
 * repeat there what it was asked, an order with its addresses too.
 */
export const maskCause: Mask = (value) => String(value).replace(/:\s[\s\S]*$/, `: ${WITHHELD}`);

/** Words of an error that stands beside them. */
export const maskByCode: Mask = (value, { error }) => maskWords(String(value), (error as { code?: unknown }).code);

export const withhold: Mask = (value) => (value === '' ? '' : WITHHELD);

export const maskAdvice: Mask = (value) => maskOwnWords(String(value));

/** The canonical record, by its own fields. */
export const maskPayload: Mask = (value, { entity }) =>
  entity === null ? hide(value) : maskPersonal(entity as EntityName, value as JsonValue);

/** Where a call went, without what it asked for. */
export const maskUrl: Mask = (value) => String(value).replace(/\?.*$/s, '?…').replace(QUOTED, '"…"');

/** Addresses of people's machines. */
export const maskAccess: Mask = (value, { action }) => (action === 'access' ? hide(value) : value);
