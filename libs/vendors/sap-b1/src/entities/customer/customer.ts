import type { SapB1Entity } from '../../client.ts';
import { customerNaturalKey } from '../../map/party.ts';
import { comparePartner, hashContact, hashPartner } from './compare.ts';
import { compareContact, createContact, findContacts, readContact, updateContact } from './contacts.ts';
import { CONTACT_ROLE, CUSTOMER, dependOnCompany, employerOf } from './map/company.ts';
import type { ContactPlan, CustomerPlan } from './map/plan.ts';
import { mapCustomer, referTo } from './map.ts';
import { createPartner, findByReference, matchPartners, readPartner, updatePartner } from './read-write.ts';
import { type CustomerSettings, customerSettingsSchema } from './settings.ts';

/** Customers as business partners, people of companies as contacts of the company's. */
export const customer: SapB1Entity<'customer', CustomerSettings, CustomerPlan | ContactPlan> = {
  settings: customerSettingsSchema,
  guard: 'session',
  visibleWithinMs: ({ settleMs }) => settleMs,
  verifyByDefault: false,
  reference: referTo,
  dependencies: (record) => {
    const company = employerOf(record);
    const absent = { whenAbsent: 'ignore', prerequisite: null } as const;
    const needed = company === null ? null : dependOnCompany(company, record.source.connection, absent);
    return needed === null ? [] : [needed];
  },
  // A partner with the e-mail address of a company's person does not belong to that person.
  naturalKeys: (record) => {
    const { connection, id } = record.source;
    if (employerOf(record) !== null) return [];
    return [{ document: CUSTOMER, key: customerNaturalKey(record.email, `${connection}/${id}`) }];
  },
  findByNaturalKey: matchPartners,
  map: mapCustomer,
  find: ({ body, externalRef }, client, call) =>
    body.kind === 'contact' ? findContacts(body, client, call) : findByReference(client, externalRef, call),
  create: ({ body, ...document }, client, call) =>
    body.kind === 'contact' ? createContact(body, client, call) : createPartner({ ...document, body }, client, call),
  read: ({ role }, targetId, client, call) =>
    role === CONTACT_ROLE ? readContact(targetId, client, call) : readPartner(targetId, client, call),
  update: ({ body, ...document }, current, client, call) =>
    body.kind === 'contact'
      ? updateContact(body, current, client, call)
      : updatePartner({ ...document, body }, current, client, call),
  compare: ({ body, ...document }, current) =>
    body.kind === 'contact' ? compareContact(body, current) : comparePartner({ ...document, body }, current),
  stateHash: ({ role }, current) => (role === CONTACT_ROLE ? hashContact(current) : hashPartner(current)),
};
