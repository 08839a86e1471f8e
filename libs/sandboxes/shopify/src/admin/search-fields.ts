import { fulfillmentStatusOf } from '../fulfillment/quantities.ts';
import { type SearchField, searchId, searchText, searchTime, searchWords } from '../graphql/search/search.ts';
import { returnStatusOf } from '../returns/returns.ts';
import type { CustomerState, OrderState } from '../state.ts';
import { numericId } from '../store.ts';
import { financialStatusOf } from '../sums/totals.ts';

/** Words of the search for a status that the order shows otherwise. */
const FULFILLMENT_WORDS: Readonly<Record<string, readonly string[]>> = {
  FULFILLED: ['fulfilled', 'shipped'],
  PARTIALLY_FULFILLED: ['partial'],
  UNFULFILLED: ['unfulfilled', 'unshipped'],
  SCHEDULED: ['scheduled'],
  ON_HOLD: ['on_hold'],
};

/** Fields of the search of orders; `default` is free text. */
export const ORDER_SEARCH: Readonly<Record<string, SearchField<OrderState>>> = {
  default: searchWords((order) => [
    order.name,
    order.email,
    order.poNumber,
    ...order.tags,
    ...[order.shippingAddress, order.billingAddress].flatMap((address) => [
      address?.firstName ?? null,
      address?.lastName ?? null,
      address?.company ?? null,
    ]),
    ...order.lines.flatMap((line) => [line.title, line.sku]),
  ]),
  id: searchId((order) => numericId(order.id)),
  name: searchText((order) => [order.name, order.name.replace(/^#/, '')]),
  customer_id: searchId((order) => numericId(order.customerId ?? '') || '0'),
  po_number: searchText((order) => [order.poNumber]),
  source_name: searchText((order) => [order.sourceName]),
  gateway: searchText((order) => order.transactions.map((transaction) => transaction.gateway)),
  discount_code: searchText((order) => order.discountCodes),
  tag_not: (order, _operator, value) => !order.tags.some((tag) => tag.toLowerCase() === value.toLowerCase()),
  fulfillment_location_id: (order, _operator, value) =>
    order.fulfillmentOrders.some((one) => numericId(one.locationId) === value),
  fulfillment_status: (order, _operator, value) =>
    Object.values(FULFILLMENT_WORDS).flat().concat('request_declined').includes(value)
      ? (FULFILLMENT_WORDS[fulfillmentStatusOf(order)] ?? []).includes(value)
      : null,
  updated_at: searchTime((order) => order.updatedAt),
  created_at: searchTime((order) => order.createdAt),
  processed_at: searchTime((order) => order.processedAt),
  email: searchText((order) => [order.email]),
  tag: searchText((order) => order.tags),
  sku: searchText((order) => order.lines.map((line) => line.sku)),
  source_identifier: searchText((order) => [order.sourceIdentifier]),
  financial_status: searchText((order) => [financialStatusOf(order)]),
  return_status: searchText((order) => [returnStatusOf(order)]),
  test: searchText((order) => [String(order.test)]),
  status: (order, _operator, value) => {
    const isOpen = order.closedAt === null && order.cancelledAt === null;
    if (value === 'any') return true;
    if (value === 'open' || value === 'not_closed') return isOpen;
    if (value === 'closed') return order.closedAt !== null && order.cancelledAt === null;
    return value === 'cancelled' ? order.cancelledAt !== null : null;
  },
};

export const CUSTOMER_SEARCH: Readonly<Record<string, SearchField<CustomerState>>> = {
  default: searchWords((customer) => [
    customer.firstName,
    customer.lastName,
    customer.email,
    customer.phone,
    ...customer.tags,
    ...customer.addresses.map((address) => address.company),
  ]),
  id: searchId((customer) => numericId(customer.id)),
  updated_at: searchTime((customer) => customer.updatedAt),
  customer_date: searchTime((customer) => customer.createdAt),
  email: searchText((customer) => [customer.email]),
  phone: searchText((customer) => [customer.phone]),
  tag: searchText((customer) => customer.tags),
  first_name: searchText((customer) => [customer.firstName]),
  last_name: searchText((customer) => [customer.lastName]),
};
