import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
let nowMs = Date.UTC(2026, 2, 2, 12);
beforeAll(async () => {
  layer = await startServiceLayer({ now: () => nowMs });
  await layer.login();
});
afterAll(() => layer.close());

const read = async (path: string) => (await layer.send('GET', path)).json;
const attributes = (xml: string, pattern: RegExp) => [...xml.matchAll(pattern)].map((match) => match[1]);

describe('$metadata', () => {
  it('tells types, sets, navigation and actions in OData 4', async () => {
    const answer = await layer.send('GET', '/v2/$metadata');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/xml;charset=utf-8']);
    const xml = answer.text;
    expect(xml).toContain('<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">');
    // As the real server's $metadata has them.
    for (const part of [
      '<EntitySet EntityType="SAPB1.Document" Name="Orders">',
      '<PropertyPath>DataVersion</PropertyPath>',
      '<NavigationPropertyBinding Path="BusinessPartner" Target="BusinessPartners"/>',
      '<ReferentialConstraint Property="CardCode" ReferencedProperty="CardCode"/>',
      '<Property Name="DocEntry" Nullable="false" Type="Edm.Int32"/>',
      '<Property Name="Printed" Type="SAPB1.PrintStatusEnum"/>',
      '<Property Name="VatLiable" Type="SAPB1.BoVatStatus"/>',
      '<Property Name="CompanyPrivate" Type="SAPB1.BoCardCompanyTypes"/>',
      '<Property Name="RefObjType" Type="SAPB1.ReferencedObjectTypeEnum"/>',
      '<Property Name="Decimals" Type="SAPB1.CurrenciesDecimalsEnum"/>',
      '<Property Name="SubType" Type="SAPB1.BoFldSubTypes"/>',
      '<Property Name="DocumentLines" Type="Collection(SAPB1.DocumentLine)"/>',
      '<Property Name="DocDate" Type="Edm.DateTimeOffset"/>',
      '<Member Name="rot_SalesOrder" Value="17"/>',
      '<Key><PropertyRef Name="TableName"/><PropertyRef Name="FieldID"/></Key>',
      '<Action IsBound="true" Name="Cancel"><Parameter Name="DocumentParams" Type="SAPB1.Document"/></Action>',
      '<ActionImport Action="SAPB1.Login" Name="Login"/>',
      '<Property Name="U_EntrepotRef" Type="Edm.String"/>',
    ])
      expect(xml).toContain(part);
  });

  it.each(['v1', 'v2'])('%s defines every type that it names', async (version) => {
    const xml = (await layer.send('GET', `/${version}/$metadata`)).text;
    const defined = new Set(attributes(xml, /<(?:EnumType|ComplexType|EntityType)[^>]*? Name="(\w+)"/g));
    const named = attributes(xml, /\bType="(?:Collection\()?SAPB1\.(\w+)\)?"/g);
    expect(named.filter((name) => !defined.has(name))).toEqual([]);
    const sets = attributes(xml, /<EntitySet [^>]*\bName="(\w+)"/g);
    const service = (await read(`/${version}/`)).value;
    expect(service.map((set: { url: string }) => set.url)).toEqual(sets);
    expect(sets).toContain('States');
  });

  it('OData 3 has associations and function imports, and its own times', async () => {
    const xml = (await layer.send('GET', '/v1/$metadata')).text;
    for (const part of [
      'm:DataServiceVersion="3.0"',
      '<Property Name="DocDate" Type="Edm.DateTime"/>',
      '<Property Name="UpdateTime" Type="Edm.Time"/>',
      '<FunctionImport Name="Cancel" IsBindable="true" m:HttpMethod="POST">',
    ])
      expect(xml).toContain(part);
    const associations = attributes(xml, /<Association Name="(\w+)"/g);
    const related = attributes(xml, /<NavigationProperty [^>]*Relationship="SAPB1\.(\w+)"/g);
    expect(related.length).toBeGreaterThan(0);
    expect(related.filter((name) => !associations.includes(name))).toEqual([]);
  });

  it('the service document is in the version’s shape; both need a session', async () => {
    expect(await read('/v1/')).toMatchObject({
      'odata.metadata': expect.stringMatching(/\/v1\/\$metadata$/),
      value: expect.arrayContaining([{ name: 'Orders', url: 'Orders' }]),
    });
    expect((await read('/v2/')).value).toContainEqual({ name: 'Orders', url: 'Orders', kind: 'EntitySet' });
    expect((await layer.send('GET', '/v2/$metadata', undefined, { cookie: '' })).status).toBe(401);
  });
});

describe('navigation', () => {
  it('is expanded, whole or some of its columns', async () => {
    await layer.send('POST', '/v2/Orders', orderBody({ SalesPersonCode: 1 }));
    const order = await read('/v2/Orders(1)?$expand=BusinessPartner,SalesPerson&$select=DocEntry');
    expect(order).toMatchObject({
      DocEntry: 1,
      BusinessPartner: { CardCode: 'C-WEB', CardName: 'Web shop customers' },
    });
    expect(order.SalesPerson).toMatchObject({ SalesEmployeeName: 'Web shop' });
    const [row] = (await read('/v2/Orders?$expand=BusinessPartner($select=CardCode,CardName)')).value;
    expect(row.BusinessPartner).toEqual({ CardCode: 'C-WEB', CardName: 'Web shop customers' });
    const select = 'DocEntry,BusinessPartner/CardName';
    expect(await read(`/v1/Orders(1)?$select=${select}&$expand=BusinessPartner`)).toMatchObject({
      DocEntry: 1,
      BusinessPartner: { CardName: 'Web shop customers' },
    });
    const partner = await read("/v2/BusinessPartners('C-WEB')?$select=CardCode&$expand=Orders($select=DocEntry)");
    expect(partner.Orders).toEqual([{ DocEntry: 1 }]);
    expect((await read('/v2/Orders(1)?$expand=BusinessPlace')).BusinessPlace).toBeNull();
  });

  it.each([
    ['$expand=DocumentLines', "Cannot expand invalid navigation property 'DocumentLines'"],
    ['$expand=BusinessPartner($select=Nope)', "Property 'Nope' is invalid"],
    ['$select=BusinessPartner/CardName', "Property 'BusinessPartner/CardName' is invalid"],
  ])('refuses %s', async (query, message) => {
    const answer = await layer.send('GET', `/v2/Orders?${query}`);
    expect([answer.status, answer.json.error.code, answer.json.error.message]).toEqual([400, '201', message]);
  });
});

describe('$apply', () => {
  const apply = async (text: string) => layer.send('GET', `/v2/Items?$apply=${encodeURIComponent(text)}`);

  it('groups and sums', async () => {
    const mugs = "filter(startswith(ItemCode,'MUG'))/";
    const sums = 'aggregate(QuantityOnStock with sum as Stock,QuantityOnStock with average as Mean,$count as Items)';
    expect((await apply(`${mugs}${sums}`)).json.value).toEqual([{ Stock: 200, Mean: 100, Items: 2 }]);
    const grouped = await apply('groupby((InventoryItem),aggregate(ItemCode with countdistinct as Codes))');
    expect(grouped.json.value).toEqual([
      { InventoryItem: 'tYES', Codes: 17 },
      { InventoryItem: 'tNO', Codes: 4 },
    ]);
    expect((await apply('groupby((ItemType,Valid))')).json.value).toEqual([{ ItemType: 'itItems', Valid: 'tYES' }]);
    expect((await apply(`${mugs}aggregate(ItemName with min as First,ItemName with max as Last)`)).json.value).toEqual([
      { First: 'Mug black', Last: 'Mug white' },
    ]);
    expect(
      (await apply("filter(ItemCode eq 'NONE')/aggregate(QuantityOnStock with sum as S,$count as C)")).json.value,
    ).toEqual([{ S: null, C: 0 }]);
  });

  it.each(['aggregate(Nope with sum as X)', 'aggregate(ItemName with sum as X)', 'compute(1 as X)', 'groupby(())'])(
    'refuses %s',
    async (text) => {
      expect((await apply(text)).json.error.code).toBe('201');
    },
  );
});

describe('a property by itself', () => {
  it('is read, and null when its entity is not there', async () => {
    expect(await read('/v2/Orders(1)/DocEntry')).toMatchObject({ value: 1 });
    expect(await read('/v1/Orders(1)/CardCode')).toMatchObject({ value: 'C-WEB' });
    const missing = await layer.send('GET', '/v1/Orders(99)/DocEntry');
    expect([missing.status, missing.json['odata.null'], 'value' in missing.json]).toEqual([200, true, false]);
    expect(await read('/v2/Orders(99)/DocEntry')).toMatchObject({ '@odata.null': true });
    expect((await layer.send('GET', '/v2/Orders(1)/DocEntry/$value')).text).toBe('1');
    expect((await read('/v2/Orders(1)/DocumentLines')).value).toHaveLength(1);
    expect(await read('/v2/Orders(1)/BusinessPartner')).toMatchObject({ CardCode: 'C-WEB' });
    expect((await read("/v2/BusinessPartners('C-WEB')/Orders")).value).toHaveLength(1);
    expect((await layer.send('GET', '/v2/Orders(1)/Nope')).json.error.code).toBe('201');
  });
});

describe('PUT', () => {
  it('replaces: what is left out is null, the default, or no rows', async () => {
    await layer.send('POST', '/v2/BusinessPartners', {
      CardCode: 'PUT',
      CardName: 'Before',
      Phone1: '1',
      GroupCode: 101,
      BPAddresses: [{ AddressName: 'A' }],
    });
    const path = "/v2/BusinessPartners('PUT')";
    const before = await read(path);
    const answer = await layer.send('PUT', path, { CardName: 'After' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await read(path)).toMatchObject({
      CardCode: 'PUT',
      CardName: 'After',
      CardType: 'cCustomer',
      Phone1: null,
      GroupCode: 100,
      BPAddresses: [],
      BilltoDefault: null,
      CreateDate: before.CreateDate,
    });
  });

  it('of an order needs its lines; an item keeps prices and stock', async () => {
    const created = (await layer.send('POST', '/v2/Orders', orderBody({ Comments: 'x' }))).json;
    const path = `/v2/Orders(${created.DocEntry})`;
    const lines = [{ ItemCode: 'CAP-NAVY', Quantity: 2, UnitPrice: 3, TaxCode: 'EX' }];
    expect((await layer.send('PUT', path, { DocDueDate: '2026-03-09' })).status).toBe(400);
    expect((await layer.send('PUT', path, { DocDueDate: '2026-03-09', DocumentLines: lines })).status).toBe(204);
    const order = await read(path);
    expect(order).toMatchObject({
      DocNum: created.DocNum,
      CardCode: 'C-WEB',
      Comments: null,
      NumAtCard: null,
      DocTotal: 6,
    });
    expect(order.DocumentLines).toMatchObject([{ ItemCode: 'CAP-NAVY', Quantity: 2 }]);
    expect((await layer.send('PUT', "/v2/Items('MUG-WHITE')", { ItemName: 'Mug' })).status).toBe(204);
    const item = await read("/v2/Items('MUG-WHITE')");
    expect(item).toMatchObject({ ItemName: 'Mug', SalesItem: 'tYES', QuantityOnStock: 100 });
    expect(item.ItemPrices[0].Price).toBe(12.5);
  });
});

describe('items', () => {
  it('have change stamps from the start, and others after a change', async () => {
    const path = "/v1/Items('CAP-NAVY')";
    expect(await read(path)).toMatchObject({
      UpdateDate: '2026-03-02',
      UpdateTime: '12:00:00',
      CreateDate: '2026-03-02',
    });
    expect((await layer.send('GET', "/v2/Items/$count?$filter=UpdateDate ge '2026-03-03'")).text).toBe('0');
    nowMs = Date.UTC(2026, 2, 3, 9, 30);
    await layer.login();
    await layer.send('PATCH', path, { ItemName: 'Cap', ItemPrices: [{ PriceList: 2, Price: 18 }] });
    expect(await read(path)).toMatchObject({
      UpdateDate: '2026-03-03',
      UpdateTime: '09:30:00',
      ItemPrices: [{ Price: 19.99 }, { PriceList: 2, Price: 18 }],
    });
    expect((await layer.send('GET', "/v2/Items/$count?$filter=UpdateDate ge '2026-03-03'")).text).toBe('1');
    await layer.control('POST', '/items', { itemCode: 'LATE' });
    expect(await read("/v1/Items('LATE')")).toMatchObject({ UpdateDate: '2026-03-03' });
  });
});

it('a login tells its metadata', async () => {
  const login = { CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' };
  expect((await layer.send('POST', '/v1/Login', login)).json['odata.metadata']).toMatch(
    /\/b1s\/v1\/\$metadata#B1Sessions\/@Element$/,
  );
  expect((await layer.send('POST', '/v2/Login', login)).json['@odata.context']).toMatch(/#B1Sessions\/\$entity$/);
});
