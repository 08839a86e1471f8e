import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
beforeAll(async () => {
  layer = await startServiceLayer();
  await layer.login();
});
afterAll(() => layer.close());

const cap = { ItemCode: 'CAP-NAVY', Quantity: 1, PriceAfterVAT: 19.99, TaxCode: 'VAT19' };
const create = async (more: object) => (await layer.send('POST', '/v2/Orders', orderBody(more))).json;
const withFreight = (...freight: object[]) =>
  create({ PriceMode: 'pmdGross', DocumentLines: [cap], DocumentAdditionalExpenses: freight });

describe('a freight row', () => {
  it('given with its tax is split: net rounded, the rest is tax', async () => {
    const order = await withFreight({ ExpenseCode: 1, LineGross: 9.8, TaxCode: 'VAT19' });
    // 9.80 / 1.19 = 8.235…; 19.99 / 1.19 = 16.798…
    expect(order.DocumentAdditionalExpenses[0]).toMatchObject({
      LineTotal: 8.24,
      TaxSum: 1.56,
      TaxSumSys: 1.56,
      LineGross: 9.8,
      LineGrossSys: 9.8,
      LineGrossFC: 0,
    });
    expect(order).toMatchObject({ DocTotal: 29.79, VatSum: 4.75 });
  });

  it('given without it is taxed: net × rate, rounded', async () => {
    const order = await withFreight({ ExpenseCode: 1, LineTotal: 8.24, TaxCode: 'VAT19' });
    // 8.24 × 19 % = 1.5656
    expect(order.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 8.24, TaxSum: 1.57, LineGross: 9.81 });
    expect(order.DocTotal).toBe(29.8);
  });

  it('takes a given tax, beside a net amount and inside a gross one, unless it is not liable', async () => {
    const net = await withFreight({ ExpenseCode: 1, LineTotal: 8.24, TaxSum: 1.56, TaxCode: 'VAT19' });
    expect(net.DocTotal).toBe(29.79);
    const gross = await withFreight({ ExpenseCode: 1, LineGross: 9.8, TaxSum: 1.6, TaxCode: 'VAT19' });
    expect(gross.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 8.2, TaxSum: 1.6, LineGross: 9.8 });
    const free = await withFreight({ ExpenseCode: 1, LineTotal: 8, TaxSum: 1, TaxLiable: 'tNO', TaxCode: 'VAT19' });
    expect(free.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 8, TaxSum: 0, LineGross: 8 });
  });

  it('outside price mode gross a net amount counts before one with tax', async () => {
    const both = await create({
      DocumentAdditionalExpenses: [{ ExpenseCode: 1, LineTotal: 5, LineGross: 20, TaxCode: 'VAT20' }],
    });
    expect(both.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 5, LineGross: 6 });
    const gross = await create({ DocumentAdditionalExpenses: [{ ExpenseCode: 1, LineGross: 6, TaxCode: 'VAT20' }] });
    expect(gross.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 5, TaxSum: 1 });
  });

  it('in price mode gross the amount with tax counts before a net one', async () => {
    const order = await withFreight({ ExpenseCode: 1, LineTotal: 5, LineGross: 9.8, TaxCode: 'VAT19' });
    expect(order.DocumentAdditionalExpenses[0]).toMatchObject({ LineTotal: 8.24, LineGross: 9.8 });
  });

  it('is one of its freight code: amounts are added up before their tax is computed', async () => {
    const half = { ExpenseCode: 1, LineTotal: 4.12, TaxCode: 'VAT19' };
    const order = await withFreight(half, { ExpenseCode: 2, LineTotal: 1, TaxCode: 'EX' }, half);
    expect(order.DocumentAdditionalExpenses).toMatchObject([
      // 2 × 4.12 × 19 % = 1.5656, whereas 4.12 × 19 % = 0.7828 twice would be 1.56
      { LineNum: 0, ExpenseCode: 1, LineTotal: 8.24, TaxSum: 1.57 },
      { LineNum: 1, ExpenseCode: 2, LineTotal: 1, TaxSum: 0 },
    ]);
    expect((await withFreight(half, { ...half, TaxCode: 'VAT7' })).error.code).toBe('-5002');
  });

  it('changed by PATCH is computed anew; its old tax does not hold', async () => {
    const { DocEntry } = await withFreight({ ExpenseCode: 1, LineTotal: 8.24, TaxSum: 1.56, TaxCode: 'VAT19' });
    const change = async (row: object) => {
      const path = `/v2/Orders(${DocEntry})`;
      expect((await layer.send('PATCH', path, { DocumentAdditionalExpenses: [row] })).status).toBe(204);
      return (await layer.send('GET', path)).json.DocumentAdditionalExpenses;
    };
    expect(await change({ LineNum: 0, Remarks: 'x' })).toMatchObject([{ LineTotal: 8.24, TaxSum: 1.56, Remarks: 'x' }]);
    expect(await change({ LineNum: 0, LineTotal: 10 })).toMatchObject([{ LineTotal: 10, TaxSum: 1.9 }]);
    expect(await change({ LineNum: 0, LineGross: 9.8 })).toMatchObject([{ LineTotal: 8.24, TaxSum: 1.56 }]);
  });
});

describe('a row with prices that hold their tax', () => {
  it('is rounded as a row: price × quantity, its net, the rest as tax', async () => {
    const order = await create({ PriceMode: 'pmdGross', DocumentLines: [{ ...cap, Quantity: 3 }, cap] });
    // 59.97 / 1.19 = 50.394…
    expect(order.DocumentLines[0]).toMatchObject({ LineTotal: 50.39, TaxTotal: 9.58, GrossTotal: 59.97 });
    expect(order).toMatchObject({ DocTotal: 79.96, VatSum: 12.77 });
  });

  it('can be given by its total; its price follows', async () => {
    const { PriceAfterVAT: _price, ...row } = cap;
    const order = await create({ PriceMode: 'pmdGross', DocumentLines: [{ ...row, Quantity: 3, GrossTotal: 10 }] });
    expect(order.DocumentLines[0]).toMatchObject({
      PriceAfterVAT: 3.33,
      LineTotal: 8.4,
      TaxTotal: 1.6,
      GrossTotal: 10,
    });
  });

  it('keeps a given tax until what it is of changes', async () => {
    const lines = [{ ItemCode: 'CAP-NAVY', Quantity: 1, UnitPrice: 10, TaxTotal: 2, TaxCode: 'VAT19' }];
    const path = `/v2/Orders(${(await create({ DocumentLines: lines })).DocEntry})`;
    const taxAfter = async (change: object) => {
      await layer.send('PATCH', path, { DocumentLines: [{ LineNum: 0, ...change }] });
      return (await layer.send('GET', path)).json.DocumentLines[0].TaxTotal;
    };
    expect(await taxAfter({ FreeText: 'x' })).toBe(2);
    expect(await taxAfter({ Quantity: 2 })).toBe(3.8);
    expect(await taxAfter({ Quantity: 3, TaxTotal: 6 })).toBe(6);
    expect(await taxAfter({ TaxTotal: null })).toBe(5.7);
  });

  it('tells the price before a discount, and keeps the total', async () => {
    const order = await create({ DocumentLines: [{ ...cap, PriceAfterVAT: 11.9, DiscountPercent: 50 }] });
    expect(order.DocumentLines[0]).toMatchObject({ UnitPrice: 20, Price: 10, LineTotal: 10, GrossTotal: 11.9 });
  });
});

it("the tax of a document is the sum of its rows' rounded taxes, whatever mode", { timeout: 60_000 }, async () => {
  const cents = fc.integer({ min: 1, max: 99_999 }).map((value) => value / 100);
  const rows = fc.array(fc.record({ cents, pieces: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(rows, cents, fc.boolean(), async (lines, freight, isGross) => {
      const order = await create({
        PriceMode: isGross ? 'pmdGross' : 'pmdNet',
        DocumentLines: lines.map((line) => ({
          ItemCode: 'CAP-NAVY',
          Quantity: line.pieces,
          [isGross ? 'PriceAfterVAT' : 'UnitPrice']: line.cents,
          TaxCode: 'VAT19',
        })),
        DocumentAdditionalExpenses: [
          { ExpenseCode: 1, [isGross ? 'LineGross' : 'LineTotal']: freight, TaxCode: 'VAT19' },
        ],
      });
      const amounts = [...lines.map((line) => new Decimal(line.cents).times(line.pieces)), new Decimal(freight)];
      const taxes = amounts.map((amount) =>
        isGross ? amount.minus(amount.div('1.19').toDecimalPlaces(2)) : amount.times('0.19').toDecimalPlaces(2),
      );
      const tax = Decimal.sum(...taxes);
      const total = Decimal.sum(...amounts).plus(isGross ? 0 : tax);
      expect([order.VatSum, order.DocTotal]).toEqual([tax.toNumber(), total.toNumber()]);
    }),
    { numRuns: 60 },
  );
});

it('a foreign document has its amounts in its own currency and in the company’s', async () => {
  const order = await create({
    DocCurrency: 'EUR',
    PriceMode: 'pmdGross',
    DocumentLines: [cap],
    DocumentAdditionalExpenses: [{ ExpenseCode: 1, LineGross: 9.8, TaxCode: 'VAT19' }],
  });
  expect(order.DocumentAdditionalExpenses[0]).toMatchObject({
    LineTotalFC: 8.24,
    TaxSumFC: 1.56,
    LineGrossFC: 9.8,
    LineTotal: 9.06,
    TaxSum: 1.72,
    TaxSumSys: 1.72,
  });
  expect(order.DocTotalFc).toBe(29.79);
});

it.each([
  // 1.235 × 20 % = 0.247
  ['KWD', 1.235, 0.247, 1.482],
  // 105 × 20 % = 21
  ['JPY', 105, 21, 126],
])('amounts have as many decimal places as their currency: %s', async (DocCurrency, UnitPrice, tax, total) => {
  await layer.control('PATCH', '/settings', { priceDigits: 3 });
  await layer.control('POST', '/seed', {
    sets: { Currencies: [{ Code: 'KWD', Name: 'Dinar', DocumentsCode: 'KWD', Decimals: 'cdDefault' }] },
    rates: { KWD: 3.25 },
  });
  const row = { ItemCode: 'CAP-NAVY', Quantity: 1, UnitPrice, TaxCode: 'VAT20' };
  const order = await create({ DocCurrency, DocumentLines: [row] });
  expect(order).toMatchObject({ VatSumFc: tax, DocTotalFc: total });
});
