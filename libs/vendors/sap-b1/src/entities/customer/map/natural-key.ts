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
