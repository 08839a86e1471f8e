import {
  type Address,
  type Bag,
  createAddress,
  createAmounts,
  createExternalId,
  createPaymentSchedule,
  createPaymentTerms,
  createRef,
  Decimal,
  type FulfilmentStatus,
  type Order,
  type PaymentStatus,
  type PaymentTerms,
  parseDecimal,
  type Ref,
  roundToCurrency,
} from '@entrepot/canonical';
import { fromGid } from '../../ids.ts';
import { codeOrNull, mapAddress, textOrNull, timeOrNull } from '../fields.ts';
import type { WireMoney } from '../wire.ts';
import type { LineCount } from './quantities.ts';
import type { WireCompanyAddress, WireOrder, WirePerson } from './wire.ts';

/** A person; without a name of its own it has none here. */
export function mapPerson(id: string, person: Pick<WirePerson, 'firstName' | 'lastName'>): Ref {
  const names = [textOrNull(person.firstName), textOrNull(person.lastName)].filter((name) => name !== null);
  return createRef({ id: fromGid(id), name: names.length > 0 ? names.join(' ') : null });
}

/** Who buys for whom: the company, the location of it that buys, the person that orders; all null where a person buys. */
export function mapCompany(order: WireOrder): Pick<Order, 'company' | 'companyLocation' | 'contact'> {
  const purchaser = order.purchasingEntity;
  if (!purchaser?.company) return { company: null, companyLocation: null, contact: null };
  const { company, location, contact } = purchaser;
  return {
    company: refOf(company),
    companyLocation: location ? refOf(location) : null,
    contact: contact ? mapPerson(contact.id, contact.customer) : null,
  };
}

function refOf(record: { readonly id: string; readonly name: string; readonly externalId: string | null }): Ref {
  const externalId = codeOrNull(record.externalId);
  return createRef({
    id: fromGid(record.id),
    number: externalId,
    name: record.name,
    externalIds: externalId === null ? [] : [createExternalId({ kind: 'externalId', id: externalId })],
  });
}

/**
 * The addresses of the order; where a company buys without giving them (on terms there is no payment method to have a billing
 * address), those of the location that buys.
 */
export function mapParties(order: WireOrder): Pick<Order, 'billTo' | 'shipTo'> {
  const location = order.purchasingEntity?.location;
  return {
    billTo: mapAddress(order.billingAddress, ['BILLING']) ?? mapCompanyAddress(location?.billingAddress, 'BILLING'),
    shipTo: mapAddress(order.shippingAddress, ['SHIPPING']) ?? mapCompanyAddress(location?.shippingAddress, 'SHIPPING'),
  };
}

function mapCompanyAddress(address: WireCompanyAddress | null | undefined, role: string): Address | null {
  if (!address) return null;
  const firstName = textOrNull(address.firstName);
  return createAddress({
    id: fromGid(address.id),
    roles: [role],
    firstName,
    lastName: textOrNull(address.lastName) ?? (firstName === null ? textOrNull(address.recipient) : null),
    company: textOrNull(address.companyName),
    lines: [address.address1, address.address2].map(textOrNull).filter((line) => line !== null),
    city: textOrNull(address.city),
    regionCode: textOrNull(address.zoneCode),
    regionName: textOrNull(address.province),
    postalCode: textOrNull(address.zip),
    country: address.countryCode,
    phone: textOrNull(address.phone),
  });
}

/** Terms with every part payment (a deposit and its balance are two); the whole is due when the last part is. */
export function mapTerms(order: WireOrder): PaymentTerms | null {
  const terms = order.paymentTerms;
  if (!terms) return null;
  const schedules = terms.paymentSchedules.nodes.map((schedule) =>
    createPaymentSchedule({
      id: fromGid(schedule.id),
      amount: mapDue(order, schedule.balanceDue),
      issuedAt: timeOrNull(schedule.issuedAt),
      dueAt: timeOrNull(schedule.dueAt),
      completedAt: timeOrNull(schedule.completedAt),
    }),
  );
  const dues = schedules.map((schedule) => schedule.dueAt).filter((dueAt) => dueAt !== null);
  return createPaymentTerms({
    id: fromGid(terms.id),
    name: terms.paymentTermsName,
    kind: terms.paymentTermsType.toLowerCase(),
    dueInDays: terms.dueInDays,
    dueAt: dues.length === 0 ? null : Math.max(...dues),
    schedules,
  });
}

/** A schedule has one amount: where it is in the customer's currency alone, the shop's side follows by the rate of the order. */
function mapDue(order: WireOrder, due: WireMoney): Bag | null {
  const money = { amount: due.amount, currency: due.currencyCode };
  if (due.currencyCode === order.currencyCode)
    return createAmounts(money, order.presentmentCurrencyCode === order.currencyCode ? money : null);
  const rate = computeRate(order);
  if (rate === null || due.currencyCode !== order.presentmentCurrencyCode) return null;
  const amount = roundToCurrency(parseDecimal(due.amount).times(rate), order.currencyCode);
  return createAmounts({ amount, currency: order.currencyCode }, money);
}

const PAYMENT_STATES: Readonly<Record<string, PaymentStatus>> = {
  PENDING: 'UNPAID',
  AUTHORIZED: 'AUTHORIZED',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  PARTIALLY_REFUNDED: 'PARTIALLY_REFUNDED',
  REFUNDED: 'REFUNDED',
  VOIDED: 'VOIDED',
  EXPIRED: 'EXPIRED',
};

/** What each word means while nothing has been handed over; after that the lines say it. */
const STATES_BEFORE_HAND_OVER: Readonly<Record<string, FulfilmentStatus>> = {
  UNFULFILLED: 'UNFULFILLED',
  OPEN: 'UNFULFILLED',
  PENDING_FULFILLMENT: 'UNFULFILLED',
  REQUEST_DECLINED: 'UNFULFILLED',
  PARTIALLY_FULFILLED: 'UNFULFILLED',
  FULFILLED: 'UNFULFILLED',
  FULFILLMENT_NOT_REQUIRED: 'UNFULFILLED',
  RESTOCKED: 'UNFULFILLED',
  SCHEDULED: 'SCHEDULED',
  ON_HOLD: 'ON_HOLD',
  IN_PROGRESS: 'IN_PROGRESS',
};

/** Orders made by API show no financial status until something is paid: then the sums say it. */
export function mapPaymentStatus(order: WireOrder): PaymentStatus {
  if (order.displayFinancialStatus !== null) return PAYMENT_STATES[order.displayFinancialStatus] ?? 'UNKNOWN';
  const total = parseDecimal(order.totalPriceSet.presentmentMoney.amount);
  const received = parseDecimal(order.totalReceivedSet.presentmentMoney.amount);
  if (received.gte(total)) return 'PAID';
  return received.isZero() ? 'UNPAID' : 'PARTIALLY_PAID';
}

/**
 * The fulfilment status follows from the lines: Shopify's words change with the API version (an order with nothing left
 * to ship reads UNFULFILLED up to 2026-07 and FULFILLMENT_NOT_REQUIRED from 2026-10). An unknown word is UNKNOWN.
 */
export function mapFulfilmentStatus(word: string, counts: Iterable<LineCount>): FulfilmentStatus {
  const beforeHandOver = STATES_BEFORE_HAND_OVER[word];
  if (beforeHandOver === undefined) return 'UNKNOWN';
  let fulfilled = 0;
  let returned = 0;
  let open = 0;
  for (const count of counts) {
    fulfilled += count.fulfilled;
    returned += count.returned;
    open += count.open;
  }
  if (fulfilled === 0) return beforeHandOver;
  if (word === 'RESTOCKED' && returned === fulfilled) return 'RETURNED';
  return open > 0 ? 'PARTIALLY_FULFILLED' : 'FULFILLED';
}

/** Shopify names no rate: it follows from the total in both currencies, as exactly as amounts of that size can say. */
export function computeRate(order: WireOrder): Decimal | null {
  if (order.currencyCode === order.presentmentCurrencyCode) return parseDecimal(1);
  const { shopMoney, presentmentMoney } = order.totalPriceSet;
  const document = parseDecimal(presentmentMoney.amount);
  return document.isZero() ? null : parseDecimal(shopMoney.amount).div(document).toDecimalPlaces(15);
}
