import {
  addCompany,
  addCompanyLocation,
  assignContact,
  assignRole,
  type CompanyAddressInput,
  type CompanyLocationInput,
  findCompanyContact,
  findCompanyLocation,
  makeCompanyAddress,
} from '../../companies/companies.ts';
import type { CompanyContactState, CompanyState } from '../../companies/state.ts';
import { findTemplate } from '../../companies/terms.ts';
import { addCustomer, findByEmail } from '../../customers/customers.ts';
import type { MutationContext, MutationResolver } from '../../graphql/context.ts';
import { isoSeconds } from '../../store.ts';
import { showCustomerOf } from './queries.ts';
import { viewAssignment, viewCompany, viewCompanyAddress, viewCompanyLocation, viewContact } from './view.ts';

interface CompanyInput {
  readonly name?: string | null;
  readonly externalId?: string | null;
  readonly note?: string | null;
  readonly customerSince?: string | null;
}

interface ContactInput {
  readonly email?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly phone?: string | null;
  readonly title?: string | null;
  readonly locale?: string | null;
}

interface CompanyError {
  readonly field: readonly string[];
  readonly message: string;
  readonly code: string;
}

const failure = (field: readonly string[], message: string, code: string): CompanyError[] => [{ field, message, code }];
const missing = (field: string, what: string): CompanyError[] =>
  failure([field], `${what} does not exist.`, 'RESOURCE_NOT_FOUND');

/** A name and an external id that no other company has. */
function findMistake(
  { store }: MutationContext,
  input: CompanyInput,
  field: readonly string[],
  self: CompanyState | null,
): CompanyError[] | null {
  if (input.name !== undefined || self === null)
    if (!input.name?.trim()) return failure([...field, 'name'], "Name can't be blank", 'BLANK');
  const taken = [...store.companies.values()].some(
    (one) => one !== self && input.externalId != null && one.externalId === input.externalId,
  );
  return taken ? failure([...field, 'externalId'], 'External Id has already been taken', 'TAKEN') : null;
}

function findLocationMistake(
  { store }: MutationContext,
  input: CompanyLocationInput,
  field: readonly string[],
): CompanyError[] | null {
  const terms = input.buyerExperienceConfiguration?.paymentTermsTemplateId;
  if (terms && findTemplate(terms) === undefined)
    return failure(
      [...field, 'buyerExperienceConfiguration', 'paymentTermsTemplateId'],
      'Payment terms template does not exist.',
      'RESOURCE_NOT_FOUND',
    );
  const taken = [...store.companies.values()].some((company) =>
    company.locations.some((one) => input.externalId != null && one.externalId === input.externalId),
  );
  return taken ? failure([...field, 'externalId'], 'External Id has already been taken', 'TAKEN') : null;
}

/** A contact with the customer it stands for, who is made when no one has the address. */
function addContact(
  context: MutationContext,
  company: CompanyState,
  input: ContactInput,
  field: readonly string[],
): CompanyContactState | CompanyError[] {
  const { store, actions, now } = context;
  if (!input.email && !input.phone) return failure([...field, 'email'], "Email can't be blank", 'BLANK');
  const known = findByEmail(store, input.email ?? null);
  if (known !== undefined && company.contacts.some((one) => one.customerId === known.id))
    return failure([...field, 'email'], 'Email address has already been taken', 'TAKEN');
  const at = isoSeconds(now());
  const customer = known ?? addCustomer(store, input, at);
  if (known === undefined) actions.customerCreated(store, customer);
  return assignContact(store, company, customer.id, input.title, at);
}

export const COMPANY_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  companyCreate: (args, context) => {
    const { store, now } = context;
    const input = args.input as {
      company: CompanyInput;
      companyContact?: ContactInput | null;
      companyLocation?: CompanyLocationInput | null;
    };
    const mistake =
      findMistake(context, input.company, ['input', 'company'], null) ??
      findLocationMistake(context, input.companyLocation ?? {}, ['input', 'companyLocation']);
    if (mistake !== null) return { company: null, userErrors: mistake };
    const at = isoSeconds(now());
    const company = addCompany(store, { ...input.company, name: input.company.name ?? '' }, at);
    const location = addCompanyLocation(store, company, input.companyLocation ?? {}, at);
    if (input.companyContact) {
      const contact = addContact(context, company, input.companyContact, ['input', 'companyContact']);
      if (Array.isArray(contact)) {
        store.companies.delete(company.id);
        return { company: null, userErrors: contact };
      }
      assignRole(store, contact, location.id, at);
    }
    return { company: viewCompany(store, company, showCustomerOf(store)), userErrors: [] };
  },
  companyUpdate: (args, context) => {
    const { store, now } = context;
    const company = store.companies.get(String(args.companyId));
    if (company === undefined) return { company: null, userErrors: missing('companyId', 'The company') };
    const input = args.input as CompanyInput;
    const mistake = findMistake(context, input, ['input'], company);
    if (mistake !== null) return { company: null, userErrors: mistake };
    if (input.name) company.name = input.name;
    if (input.externalId !== undefined) company.externalId = input.externalId;
    if (input.note !== undefined) company.note = input.note;
    company.updatedAt = isoSeconds(now());
    return { company: viewCompany(store, company, showCustomerOf(store)), userErrors: [] };
  },
  companyLocationCreate: (args, context) => {
    const { store, now } = context;
    const company = store.companies.get(String(args.companyId));
    if (company === undefined) return { companyLocation: null, userErrors: missing('companyId', 'The company') };
    const input = args.input as CompanyLocationInput;
    const mistake = findLocationMistake(context, input, ['input']);
    if (mistake !== null) return { companyLocation: null, userErrors: mistake };
    const made = addCompanyLocation(store, company, input, isoSeconds(now()));
    return { companyLocation: viewCompanyLocation(store, company, made, showCustomerOf(store)), userErrors: [] };
  },
  companyLocationAssignAddress: (args, { store, now }) => {
    const found = findCompanyLocation(store, String(args.locationId));
    if (found === null) return { addresses: null, userErrors: missing('locationId', 'The company location') };
    const at = isoSeconds(now());
    const address = makeCompanyAddress(store, args.address as CompanyAddressInput, at);
    const types = args.addressTypes as string[];
    if (types.includes('SHIPPING')) found.location.shippingAddress = address;
    if (types.includes('BILLING')) found.location.billingAddress = address;
    found.location.updatedAt = at;
    return { addresses: [viewCompanyAddress(found.company, address)], userErrors: [] };
  },
  companyContactCreate: (args, context) => {
    const { store } = context;
    const company = store.companies.get(String(args.companyId));
    if (company === undefined) return { companyContact: null, userErrors: missing('companyId', 'The company') };
    const contact = addContact(context, company, args.input as ContactInput, ['input']);
    if (Array.isArray(contact)) return { companyContact: null, userErrors: contact };
    return { companyContact: viewContact(store, company, contact, showCustomerOf(store)), userErrors: [] };
  },
  companyAssignCustomerAsContact: (args, { store, now }) => {
    const company = store.companies.get(String(args.companyId));
    if (company === undefined) return { companyContact: null, userErrors: missing('companyId', 'The company') };
    const customer = store.customers.get(String(args.customerId));
    if (customer === undefined) return { companyContact: null, userErrors: missing('customerId', 'The customer') };
    if (company.contacts.some((one) => one.customerId === customer.id))
      return {
        companyContact: null,
        userErrors: failure(['customerId'], 'Customer is already associated with a company contact.', 'INVALID_INPUT'),
      };
    const contact = assignContact(store, company, customer.id, null, isoSeconds(now()));
    return { companyContact: viewContact(store, company, contact, showCustomerOf(store)), userErrors: [] };
  },
  companyAssignMainContact: (args, { store, now }) => {
    const company = store.companies.get(String(args.companyId));
    const contact = company?.contacts.find((one) => one.id === args.companyContactId);
    if (company === undefined || contact === undefined)
      return { company: null, userErrors: missing('companyContactId', 'The company contact') };
    company.mainContactId = contact.id;
    company.updatedAt = isoSeconds(now());
    return { company: viewCompany(store, company, showCustomerOf(store)), userErrors: [] };
  },
  companyContactAssignRole: (args, { store, now }) => {
    const found = findCompanyContact(store, String(args.companyContactId));
    const location = found?.company.locations.find((one) => one.id === args.companyLocationId);
    if (found === null || location === undefined)
      return { companyContactRoleAssignment: null, userErrors: missing('companyContactId', 'The company contact') };
    const role = assignRole(store, found.contact, location.id, isoSeconds(now()));
    const shown = viewAssignment(store, found.company, found.contact, role, showCustomerOf(store));
    return { companyContactRoleAssignment: shown, userErrors: [] };
  },
  companyContactRemoveFromCompany: (args, { store, now }) => {
    const found = findCompanyContact(store, String(args.companyContactId));
    if (found === null)
      return { removedCompanyContactId: null, userErrors: missing('companyContactId', 'The company contact') };
    const { company, contact } = found;
    company.contacts.splice(company.contacts.indexOf(contact), 1);
    if (company.mainContactId === contact.id) company.mainContactId = company.contacts[0]?.id ?? null;
    company.updatedAt = isoSeconds(now());
    return { removedCompanyContactId: contact.id, userErrors: [] };
  },
};
