import { text, wholeNumber } from '@entrepot/mapping';
import { z } from 'zod';

/** Keys of SAP's tables are Edm.Int32, some of them negative (-1: none). */
export const key = (help: string) => wholeNumber(help, { min: -2_147_483_648, max: 2_147_483_647 });
/** Codes are at most 50 characters (ItemCode); most are shorter. */
export const code = (help: string) => text(help, 50);
const MAX_COUNTRIES = 250;

/**
 * Countries of whose states SAP companies mostly have the codes; SAP refuses others unless an administrator defined
 * them.
 */
const COUNTRIES_WITH_STATES = ['US', 'CA', 'AU', 'BR', 'IN'];

export const statesSchema = z
  .union([
    z.boolean(),
    z
      .array(z.string().regex(/^[A-Z]{2}$/, 'must be a country by its ISO code, e.g. US'))
      .max(MAX_COUNTRIES, `must have at most ${MAX_COUNTRIES} entries`),
  ])
  .default(COUNTRIES_WITH_STATES)
  .describe(
    'Countries whose state codes are written into addresses as they come: those whose states are defined in SAP (true: all, false: no states at all). The value map "state" ("US-CA" or "CA" → code of SAP) comes first in every country; a state that is not written is noted in the remarks',
  );
