import { createHash } from 'node:crypto';
import { type Contact, type Customer, externalReference } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { MapContext, MapOutcome } from '@entrepot/vendor-kit';
import { type SapB1Settings, textLimitOf } from '../config.ts';
import { mapPartnerAddresses } from './customer/addresses.ts';
import type { CustomerPlan, PlannedContact } from './customer/plan.ts';
import { collectProblems, type Problems } from './problems.ts';
import { type CustomerSettings, customerSettingsSchema, readOrderSettings } from './settings.ts';
import { createTextFitter, type TextFitter } from './texts.ts';
import { lookUpValue, namesOf, type ValueMapKind } from './value-maps.ts';

/** Role of the business partner in the link. */
export const CUSTOMER_ROLE = 'customer';

/** A customer as a business partner of SAP (`BusinessPartners`). Pure. */
export function mapCustomer(customer: Customer, context: MapContext): MapOutcome {
  const connection = context.connection.settings as SapB1Settings;
  const settings = readCustomerSettings(context.flow);
  const problems = collectProblems();
  const texts = createTextFitter(connection, problems);
  const ref = externalReference(customer.source.connection, customer.source.id);
  const name = readName(customer);
  // Of a deleted customer the source tells nothing but that: its business partner keeps its name and is made inactive.
  if (name === null && !customer.deleted)
    problems.add(
      'no-name',
      'name',
      'the customer has neither name nor e-mail',
      'Give the customer a name in the shop, or let orders go to one collective customer.',
    );
  const plan: CustomerPlan = {
    kind: 'customer',
    cardCode: makeCardCode(customer, settings, connection, problems),
    onCreate: {
      CardType: customer.kind === 'LEAD' ? 'cLid' : 'cCustomer',
      ...mapCurrency(customer, settings, context.flow),
      ...mapSeries(settings),
    },
    fields: {
      ...mapFields(customer, name, texts),
      ...mapGroups(customer, settings, context.flow, problems),
      ...ownFields(context),
    },
    addresses: mapPartnerAddresses(customer, texts, settings.writeStates),
    contacts: mapContacts(customer, texts),
    updates: settings.updateExisting,
    refField: connection.udfExternalRef,
    ref,
  };
  const remarks = texts.remarks();
  const complete = remarks === null ? plan : { ...plan, fields: { ...plan.fields, FreeText: remarks } };
  if (problems.any) return { ok: false, error: problems.toDetail() };
  return {
    ok: true,
    documents: [
      {
        role: CUSTOMER_ROLE,
        subId: null,
        externalRef: ref,
        state: customer.deleted ? 'cancelled' : 'present',
        body: complete,
      },
    ],
    lineMap: [],
  };
}

/** Settings of the customer flow; a customer that an order implies may come with the order's flow, which has them inside. */
export function readCustomerSettings(flow: FlowSettings): CustomerSettings {
  if (!('customers' in flow.target)) return customerSettingsSchema.parse(flow.target);
  const { customers } = readOrderSettings(flow);
  return customers.mode === 'create' ? customers.record : customerSettingsSchema.parse({});
}

/** The customer flow's own fields; an order flow's are meant for orders. */
function ownFields(context: MapContext): Readonly<Record<string, unknown>> {
  return 'customers' in context.flow.target ? {} : (context.fields ?? {});
}

function readName(customer: Customer): string | null {
  const person = [customer.firstName, customer.lastName].filter((part) => part !== null && part !== '').join(' ');
  const candidates =
    customer.kind === 'PERSON' ? [customer.name, person, customer.company] : [customer.name, customer.company, person];
  return [...candidates, customer.email].find((candidate) => candidate !== null && candidate.trim() !== '') ?? null;
}

/** Deterministic, so that a repeated create meets the same key instead of making a second partner. */
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

function mapCurrency(customer: Customer, settings: CustomerSettings, flow: FlowSettings): Record<string, unknown> {
  if (settings.currency !== 'source') return { Currency: settings.currency };
  return { Currency: lookUpValue(flow, 'currency', [customer.currency]) ?? customer.currency ?? '##' };
}

function mapFields(customer: Customer, name: string | null, texts: TextFitter): Record<string, unknown> {
  const vat =
    customer.taxRegistrations.find((registration) => registration.kind.toUpperCase() === 'VAT') ??
    customer.taxRegistrations[0];
  const active = customer.status !== 'INACTIVE' && customer.status !== 'DECLINED' && !customer.deleted;
  const fields: Record<string, unknown> = { Valid: active ? 'tYES' : 'tNO', Frozen: active ? 'tNO' : 'tYES' };
  const put = (
    field: string,
    column: Parameters<TextFitter['fit']>[0],
    value: string | null | undefined,
    path: string,
  ) => {
    if (value !== null && value !== undefined && value !== '') fields[field] = texts.fit(column, value, path);
  };
  put('CardName', 'CardName', name, 'name');
  put('EmailAddress', 'EmailAddress', customer.email?.toLowerCase(), 'email');
  put('Phone1', 'Phone1', customer.phone, 'phone');
  put('Cellular', 'Cellular', customer.mobile, 'mobile');
  put('Fax', 'Fax', customer.fax, 'fax');
  put('FederalTaxID', 'FederalTaxID', vat?.number, 'taxRegistrations[0].number');
  return fields;
}

function mapGroups(
  customer: Customer,
  settings: CustomerSettings,
  flow: FlowSettings,
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
  flow: FlowSettings,
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

function mapContacts(customer: Customer, texts: TextFitter): PlannedContact[] {
  return customer.contacts.flatMap((contact, index) => {
    const name = readContactName(contact);
    if (name === null) return [];
    const fields: Record<string, string> = {};
    const values = {
      FirstName: contact.firstName,
      LastName: contact.lastName,
      Position: contact.title,
      Phone1: contact.phone,
      MobilePhone: contact.mobile,
    };
    for (const [field, value] of Object.entries(values)) if (value !== null && value !== '') fields[field] = value;
    if (contact.email !== null) fields.E_Mail = texts.fit('EmailAddress', contact.email, `contacts[${index}].email`);
    return [{ name: texts.fit('ContactName', name, `contacts[${index}].name`), fields }];
  });
}

function readContactName(contact: Contact): string | null {
  const person = [contact.firstName, contact.lastName].filter((part) => part !== null && part !== '').join(' ');
  return (
    [contact.name, person, contact.email].find((candidate) => candidate !== null && candidate.trim() !== '') ?? null
  );
}
