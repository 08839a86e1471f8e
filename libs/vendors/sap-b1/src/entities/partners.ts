import { createHash } from 'node:crypto';
import type { Customer, FieldProblem } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type HttpResponse,
  type PlannedDocument,
  type TargetEntity,
  type UpdateOutcome,
  VendorError,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import type { SapB1Settings } from '../config.ts';
import type { CustomerPlan } from '../map/customer/plan.ts';
import { mapCustomer } from '../map/customer.ts';
import { customerMatchKey, REFERENCE_KEY } from '../map/order/dependencies.ts';
import { customerSettingsSchema } from '../map/settings.ts';
import { mergeRemarks } from '../map/texts.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { readMissingReference } from '../service-layer/errors.ts';
import { keyPath, quoteText, readText } from '../service-layer/odata.ts';
import { parseJson, readHeader, type SapEntity } from '../service-layer/wire.ts';
import { planAddressChanges, planContactChanges } from './partner-rows.ts';
import { withoutEmpty } from './without-empty.ts';

const PARTNERS = { entitySet: 'BusinessPartners', keyField: 'CardCode' } as const;

/** Customers as business partners. */
export function createCustomerTarget(layer: ServiceLayer, settings: SapB1Settings): TargetEntity<'customer'> {
  const refField = settings.udfExternalRef;
  return {
    createGuard: 'session',
    settleMs: settings.settleMs,
    verifyByDefault: false,
    flowSettings: customerSettingsSchema,
    dependencies: () => [],
    matchKeyOf: ({ source, email }) => customerMatchKey(email, `${source.connection}/${source.id}`),
    match: (matchKey, call) => matchPartners(layer, refField, matchKey, call),
    map: (entity, context) => mapCustomer(entity as Customer, context),
    find: (document, call) => findByReference(layer, refField, document.externalRef, call),
    create: (document, call) => createPartner(layer, document, call),
    read: (_role, targetId, call) => readPartner(layer, targetId, call),
    update: (document, current, call) => updatePartner(layer, document, current, call),
    compare: comparePartner,
    stateHash: hashPartner,
  };
}

async function readPartner(layer: ServiceLayer, cardCode: string, call: CallContext): Promise<FoundDocument | null> {
  const action = `reading business partner ${cardCode}`;
  const entity = await layer.read(keyPath('BusinessPartners', cardCode), call, action);
  return entity === null ? null : toFoundPartner(entity);
}

function toFoundPartner(entity: SapEntity): FoundDocument {
  const cardCode = readText(entity.CardCode);
  if (cardCode === null) throw new VendorError('unexpected', 'SAP answered a business partner without CardCode');
  return {
    targetId: cardCode,
    targetNumber: cardCode,
    draft: false,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
  };
}

/**
 * Customers with this e-mail address (any case), or with our reference where a customer has no address. Inactive ones count only where
 * there is no active one: making the wrong ones inactive is how a person sorts out several.
 */
async function matchPartners(
  layer: ServiceLayer,
  refField: string,
  matchKey: string,
  call: CallContext,
): Promise<FoundDocument[]> {
  if (matchKey.startsWith(REFERENCE_KEY))
    return findByReference(layer, refField, matchKey.slice(REFERENCE_KEY.length), call);
  const filter = `EmailAddress eq ${quoteText(matchKey)} and CardType eq 'cCustomer'`;
  const hits = await layer.list({ ...PARTNERS, query: { filter, ignoreCase: true } }, call);
  const active = hits.filter((hit) => hit.Frozen !== 'tYES' && hit.Valid !== 'tNO');
  return (active.length > 0 ? active : hits).map(toFoundPartner);
}

async function findByReference(
  layer: ServiceLayer,
  refField: string,
  ref: string,
  call: CallContext,
): Promise<FoundDocument[]> {
  const hits = await layer.list({ ...PARTNERS, query: { filter: `${refField} eq ${quoteText(ref)}` } }, call);
  return hits.map(toFoundPartner);
}

async function createPartner(
  layer: ServiceLayer,
  document: PlannedDocument,
  call: CallContext,
): Promise<WrittenDocument> {
  const plan = document.body as CustomerPlan;
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
    return findTwin(layer, document, plan, call, error);
  }
  const location = /\/BusinessPartners\('(.*)'\)$/.exec(readHeader(response, 'location') ?? '')?.[1];
  const cardCode =
    location === undefined
      ? response.status === 201
        ? readText(parseJson<SapEntity>(response.text, action).CardCode)
        : plan.cardCode
      : decodeURIComponent(location).replaceAll("''", "'");
  return { targetId: cardCode, targetNumber: cardCode, status: 'created' };
}

/** Codes by which SAP refuses a key that exists; -10 says much else, too. */
const DUPLICATE_CODES: ReadonlySet<string> = new Set(['-10', '-2035']);

/**
 * What stands in the way of a partner that was refused as a double: one with our reference was made by an earlier request, and is it; under
 * the wanted code somebody else's may be.
 * @throws VendorError `conflict` when ours is not as planned, `rejected` when the code is taken, else the refusal
 */
async function findTwin(
  layer: ServiceLayer,
  document: PlannedDocument,
  plan: CustomerPlan,
  call: CallContext,
  refusal: VendorError,
): Promise<WrittenDocument> {
  const [twin] = await findByReference(layer, plan.refField, document.externalRef, call);
  if (twin !== undefined) {
    if (comparePartner(document, twin).length === 0)
      return { targetId: twin.targetId, targetNumber: twin.targetNumber, status: 'created' };
    const message = `business partner ${twin.targetId} of ${document.externalRef} is there already, and is looked at again`;
    throw new VendorError('conflict', message, { code: refusal.code, cause: refusal });
  }
  const taken = plan.cardCode === null ? null : await readPartner(layer, plan.cardCode, call);
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

async function updatePartner(
  layer: ServiceLayer,
  document: PlannedDocument,
  current: FoundDocument,
  call: CallContext,
): Promise<UpdateOutcome> {
  const plan = document.body as CustomerPlan;
  const partner = current.body as SapEntity;
  const owner = readText(partner[plan.refField]);
  if (owner !== null && owner !== plan.ref && connectionOf(owner) === connectionOf(plan.ref)) {
    const message = `business partner ${current.targetId} belongs to ${owner} already`;
    const advice = `Clear ${plan.refField} of the business partner in SAP, or link this customer to another one.`;
    return { status: 'refused', error: { kind: 'rejected', code: 'belongs-to-another', message, advice, fields: [] } };
  }
  const body = planChanges(document, partner);
  if (Object.keys(body).length === 0) return { status: 'unchanged' };
  await layer.send({
    method: 'PATCH',
    path: keyPath('BusinessPartners', current.targetId),
    headers: current.etag === null ? {} : { 'if-match': current.etag },
    body,
    call,
    action: `changing business partner ${current.targetId}`,
  });
  return { status: 'applied' };
}

/** The connection of a reference `<connection>/<id>`. */
function connectionOf(ref: string): string {
  return ref.split('/')[0] ?? ref;
}

function planChanges(document: PlannedDocument, partner: SapEntity): Record<string, unknown> {
  const plan = document.body as CustomerPlan;
  // Deleted in one shop: whom another shop, or SAP itself, knows under a reference of its own stays active.
  if (document.state === 'cancelled' && readText(partner[plan.refField]) !== plan.ref) return {};
  // One person may buy in two shops: the partner keeps the reference of the first, the link knows the second.
  const reference = readText(partner[plan.refField]) === null ? { [plan.refField]: plan.ref } : {};
  if (plan.updates === 'reference-only') return reference;
  const remarks = readText(partner.FreeText);
  const wanted = {
    ...plan.fields,
    // Of a deleted customer nothing but that is known.
    ...(document.state === 'cancelled' ? {} : { FreeText: mergeRemarks(remarks, plan.remarks) }),
  };
  const fields = Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => readText(partner[name]) !== readText(value)),
  );
  const addresses = planAddressChanges(plan.addresses, partner);
  const contacts = planContactChanges(plan.contacts, partner);
  return {
    ...reference,
    ...fields,
    ...(addresses.length === 0 ? {} : { BPAddresses: addresses }),
    ...(contacts.length === 0 ? {} : { ContactEmployees: contacts }),
  };
}

function comparePartner(document: PlannedDocument, current: FoundDocument): FieldProblem[] {
  const partner = current.body as SapEntity;
  const differences = planChanges(document, partner);
  return Object.entries(differences).flatMap(([name, value]): FieldProblem[] =>
    Array.isArray(value)
      ? value.map((row: Record<string, unknown>) => ({
          path: `${name}[${String(row.AddressName ?? row.Name)}]`,
          message: 'differs in SAP',
        }))
      : [{ path: name, expected: readText(value) ?? '', actual: readText(partner[name]) ?? '' }],
  );
}

const HASHED = [
  'CardName',
  'EmailAddress',
  'Phone1',
  'Cellular',
  'Fax',
  'FederalTaxID',
  'GroupCode',
  'PriceListNum',
  'PayTermsGrpCode',
  'SalesPersonCode',
  'Valid',
  'Frozen',
  'FreeText',
];
const HASHED_ADDRESS = [
  'AddressName',
  'AddressType',
  'Street',
  'Block',
  'City',
  'ZipCode',
  'State',
  'Country',
  'AddressName2',
  'AddressName3',
];
const HASHED_CONTACT = ['Name', 'FirstName', 'LastName', 'Position', 'Phone1', 'MobilePhone', 'E_Mail'];

/** Hash over what we map of a customer, as SAP holds it. */
function hashPartner(current: FoundDocument): string {
  const partner = current.body as SapEntity;
  const pick = (entity: SapEntity, names: readonly string[]) => names.map((name) => readText(entity[name]));
  const pickRows = (rows: unknown, names: readonly string[]) =>
    ((rows ?? []) as SapEntity[]).map((row) => pick(row, names));
  const content = [
    pick(partner, HASHED),
    pickRows(partner.BPAddresses, HASHED_ADDRESS),
    pickRows(partner.ContactEmployees, HASHED_CONTACT),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
