import type { CallContext, FoundDocument } from '@entrepot/vendor-kit';
import { type MatchQuery, readNaturalKey } from '../../map/customer/natural-key.ts';
import type { ServiceLayer } from '../../service-layer/client.ts';
import { quoteText } from '../../service-layer/odata.ts';
import { toFoundPartner } from './read.ts';

const PARTNERS = { entitySet: 'BusinessPartners', keyField: 'CardCode' } as const;

/**
 * Customers with this e-mail address (any case), or with our reference where a customer has no address. Inactive ones count only where
 * there is no active one: making the wrong ones inactive is how a person sorts out several.
 */
export async function matchPartners(
  layer: ServiceLayer,
  refField: string,
  naturalKey: string,
  call: CallContext,
): Promise<FoundDocument[]> {
  const query = readNaturalKey(naturalKey);
  if (query.by === 'reference') return findByReference(layer, refField, query.ref, call);
  if (query.by === 'code') return findByCode(layer, refField, query, call);
  const filter = `EmailAddress eq ${quoteText(query.email)} and CardType eq 'cCustomer'`;
  const hits = await layer.list({ ...PARTNERS, query: { filter, ignoreCase: true } }, call);
  const active = hits.filter((hit) => hit.Frozen !== 'tYES' && hit.Valid !== 'tNO');
  return (active.length > 0 ? active : hits).map(toFoundPartner);
}

/** The customer with this code, in any case; where there is none, those that carry the reference. */
async function findByCode(
  layer: ServiceLayer,
  refField: string,
  { code, ref }: Extract<MatchQuery, { by: 'code' }>,
  call: CallContext,
): Promise<FoundDocument[]> {
  const filter = `(CardCode eq ${quoteText(code)} or ${refField} eq ${quoteText(ref)}) and CardType eq 'cCustomer'`;
  const hits = (await layer.list({ ...PARTNERS, query: { filter, ignoreCase: true } }, call)).map(toFoundPartner);
  const exact = hits.filter((hit) => hit.targetId === code);
  const coded = hits.filter((hit) => hit.targetId.toLowerCase() === code.toLowerCase());
  return [exact, coded, hits].find((found) => found.length > 0) ?? [];
}

export async function findByReference(
  layer: ServiceLayer,
  refField: string,
  ref: string,
  call: CallContext,
): Promise<FoundDocument[]> {
  const hits = await layer.list({ ...PARTNERS, query: { filter: `${refField} eq ${quoteText(ref)}` } }, call);
  return hits.map(toFoundPartner);
}
