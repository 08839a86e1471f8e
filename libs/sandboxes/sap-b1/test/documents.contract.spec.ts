import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
beforeEach(async () => {
  layer = await startServiceLayer();
  await layer.login();
});
afterEach(() => layer.close());

const line = (more: object) =>
  orderBody({ DocumentLines: [{ ItemCode: 'MUG-WHITE', Quantity: 1, UnitPrice: 10, TaxCode: 'EX', ...more }] });

describe('creating an order', () => {
  it('201 with the whole entity, Location and ETag; 204 with return-no-content', async () => {
    const answer = await layer.send('POST', '/v2/Orders', orderBody());
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toMatch(/\/sap-b1\/b1s\/v2\/Orders\(1\)$/);
    expect(answer.json['@odata.etag']).toBe(answer.headers.get('etag'));
    expect(answer.json).toMatchObject({
      DocEntry: 1,
      DocNum: 1000,
      DocTotal: 27.22,
      VatSum: 2.22,
      DocumentStatus: 'bost_Open',
      Cancelled: 'tNO',
    });
    const silent = await layer.send('POST', '/v2/Orders', orderBody(), { prefer: 'return-no-content' });
    expect([silent.status, silent.text, silent.headers.get('preference-applied')]).toEqual([
      204,
      '',
      'return-no-content',
    ]);
    expect((await layer.send('POST', '/v1/Orders', orderBody({ Series: 71 }))).json).toMatchObject({
      DocNum: 500_000,
      'odata.etag': expect.any(String),
    });
  });

  it('freight, rounding, overridden tax, gross prices and foreign currency are computed', async () => {
    const freight = await layer.send('POST', '/v2/Orders', {
      ...line({}),
      DocumentAdditionalExpenses: [{ ExpenseCode: 1, LineTotal: 5, TaxCode: 'VAT20' }],
      Rounding: 'tYES',
      RoundingDiffAmount: -0.01,
    });
    expect(freight.json).toMatchObject({ DocTotal: 15.99, VatSum: 1 });
    const override = await layer.send('POST', '/v2/Orders', line({ TaxCode: 'VAT20', TaxTotal: 2.01 }));
    expect(override.json).toMatchObject({ DocTotal: 12.01, VatSum: 2.01 });
    const gross = await layer.send('POST', '/v2/Orders', {
      ...orderBody(),
      PriceMode: 'pmdGross',
      DocumentLines: [{ ItemCode: 'CAP-NAVY', Quantity: 3, PriceAfterVAT: 19.99, TaxCode: 'VAT19' }],
    });
    expect(gross.json).toMatchObject({ DocTotal: 59.97, VatSum: 9.58 });
    const foreign = await layer.send('POST', '/v2/Orders', { ...line({}), DocCurrency: 'EUR' });
    expect(foreign.json).toMatchObject({ DocTotal: 11, DocTotalFc: 10, DocRate: 1.1 });
  });

  it.each([
    ['an unknown property', { NoSuchField: 1 }, '-1000'],
    ['a field the company lacks', { U_Missing: 'x' }, '-1000'],
    ['an unknown property of a line', { DocumentLines: [{ ItemCode: 'MUG-WHITE', Nope: 1 }] }, '-1000'],
    ['an unknown item', { DocumentLines: [{ ItemCode: 'NEW-MUG-2026', Quantity: 1 }] }, '-2028'],
    ['an unknown partner', { CardCode: 'NOBODY' }, '-5002'],
    ['an unknown tax code', { DocumentLines: [{ ItemCode: 'MUG-WHITE', TaxCode: 'NONE' }] }, '-5002'],
    ['an unknown warehouse', { DocumentLines: [{ ItemCode: 'MUG-WHITE', WarehouseCode: '99' }] }, '-5002'],
    ['a quantity of nothing', { DocumentLines: [{ ItemCode: 'MUG-WHITE', Quantity: 0 }] }, '-5002'],
    ['no lines', { DocumentLines: [] }, '-5002'],
    ['no delivery date', { DocDueDate: null }, '-5002'],
    ['an unknown currency', { DocCurrency: 'CHF' }, '-5002'],
    ['a text over its column', { NumAtCard: 'x'.repeat(101) }, '-5002'],
    ['an unknown series', { Series: 99 }, '-5002'],
  ])('refuses %s', async (_name, more, code) => {
    const answer = await layer.send('POST', '/v2/Orders', orderBody(more));
    expect([answer.status, answer.json.error.code]).toEqual([400, code]);
    expect((await layer.send('GET', '/v2/Orders/$count')).text).toBe('0');
  });

  it("speaks the company's language", async () => {
    await layer.control('PATCH', '/settings', { language: 'pt' });
    expect((await layer.send('GET', '/v2/Orders(9)')).json.error.message).toBe(
      'Nenhum registro concordante encontrado (ODBC -2028)',
    );
  });

  it('a rule of the site refuses in its own words', async () => {
    await layer.control('PUT', '/rules', [{ itemCode: 'MUG-WHITE', text: 'No mugs today' }]);
    expect((await layer.send('POST', '/v2/Orders', orderBody())).json.error).toMatchObject({
      code: '-1116',
      message: '(1) No mugs today',
    });
  });

  it('with approvals it becomes a draft: -2028, or 204 without Location; approved, an order', async () => {
    await layer.control('PATCH', '/settings', { approvals: true, approvalsLeft: 2 });
    const refused = await layer.send('POST', '/v2/Orders', orderBody());
    expect([refused.status, refused.json.error.code]).toEqual([400, '-2028']);
    const silent = await layer.send('POST', '/v2/Orders', orderBody(), { prefer: 'return-no-content' });
    expect([silent.status, silent.headers.get('location')]).toEqual([204, null]);
    expect(
      (await layer.send('GET', "/v2/Drafts/$count?$filter=U_EntrepotRef eq 'shop/1001' and DocObjectCode eq 'oOrders'"))
        .text,
    ).toBe('2');
    expect(
      (await layer.send('POST', '/v2/DraftsService_SaveDraftToDocument', { Document: { DocEntry: '1' } })).status,
    ).toBe(204);
    expect((await layer.send('GET', '/v2/Orders/$count')).text).toBe('1');
    expect((await layer.send('DELETE', '/v2/Drafts(2)')).status).toBe(204);
    expect((await layer.send('POST', '/v2/Orders', orderBody())).status).toBe(201);
  });
});

describe('changing an order', () => {
  const two = orderBody({
    DocumentLines: [
      { ItemCode: 'MUG-WHITE', Quantity: 2, UnitPrice: 10, TaxCode: 'EX' },
      { ItemCode: 'CAP-NAVY', Quantity: 1, UnitPrice: 20, TaxCode: 'EX' },
    ],
  });
  const read = async () => (await layer.send('GET', '/v2/Orders(1)')).json;

  it('PATCH merges lines by number, adds those without, ignores what cannot change, answers 204', async () => {
    await layer.send('POST', '/v2/Orders', two);
    const answer = await layer.send('PATCH', '/v2/Orders(1)', {
      CardCode: 'OTHER',
      NumAtCard: 'x',
      DocumentLines: [
        { LineNum: 1, Quantity: 3 },
        { ItemCode: 'TOTE-NATURAL', UnitPrice: 5 },
      ],
    });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const order = await read();
    expect(order).toMatchObject({ CardCode: 'C-WEB', NumAtCard: 'x', DocTotal: 85 });
    expect(
      order.DocumentLines.map((row: { LineNum: number; Quantity: number }) => [row.LineNum, row.Quantity]),
    ).toEqual([
      [0, 2],
      [1, 3],
      [2, 1],
    ]);
    expect((await layer.send('PATCH', '/v2/Orders(1)', {})).status).toBe(204);
  });

  it('only the header replaces collections', async () => {
    await layer.send('POST', '/v2/Orders', two);
    await layer.send(
      'PATCH',
      '/v2/Orders(1)',
      { DocumentLines: [{ LineNum: 1 }] },
      { 'b1s-replacecollectionsonpatch': 'true' },
    );
    expect((await read()).DocumentLines.map((row: { LineNum: number }) => row.LineNum)).toEqual([1]);
  });

  it('a stale ETag is 412/-2039; a refused change changes nothing', async () => {
    const etag = (await layer.send('POST', '/v2/Orders', two)).headers.get('etag') ?? '';
    expect(
      (
        await layer.send(
          'POST',
          '/v2/Orders(1)',
          { NumAtCard: 'y' },
          { 'if-match': etag, 'x-http-method-override': 'PATCH' },
        )
      ).status,
    ).toBe(204);
    const stale = await layer.send('PATCH', '/v2/Orders(1)', { NumAtCard: 'z' }, { 'if-match': etag });
    expect([stale.status, stale.json.error.code]).toEqual([412, '-2039']);
    expect(
      (
        await layer.send('PATCH', '/v2/Orders(1)', {
          NumAtCard: 'z',
          DocumentLines: [{ LineNum: 0, WarehouseCode: '99' }],
        })
      ).status,
    ).toBe(400);
    expect((await read()).NumAtCard).toBe('y');
  });

  it('delivered lines and closed orders hold; cancel, close, reopen; no delete', async () => {
    await layer.send('POST', '/v2/Orders', two);
    await layer.control('POST', '/orders/1/deliver', { quantities: { 0: 1 } });
    expect((await read()).DocumentLines[0].RemainingOpenQuantity).toBe(1);
    expect(
      (await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, Quantity: 0.5 }] })).status,
    ).toBe(400);
    expect((await layer.send('POST', '/v2/Orders(1)/Cancel')).json.error.code).toBe('-5006');
    expect((await layer.send('POST', '/v2/Orders(1)/Close')).status).toBe(204);
    expect((await layer.send('PATCH', '/v2/Orders(1)', { NumAtCard: 'x' })).json.error.code).toBe('-5006');
    expect((await layer.send('POST', '/v2/Orders(1)/Reopen')).status).toBe(204);
    expect((await layer.send('DELETE', '/v2/Orders(1)')).json.error.code).toBe('-5006');
    await layer.send('POST', '/v2/Orders', orderBody({ U_EntrepotRef: 'shop/2' }));
    expect((await layer.send('POST', '/v2/Orders(2)/Cancel')).status).toBe(204);
    expect((await layer.send('GET', '/v2/Orders(2)')).json).toMatchObject({
      Cancelled: 'tYES',
      DocumentStatus: 'bost_Close',
    });
  });

  it('lines are closed one by one; without open lines the order is closed', async () => {
    await layer.send('POST', '/v2/Orders', two);
    const close = (lineNum: number, more: object = {}) =>
      layer.send('PATCH', '/v2/Orders(1)', {
        DocumentLines: [{ LineNum: lineNum, LineStatus: 'bost_Close', ...more }],
      });
    const states = async () => {
      const order = await read();
      return [order.DocumentStatus, ...order.DocumentLines.map((row: { LineStatus: string }) => row.LineStatus)];
    };
    await layer.control('POST', '/orders/1/deliver', { quantities: { 0: 1 } });
    expect((await close(0)).status).toBe(204);
    expect(await states()).toEqual(['bost_Open', 'bost_Close', 'bost_Open']);
    expect((await close(0)).status).toBe(204);
    for (const change of [{ Quantity: 5 }, { LineStatus: 'bost_Open' }])
      expect(
        (await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, ...change }] })).json.error.code,
      ).toBe('-5006');
    const replacing = { 'b1s-replacecollectionsonpatch': 'true' };
    const dropped = await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 1 }] }, replacing);
    expect(dropped.json.error.code).toBe('-5006');
    // Nothing more is delivered of a closed line.
    await layer.control('POST', '/orders/1/deliver', { quantities: { 0: 1 } });
    expect((await read()).DocumentLines[0]).toMatchObject({ Quantity: 2, RemainingOpenQuantity: 1 });
    expect((await close(1, { FreeText: 'no longer made' })).status).toBe(204);
    expect(await states()).toEqual(['bost_Close', 'bost_Close', 'bost_Close']);
    expect((await read()).DocumentLines[1].FreeText).toBe('no longer made');
  });

  it('reopened, what was delivered whole stays closed', async () => {
    await layer.send('POST', '/v2/Orders', two);
    await layer.control('POST', '/orders/1/deliver', { quantities: { 0: 2 } });
    await layer.send('POST', '/v2/Orders(1)/Close');
    expect((await layer.send('POST', '/v2/Orders(1)/Reopen')).status).toBe(204);
    expect((await read()).DocumentLines).toMatchObject([{ LineStatus: 'bost_Close' }, { LineStatus: 'bost_Open' }]);
    await layer.control('POST', '/orders/1/deliver');
    expect((await read()).DocumentStatus).toBe('bost_Close');
    expect((await layer.send('POST', '/v2/Orders(1)/Reopen')).json.error.code).toBe('-5006');
  });

  it('every commit is in the log, by reference', async () => {
    await layer.send('POST', '/v2/Orders', two);
    await layer.send('PATCH', '/v2/Orders(1)', { NumAtCard: 'y' });
    await layer.send('POST', '/v2/Orders(1)/Cancel');
    const log = await layer.control('GET', '/documents?externalRef=shop%2F1001');
    expect(log.json.items.map((entry: { action: string }) => entry.action)).toEqual(['create', 'update', 'cancel']);
    expect(log.json.created).toEqual({ 'shop/1001': 1 });
  });
});

describe('business partners', () => {
  it('need a code or a series; the same code twice is -10, a double address -2035', async () => {
    expect((await layer.send('POST', '/v1/BusinessPartners', { CardName: 'x' })).json.error).toMatchObject({
      code: -5002,
      message: { value: 'Code undefined  [OCRD.CardCode]' },
    });
    expect((await layer.send('POST', '/v2/BusinessPartners', { CardName: 'x', Series: 72 })).json.CardCode).toBe(
      'W10000',
    );
    expect((await layer.send('POST', '/v2/BusinessPartners', { CardCode: 'C-WEB' })).json.error.code).toBe('-10');
    const address = { AddressName: 'Main', AddressType: 'bo_BillTo' };
    expect(
      (await layer.send('POST', '/v2/BusinessPartners', { CardCode: 'D', Address: 'Main', BPAddresses: [address] }))
        .json.error.code,
    ).toBe('-2035');
  });

  it('rows merge by RowNum', async () => {
    await layer.send('POST', '/v2/BusinessPartners', {
      CardCode: 'E',
      BPAddresses: [
        { AddressName: 'A', City: 'x' },
        { AddressName: 'B', City: 'y' },
      ],
    });
    await layer.send('PATCH', "/v2/BusinessPartners('E')", {
      BPAddresses: [{ RowNum: 1, City: 'z' }, { AddressName: 'C' }],
    });
    const rows = (await layer.send('GET', "/v2/BusinessPartners('E')")).json.BPAddresses;
    expect(rows.map((row: { AddressName: string; City: string }) => [row.AddressName, row.City])).toEqual([
      ['A', 'x'],
      ['B', 'z'],
      ['C', null],
    ]);
  });
});
