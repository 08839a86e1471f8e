import { formatDecimal, formatTimestamp, type Order } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { type OrderMapResult, orderFromShopify } from '../src/map/order.ts';
import type { WireLine, WireOrder } from '../src/wire.ts';
import {
  connectionOf,
  readWireOrder,
  usd,
  wireFulfilment,
  wireLine,
  wireLineId,
  wireOrder,
  wireRefund,
} from './wire-order.ts';

const tryMap = (wire: WireOrder): OrderMapResult =>
  orderFromShopify(wire, { connection: 'shop', adjustmentPolicy: 'refuse', customerHidden: false });

function mapped(wire: WireOrder): Order {
  const result = tryMap(wire);
  if (!result.ok) throw new Error(result.error.message);
  return result.order;
}

/** A line without an item, neither taxed nor sent: goods and tips alike look so. */
const bareLine = (index: number, title: string, price: string, changes: Partial<WireLine> = {}): WireLine =>
  wireLine(index, {
    title,
    sku: null,
    product: null,
    variant: null,
    taxable: false,
    requiresShipping: false,
    originalUnitPriceSet: usd(price),
    ...changes,
  });

/** An order of these lines with tips, whose total is as given. */
function tipped(lines: readonly WireLine[], tip: string, total: string): WireOrder {
  const plain = wireOrder(lines);
  return {
    ...plain,
    totalTipReceivedSet: usd(tip),
    totalPriceSet: usd(total),
    currentTotalPriceSet: usd(total),
    totalReceivedSet: usd(total),
  };
}

const kinds = (order: Order): string[] => order.lines.map((line) => line.kind);
const sums = (order: Order): string[] =>
  (['lines', 'tips', 'total'] as const).map((field) => formatDecimal(order.totals.original[field].base.amount));

describe('tips', () => {
  const cap = wireLine(0, { originalUnitPriceSet: usd('19.99') });

  it('goods whose title starts with “Tip” stay goods beside a tip that is no line', () => {
    const order = mapped(tipped([cap, bareLine(1, 'Tip jar, blue', '2.5')], '3.0', '25.49'));
    expect(kinds(order)).toEqual(['PRODUCT', 'CUSTOM']);
    expect(sums(order)).toEqual(['22.49', '3', '25.49']);
    expect(formatDecimal(order.totals.current.total.base.amount)).toBe('25.49');
  });

  it('of two candidates the one that makes up the tips is the tip', () => {
    const jarFirst = mapped(
      tipped([cap, bareLine(1, 'Tip jar, blue', '2.5'), bareLine(2, 'Tip', '3.0')], '3.0', '25.49'),
    );
    expect(kinds(jarFirst)).toEqual(['PRODUCT', 'CUSTOM', 'TIP']);
    expect(sums(jarFirst)).toEqual(['22.49', '3', '25.49']);
  });

  it('of two equal candidates the title decides, and without any hint the later one', () => {
    const titled = [cap, bareLine(1, 'Tip', '3.0'), bareLine(2, 'Tip jar', '3.0')];
    expect(kinds(mapped(tipped(titled, '3.0', '25.99')))).toEqual(['PRODUCT', 'TIP', 'CUSTOM']);
    const plain = [cap, bareLine(1, 'Engraving', '3.0'), bareLine(2, 'Bonus', '3.0')];
    expect(kinds(mapped(tipped(plain, '3.0', '25.99')))).toEqual(['PRODUCT', 'CUSTOM', 'TIP']);
  });

  it('a candidate bigger than the tips is goods', () => {
    const order = mapped(tipped([cap, bareLine(1, 'Tip', '5.0')], '3.0', '27.99'));
    expect([kinds(order), sums(order)]).toEqual([
      ['PRODUCT', 'CUSTOM'],
      ['24.99', '3', '27.99'],
    ]);
  });

  it('a candidate as big as the tips is goods where the order’s total has both', () => {
    const order = mapped(tipped([cap, bareLine(1, 'Tip jar', '3.0')], '3.0', '25.99'));
    expect([kinds(order), sums(order)]).toEqual([
      ['PRODUCT', 'CUSTOM'],
      ['22.99', '3', '25.99'],
    ]);
  });

  it.each(['Trinkgeld', 'Pourboire', 'Propina', 'Merci !'])('a tip called %s', (title) => {
    const order = mapped(tipped([cap, bareLine(1, title, '3.0')], '3.0', '22.99'));
    expect([kinds(order), sums(order)]).toEqual([
      ['PRODUCT', 'TIP'],
      ['19.99', '3', '22.99'],
    ]);
  });

  it('tips as lines and as a sum together, and two tip lines', () => {
    const both = mapped(tipped([cap, bareLine(1, 'Tip', '2.0')], '5.0', '24.99'));
    expect([kinds(both), sums(both)]).toEqual([
      ['PRODUCT', 'TIP'],
      ['19.99', '5', '24.99'],
    ]);
    expect(formatDecimal(both.totals.current.tips.base.amount)).toBe('5');
    const two = mapped(tipped([cap, bareLine(1, 'Tip', '2.0'), bareLine(2, 'Tip', '1.5')], '3.5', '23.49'));
    expect(kinds(two)).toEqual(['PRODUCT', 'TIP', 'TIP']);
  });

  it('without tips on the order nothing is a tip, and taxed lines or lines with an SKU never are', () => {
    expect(kinds(mapped(wireOrder([cap, bareLine(1, 'Tip', '3.0')])))).toEqual(['PRODUCT', 'CUSTOM']);
    const withSku = bareLine(1, 'Tip', '3.0', { sku: 'TIP-3' });
    expect(kinds(mapped(tipped([cap, withSku], '3.0', '25.99')))).toEqual(['PRODUCT', 'PRODUCT']);
  });

  it.each([
    ['has left the total', '19.99', '0'],
    ['is still in the total', '22.99', '3'],
  ])('a tip that was refunded and %s', (_name, current, tips) => {
    const tip = bareLine(1, 'Tip', '3.0', { currentQuantity: 0, unfulfilledQuantity: 0 });
    const wire = tipped([cap, tip], '3.0', '22.99');
    const refunds = [wireRefund(1, 1, 1, 'NO_RESTOCK')];
    const order = mapped({
      ...wire,
      refunds,
      currentSubtotalPriceSet: usd('19.99'),
      currentTotalPriceSet: usd(current),
    });
    expect(kinds(order)).toEqual(['PRODUCT', 'TIP']);
    expect(order.lines[1]?.quantity.current.toNumber()).toBe(0);
    expect(formatDecimal(order.totals.current.tips.base.amount)).toBe(tips);
  });

  it('a tip in an order that was fulfilled whole is not handed over', () => {
    const lines = [
      wireLine(0, { originalUnitPriceSet: usd('19.99'), unfulfilledQuantity: 0 }),
      bareLine(1, 'Tip', '3.0', { unfulfilledQuantity: 0 }),
    ];
    const wire = tipped(lines, '3.0', '22.99');
    const order = mapped({
      ...wire,
      fulfillments: [wireFulfilment(1, { 0: 1, 1: 1 })],
      displayFulfillmentStatus: 'FULFILLED',
    });
    expect(order.lines.map((line) => line.quantity.fulfilled.toNumber())).toEqual([1, 0]);
    expect(order.fulfilmentStatus).toBe('FULFILLED');
  });
});

describe('items', () => {
  it.each([
    ['A00003 ', 'A00003'],
    [' A00003', 'A00003'],
    ['\tA 00003\u00a0', 'A 00003'],
    ['a00003', 'a00003'],
    ['\u200bA00003\u2060', 'A00003'],
    ['\ufeff A\u200d3\u200e', 'A\u200d3'],
  ])('the SKU %j loses the blanks around it and nothing else', (sku, expected) => {
    expect(mapped(wireOrder([wireLine(0, { sku })])).lines[0]?.item?.sku).toBe(expected);
  });

  it.each(['  ', '\u200b'])('an SKU of %j is none: a line with nothing else sells no item', (sku) => {
    const [line] = mapped(wireOrder([bareLine(0, 'Engraving', '3.0', { sku })])).lines;
    expect([line?.kind, line?.item]).toEqual(['CUSTOM', null]);
  });

  it('takes the first bar code as the bar code and the others as alternate ids; older versions have one', () => {
    const variantOf = (codes: string[]) => ({
      id: 'gid://shopify/ProductVariant/7',
      barcodes: connectionOf(codes.map((value) => ({ value }))),
    });
    const itemOf = (variant: WireLine['variant']) => mapped(wireOrder([wireLine(0, { variant })])).lines[0]?.item;
    expect(itemOf(variantOf(['4006381333931', '036000291452', '9780262033848']))).toMatchObject({
      barcode: '4006381333931',
      alternateIds: [
        { kind: 'barcode', id: '036000291452', connection: null },
        { kind: 'barcode', id: '9780262033848', connection: null },
      ],
    });
    expect(itemOf(variantOf([]))).toMatchObject({ barcode: null, alternateIds: [] });
    expect(itemOf({ id: 'gid://shopify/ProductVariant/7', barcode: '4006381333931' })).toMatchObject({
      barcode: '4006381333931',
      alternateIds: [],
    });
  });

  it('keeps line properties as attributes, hidden ones too', () => {
    const customAttributes = [
      { key: 'Engraving', value: 'For Jo' },
      { key: '_bundle_id', value: 'b-17' },
      { key: 'Empty', value: null },
    ];
    expect(mapped(wireOrder([wireLine(0, { customAttributes })])).lines[0]?.attributes).toMatchObject(customAttributes);
  });
});

describe('taxes', () => {
  it('say who remits them: the channel, the merchant, or nobody says', () => {
    const tax = (channelLiable: boolean | null) => ({
      title: 'Marketplace',
      rate: 0.08,
      source: 'MarketPlace',
      channelLiable,
      priceSet: usd('0.0'),
    });
    const taxes = [tax(true), tax(false), tax(null)];
    const wire = wireOrder([wireLine(0, { taxLines: taxes })], {
      taxLines: taxes,
      shippingLines: connectionOf(
        readWireOrder('simple').shippingLines.nodes.map((line) => ({
          ...line,
          originalPriceSet: usd('0.0'),
          discountedPriceSet: usd('0.0'),
          taxLines: taxes,
        })),
      ),
      additionalFees: [{ id: 'gid://shopify/AdditionalFee/1', name: 'Fee', price: usd('0.0'), taxLines: taxes }],
    });
    const duties = [
      {
        id: 'gid://shopify/Duty/1',
        harmonizedSystemCode: null,
        countryCodeOfOrigin: null,
        price: usd('0.0'),
        taxLines: taxes,
      },
    ];
    const order = mapped({
      ...wire,
      lineItems: connectionOf(wire.lineItems.nodes.map((line) => ({ ...line, duties }))),
    });
    for (const list of [
      order.taxes,
      order.lines[0]?.taxes,
      order.lines[0]?.duties[0]?.taxes,
      order.shippingLines[0]?.taxes,
      order.fees[0]?.taxes,
    ])
      expect(list?.map((one) => one.channelLiable)).toEqual([true, false, null]);
  });
});

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
