import { type EntityName, type JsonValue, maskPersonal, PERSONAL_MASK } from '@entrepot/canonical';
import { maskValues } from '../states/fingerprint.ts';
import { hide, type Mask } from './viewer-masks.ts';

/** Replaces texts of other systems and of people: they may quote anything, unmarked names included. */
const WITHHELD = `${PERSONAL_MASK}: shown to operators and admins`;
/** Our own codes, e.g. `no-value-map-entry`: our words quote what they name. Vendors' codes are numbers or in capitals. */
const OWN_CODE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;
/** States set by a router or the ledger, with reasons of their own; in other states the reason is a vendor's or a person's text. */
const OWN_STATES = ['pending', 'waiting', 'skipped', 'echo', 'superseded', 'accepted'];

/** From the first quotation mark of any kind to the last: a quoted text may contain marks itself. */
const QUOTED = /["'`“„«‘][\s\S]*["'`”“»’]/;

/** Our own words without their quotations. */
function maskOwnWords(words: string): string {
  return maskValues(words.replace(QUOTED, '"…"'));
}

function maskWords(words: string, code: unknown): string {
  return typeof code === 'string' && OWN_CODE.test(code) ? maskOwnWords(words) : WITHHELD;
}

/** An error: its kind and the fields it concerns, without their values. */
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
 * The reason of a hold: the part up to the first colon is ours, the part after it is the cause's own text. A vendor, or a proxy's page, may
 * repeat the request there, even an order with its addresses.
 */
export const maskCause: Mask = (value) => String(value).replace(/:\s[\s\S]*$/, `: ${WITHHELD}`);

/** The text of the error beside it. */
export const maskByCode: Mask = (value, { error }) => maskWords(String(value), (error as { code?: unknown }).code);

export const withhold: Mask = (value) => (value === '' ? '' : WITHHELD);

/** The canonical record, by its own fields. */
export const maskPayload: Mask = (value, { entity }) =>
  entity === null ? hide(value) : maskPersonal(entity as EntityName, value as JsonValue);

/** The target of a call, without its query. */
export const maskUrl: Mask = (value) => String(value).replace(/\?.*$/s, '?…').replace(QUOTED, '"…"');

/** Addresses of people's machines. */
export const maskAccess: Mask = (value, { action }) => (action === 'access' ? hide(value) : value);

/** Our own words: what they quote is masked. */
export const maskQuotes: Mask = (value) => maskOwnWords(String(value));
