import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderBody, type ServiceLayerClient, startServiceLayer } from './service-layer.ts';

let layer: ServiceLayerClient;
beforeEach(async () => {
  layer = await startServiceLayer();
  await layer.login();
});
afterEach(() => layer.close());

const partner = {
  CardCode: 'ACME',
  CardName: 'Acme Ltd',
  Currency: '##',
  BPAddresses: [
    { AddressName: 'Plant', AddressType: 'bo_ShipTo', Street: '1 Mill Rd', City: 'Albany', State: 'NY', Country: 'US' },
    { AddressName: 'Office', AddressType: 'bo_BillTo', Street: '2 Main St', Country: 'US' },
  ],
  ContactEmployees: [
    { Name: 'Ann', E_Mail: 'ann@acme.test' },
    { Name: 'Bob', Active: 'tNO' },
  ],
};
const createPartner = (more: object = {}) => layer.send('POST', '/v2/BusinessPartners', { ...partner, ...more });
const read = async (path: string) => (await layer.send('GET', `/v2/${path}`)).json;
const patch = async (path: string, body: object, headers: Record<string, string> = {}) =>
  (await layer.send('PATCH', `/v2/${path}`, body, headers)).status;
const replacing = { 'b1s-replacecollectionsonpatch': 'true' };

describe('contacts of a partner', () => {
  it('get their code from the server; names are unique, and needed', async () => {
    const { ContactEmployees: contacts } = (await createPartner()).json;
    expect(contacts).toMatchObject([
      { Name: 'Ann', CardCode: 'ACME', Active: 'tYES' },
      { Name: 'Bob', Active: 'tNO' },
    ]);
    expect(contacts[0].InternalCode).not.toBe(contacts[1].InternalCode);
    for (const [change, code] of [
      [{ Name: 'Ann' }, '-2035'],
      [{ InternalCode: contacts[1].InternalCode, Name: 'Ann' }, '-2035'],
      [{ E_Mail: 'x@acme.test' }, '-5002'],
    ] as const) {
      const answer = await layer.send('PATCH', "/v2/BusinessPartners('ACME')", { ContactEmployees: [change] });
      expect([answer.status, answer.json.error.code]).toEqual([400, code]);
    }
    expect((await read("BusinessPartners('ACME')")).ContactEmployees).toEqual(contacts);
  });

  it('keep their code when the collection is replaced and names it', async () => {
    const { ContactEmployees: contacts } = (await createPartner()).json;
    const kept = { InternalCode: contacts[1].InternalCode, Phone1: '5' };
    await patch("BusinessPartners('ACME')", { ContactEmployees: [kept] }, replacing);
    expect((await read("BusinessPartners('ACME')")).ContactEmployees).toMatchObject([{ Name: 'Bob', ...kept }]);
  });
});

describe('what an order names of its partner', () => {
  it("is the partner's own contact and address, or refused", async () => {
    const { ContactEmployees: contacts } = (await createPartner()).json;
    await createPartner({ CardCode: 'OTHER', ContactEmployees: [{ Name: 'Eve' }], BPAddresses: [] });
    const [{ InternalCode: eve }] = (await read("BusinessPartners('OTHER')")).ContactEmployees;
    for (const wrong of [
      { ContactPersonCode: eve },
      { ContactPersonCode: 999 },
      { ShipToCode: 'Office' },
      { PayToCode: 'Plant' },
      { ShipToCode: 'Nowhere' },
    ]) {
      const answer = await layer.send('POST', '/v2/Orders', orderBody({ CardCode: 'ACME', ...wrong }));
      expect([answer.status, answer.json.error.code]).toEqual([400, '-5002']);
    }
    const own = { ContactPersonCode: contacts[0].InternalCode, ShipToCode: 'Plant', PayToCode: 'Office' };
    const created = await layer.send('POST', '/v2/Orders', orderBody({ CardCode: 'ACME', ...own }));
    expect(created.json).toMatchObject({ ...own, CardName: 'Acme Ltd' });
    expect(created.json.AddressExtension).toMatchObject({
      ShipToStreet: '1 Mill Rd',
      ShipToState: 'NY',
      BillToStreet: '2 Main St',
    });
    expect(await patch('Orders(1)', { ContactPersonCode: eve })).toBe(400);
    expect(await patch('Orders(1)', { ContactPersonCode: contacts[1].InternalCode })).toBe(204);
    expect(await patch('Orders(1)', { ContactPersonCode: null, ShipToCode: null })).toBe(204);
    expect(await read('Orders(1)')).toMatchObject({ ContactPersonCode: null, ShipToCode: null, PayToCode: 'Office' });
  });

  it('the usual contact is taken when none is named, the name as sent before the partner’s', async () => {
    const { ContactEmployees: contacts } = (await createPartner({ ContactPerson: 'Bob' })).json;
    const order = await layer.send('POST', '/v2/Orders', orderBody({ CardCode: 'ACME', CardName: 'Acme, Plant 2' }));
    expect(order.json).toMatchObject({ ContactPersonCode: contacts[1].InternalCode, CardName: 'Acme, Plant 2' });
  });
});

describe('addresses', () => {
  it('are unique by name and type, also after a change', async () => {
    await createPartner();
    const rows = (await read("BusinessPartners('ACME')")).BPAddresses;
    expect(
      await patch("BusinessPartners('ACME')", { BPAddresses: [{ AddressName: 'Office', AddressType: 'bo_ShipTo' }] }),
    ).toBe(204);
    const double = await layer.send('PATCH', "/v2/BusinessPartners('ACME')", {
      BPAddresses: [{ RowNum: rows[0].RowNum, AddressName: 'Office' }],
    });
    expect([double.status, double.json.error.code]).toEqual([400, '-2035']);
  });

  it('replaced, they keep the rows that are named; a usual address that is gone gives way', async () => {
    const created = (await createPartner()).json;
    expect(created).toMatchObject({ ShipToDefault: 'Plant', BilltoDefault: 'Office' });
    const change = [
      { RowNum: 1, City: 'Troy' },
      { AddressName: 'Yard', AddressType: 'bo_ShipTo' },
    ];
    expect(await patch("BusinessPartners('ACME')", { BPAddresses: change }, replacing)).toBe(204);
    const after = await read("BusinessPartners('ACME')");
    expect(after).toMatchObject({ ShipToDefault: 'Yard', BilltoDefault: 'Office' });
    expect(after.BPAddresses).toMatchObject([
      { RowNum: 1, AddressName: 'Office', Street: '2 Main St', City: 'Troy' },
      { AddressName: 'Yard' },
    ]);
    expect(await patch("BusinessPartners('ACME')", { ShipToDefault: 'Nowhere' })).toBe(400);
  });
});

describe('what is emptied is empty on the next read', () => {
  it.each([null, ''])('every column, by %j', async (nothing) => {
    const more = {
      Phone1: '1',
      Cellular: '2',
      EmailAddress: 'a@acme.test',
      FederalTaxID: 'X',
      Notes: 'n',
      FreeText: 'f',
    };
    await createPartner(more);
    const address = { Street: nothing, City: nothing, State: nothing };
    const change = Object.fromEntries(Object.keys(more).map((name) => [name, nothing]));
    const [ann] = (await read("BusinessPartners('ACME')")).ContactEmployees;
    const contact = { InternalCode: ann.InternalCode, E_Mail: nothing };
    await patch("BusinessPartners('ACME')", {
      ...change,
      BPAddresses: [{ RowNum: 0, ...address }],
      ContactEmployees: [contact],
    });
    const after = await read("BusinessPartners('ACME')");
    expect(after).toMatchObject(Object.fromEntries(Object.keys(more).map((name) => [name, null])));
    expect(after.BPAddresses[0]).toMatchObject({
      AddressName: 'Plant',
      Street: null,
      City: null,
      State: null,
      Country: 'US',
    });
    expect(after.ContactEmployees[0]).toMatchObject({ Name: 'Ann', E_Mail: null });

    const extension = { ShipToStreet: 'a', ShipToBlock: 'b', ShipToBuilding: 'c', BillToCity: 'd' };
    await layer.send('POST', '/v2/Orders', orderBody({ Comments: 'note', AddressExtension: extension }));
    await patch('Orders(1)', {
      Comments: nothing,
      NumAtCard: nothing,
      U_EntrepotRef: nothing,
      AddressExtension: { ShipToBlock: nothing, BillToCity: nothing },
    });
    const order = await read('Orders(1)');
    expect(order).toMatchObject({ Comments: null, NumAtCard: null, U_EntrepotRef: null });
    expect(order.AddressExtension).toMatchObject({
      ShipToStreet: 'a',
      ShipToBlock: null,
      ShipToBuilding: 'c',
      BillToCity: null,
    });
    await patch('Orders(1)', { AddressExtension: null });
    expect((await read('Orders(1)')).AddressExtension).toMatchObject({ ShipToStreet: null, ShipToBuilding: null });
  });
});

describe('states', () => {
  const ship = (State: string, Country: string | null) => ({
    AddressExtension: { ShipToState: State, ShipToCountry: Country },
  });

  it('are of their country; a country without states has none', async () => {
    for (const [state, country, status] of [
      ['NY', 'US', 201],
      ['NY', null, 201],
      ['ON', 'CA', 201],
      ['NSW', 'AU', 201],
      ['BY', 'DE', 201],
      ['ON', 'US', 400],
      ['XX', 'US', 400],
      ['ENG', 'GB', 400],
    ] as const) {
      const order = await layer.send('POST', '/v2/Orders', orderBody(ship(state, country)));
      expect([state, country, order.status]).toEqual([state, country, status]);
      if (status === 400) expect(order.json.error.code).toBe('-10');
    }
    expect(await patch('Orders(1)', { AddressExtension: { ShipToCountry: 'GB' } })).toBe(400);
    expect(await patch('Orders(1)', { AddressExtension: { ShipToCountry: 'GB', ShipToState: null } })).toBe(204);
    const wrong = await createPartner({ BPAddresses: [{ AddressName: 'A', State: 'ENG', Country: 'GB' }] });
    expect([wrong.status, wrong.json.error.code]).toEqual([400, '-10']);
  });

  it('have three characters at most, and are read by country and code', async () => {
    const long = await layer.send('POST', '/v2/Orders', orderBody(ship('NEWY', 'US')));
    expect(long.json.error).toMatchObject({
      code: '-5002',
      message: 'Field size deviates from column definition [RDR12.ShipToState]',
    });
    expect(await read("States(Country='AU',Code='NSW')")).toMatchObject({ Code: 'NSW', Country: 'AU' });
    expect(await read("States(Code='NSW',Country='AU')")).toMatchObject({ Code: 'NSW' });
    expect((await layer.send('GET', "/v2/States('NSW')")).status).toBe(400);
    expect((await layer.send('GET', "/v2/States/$count?$filter=Country eq 'CA'")).text).toBe('13');
    expect((await layer.send('GET', "/v2/States/$count?$filter=Country eq 'FR'")).text).toBe('0');
  });
});

describe('texts', () => {
  it.each([
    ['Orders', 'Comments', 254],
    ['Orders', 'CardName', 100],
    ['Orders', 'NumAtCard', 100],
    ['BusinessPartners', 'Phone1', 20],
    ['BusinessPartners', 'Cellular', 50],
    ['BusinessPartners', 'EmailAddress', 100],
    ['BusinessPartners', 'CardName', 100],
    ['BPAddresses', 'Street', 100],
    ['BPAddresses', 'ZipCode', 20],
    ['BPAddresses', 'AddressName', 50],
    ['ContactEmployees', 'Name', 50],
    ['AddressExtension', 'ShipToStreet', 100],
    ['AddressExtension', 'ShipToZipCode', 20],
    ['DocumentLines', 'ItemDescription', 200],
    ['DocumentLines', 'FreeText', 100],
  ])('%s.%s holds %i characters, and one more is refused', async (where, column, length) => {
    const send = async (text: string) => {
      if (where === 'Orders') return layer.send('POST', '/v2/Orders', orderBody({ [column]: text }));
      if (where === 'AddressExtension')
        return layer.send('POST', '/v2/Orders', orderBody({ AddressExtension: { [column]: text } }));
      if (where === 'DocumentLines')
        return layer.send(
          'POST',
          '/v2/Orders',
          orderBody({ DocumentLines: [{ ItemCode: 'MUG-WHITE', [column]: text }] }),
        );
      if (where === 'BusinessPartners') return createPartner({ [column]: text });
      return createPartner({
        [where]: [{ AddressName: 'A', [column]: text }].map((row) =>
          where === 'ContactEmployees' ? { [column]: text } : row,
        ),
      });
    };
    const long = await send('x'.repeat(length + 1));
    expect([long.status, long.json.error?.code]).toEqual([400, '-5002']);
    expect(long.json.error.message).toContain(`.${column}]`);
    expect((await send('x'.repeat(length))).status).toBe(201);
  });
});
