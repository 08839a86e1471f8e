import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
beforeEach(async () => {
  layer = await startServiceLayer();
  await layer.login();
});
afterEach(() => layer.close());

describe('user-defined fields', () => {
  it('are made, shared by documents, filled with defaults, checked against their values', async () => {
    const valid = [
      { Value: 'W', Description: 'Web' },
      { Value: 'P', Description: 'Phone' },
    ];
    const made = await layer.send('POST', '/v2/UserFieldsMD', {
      TableName: 'ORDR',
      Name: 'Channel',
      Type: 'db_Alpha',
      Size: 10,
      Mandatory: 'tYES',
      DefaultValue: 'P',
      ValidValuesMD: valid,
    });
    expect(made.status).toBe(201);
    expect((await layer.send('POST', '/v2/Orders', orderBody())).json.U_Channel).toBe('P');
    const bad = await layer.send('POST', '/v2/Orders', orderBody({ U_Channel: 'X' }));
    expect(bad.json.error.code).toBe('-1004');
    expect(bad.json.error.message).toContain("'W' - 'Web'");
    expect((await layer.send('GET', "/v2/Drafts/$count?$filter=U_Channel eq 'W'")).text).toBe('0');
    expect((await layer.send('POST', '/v2/UserFieldsMD', { TableName: 'ORDR', Name: 'Channel' })).json.error.code).toBe(
      '-2035',
    );
    expect((await layer.send('GET', "/v2/UserFieldsMD(TableName='ORDR',FieldID=1)")).json.Name).toBe('Channel');
  });
});

describe('user-defined fields of rows', () => {
  const define = (TableName: string, more: object = {}) =>
    layer.send('POST', '/v2/UserFieldsMD', { TableName, Name: 'Engraving', Type: 'db_Alpha', Size: 20, ...more });

  it('of document lines are kept and returned, on drafts too; their size and values hold', async () => {
    const engraved = (text: unknown) =>
      orderBody({ DocumentLines: [{ ItemCode: 'MUG-WHITE', TaxCode: 'EX', U_Engraving: text }] });
    expect((await layer.send('POST', '/v2/Orders', engraved('Ann'))).json.error.code).toBe('-1000');
    expect((await define('RDR1')).status).toBe(201);
    expect((await layer.send('POST', '/v2/Orders', engraved('x'.repeat(21)))).json.error.code).toBe('-5002');
    await layer.send('POST', '/v2/Orders', engraved('Ann'));
    const read = async () => (await layer.send('GET', '/v1/Orders(1)')).json.DocumentLines[0].U_Engraving;
    expect(await read()).toBe('Ann');
    await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, U_Engraving: 'Bob' }] });
    expect(await read()).toBe('Bob');
    await layer.send('PATCH', '/v2/Orders(1)', { DocumentLines: [{ LineNum: 0, U_Engraving: null }] });
    expect(await read()).toBeNull();
    await layer.control('PATCH', '/settings', { approvals: true });
    await layer.send('POST', '/v2/Orders', engraved('Eve'));
    expect((await layer.send('GET', '/v2/Drafts(2)')).json.DocumentLines[0].U_Engraving).toBe('Eve');
    expect((await layer.send('GET', '/v2/Orders(1)')).json).not.toHaveProperty('U_Engraving');
  });

  it('of addresses and contacts; dates, numbers and memos have their kinds', async () => {
    await define('CRD1', { Type: 'db_Date' });
    await define('OCPR', { Type: 'db_Memo' });
    const made = await layer.send('POST', '/v2/BusinessPartners', {
      CardCode: 'F',
      BPAddresses: [{ AddressName: 'A', U_Engraving: '2026-03-02' }],
      ContactEmployees: [{ Name: 'A', U_Engraving: 'x'.repeat(5000) }],
    });
    expect(made.json.BPAddresses[0].U_Engraving).toBe('2026-03-02T00:00:00Z');
    expect(made.json.ContactEmployees[0].U_Engraving).toHaveLength(5000);
    const bad = { CardCode: 'G', BPAddresses: [{ AddressName: 'A', U_Engraving: 'soon' }] };
    expect((await layer.send('POST', '/v2/BusinessPartners', bad)).json.error.code).toBe('-1000');
  });
});
