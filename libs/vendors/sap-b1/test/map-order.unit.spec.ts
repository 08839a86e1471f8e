import { createOrder, Decimal, fromJson, type Order, toJson, validateEntity } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { toCreateBody } from '../src/entities/order/read-write.ts';
import { readFixture } from './fixtures.ts';
import { ORDER_CASES } from './map-cases.ts';
import { contextFor, dependenciesOf, errorOf, planOf } from './map-for-tests.ts';
import { makeFlow, makeOrder } from './orders-for-tests.ts';

describe('orders as SAP sales orders: fixtures', () => {
  for (const [name, makeCase] of Object.entries(ORDER_CASES)) {
    it(name, () => {
      const { order: made, flow } = makeCase();
      const order = fromJson(
        'order',
        readFixture(`order.${name}.canonical`, () => toJson('order', made)) as never,
      ) as Order;
      expect(validateEntity('order', order)).toEqual([]);
      const outcome = mapOrder(order, contextFor(flow));
      const body =
        outcome.ok && outcome.documents[0]?.desired === 'cancelled' ? { cancel: true } : toCreateBody(planOf(outcome));
      expect(body).toEqual(readFixture(`order.${name}.wire`, () => body));
    });
  }
});

describe('what cannot be mapped is said, all of it at once', () => {
  it('tax, shipping, gift card, customer and item in one go, each with its path', () => {
    const order = makeOrder({
      lines: [
        { price: '10.00', tax: { rate: '0.11', amount: '1.10' } },
        { kind: 'GIFT_CARD', sku: null, price: '5.00' },
        { kind: 'CUSTOM', sku: null, title: 'Engraving', price: '5.00' },
      ],
      shipping: { price: '4.00' },
      more: { customer: null, email: null },
    });
    const flow = makeFlow({
      customers: { mode: 'create' },
      shipping: { as: 'refuse' },
      giftCardItem: undefined,
      customItem: undefined,
    });
    const error = errorOf(mapOrder(order, contextFor(flow)));
    expect(error.code).toBe('unmapped-tax');
    expect(error.fields.map((field) => field.path)).toEqual([
      'lines[0].taxes',
      'lines[1].item.sku',
      'lines[2].item.sku',
      'shippingLines[0]',
      'customer',
    ]);
    expect(error.advice).toContain('"11"');
    expect(error.advice).toContain('guestCardCode');
  });

  it('a total that lines and charges do not make', () => {
    const order = makeOrder({ lines: [{ price: '10.00' }] });
    const total = { base: { amount: new Decimal('11'), currency: 'USD' }, document: null };
    const wrong = {
      ...order,
      totals: { original: { ...order.totals.original, total }, current: { ...order.totals.current, total } },
    };
    const error = errorOf(mapOrder(wrong, contextFor(makeFlow())));
    expect(error).toMatchObject({ code: 'totals-differ', fields: [{ expected: '11', actual: '10' }] });
  });

  it("a tax that SAP's code would not give", () => {
    const order = makeOrder({ lines: [{ price: '100.00', tax: { rate: '0.19', amount: '18.00' } }] });
    expect(errorOf(mapOrder(order, contextFor(makeFlow()))).code).toBe('tax-differs');
    const override = makeFlow({ tax: { policy: 'override', lineTolerance: '0.5' } });
    expect(errorOf(mapOrder(order, contextFor(override))).fields[0]).toMatchObject({
      path: 'lines[0].taxes',
      expected: '18',
      actual: '19',
    });
  });

  it('a tax code that the company does not have', () => {
    const flow = makeFlow({}, { valueMaps: { tax: { '19': 'MISSING' } } });
    expect(
      errorOf(
        mapOrder(makeOrder({ lines: [{ price: '100.00', tax: { rate: '0.19', amount: '19.00' } }] }), contextFor(flow)),
      ),
    ).toMatchObject({ code: 'unknown-tax-code' });
  });

  it('a quote is no sales order', () => {
    const quote = makeOrder({ lines: [{ price: '10.00' }], more: { orderType: 'QUOTE' } });
    expect(errorOf(mapOrder(quote, contextFor(makeFlow())))).toMatchObject({ code: 'order-type' });
  });

  it('texts over the column are kept whole in the remarks, unless the connection refuses them', () => {
    const note = 'x'.repeat(300);
    const order = makeOrder({ lines: [{ price: '10.00' }], more: { note } });
    const plan = planOf(mapOrder(order, contextFor(makeFlow())));
    expect(plan.header.Comments).toHaveLength(254);
    expect(plan.header.OpeningRemarks).toBe(`[Entrepot]\nComments: ${note}\n[/Entrepot]`);
    const refusing = contextFor(makeFlow(), { overlongText: 'refuse' });
    expect(errorOf(mapOrder(order, refusing)).fields[0]).toMatchObject({ path: 'note' });
  });

  it('remarks that are too long themselves are refused in words', () => {
    const order = makeOrder({ lines: [{ price: '10.00' }], more: { note: 'x'.repeat(300) } });
    const tight = contextFor(makeFlow(), { textLimits: { OpeningRemarks: 254 } });
    expect(errorOf(mapOrder(order, tight))).toMatchObject({
      code: 'remarks-too-long',
      advice: expect.stringContaining('textLimits'),
    });
  });

  it('a warehouse that the value map does not know', () => {
    const order = makeOrder({ lines: [{ price: '10.00' }] });
    const withWarehouse = {
      ...order,
      lines: order.lines.map((line) => ({
        ...line,
        warehouse: { id: 'loc-9', number: null, name: 'Berlin', externalIds: [] },
      })),
    };
    const flow = (map: Record<string, string>) => makeFlow({}, { valueMaps: { tax: { '0': 'EX' }, warehouse: map } });
    expect(errorOf(mapOrder(withWarehouse, contextFor(flow({ 'loc-1': '01' }))))).toMatchObject({
      code: 'unmapped-warehouse',
    });
    expect(planOf(mapOrder(withWarehouse, contextFor(flow({ 'loc-9': '02' })))).lines[0]?.fields.WarehouseCode).toBe(
      '02',
    );
    expect(planOf(mapOrder(withWarehouse, contextFor(flow({ '*': '01' })))).lines[0]?.fields.WarehouseCode).toBe('01');
  });
});

describe('settings of the flow', () => {
  const order = () =>
    makeOrder({
      lines: [{ price: '10.00' }],
      more: { placedAt: Date.UTC(2026, 2, 2, 23, 30) * 1000, promisedAt: Date.UTC(2026, 2, 10) * 1000 },
    });

  it('days are days of the company', () => {
    expect(planOf(mapOrder(order(), contextFor(makeFlow(), { timeZone: 'Europe/Berlin' }))).header.DocDate).toBe(
      '2026-03-03',
    );
    expect(planOf(mapOrder(order(), contextFor(makeFlow(), { timeZone: 'America/New_York' }))).header.DocDate).toBe(
      '2026-03-02',
    );
  });

  it('an imported order has the business date of its source, its own day when asked for', () => {
    // 03:00 in New York: the company's day is the one before.
    const imported = makeOrder({
      lines: [{ price: '10.00' }],
      more: { placedAt: Date.UTC(2026, 10, 29, 12) * 1000, processedAt: Date.UTC(2026, 9, 15, 3) * 1000 },
    });
    const datesOf = (docDate: string) => {
      const { DocDate, TaxDate, DocDueDate } = planOf(
        mapOrder(
          imported,
          contextFor(makeFlow({ docDate }), { timeZone: 'America/New_York' }, { now: () => Date.UTC(2026, 11, 1, 12) }),
        ),
      ).header;
      return [DocDate, TaxDate, DocDueDate];
    };
    expect(datesOf('order')).toEqual(['2026-10-14', '2026-10-14', '2026-10-14']);
    expect(datesOf('placed')).toEqual(['2026-11-29', '2026-11-29', '2026-11-29']);
    expect(datesOf('today')).toEqual(['2026-12-01', '2026-10-14', '2026-12-01']);
  });

  it('due date: days after the order, or as promised, never before the posting date', () => {
    expect(planOf(mapOrder(order(), contextFor(makeFlow({ dueDate: { plusDays: 5 } })))).header.DocDueDate).toBe(
      '2026-03-07',
    );
    expect(planOf(mapOrder(order(), contextFor(makeFlow({ dueDate: { from: 'promised' } })))).header.DocDueDate).toBe(
      '2026-03-10',
    );
    const late = contextFor(
      makeFlow({ dueDate: { from: 'promised' }, docDate: 'today' }),
      {},
      { now: () => Date.UTC(2026, 4, 1) },
    );
    expect(planOf(mapOrder(order(), late)).header).toMatchObject({
      DocDate: '2026-05-01',
      DocDueDate: '2026-05-01',
      TaxDate: '2026-03-02',
    });
  });

  it('series, branch, terms by gateway, sales employee, shipping type, own fields', () => {
    const flow = makeFlow(
      { series: 71, branch: 1, salesPerson: 2 },
      { valueMaps: { tax: { '0': 'EX' }, paymentTerms: { paypal: '3' }, shipVia: { standard: '1' } } },
    );
    const rich = {
      ...makeOrder({ lines: [{ price: '10.00' }] }),
      payments: createOrder({
        payments: [
          {
            id: 'p',
            kind: 'SALE',
            gateway: 'paypal',
            amount: { base: { amount: new Decimal('10'), currency: 'USD' } },
          },
        ],
      }).payments,
    };
    const plan = planOf(mapOrder(rich, contextFor(flow, {}, { fields: { U_Channel: 'web' } })));
    expect(plan.header).toMatchObject({
      Series: 71,
      BPL_IDAssignedToInvoice: 1,
      PaymentGroupCode: 3,
      SalesPersonCode: 2,
      U_Channel: 'web',
    });
  });

  it('a value map that gives a name where SAP wants a code', () => {
    const flow = makeFlow({}, { valueMaps: { tax: { '0': 'EX' }, paymentTerms: { '*': 'Net 30' } } });
    expect(errorOf(mapOrder(makeOrder({ lines: [{ price: '10.00' }] }), contextFor(flow)))).toMatchObject({
      code: 'bad-value-map',
    });
  });

  it('jurisdictions choose the code', () => {
    const flow = makeFlow({ tax: { policy: 'jurisdiction' } }, { valueMaps: { tax: { 'New York State Tax': 'NY' } } });
    const order = makeOrder({
      lines: [{ price: '100.00', tax: { rate: '0.08875', amount: '8.88', name: 'New York State Tax' } }],
    });
    expect(planOf(mapOrder(order, contextFor(flow))).lines[0]?.fields.TaxCode).toBe('NY');
  });
});

describe('fields of lines by the mapping', () => {
  const order = makeOrder({ lines: [{ id: 'a', price: '10.00' }] });
  const withFields = (fields: Record<string, string | null>, settings: Record<string, unknown> = {}) =>
    mapOrder(order, contextFor(makeFlow(), settings, { lineFields: { a: fields } }));

  it('go into the rows, empty ones as null', () => {
    const plan = planOf(withFields({ U_Engraving: 'for Ada', U_Color: null }));
    expect(plan.lines[0]?.fields).toMatchObject({ U_Engraving: 'for Ada', U_Color: null });
    // A new line leaves out what is empty, so that SAP gives its default.
    const [line] = toCreateBody(plan).DocumentLines as Record<string, unknown>[];
    expect(line).toHaveProperty('U_Engraving');
    expect(line).not.toHaveProperty('U_Color');
  });

  it('a text too long for its column is cut, and whole in the remarks', () => {
    const text = 'x'.repeat(120);
    const plan = planOf(withFields({ FreeText: text, U_Engraving: text }, { textLimits: { U_Engraving: 20 } }));
    expect(plan.lines[0]?.fields).toMatchObject({ FreeText: 'x'.repeat(100), U_Engraving: 'x'.repeat(20) });
    expect(plan.header.OpeningRemarks).toContain(text);
  });

  it('that hold goods or money are refused', () => {
    expect(errorOf(withFields({ Quantity: '3' }))).toMatchObject({
      code: 'reserved-line-field',
      fields: [{ path: 'lineFields.Quantity' }],
    });
  });
});

describe('lines over time', () => {
  it('keep their numbers in SAP, new ones get the next, cancelled pieces go', () => {
    const order = makeOrder({
      lines: [
        { id: 'a', price: '10.00' },
        { id: 'c', price: '5.00', quantity: '4' },
      ],
    });
    const lines = order.lines.map((line) =>
      line.id === 'c'
        ? { ...line, quantity: { ...line.quantity, current: new Decimal(3), cancelled: new Decimal(1) } }
        : line,
    );
    const current = {
      ...order.totals.current,
      total: { base: { amount: new Decimal('25'), currency: 'USD' }, document: null },
    };
    const linked = [
      { sourceLineId: 'b', targetLine: '0' },
      { sourceLineId: 'a', targetLine: '1' },
    ];
    const outcome = mapOrder(
      { ...order, lines, totals: { ...order.totals, current } },
      contextFor(makeFlow(), {}, { existing: () => ({ targetId: '17', lines: linked }) }),
    );
    expect(planOf(outcome).lines.map((line) => [line.sourceLineId, line.lineNum, line.quantity])).toEqual([
      ['a', 1, '1'],
      ['c', 2, '3'],
    ]);
  });

  it('returned pieces stay in the order: a return is a document of its own', () => {
    const order = makeOrder({ lines: [{ price: '10.00', quantity: '2' }] });
    const lines = order.lines.map((line) => ({
      ...line,
      quantity: { ...line.quantity, current: new Decimal(1), fulfilled: new Decimal(2), returned: new Decimal(1) },
    }));
    expect(planOf(mapOrder({ ...order, lines }, contextFor(makeFlow()))).lines[0]?.quantity).toBe('2');
  });
});

describe('what an order depends on', () => {
  it('its customer by id and e-mail, each item once by SKU', () => {
    const order = makeOrder({
      lines: [
        { price: '1.00' },
        { price: '2.00' },
        { sku: 'CAP-NAVY', price: '3.00' },
        { kind: 'TIP', sku: null, price: '1.00' },
      ],
    });
    const dependencies = dependenciesOf(order, makeFlow({ customers: { mode: 'create' } }));
    expect(
      dependencies.map(({ entity, sourceKey, naturalKey, whenAbsent }) => [entity, sourceKey, naturalKey, whenAbsent]),
    ).toEqual([
      ['customer', 'shop/77', 'ada@example.com', 'create'],
      ['product', 'shop/p2', 'MUG-WHITE', 'wait'],
      ['product', 'shop/p3', 'CAP-NAVY', 'wait'],
    ]);
    // The variant that was sold, never another document of its product.
    expect(dependencies.slice(1).map(({ document }) => document)).toEqual([
      { role: 'item', subId: order.lines[1]?.item?.variantId },
      { role: 'item', subId: order.lines[2]?.item?.variantId },
    ]);
    expect(dependencies[0]?.prerequisite).toMatchObject({ name: 'Ada Example', email: 'ada@example.com' });
  });

  it('a guest is known by the e-mail, hashed; nobody at all by the settings', () => {
    const guest = makeOrder({ lines: [{ price: '1.00' }], more: { customer: null, guest: true } });
    const [dependency] = dependenciesOf(guest, makeFlow({ customers: { mode: 'create' } }));
    expect(dependency?.sourceKey).toMatch(/^shop\/guest-[0-9a-f]{16}$/);
    const nobody = { ...guest, email: null };
    const flow = makeFlow({ customers: { mode: 'create', guestCardCode: 'C-WEB' } });
    expect(dependenciesOf(nobody, flow).map((found) => found.entity)).toEqual(['product']);
    expect(planOf(mapOrder(nobody, contextFor(flow))).header.CardCode).toBe('C-WEB');
  });
});
