import {
  type CallContext,
  type FoundDocument,
  type HttpResponse,
  type PlannedDocument,
  type UpdateOutcome,
  VendorError,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import type { SapB1Client } from '../../client.ts';
import { type MatchQuery, readNaturalKey } from '../../map/party.ts';
import { mergeRemarks } from '../../map/translate.ts';
import { readMissingReference } from '../../service-layer/errors.ts';
import { keyPath, quoteText, readHeader, readText, type SapEntity, withoutEmpty } from '../../service-layer/wire.ts';
import { comparePartner, connectionOf, planChanges, readOwner } from './compare.ts';
import type { CustomerPlan } from './map/plan.ts';

/** A business partner by its code; null when there is none. */
export async function readPartner(
  cardCode: string,
  { layer }: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity> | null> {
  const action = `reading business partner ${cardCode}`;
  const entity = await layer.read(keyPath('BusinessPartners', cardCode), call, action);
  return entity === null ? null : toFoundPartner(entity);
}

export function toFoundPartner(entity: SapEntity): FoundDocument<SapEntity> {
  const cardCode = readText(entity.CardCode);
  if (cardCode === null) throw new VendorError('unexpected', 'SAP answered a business partner without CardCode');
  return {
    targetId: cardCode,
    targetNumber: cardCode,
    state: null,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
  };
}

/** Changes a business partner as it was read: refused as `conflict` when another user changed it meanwhile. */
export async function patchPartner(
  { layer }: SapB1Client,
  partner: FoundDocument,
  body: Readonly<Record<string, unknown>>,
  call: CallContext,
): Promise<void> {
  await layer.send({
    method: 'PATCH',
    path: keyPath('BusinessPartners', partner.targetId),
    headers: partner.etag === null ? {} : { 'if-match': partner.etag },
    body,
    call,
    action: `changing business partner ${partner.targetId}`,
  });
}

const PARTNERS = { entitySet: 'BusinessPartners', keyField: 'CardCode' } as const;

/**
 * Customers with this e-mail address (any case), or with our reference where a customer has no address. Inactive ones
 * count only where there is no active one: a person resolves duplicates by making the wrong ones inactive.
 */
export async function matchPartners(
  naturalKey: string,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const query = readNaturalKey(naturalKey);
  if (query.by === 'reference') return findByReference(client, query.ref, call);
  if (query.by === 'code') return findByCode(client, query, call);
  const filter = `EmailAddress eq ${quoteText(query.email)} and CardType eq 'cCustomer'`;
  const hits = await client.layer.list({ ...PARTNERS, query: { filter, ignoreCase: true } }, call);
  const active = hits.filter((hit) => hit.Frozen !== 'tYES' && hit.Valid !== 'tNO');
  return (active.length > 0 ? active : hits).map(toFoundPartner);
}

/** The customer with this code, in any case; where there is none, those that carry the reference. */
async function findByCode(
  { layer, settings: { udfExternalRef: refField } }: SapB1Client,
  { code, ref }: Extract<MatchQuery, { by: 'code' }>,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const filter = `(CardCode eq ${quoteText(code)} or ${refField} eq ${quoteText(ref)}) and CardType eq 'cCustomer'`;
  const hits = (await layer.list({ ...PARTNERS, query: { filter, ignoreCase: true } }, call)).map(toFoundPartner);
  const exact = hits.filter((hit) => hit.targetId === code);
  const coded = hits.filter((hit) => hit.targetId.toLowerCase() === code.toLowerCase());
  return [exact, coded, hits].find((found) => found.length > 0) ?? [];
}

export async function findByReference(
  { layer, settings }: SapB1Client,
  ref: string,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const hits = await layer.list(
    { ...PARTNERS, query: { filter: `${settings.udfExternalRef} eq ${quoteText(ref)}` } },
    call,
  );
  return hits.map(toFoundPartner);
}

/** Creates a business partner once; if an earlier request of ours created it, returns that one. */
export async function createPartner(
  document: PlannedDocument<CustomerPlan>,
  client: SapB1Client,
  call: CallContext,
): Promise<WrittenDocument> {
  const plan = document.body;
  const { layer } = client;
  const action = `creating business partner for ${document.externalRef}`;
  let response: HttpResponse;
  try {
    response = await layer.send({
      method: 'POST',
      path: 'BusinessPartners',
      headers: { prefer: 'return-no-content' },
      body: toPartnerBody(plan),
      call,
      action,
    });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    if (!DUPLICATE_CODES.has(error.code ?? '')) throw readMissingReference(error);
    return findTwin(client, document, call, error);
  }
  const location = /\/BusinessPartners\('(.*)'\)$/.exec(readHeader(response, 'location') ?? '')?.[1];
  const cardCode =
    location === undefined
      ? response.status === 201
        ? readText(layer.readJson<SapEntity>(response, { action, isWrite: true }).CardCode)
        : plan.cardCode
      : decodeURIComponent(location).replaceAll("''", "'");
  return { targetId: cardCode, targetNumber: cardCode, status: 'created' };
}

/** Codes by which SAP refuses an existing key; -10 has other meanings, too. */
const DUPLICATE_CODES: ReadonlySet<string> = new Set(['-10', '-2035']);

/**
 * Finds the partner that caused a refusal as a duplicate. A partner with our reference was created by an earlier
 * request and is the one wanted; the wanted code may belong to a partner that is not ours.
 * @throws VendorError `conflict` when ours is not as planned, `rejected` when the code is taken, else the refusal
 */
async function findTwin(
  client: SapB1Client,
  document: PlannedDocument<CustomerPlan>,
  call: CallContext,
  refusal: VendorError,
): Promise<WrittenDocument> {
  const plan = document.body;
  const [twin] = await findByReference(client, document.externalRef, call);
  if (twin !== undefined) {
    if (comparePartner(document, twin).length === 0)
      return { targetId: twin.targetId, targetNumber: twin.targetNumber, status: 'created' };
    const message = `business partner ${twin.targetId} of ${document.externalRef} is there already, and is looked at again`;
    throw new VendorError('conflict', message, { code: refusal.code, cause: refusal });
  }
  const taken = plan.cardCode === null ? null : await readPartner(plan.cardCode, client, call);
  if (taken === null) throw refusal;
  throw new VendorError('rejected', `the code ${plan.cardCode} belongs to another business partner in SAP already`, {
    code: 'card-code-taken',
    advice: `If it is the same customer, write ${plan.ref} into ${plan.refField} of ${plan.cardCode} in SAP, then retry; else choose another pattern for "cardCode" of the flow.`,
    cause: refusal,
  });
}

/** The request body of a new business partner. */
export function toPartnerBody(plan: CustomerPlan): Record<string, unknown> {
  const addresses = plan.addresses.map((row) => ({
    AddressName: row.name,
    AddressType: row.type,
    ...withoutEmpty(row.fields),
  }));
  const contacts = plan.contacts.map((row) => ({ Name: row.name, ...withoutEmpty(row.fields) }));
  return {
    ...(plan.cardCode === null ? {} : { CardCode: plan.cardCode }),
    ...plan.onCreate,
    ...withoutEmpty(plan.fields),
    ...withoutEmpty({ FreeText: mergeRemarks(null, plan.remarks) }),
    [plan.refField]: plan.ref,
    ...(addresses.length === 0 ? {} : { BPAddresses: addresses }),
    ...(contacts.length === 0 ? {} : { ContactEmployees: contacts }),
  };
}

export async function updatePartner(
  document: PlannedDocument<CustomerPlan>,
  current: FoundDocument<SapEntity>,
  client: SapB1Client,
  call: CallContext,
): Promise<UpdateOutcome> {
  const plan = document.body;
  const partner = current.body;
  const owner = readOwner(plan, partner);
  if (owner !== null && owner !== plan.ref && connectionOf(owner) === connectionOf(plan.ref)) {
    const message = `business partner ${current.targetId} belongs to ${owner} already`;
    const advice = `Clear ${plan.refField} of the business partner in SAP, or link this customer to another one.`;
    return { status: 'refused', error: { kind: 'rejected', code: 'belongs-to-another', message, advice, fields: [] } };
  }
  const body = planChanges(document, partner);
  if (Object.keys(body).length === 0) return { status: 'unchanged' };
  await patchPartner(client, current, body, call);
  return { status: 'applied' };
}
