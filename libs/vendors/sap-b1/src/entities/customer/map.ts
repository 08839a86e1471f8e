import { createHash } from 'node:crypto';
import { type Customer, externalReference } from '@entrepot/canonical';
import { type MappingSettings } from '@entrepot/mapping';
import {
  type DocumentDraft,
  type DocumentKey,
  type MapContext,
  type MapOutcome,
  type SourceKey,
} from '@entrepot/vendor-kit';
import { type SapB1Types } from '../../client.ts';
import { type SapB1Settings, type TextColumn } from '../../config.ts';
import { choosePartnerName, choosePhone, guestReference } from '../../map/party.ts';
import {
  collectProblems,
  createTextFitter,
  fitOwnFields,
  joinRemarks,
  lookUpValue,
  namesOf,
  type Problems,
  type TextFitter,
  textLimitOf,
  type ValueMapKind,
} from '../../map/translate.ts';
import { chooseDefaults, mapPartnerAddresses } from './map/addresses.ts';
import { CONTACT_ROLE, CUSTOMER, employerOf, planContact } from './map/company.ts';
import { leaveKept, leaveKeptOfContact, mapContacts } from './map/contacts.ts';
import { type ContactPlan, type CustomerPlan } from './map/plan.ts';
import { type CustomerSettings } from './settings.ts';

type CustomerContext = MapContext<'customer', SapB1Types, CustomerSettings>;
type CustomerOutcome = MapOutcome<DocumentDraft<CustomerPlan | ContactPlan>>;

/** The reference of a customer's business partner, and of its rows at companies' partners. */
export function referTo({ connection, id }: SourceKey, { role, subId }: DocumentKey): string {
  return externalReference(connection, id, role === CUSTOMER.role ? null : role, subId);
}

/**
 * A customer as a business partner of SAP (`BusinessPartners`). A person who buys for a company is a contact of the company's partner instead,
 * and has one of their own only where it is there already (private orders make it). Pure.
 */
export function mapCustomer(customer: Customer, context: CustomerContext): CustomerOutcome {
  if (employerOf(customer) === null) return mapPartner(customer, context);
  const company = context.resolved.find(({ dependency }) => dependency.entity === 'customer')?.targetId ?? null;
  const linked = context.existing(CUSTOMER)?.targetId ?? null;
  // The linked partner was found by e-mail address before the shop named the company. It may be the company's partner,
  // which must not become the person's.
  const own = linked === null || linked === company ? null : mapPartner(customer, context);
  if (own?.ok === false) return own;
  const contact = mapEmployee(customer, context, company);
  if (!contact.ok) return contact;
  return { ok: true, documents: [...(own?.documents ?? []), ...contact.documents] };
}

/** The contact at the company's partner; none as long as SAP does not have the company: its first order makes both. */
function mapEmployee(customer: Customer, context: CustomerContext, cardCode: string | null): CustomerOutcome {
  const problems = collectProblems();
  const texts = createTextFitter(context.connection.settings, problems);
  const { settings } = context;
  const plan = cardCode === null ? null : planContact(customer, cardCode, settings, texts);
  if (problems.any) return { ok: false, error: problems.toDetail() };
  if (plan === null) return { ok: true, documents: [] };
  const document = { role: CONTACT_ROLE, subId: plan.cardCode, desired: 'posted', body: plan } as const;
  return { ok: true, documents: [document] };
}

function mapPartner(customer: Customer, context: CustomerContext): CustomerOutcome {
  const connection = context.connection.settings;
  const { settings } = context;
  const problems = collectProblems();
  const texts = createTextFitter(connection, problems);
  const ref = referTo(customer.source, CUSTOMER);
  const reading = { texts, flow: context.flow, writeStates: settings.writeStates };
  const addresses = mapPartnerAddresses(customer, reading);
  const own = context.fields ?? {};
  const plan: CustomerPlan = {
    kind: 'customer',
    cardCode: makeCardCode(customer, settings, connection, problems),
    onCreate: {
      CardType: customer.kind === 'LEAD' ? 'cLid' : 'cCustomer',
      ...mapCurrency(customer, settings, context.flow),
      ...mapSeries(settings),
    },
    // Of a deleted customer the source reports only the deletion: its business partner keeps its data and becomes
    // inactive.
    fields: customer.deleted
      ? mapActivity(customer)
      : {
          ...leaveKept(mapFields(customer, settings, texts), settings.keptIfEmpty),
          ...mapActivity(customer),
          ...chooseDefaults(addresses),
          ...mapGroups(customer, settings, context.flow, problems),
          ...fitOwnFields(texts, own, 'FreeText'),
        },
    addresses,
    contacts: mapContacts(customer, texts).map((contact) => leaveKeptOfContact(contact, settings.keptIfEmpty)),
    remarks: null,
    updates: settings.updateExisting,
    refField: connection.udfExternalRef,
    ref,
    guestRef: guestReference(customer),
  };
  // Last: the fields above report what is too long.
  const complete: CustomerPlan = { ...plan, remarks: joinRemarks(own.FreeText, texts.remarks('FreeText')) };
  if (problems.any) return { ok: false, error: problems.toDetail() };
  return {
    ok: true,
    documents: [{ ...CUSTOMER, desired: customer.deleted ? 'cancelled' : 'posted', body: complete }],
  };
}

/** Deterministic, so that a repeated create meets the same key instead of creating a second partner. */
function makeCardCode(
  customer: Customer,
  settings: CustomerSettings,
  connection: SapB1Settings,
  problems: Problems,
): string | null {
  if ('series' in settings.cardCode) return null;
  const { pattern } = settings.cardCode;
  const limit = textLimitOf(connection, 'CardCode');
  const { id, number } = customer.source;
  const filled = pattern.replaceAll('{id}', id).replaceAll('{number}', number ?? id);
  if (filled.length <= limit && /^[\w.-]+$/.test(filled)) return filled;
  const room = limit - pattern.replaceAll(/\{(id|number)\}/g, '').length;
  if (room < 8) {
    problems.add(
      'card-code-too-long',
      'source.id',
      `a code by the pattern "${pattern}" does not fit SAP's ${limit} characters`,
      'Shorten the pattern "cardCode" of the flow, or use a numbering series.',
    );
    return null;
  }
  const hash = BigInt(`0x${createHash('sha256').update(`${customer.source.connection}/${id}`).digest('hex')}`)
    .toString(36)
    .toUpperCase();
  return pattern.replaceAll(/\{(id|number)\}/g, hash.slice(0, room));
}

function mapSeries(settings: CustomerSettings): Record<string, unknown> {
  return 'series' in settings.cardCode ? { Series: settings.cardCode.series } : {};
}

function mapCurrency(customer: Customer, settings: CustomerSettings, flow: MappingSettings): Record<string, unknown> {
  if (settings.currency !== 'source') return { Currency: settings.currency };
  return { Currency: lookUpValue(flow, 'currency', [customer.currency]) ?? customer.currency ?? '##' };
}

function mapFields(customer: Customer, settings: CustomerSettings, texts: TextFitter): Record<string, unknown> {
  const vat =
    customer.taxRegistrations.find((registration) => registration.kind.toUpperCase() === 'VAT') ??
    customer.taxRegistrations[0];
  const fitWhole = (column: TextColumn, value: string | null | undefined, path: string) =>
    value?.trim() ? texts.fitWhole(column, value, path) : null;
  return {
    CardName: texts.fit('CardName', choosePartnerName(customer, settings.nameFrom), 'name'),
    EmailAddress: fitWhole('EmailAddress', customer.email?.toLowerCase(), 'email'),
    Phone1: fitWhole('Phone1', choosePhone(customer), 'phone'),
    Cellular: fitWhole('Cellular', customer.mobile, 'mobile'),
    Fax: fitWhole('Fax', customer.fax, 'fax'),
    FederalTaxID: fitWhole('FederalTaxID', vat?.number, 'taxRegistrations[0].number'),
  };
}

function mapActivity({ status, deleted }: Customer): Record<string, unknown> {
  const active = status !== 'INACTIVE' && status !== 'DECLINED' && !deleted;
  return { Valid: active ? 'tYES' : 'tNO', Frozen: active ? 'tNO' : 'tYES' };
}

function mapGroups(
  customer: Customer,
  settings: CustomerSettings,
  flow: MappingSettings,
  problems: Problems,
): Record<string, unknown> {
  const groups = [customer.customerClass, ...customer.groups].flatMap(namesOf);
  const seller = customer.salespersons.find((candidate) => candidate.isDefault) ?? customer.salespersons[0];
  const terms =
    customer.terms === null ? [] : [customer.terms.id, customer.terms.number, customer.terms.name, customer.terms.kind];
  const fields = {
    GroupCode: mapNumber(flow, 'customerGroup', [...groups, ...customer.tags], settings.groupCode, problems),
    PriceListNum: mapNumber(
      flow,
      'priceList',
      [...namesOf(customer.priceList), customer.priceLevel],
      settings.priceList,
      problems,
    ),
    PayTermsGrpCode: mapNumber(flow, 'paymentTerms', terms, settings.paymentTerms, problems),
    SalesPersonCode: mapNumber(flow, 'salesPerson', namesOf(seller?.salesperson), settings.salesPerson, problems),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function mapNumber(
  flow: MappingSettings,
  kind: ValueMapKind,
  candidates: readonly (string | null)[],
  fallback: number | undefined,
  problems: Problems,
): number | null {
  const mapped = lookUpValue(flow, kind, candidates);
  if (mapped === null) return fallback ?? null;
  if (/^-?\d+$/.test(mapped)) return Number(mapped);
  problems.add(
    'bad-value-map',
    kind,
    `the value map "${kind}" gives "${mapped}", SAP wants a whole number`,
    `Correct the value map "${kind}": take the code, not the name.`,
    { actual: mapped },
  );
  return null;
}
