import { formatTimestamp } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { mapped, tryMap } from './order-fields-for-tests.ts';
import { connectionOf, readWireOrder, wireFulfilment, wireLine, wireLineId, wireOrder } from './wire-order.ts';

describe('dates', () => {
  it('an imported order was placed when it was entered and processed when it was sold', () => {
    const order = mapped({
      ...readWireOrder('simple'),
      createdAt: '2026-11-29T10:00:00Z',
      processedAt: '2026-10-15T15:00:00Z',
    });
    expect([order.placedAt, order.processedAt].map((at) => formatTimestamp(at ?? 0))).toEqual([
      '2026-11-29T10:00:00Z',
      '2026-10-15T15:00:00Z',
    ]);
  });
});

describe('company orders', () => {
  const company = readWireOrder('company');
  const purchase = company.purchasingEntity;
  const address = {
    id: 'gid://shopify/CompanyAddress/5',
    firstName: null,
    lastName: null,
    recipient: 'Receiving dock',
    companyName: 'Example Traders',
    address1: '7 Harbour Road',
    address2: 'Gate 3',
    city: 'Oakland',
    province: 'California',
    zoneCode: 'CA',
    zip: '94607',
    countryCode: 'US',
    phone: null,
  };

  it('name the company, the location with its external id, the buyer, the PO number and the terms', () => {
    const order = mapped({
      ...company,
      email: 'jordan@example.com',
      purchasingEntity: {
        __typename: 'PurchasingCompany',
        company: { id: 'gid://shopify/Company/31', name: 'Example Traders', externalId: ' C20001 ' },
        location: {
          id: 'gid://shopify/CompanyLocation/32',
          name: 'Harbour',
          externalId: 'HARBOUR',
          billingAddress: null,
          shippingAddress: null,
        },
        contact: {
          id: 'gid://shopify/CompanyContact/33',
          customer: { id: 'gid://shopify/Customer/34', firstName: 'Jordan', lastName: 'Example' },
        },
      },
    });
    expect(order).toMatchObject({
      company: { id: '31', number: 'C20001', name: 'Example Traders', externalIds: [{ id: 'C20001' }] },
      companyLocation: { id: '32', number: 'HARBOUR', name: 'Harbour' },
      contact: { id: '33', name: 'Jordan Example' },
      email: 'jordan@example.com',
      poNumber: 'PO-4711',
      terms: { name: 'Net 30', dueInDays: 30 },
      billTo: { lines: ['1 Sample Street', 'Floor 2'] },
    });
  });

  it('take the addresses of the location where the order has none', () => {
    const location = {
      ...(purchase?.location as NonNullable<typeof purchase & object>['location'] & object),
      billingAddress: address,
      shippingAddress: { ...address, firstName: 'Robin', lastName: 'Buyer' },
    };
    const order = mapped({
      ...company,
      billingAddress: null,
      shippingAddress: null,
      purchasingEntity: { ...purchase, __typename: 'PurchasingCompany', location },
    });
    expect(order.billTo).toMatchObject({
      id: '5',
      roles: ['BILLING'],
      firstName: null,
      lastName: 'Receiving dock',
      company: 'Example Traders',
      lines: ['7 Harbour Road', 'Gate 3'],
      city: 'Oakland',
      regionCode: 'CA',
      postalCode: '94607',
      country: 'US',
    });
    expect(order.shipTo).toMatchObject({ roles: ['SHIPPING'], firstName: 'Robin', lastName: 'Buyer' });
    expect(mapped({ ...readWireOrder('simple'), billingAddress: null }).billTo).toBeNull();
  });

  it('a buyer without a name has none, whatever Shopify shows instead', () => {
    const contact = {
      id: 'gid://shopify/CompanyContact/33',
      customer: { id: 'gid://shopify/Customer/34', firstName: null, lastName: null },
    };
    const order = mapped({
      ...company,
      customer: contact.customer,
      purchasingEntity: { ...purchase, __typename: 'PurchasingCompany', contact },
    });
    expect([order.contact?.name, order.customer?.name]).toEqual([null, null]);
  });

  it('have every payment schedule in their terms, due when the last one is', () => {
    const schedule = (id: string, dueAt: string | null, amount: string, completedAt: string | null = null) => ({
      id: `gid://shopify/PaymentSchedule/${id}`,
      issuedAt: '2026-11-02T09:00:00Z',
      dueAt,
      completedAt,
      balanceDue: { amount, currencyCode: 'USD' },
    });
    const termsOf = (schedules: ReturnType<typeof schedule>[]) =>
      mapped({
        ...company,
        paymentTerms: {
          id: 'gid://shopify/PaymentTerms/1',
          paymentTermsName: 'Deposit',
          paymentTermsType: 'FIXED',
          dueInDays: null,
          paymentSchedules: connectionOf(schedules),
        },
      }).terms;
    const terms = termsOf([
      schedule('1', '2026-12-24T00:00:00Z', '705.0'),
      schedule('2', '2026-11-05T00:00:00Z', '0.0', '2026-11-03T08:00:00Z'),
    ]);
    expect(formatTimestamp(terms?.dueAt ?? 0)).toBe('2026-12-24T00:00:00Z');
    expect(
      terms?.schedules?.map((one) => [one.id, one.amount?.base.amount.toNumber(), one.completedAt !== null]),
    ).toEqual([
      ['1', 705, false],
      ['2', 0, true],
    ]);
    // Due on fulfilment: no date before the goods are sent.
    expect(termsOf([schedule('1', null, '1005.0')])).toMatchObject({ dueAt: null, schedules: [{ dueAt: null }] });
  });

  it('a schedule in the customer’s currency gets the shop’s side by the rate of the order', () => {
    const wire = readWireOrder('multi-currency');
    const balanceDue = { amount: wire.totalPriceSet.presentmentMoney.amount, currencyCode: 'EUR' };
    const order = mapped({
      ...wire,
      paymentTerms: {
        id: 'gid://shopify/PaymentTerms/1',
        paymentTermsName: 'Net 7',
        paymentTermsType: 'NET',
        dueInDays: 7,
        paymentSchedules: connectionOf([
          { id: 'gid://shopify/PaymentSchedule/1', issuedAt: null, dueAt: null, completedAt: null, balanceDue },
        ]),
      },
    });
    const amount = order.terms?.schedules?.[0]?.amount;
    expect([amount?.document?.amount.toFixed(2), amount?.document?.currency]).toEqual(['38.96', 'EUR']);
    // 38.96 EUR are the whole order, which is 42.51 USD.
    expect([amount?.base.amount.toFixed(2), amount?.base.currency]).toEqual([
      Number(wire.totalPriceSet.shopMoney.amount).toFixed(2),
      'USD',
    ]);
  });
});

describe('places of a line', () => {
  const group = (place: number, status: string, totalQuantity: number, remainingQuantity: number) => ({
    id: `gid://shopify/FulfillmentOrder/${place}`,
    status,
    fulfillAt: null,
    deliveryMethod: null,
    assignedLocation: { name: `Place ${place}`, location: { id: `gid://shopify/Location/${place}` } },
    fulfillmentHolds: [],
    lineItems: connectionOf([
      {
        id: `gid://shopify/FulfillmentOrderLineItem/${place}`,
        totalQuantity,
        remainingQuantity,
        lineItem: { id: wireLineId(0) },
      },
    ]),
  });
  const warehouseOf = (...groups: ReturnType<typeof group>[]) =>
    mapped(wireOrder([wireLine(0, { quantity: 2 })], { fulfillmentOrders: connectionOf(groups) })).lines[0]?.warehouse;

  it('one place that sends all of it is its warehouse, two are none', () => {
    expect(warehouseOf(group(1, 'CANCELLED', 2, 2), group(2, 'OPEN', 1, 1), group(3, 'OPEN', 1, 1))).toBeNull();
    expect(warehouseOf(group(1, 'CANCELLED', 2, 2), group(2, 'OPEN', 2, 2))).toMatchObject({ id: '2' });
    expect(warehouseOf(group(1, 'CLOSED', 0, 0), group(2, 'OPEN', 2, 2))).toMatchObject({ id: '2' });
    expect(warehouseOf(group(1, 'INCOMPLETE', 2, 2), group(2, 'OPEN', 2, 2))).toMatchObject({ id: '2' });
    expect(warehouseOf(group(1, 'INCOMPLETE', 2, 1), group(2, 'OPEN', 1, 1))).toBeNull();
  });
});

describe('words that nobody knows yet', () => {
  it('are UNKNOWN and keep their text', () => {
    const simple = readWireOrder('simple');
    const order = mapped({
      ...simple,
      displayFinancialStatus: 'HALF_PAID',
      displayFulfillmentStatus: 'TELEPORTED',
      transactions: simple.transactions.map((one) => ({ ...one, kind: 'BARTER', status: 'MAYBE' })),
      fulfillmentOrders: connectionOf(
        (simple.fulfillmentOrders?.nodes ?? []).map((group) => ({ ...group, deliveryMethod: { methodType: 'DRONE' } })),
      ),
    });
    expect(order).toMatchObject({
      paymentStatus: 'UNKNOWN',
      paymentStatusRaw: 'HALF_PAID',
      fulfilmentStatus: 'UNKNOWN',
      fulfilmentStatusRaw: 'TELEPORTED',
      payments: [{ kind: 'UNKNOWN', kindRaw: 'BARTER', status: 'UNKNOWN', statusRaw: 'MAYBE' }],
      lines: [{ fulfilmentMode: 'UNKNOWN', fulfilmentModeRaw: 'DRONE' }],
    });
  });
});

describe('quantities that cannot be', () => {
  it('leave the order unmapped, with words', () => {
    const wire = wireOrder([wireLine(0, { quantity: 1, unfulfilledQuantity: 0 })], {
      fulfillments: [wireFulfilment(1, { 0: 1 }), wireFulfilment(2, { 0: 1 })],
    });
    const result = tryMap(wire);
    expect(result).toMatchObject({
      ok: false,
      error: {
        kind: 'mapping',
        code: 'quantities-do-not-add-up',
        fields: [{ path: 'lines[0].quantity.fulfilled', message: 'is 2, more than was ordered and not cancelled (1)' }],
      },
    });
  });
});

it("the telephone is the order's, else the customer's own", () => {
  const id = 'gid://shopify/Customer/7';
  const phoneOf = (own: string | null, customers: string | null) =>
    mapped(
      wireOrder([wireLine(1)], {
        phone: own,
        customer: {
          id,
          firstName: null,
          lastName: null,
          defaultPhoneNumber: customers === null ? null : { phoneNumber: customers },
        },
      }),
    ).phone;
  expect(phoneOf('+14155550101', '+14155550102')).toBe('+14155550101');
  expect(phoneOf(null, '+14155550102')).toBe('+14155550102');
  expect(phoneOf(null, null)).toBeNull();
});
