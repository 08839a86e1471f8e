import {
  type Address,
  type Bag,
  createAddress,
  createAmounts,
  createExternalId,
  createOrderPayment,
  createPaymentSchedule,
  createPaymentTerms,
  createRef,
  Decimal,
  type Order,
  type OrderPayment,
  type PaymentKind,
  type PaymentMethod,
  type PaymentState,
  type PaymentStatus,
  type PaymentTerms,
  parseDecimal,
  type Ref,
  roundToCurrency,
} from '@entrepot/canonical';
import { absoluteBag, bagOf, codeOrNull, fromGid, idOrNull, mapAddress, textOrNull, timeOrNull } from '../../fields.ts';
import type { WireMoney } from '../wire.ts';
import type { WireCompanyAddress, WireOrder, WirePerson } from './wire.ts';
import type { WireTransaction } from './wire-after-sale.ts';

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

const PAYMENT_STATUSES: Readonly<Record<string, PaymentStatus>> = {
  PENDING: 'UNPAID',
  AUTHORIZED: 'AUTHORIZED',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  PARTIALLY_REFUNDED: 'PARTIALLY_REFUNDED',
  REFUNDED: 'REFUNDED',
  VOIDED: 'VOIDED',
  EXPIRED: 'EXPIRED',
};

/** Orders made by API show no financial status until something is paid: then the sums say it. */
export function mapPaymentStatus(order: WireOrder): PaymentStatus {
  if (order.displayFinancialStatus !== null) return PAYMENT_STATUSES[order.displayFinancialStatus] ?? 'UNKNOWN';
  const total = parseDecimal(order.totalPriceSet.presentmentMoney.amount);
  const received = parseDecimal(order.totalReceivedSet.presentmentMoney.amount);
  if (received.gte(total)) return 'PAID';
  return received.isZero() ? 'UNPAID' : 'PARTIALLY_PAID';
}

/** Shopify names no rate: it follows from the total in both currencies, as exactly as amounts of that size can say. */
export function computeRate(order: WireOrder): Decimal | null {
  if (order.currencyCode === order.presentmentCurrencyCode) return parseDecimal(1);
  const { shopMoney, presentmentMoney } = order.totalPriceSet;
  const document = parseDecimal(presentmentMoney.amount);
  return document.isZero() ? null : parseDecimal(shopMoney.amount).div(document).toDecimalPlaces(15);
}

const PAYMENT_KINDS: Readonly<Record<string, PaymentKind>> = {
  AUTHORIZATION: 'AUTHORIZE',
  EMV_AUTHORIZATION: 'AUTHORIZE',
  CAPTURE: 'CAPTURE',
  SALE: 'SALE',
  REFUND: 'REFUND',
  VOID: 'VOID',
};

const PAYMENT_STATES: Readonly<Record<string, PaymentState>> = {
  SUCCESS: 'SUCCEEDED',
  PENDING: 'PENDING',
  AWAITING_RESPONSE: 'PENDING',
  FAILURE: 'FAILED',
  ERROR: 'FAILED',
};

/** Gateways that are not money from outside but value the shop had issued before. */
const TENDER_GATEWAYS: Readonly<Record<string, PaymentMethod>> = {
  gift_card: 'GIFT_CARD',
  store_credit: 'STORE_CREDIT',
  shopify_store_credit: 'STORE_CREDIT',
};

function paymentMethod(transaction: WireTransaction): PaymentMethod {
  const byGateway = TENDER_GATEWAYS[transaction.gateway ?? ''];
  if (byGateway !== undefined) return byGateway;
  if (transaction.paymentDetails?.__typename === 'CardPaymentDetails') return 'CARD';
  return transaction.manualPaymentGateway || transaction.gateway === 'manual' ? 'MANUAL' : 'OTHER';
}

/** Payments without any card data: card details are asked for by type name only. Suggested refunds are no movements of money. */
export function mapPayments(transactions: readonly WireTransaction[]): OrderPayment[] {
  return transactions
    .filter((transaction) => transaction.kind !== 'SUGGESTED_REFUND')
    .map((transaction) =>
      createOrderPayment({
        id: fromGid(transaction.id),
        parentId: idOrNull(transaction.parentTransaction),
        kind: PAYMENT_KINDS[transaction.kind] ?? 'UNKNOWN',
        kindRaw: transaction.kind,
        status: PAYMENT_STATES[transaction.status] ?? 'UNKNOWN',
        statusRaw: transaction.status,
        method: paymentMethod(transaction),
        methodRaw: transaction.gateway,
        gateway: textOrNull(transaction.gateway),
        reference: textOrNull(transaction.paymentId),
        amount: absoluteBag(bagOf(transaction.amountSet)),
        processedAt: timeOrNull(transaction.processedAt ?? transaction.createdAt),
        test: transaction.test,
      }),
    );
}
