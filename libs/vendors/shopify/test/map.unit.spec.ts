import { readdirSync, readFileSync } from 'node:fs';
import { type Customer, checkOrderArithmetic, formatDecimal, fromJson, type Order, toJson } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { customerFromShopify } from '../src/entities/customer/map.ts';
import type { WireCustomer } from '../src/entities/customer/wire.ts';
import { orderFromShopify } from '../src/entities/order/map.ts';
import type { WireOrder } from '../src/entities/order/wire.ts';

const folder = new URL('./fixtures/', import.meta.url);
const readFixture = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const casesOf = (entity: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(`${entity}.`) && name.endsWith('.wire.json'))
    .map((name) => name.slice(entity.length + 1, -'.wire.json'.length));

const context = { connection: 'shop', adjustmentPolicy: 'refuse', customerHidden: false } as const;

function mapOrder(name: string, change: (wire: WireOrder) => WireOrder = (wire) => wire): Order {
  const result = orderFromShopify(change(readFixture(`order.${name}.wire.json`) as WireOrder), context);
  if (!result.ok) throw new Error(result.error.message);
  return result.order;
}

function amountsOf(order: Order, which: 'original' | 'current'): Record<string, string> {
  const entries = Object.entries(order.totals[which]).map(([field, bag]) => [
    field,
    formatDecimal((bag.document ?? bag.base).amount),
  ]);
  return Object.fromEntries(entries.filter(([, amount]) => amount !== '0'));
}

describe('orders', () => {
  it('covers the cases that orders have', () => expect(casesOf('order').length).toBeGreaterThanOrEqual(20));

  it.each(casesOf('order'))('%s maps as its fixture says and adds up', (name) => {
    const order = mapOrder(name);
    const expected = readFixture(`order.${name}.canonical.json`);
    expect(toJson('order', order, { omitDefaults: true })).toEqual(expected);
    expect(toJson('order', fromJson('order', expected))).toEqual(toJson('order', order));
    expect(checkOrderArithmetic(order)).toEqual({ ok: true, differences: [] });
  });

  // What the fixtures hold, worked out by hand.
  it.each([
    ['simple', { lines: '50', shipping: '5', taxes: '3.63', total: '58.63', paid: '58.63' }],
    ['discount-fixed', { lines: '42.49', discounts: '10', shipping: '5', total: '37.49', paid: '37.49' }],
    ['free-shipping', { lines: '25', discounts: '5', shipping: '5', total: '25', paid: '25' }],
    ['taxes-included', { lines: '119', shipping: '5.95', taxes: '19.95', total: '124.95', paid: '124.95' }],
    ['multi-currency', { lines: '34.38', shipping: '4.58', total: '38.96', paid: '38.96' }],
    ['tip', { lines: '19.99', tips: '3', total: '22.99', paid: '22.99' }],
    ['gift-card', { lines: '67.5', total: '67.5', paid: '67.5' }],
    [
      'duties',
      { lines: '118', shipping: '5', taxes: '22.42', duties: '9.4', fees: '2.5', total: '157.32', paid: '157.32' },
    ],
    ['cash-rounding', { lines: '19.99', cashRounding: '0.01', total: '20', paid: '20' }],
    ['custom-line', { lines: '17.15', shipping: '5', total: '22.15', outstanding: '22.15' }],
    ['company', { lines: '1000', shipping: '5', total: '1005', outstanding: '1005' }],
  ])('%s: as ordered and as it stands', (name, amounts) => {
    const order = mapOrder(name);
    expect(amountsOf(order, 'original')).toEqual(amounts);
    expect(amountsOf(order, 'current')).toEqual(amounts);
  });

  it.each([
    ['refund-partial', { lines: '64', shipping: '5', taxes: '3.62', total: '72.62', paid: '99.43', refunded: '26.81' }],
    ['refund-goodwill', { lines: '59', shipping: '5', total: '64', paid: '64', refunded: '8' }],
    ['cancelled', { paid: '30', refunded: '30' }],
    ['edited', { lines: '29', shipping: '5', total: '34', paid: '99.99', outstanding: '-65.99' }],
    ['refund-kept', { lines: '37.5', total: '37.5', paid: '62.5', refunded: '25' }],
    ['exchange', { lines: '59', total: '59', paid: '25', outstanding: '34' }],
    ['shipping-removed', { lines: '12.5', total: '12.5', paid: '17.5', outstanding: '-5' }],
  ])('%s: as it stands', (name, amounts) => expect(amountsOf(mapOrder(name), 'current')).toEqual(amounts));

  it('counts quantities through edits, fulfilment and returns', () => {
    const quantities = (name: string) =>
      mapOrder(name).lines.map(({ quantity }) => Object.values(quantity).map((value) => value.toNumber()));
    // ordered, current, fulfilled, cancelled, returned
    expect(quantities('edited')).toEqual([
      [3, 1, 0, 2, 0],
      [1, 0, 0, 1, 0],
      [1, 1, 0, 0, 0],
    ]);
    expect(quantities('refund-partial')).toEqual([
      [3, 2, 3, 0, 1],
      [1, 1, 1, 0, 0],
    ]);
    expect(quantities('cancelled')).toEqual([[2, 0, 0, 2, 0]]);
    expect(quantities('refund-kept')).toEqual([
      [2, 1, 2, 0, 0],
      [1, 1, 1, 0, 0],
    ]);
    expect(quantities('exchange')).toEqual([
      [1, 0, 1, 0, 1],
      [1, 1, 0, 0, 0],
    ]);
  });

  it('tells lines apart: product, custom, gift card, tip', () => {
    expect(mapOrder('gift-card').lines.map((line) => line.kind)).toEqual(['GIFT_CARD', 'PRODUCT']);
    expect(mapOrder('tip').lines.map((line) => [line.kind, line.item?.sku ?? null])).toEqual([
      ['PRODUCT', 'CAP-NAVY'],
      ['TIP', null],
    ]);
    expect(mapOrder('custom-line').lines[1]).toMatchObject({
      kind: 'CUSTOM',
      item: null,
      attributes: [{ key: 'Text', value: 'For Jo' }],
    });
    expect(mapOrder('exchange').lines.map((line) => line.kind)).toEqual(['PRODUCT', 'EXCHANGE']);
  });

  it('keeps gift cards as payments and the total before them', () => {
    const order = mapOrder('gift-card');
    expect(order.payments.map((payment) => [payment.method, formatDecimal(payment.amount.base.amount)])).toEqual([
      ['GIFT_CARD', '40'],
      ['OTHER', '27.5'],
    ]);
  });

  it('keeps both currencies and puts what conversion rounds off on the shop’s side', () => {
    const { totals, exchangeRate, baseCurrency, documentCurrency } = mapOrder('multi-currency');
    expect([baseCurrency, documentCurrency, exchangeRate?.toFixed(6)]).toEqual(['USD', 'EUR', '1.091119']);
    expect([
      totals.original.adjustments.base.amount.toFixed(),
      totals.original.adjustments.document?.amount.toFixed(),
    ]).toEqual(['0.01', '0']);
  });

  it('knows guests, companies, holds, returns and waiting payments', () => {
    expect(mapOrder('guest')).toMatchObject({
      guest: true,
      customer: null,
      paymentStatus: 'UNPAID',
      payments: [{ status: 'PENDING', gateway: 'Bank Deposit' }],
    });
    expect(mapOrder('company')).toMatchObject({
      poNumber: 'PO-4711',
      company: { name: 'Example Traders', number: 'ET-9' },
      companyLocation: { name: 'Head office' },
      terms: { name: 'Net 30', dueInDays: 30 },
      taxExempt: true,
    });
    expect(mapOrder('on-hold')).toMatchObject({ fulfilmentStatus: 'ON_HOLD', holds: [{ kind: 'incorrect_address' }] });
    expect(mapOrder('return').returns).toMatchObject([
      { status: 'OPEN', lines: [{ reason: 'Wrong colour' }], fees: [{ kind: 'return' }] },
    ]);
    expect(mapOrder('custom-line').paymentStatus).toBe('AUTHORIZED');
    expect(mapOrder('test').test).toBe(true);
  });

  it('says nothing of guests when the customer is hidden or not readable', () => {
    const wire = readFixture('order.guest.wire.json') as WireOrder;
    const hidden = orderFromShopify(wire, { ...context, customerHidden: true });
    const { customer: _customer, ...withoutScope } = wire;
    const unread = orderFromShopify(withoutScope, context);
    expect([hidden, unread].map((result) => result.ok && result.order.guest)).toEqual([false, false]);
  });

  it('carries no card data', () => {
    for (const name of casesOf('order'))
      expect(readFileSync(new URL(`order.${name}.wire.json`, folder), 'utf8')).not.toMatch(/"number":|"bin":|cvv/i);
  });
});

describe('customers', () => {
  const mapCustomer = (name: string): Customer =>
    customerFromShopify(readFixture(`customer.${name}.wire.json`) as WireCustomer, 'shop');

  it.each(casesOf('customer'))('%s maps as its fixture says', (name) => {
    const customer = mapCustomer(name);
    const expected = readFixture(`customer.${name}.canonical.json`);
    expect(toJson('customer', customer, { omitDefaults: true })).toEqual(expected);
    expect(toJson('customer', fromJson('customer', expected))).toEqual(toJson('customer', customer));
  });

  it('takes names, company, default address and consent', () => {
    expect(mapCustomer('full')).toMatchObject({
      name: 'Pat Sample',
      email: 'pat@example.com',
      tags: ['vip'],
      marketing: [{ channel: 'EMAIL', state: 'SUBSCRIBED' }, { channel: 'SMS' }],
    });
    expect(mapCustomer('full').addresses.map((address) => [address.isDefault, address.country])).toEqual([
      [true, 'US'],
      [false, 'DE'],
    ]);
    expect(mapCustomer('company')).toMatchObject({
      parent: { name: 'Example Traders', number: 'ET-9' },
      taxExemptions: [{ jurisdiction: 'US-CA' }, { jurisdiction: 'EU' }],
    });
    // The display name of a customer without a name is the e-mail address: that is no name.
    expect(mapCustomer('email-only')).toMatchObject({ name: null, email: 'only@example.net' });
    expect(mapCustomer('phone-only')).toMatchObject({ name: 'Sam', email: null, phone: '+15550177', locale: 'fr' });
    expect(mapCustomer('protected')).toMatchObject({ name: null, email: null, phone: null });
  });

  it('tells every company that a person buys for; the first is the parent', () => {
    const wire = readFixture('customer.company.wire.json') as WireCustomer;
    const profile = (id: string, name: string, externalId: string | null) => ({
      id: `gid://shopify/CompanyContact/${id}`,
      title: 'Buyer',
      isMainContact: id === '7',
      company: { id: `gid://shopify/Company/${id}`, name, externalId },
    });
    const customer = customerFromShopify(
      { ...wire, companyContactProfiles: [profile('7', 'Northwind', ' C-NW '), profile('8', 'Southwind', null)] },
      'shop',
    );
    expect(customer.parent).toMatchObject({ id: '7', number: 'C-NW', name: 'Northwind' });
    expect(customer.contacts.map((contact) => [contact.id, contact.roles, contact.email])).toEqual([
      ['7', ['Northwind'], 'buyer@example.org'],
      ['8', ['Southwind'], 'buyer@example.org'],
    ]);
    const companies = customer.attributes.find((one) => one.namespace === 'shopify' && one.key === 'companies');
    expect(JSON.parse(companies?.value ?? '')).toEqual([
      { id: '7', externalId: 'C-NW', name: 'Northwind', isMainContact: true },
      { id: '8', externalId: null, name: 'Southwind', isMainContact: false },
    ]);
  });

  it('takes the SMS consent of versions before 2026-10 too', () => {
    const wire = readFixture('customer.full.wire.json') as WireCustomer;
    const older = {
      phoneNumber: '+15550123',
      marketingState: 'SUBSCRIBED',
      marketingUpdatedAt: '2026-01-02T03:04:05Z',
    };
    expect(customerFromShopify({ ...wire, defaultPhoneNumber: older }, 'shop').marketing).toMatchObject([
      { channel: 'EMAIL' },
      { channel: 'SMS', state: 'SUBSCRIBED', at: Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000 },
    ]);
  });
});
