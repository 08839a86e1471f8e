import { type Customer, createContact, externalReference, type Ref } from '@entrepot/canonical';
import { type DocumentKey, type TargetDependency } from '@entrepot/vendor-kit';
import { companyNaturalKey, readRealName } from '../../../map/party.ts';
import { type TextFitter } from '../../../map/translate.ts';
import { type CustomerSettings } from '../settings.ts';
import { leaveKeptOfContact, mapContact } from './contacts.ts';
import { type ContactPlan } from './plan.ts';

/** A business partner, among the documents of a customer. */
export const CUSTOMER: DocumentKey = { role: 'customer', subId: null };
/** Role of a person at a company's business partner. */
export const CONTACT_ROLE = 'contact';

/**
 * The company's id at the source, without the connection: companies and people have separate ids. Null when the record
 * names no company.
 */
export function companyIdOf(company: Ref): string | null {
  const id = company.id ?? company.number ?? company.name;
  return id === null || id.trim() === '' ? null : `company-${id}`;
}

/** The key that the source gives a company or location for other systems; null when it has none. */
export function externalIdOf(ref: Ref): string | null {
  const given = ref.externalIds.find(({ kind }) => kind === 'externalId')?.id ?? ref.number;
  return given?.trim() || null;
}

/** The company's business partner: its external id is the code in SAP and wins over a link, since it is what people maintain. */
export function dependOnCompany(
  company: Ref,
  connection: string,
  absent: Pick<TargetDependency, 'whenAbsent' | 'prerequisite'>,
): TargetDependency | null {
  const id = companyIdOf(company);
  if (id === null) return null;
  const code = externalIdOf(company);
  const sourceKey = `${connection}/${id}`;
  return {
    entity: 'customer',
    sourceKey,
    naturalKey: companyNaturalKey(code, externalReference(connection, id)),
    askedFirst: code === null ? 'link' : 'target',
    document: CUSTOMER,
    ...absent,
  };
}

/**
 * The company that a person buys for; null for other customers. Such a person is a contact of the company's partner.
 */
export function employerOf({ kind, parent }: Customer): Ref | null {
  return kind === 'PERSON' && parent !== null && companyIdOf(parent) !== null ? parent : null;
}

/** A person as a contact of the company's partner; null when nothing names the person. */
export function planContact(
  customer: Customer,
  cardCode: string,
  { updateExisting, keptIfEmpty }: Pick<CustomerSettings, 'updateExisting' | 'keptIfEmpty'>,
  texts: TextFitter,
): ContactPlan | null {
  const own =
    customer.contacts.find(({ roles }) => roles.includes(customer.parent?.name ?? '')) ?? customer.contacts[0];
  const contact = mapContact(
    createContact({
      id: customer.source.id,
      name: readRealName(customer.name),
      firstName: customer.firstName,
      lastName: customer.lastName,
      title: own?.title ?? null,
      email: customer.email ?? own?.email ?? null,
      phone: customer.phone ?? own?.phone ?? null,
      mobile: customer.mobile ?? own?.mobile ?? null,
    }),
    texts,
    'contact',
  );
  if (contact === null) return null;
  return { kind: 'contact', cardCode, updates: updateExisting, contact: leaveKeptOfContact(contact, keptIfEmpty) };
}
