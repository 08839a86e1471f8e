import { Decimal } from 'decimal.js';
import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import { computeTotals } from '../sums/totals.ts';
import {
  assignContact,
  assignRole,
  findCompanyLocation,
  findOrAddCompany,
  type OrderCompanyInput,
} from './companies.ts';
import { findTemplate, makeTerms, type PaymentTermsInput } from './terms.ts';

export interface PurchaseInput {
  readonly company?: OrderCompanyInput | undefined;
  readonly companyLocationId?: string | null | undefined;
  readonly paymentTerms?: PaymentTermsInput | undefined;
}

/** Makes an order one of a company: its customer becomes a contact for the location, whose terms the order gets unless it has its own. */
export function assignPurchase(store: Store, order: OrderState, input: PurchaseInput, at: string): void {
  const found = input.company
    ? findOrAddCompany(store, input.company, at)
    : input.companyLocationId
      ? findCompanyLocation(store, input.companyLocationId)
      : null;
  if (found !== null) {
    const { company, location } = found;
    const contact =
      order.customerId === null
        ? null
        : assignContact(store, company, order.customerId, input.company?.contact?.title, at);
    if (contact !== null) assignRole(store, contact, location.id, at);
    order.company = { companyId: company.id, locationId: location.id, contactId: contact?.id ?? null };
  }
  const template = found?.location.termsTemplateId ? findTemplate(found.location.termsTemplateId) : undefined;
  const terms =
    input.paymentTerms ??
    (template && { name: template.name, type: template.paymentTermsType, dueInDays: template.dueInDays });
  if (terms) order.paymentTerms = makeTerms(store, terms, order, rateOf(order));
}

/** Shop units for one presentment unit, computed from the order's own sums. */
function rateOf(order: OrderState): Decimal {
  const { total } = computeTotals(order);
  return total.presentmentMoney.amount.isZero()
    ? new Decimal(1)
    : total.shopMoney.amount.div(total.presentmentMoney.amount);
}
