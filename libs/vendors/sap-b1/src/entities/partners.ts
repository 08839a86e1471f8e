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
import { CONTACT_ROLE, dependOnCompany, employerOf } from '../map/customer/company.ts';
import { customerNaturalKey } from '../map/customer/natural-key.ts';
import type { ContactPlan, CustomerPlan } from '../map/customer/plan.ts';
import { mapCustomer } from '../map/customer.ts';
import { customerSettingsSchema } from '../map/settings.ts';
import { mergeRemarks } from '../map/texts.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { readMissingReference } from '../service-layer/errors.ts';
import { readText } from '../service-layer/odata.ts';
import { readHeader, type SapEntity } from '../service-layer/wire.ts';
import { compareContact, createContactTarget, isContact } from './partner/contacts.ts';
import { findByReference, matchPartners } from './partner/match.ts';
import { patchPartner, readPartner } from './partner/read.ts';
import { planAddressChanges, planContactChanges } from './partner/rows.ts';
import type { Turns } from './partner/turns.ts';
import { withoutEmpty } from './without-empty.ts';

/** Customers as business partners, people of companies as contacts of the company's. */
export function createCustomerTarget(
  layer: ServiceLayer,
  settings: SapB1Settings,
  turns: Turns,
): TargetEntity<'customer'> {
  const refField = settings.udfExternalRef;
  const contacts = createContactTarget(layer, turns);
  const contactOf = (document: PlannedDocument) => document.body as ContactPlan;
  return {
    createGuard: 'session',
    visibleWithinMs: settings.settleMs,
    verifyByDefault: false,
    flowSettings: customerSettingsSchema,
    dependencies: (customer) => {
      const company = employerOf(customer);
      const absent = { whenAbsent: 'ignore', prerequisite: null } as const;
      const needed = company === null ? null : dependOnCompany(company, customer.source.connection, absent);
      return needed === null ? [] : [needed];
    },
    // A partner that has the e-mail address of a company's person is not that person's.
    naturalKeyOf: (customer) =>
      employerOf(customer) === null
        ? customerNaturalKey(customer.email, `${customer.source.connection}/${customer.source.id}`)
        : null,
    match: (naturalKey, call) => matchPartners(layer, refField, naturalKey, call),
    map: (entity, context) => mapCustomer(entity as Customer, context),
    find: (document, call) =>
      isContact(document)
        ? contacts.find(contactOf(document), call)
        : findByReference(layer, refField, document.externalRef, call),
    create: (document, call) =>
      isContact(document) ? contacts.create(contactOf(document), call) : createPartner(layer, document, call),
    read: (role, targetId, call) =>
      role === CONTACT_ROLE ? contacts.read(targetId, call) : readPartner(layer, targetId, call),
    update: (document, current, call) =>
      isContact(document)
        ? contacts.update(contactOf(document), current, call)
        : updatePartner(layer, document, current, call),
    compare: (document, current) =>
      isContact(document) ? compareContact(contactOf(document), current) : comparePartner(document, current),
    stateHash: hashPartner,
  };
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
        ? readText(layer.readJson<SapEntity>(response, { action, isWrite: true }).CardCode)
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
  const owner = readOwner(plan, partner);
  if (owner !== null && owner !== plan.ref && connectionOf(owner) === connectionOf(plan.ref)) {
    const message = `business partner ${current.targetId} belongs to ${owner} already`;
    const advice = `Clear ${plan.refField} of the business partner in SAP, or link this customer to another one.`;
    return { status: 'refused', error: { kind: 'rejected', code: 'belongs-to-another', message, advice, fields: [] } };
  }
  const body = planChanges(document, partner);
  if (Object.keys(body).length === 0) return { status: 'unchanged' };
  await patchPartner(layer, current, body, call);
  return { status: 'applied' };
}

/** Whose the partner is by its reference; the customer as a guest is nobody else. */
function readOwner(plan: CustomerPlan, partner: SapEntity): string | null {
  const owner = readText(partner[plan.refField]);
  return owner === plan.guestRef ? null : owner;
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
  const reference = readOwner(plan, partner) === null ? { [plan.refField]: plan.ref } : {};
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
  'ShipToDefault',
  'BilltoDefault',
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
