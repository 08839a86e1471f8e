import { findCompanyContact, findCompanyLocation } from '../../companies/companies.ts';
import type { CompanyLocationState, CompanyState } from '../../companies/state.ts';
import { TERMS_TEMPLATES } from '../../companies/terms.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { searchId, searchItems, searchText, searchTime } from '../../graphql/search/search.ts';
import { numericId, type Store } from '../../store.ts';
import { computeTotals } from '../../sums/totals.ts';
import { viewCustomer } from '../customer-view.ts';
import { type ShowCustomer, viewCompany, viewCompanyLocation, viewContact, viewTerms } from './view.ts';

type Resolver = (args: Record<string, unknown>, context: RequestContext) => unknown;

export const showCustomerOf =
  (store: Store): ShowCustomer =>
  (customer) =>
    viewCustomer(store, customer);

/** Objects of this part of the API by their global id. */
export const COMPANY_NODES: Readonly<Record<string, (context: RequestContext, id: string) => unknown>> = {
  Company: ({ store }, id) => {
    const company = store.companies.get(id);
    return company === undefined ? null : viewCompany(store, company, showCustomerOf(store));
  },
  CompanyLocation: ({ store }, id) => {
    const found = findCompanyLocation(store, id);
    return found && viewCompanyLocation(store, found.company, found.location, showCustomerOf(store));
  },
  CompanyContact: ({ store }, id) => {
    const found = findCompanyContact(store, id);
    return found && viewContact(store, found.company, found.contact, showCustomerOf(store));
  },
  PaymentTerms: ({ store }, id) => {
    const order = [...store.orders.values()].find(({ paymentTerms }) => paymentTerms?.id === id);
    return order?.paymentTerms ? viewTerms(order.paymentTerms, order, computeTotals(order).total) : null;
  },
};

const byId =
  (type: string): Resolver =>
  (args, context) =>
    COMPANY_NODES[type]?.(context, String(args.id)) ?? null;

export const COMPANY_QUERIES: Readonly<Record<string, Resolver>> = {
  company: byId('Company'),
  companyLocation: byId('CompanyLocation'),
  companyContact: byId('CompanyContact'),
  companies: (args, context) =>
    searchItems(context, 'companies', [...context.store.companies.values()], args.query, {
      id: searchId((company: CompanyState) => numericId(company.id)),
      name: searchText((company: CompanyState) => [company.name]),
      external_id: searchText((company: CompanyState) => [company.externalId]),
      created_at: searchTime((company: CompanyState) => company.createdAt),
      updated_at: searchTime((company: CompanyState) => company.updatedAt),
    }).map((company) => viewCompany(context.store, company, showCustomerOf(context.store))),
  companyLocations: (args, context) => {
    const { store } = context;
    const all = [...store.companies.values()].flatMap((company) =>
      company.locations.map((location) => ({ company, location })),
    );
    const read =
      (take: (location: CompanyLocationState) => string | null) =>
      ({ location }: (typeof all)[number]) => [take(location)];
    return searchItems(context, 'companyLocations', all, args.query, {
      id: searchId(({ location }) => numericId(location.id)),
      name: searchText(read((location) => location.name)),
      external_id: searchText(read((location) => location.externalId)),
      company_id: searchId(({ company }) => numericId(company.id)),
    }).map(({ company, location }) => viewCompanyLocation(store, company, location, showCustomerOf(store)));
  },
  paymentTermsTemplates: (args) =>
    TERMS_TEMPLATES.filter((one) => args.paymentTermsType == null || one.paymentTermsType === args.paymentTermsType),
};
