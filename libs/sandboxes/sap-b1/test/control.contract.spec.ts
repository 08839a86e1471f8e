import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
beforeEach(async () => {
  layer = await startServiceLayer();
  await layer.login();
});
afterEach(() => layer.close());

describe('what can be switched on', () => {
  it('an approval is answered with the status that is set', async () => {
    await layer.control('PATCH', '/settings', { approvals: true, approvalStatus: 404 });
    const refused = await layer.send('POST', '/v2/Orders', orderBody());
    expect([refused.status, refused.json.error.code]).toEqual([404, '-2028']);
    expect((await layer.send('GET', '/v2/Drafts/$count')).text).toBe('1');
  });

  it.each([
    ['en', 'This entry already exists'],
    ['de', 'Dieser Eintrag existiert bereits'],
    ['es', 'Esta entrada ya existe'],
    ['pt', 'Esta entrada já existe'],
  ])('a create that comes twice finds itself: -2035 in %s', async (language, text) => {
    await layer.control('PATCH', '/settings', { language, uniqueField: 'U_EntrepotRef', repeatedCreates: 1 });
    const answer = await layer.send('POST', '/v2/Orders', orderBody());
    expect([answer.status, answer.json.error.code]).toEqual([400, '-2035']);
    expect(answer.json.error.message).toContain(text);
    expect((await layer.send('GET', '/v2/Orders/$count')).text).toBe('1');
    expect((await layer.control('GET', '/documents')).json.created).toEqual({ 'shop/1001': 1 });
    const other = await layer.send('POST', '/v2/Orders', orderBody({ U_EntrepotRef: 'shop/2' }));
    expect(other.status).toBe(201);
    const partner = { CardCode: 'H', U_EntrepotRef: 'shop/c1' };
    expect((await layer.send('POST', '/v2/BusinessPartners', partner)).status).toBe(201);
    expect((await layer.send('POST', '/v2/BusinessPartners', { ...partner, CardCode: 'I' })).json.error.code).toBe(
      '-2035',
    );
  });

  it('stock that would fall below zero refuses until it comes', async () => {
    const body = orderBody({
      DocumentLines: [
        { ItemCode: 'CAP-NAVY', Quantity: 100, TaxCode: 'EX' },
        { ItemCode: 'MUG-WHITE', Quantity: 1, TaxCode: 'EX', WarehouseCode: '02' },
      ],
    });
    await layer.control('PUT', '/stock-rules', [{ itemCode: 'CAP-NAVY' }, { warehouse: '02' }]);
    const refused = await layer.send('POST', '/v2/Orders', body);
    expect([refused.status, refused.json.error.code, refused.json.error.message]).toEqual([
      400,
      '-10',
      'Quantity falls into negative inventory  [RDR1.ItemCode][line: 2]',
    ]);
    await layer.control('PUT', '/stock', { itemCode: 'MUG-WHITE', warehouse: '02', quantity: 1 });
    expect((await layer.send('POST', '/v2/Orders', body)).status).toBe(201);
    const more = await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, Quantity: 101 }] });
    expect(more.json.error.code).toBe('-10');
    await layer.control('PUT', '/stock-rules', []);
    expect(
      (await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, Quantity: 101 }] })).status,
    ).toBe(204);
  });
});

describe('several companies, and control', () => {
  it('a second company is apart: its own tax field and language', async () => {
    expect((await layer.login({ CompanyDB: 'SBODEMODE', UserName: 'manager', Password: 'sandbox' })).status).toBe(200);
    const body = {
      ...orderBody(),
      DocumentLines: [{ ItemCode: 'MUG-WHITE', Quantity: 1, UnitPrice: 10, VatGroup: 'A1' }],
    };
    expect((await layer.send('POST', '/v2/Orders', body)).json).toMatchObject({ DocTotal: 11.9, DocCurrency: 'EUR' });
    expect((await layer.send('GET', '/v2/Orders(7)')).json.error.message).toContain('Keine');
    await layer.login();
    expect((await layer.send('GET', '/v2/Orders/$count')).text).toBe('0');
  });

  it('reset forgets everything and seeds anew', async () => {
    await layer.send('POST', '/v2/Orders', orderBody());
    await layer.control('POST', '/items', { itemCode: 'NEW-MUG-2026' });
    await layer.control('POST', '/faults', { fault: { type: 'down' } });
    expect((await layer.control('POST', '/reset')).status).toBe(204);
    await layer.login();
    expect((await layer.send('GET', '/v2/Orders/$count')).text).toBe('0');
    expect((await layer.send('GET', "/v2/Items('NEW-MUG-2026')")).status).toBe(404);
  });

  it('says what is wrong with a control request', async () => {
    expect((await layer.control('PATCH', '/settings', { nonsense: 1 })).json.error).toContain(
      'There is no setting nonsense',
    );
    expect((await layer.control('PATCH', '/settings', { batchEnd: 'half' })).json.error).toContain(
      'batchEnd is one of',
    );
    expect((await layer.control('POST', '/items?company=NONE', { itemCode: 'x' })).json.error).toContain(
      'There is no company NONE',
    );
    expect((await layer.control('PUT', '/rules', [{}])).json.error).toContain('"text"');
  });

  it('makes further companies', async () => {
    const seeded = await layer.control('POST', '/seed', {
      company: 'SECOND',
      createCompany: { settings: { password: 'other' } },
      items: [{ itemCode: 'X' }],
    });
    expect(seeded.json).toMatchObject({ company: 'SECOND', items: 1 });
    expect((await layer.login({ CompanyDB: 'SECOND', UserName: 'manager', Password: 'other' })).status).toBe(200);
  });
});
