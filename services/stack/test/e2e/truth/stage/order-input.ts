import { randomUUID } from 'node:crypto';
import type { Input } from './shop-side.ts';

/** One amount in the store's own currency. */
export function money(amount: string, currencyCode = 'USD') {
  return { shopMoney: { amount, currencyCode } };
}

/** A line of goods; what is not said is as usual: taxable, to be shipped, titled like its SKU. */
export function goods(sku: string, quantity: number, price: string, more: Input = {}, currency = 'USD') {
  return {
    title: `Goods ${sku.trim()}`,
    sku,
    quantity,
    priceSet: money(price, currency),
    taxable: true,
    requiresShipping: true,
    ...more,
  };
}

export function tax(title: string, rate: number | string, amount: string, more: Input = {}, currency = 'USD') {
  return { title, rate: String(rate), priceSet: money(amount, currency), ...more };
}

export interface Person {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Somebody who never bought before. */
export function newPerson(firstName: string, lastName: string): Person {
  return { email: `${firstName}.${randomUUID().slice(0, 8)}@truth.example.com`.toLowerCase(), firstName, lastName };
}

export function address(person: Person, more: Input = {}) {
  return {
    firstName: person.firstName,
    lastName: person.lastName,
    address1: '7 Harbour Lane',
    city: 'Portland',
    provinceCode: 'ME',
    zip: '04101',
    countryCode: 'US',
    ...more,
  };
}

/** A paid order of a person; lines and all else as told. */
export function orderOf(person: Person, lineItems: readonly Input[], more: Input = {}): Input {
  return {
    email: person.email,
    currency: 'USD',
    financialStatus: 'PAID',
    customer: { toUpsert: { ...person } },
    shippingAddress: address(person),
    billingAddress: address(person),
    lineItems,
    ...more,
  };
}
