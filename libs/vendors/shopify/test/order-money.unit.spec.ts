import { formatDecimal } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import type { WireLine } from '../src/entities/order/wire.ts';
import { bareLine, kinds, mapped, sums, tipped } from './order-fields-for-tests.ts';
import { connectionOf, readWireOrder, usd, wireFulfilment, wireLine, wireOrder, wireRefund } from './wire-order.ts';

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
