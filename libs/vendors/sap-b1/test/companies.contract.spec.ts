import { describe, expect, it } from 'vitest';
import {
  address,
  ann,
  type Buyer,
  bob,
  contactsOf,
  createFlow,
  deliver,
  orderOf,
  partnerOf,
  partners,
  placesOf,
  plan,
  seed,
  useCompany,
} from './companies-for-tests.ts';
import { dependenciesOf } from './map-for-tests.ts';
import { makeFlow } from './orders-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

useCompany();

describe("orders of a company that the shop knows by SAP's code", () => {
  it('go to that partner, buyers as contacts, place as ship-to, PO numbers and terms arrive', async () => {
    const terms = { name: 'Net 30', kind: 'net', dueInDays: 30 };
    const flow = makeFlow(
      { customers: { mode: 'create' } },
      { valueMaps: { tax: { '0': 'EX' }, paymentTerms: { 'Net 30': '1' } } },
    );
    const before = (await partners()).length;
    const first = await deliver(orderOf('1', ann, { poNumber: 'PO-ann', terms }), flow);
    const second = await deliver(orderOf('2', bob, { poNumber: 'PO-bob', terms }), flow);
    expect(await partners()).toHaveLength(before);
    const [annRow, bobRow] = await contactsOf('C-NW');
    expect(annRow).toMatchObject({ Name: 'Ann Buyer', E_Mail: 'ann@northwind.example' });
    expect(bobRow).toMatchObject({ Name: 'Bob Buyer', E_Mail: 'bob@northwind.example' });
    expect(await placesOf('C-NW')).toMatchObject([
      { AddressName: 'HQ', AddressType: 'bo_ShipTo', Street: '1 Bean Street', City: 'Portland' },
    ]);
    for (const [order, po, row] of [
      [first, '#1 / PO-ann', annRow],
      [second, '#2 / PO-bob', bobRow],
    ] as const)
      expect(order).toMatchObject({
        CardCode: 'C-NW',
        NumAtCard: po,
        PaymentGroupCode: 1,
        ShipToCode: 'HQ',
        ContactPersonCode: row?.InternalCode,
      });
    expect((await partnerOf('C-NW')).CardName).toBe('Northwind Cafe Ltd');
  });

  it.each([{}, { 'Net 60': '1' }])(
    "terms that no value map translates are the partner's own (%j)",
    async (paymentTerms) => {
      const flow = makeFlow({ customers: { mode: 'create' } }, { valueMaps: { tax: { '0': 'EX' }, paymentTerms } });
      const order = await deliver(orderOf('1', ann, { terms: { name: 'Net 30', kind: 'net', dueInDays: 30 } }), flow);
      expect(order.PaymentGroupCode).toBe(2);
    },
  );

  it('who buys for two companies is a contact of both', async () => {
    await deliver(orderOf('1', ann));
    const other = await deliver(orderOf('2', ann, { company: { id: '6', name: 'Contoso GmbH' } }));
    expect(other.CardCode).not.toBe('C-NW');
    for (const cardCode of ['C-NW', String(other.CardCode)])
      expect(await contactsOf(cardCode)).toMatchObject([{ Name: 'Ann Buyer', E_Mail: 'ann@northwind.example' }]);
  });

  it('the buyer is found again: by e-mail in any case, by name, added once', async () => {
    await deliver(orderOf('1', ann));
    await deliver(orderOf('2', { ...ann, name: 'Ann B. Buyer', email: 'Ann@Northwind.example' }));
    await deliver(orderOf('3', { ...ann, email: null }));
    expect(await contactsOf('C-NW')).toHaveLength(1);
  });

  it('two people of one name are two contacts', async () => {
    await deliver(orderOf('1', ann));
    await deliver(orderOf('2', { ...ann, email: 'ann.b@northwind.example' }));
    expect((await contactsOf('C-NW')).map((row) => row.E_Mail)).toEqual([
      'ann@northwind.example',
      'ann.b@northwind.example',
    ]);
  });

  it('many orders at once of a new buyer make one contact and one place', async () => {
    await Promise.all(['1', '2', '3', '4'].map((number) => deliver(orderOf(number, ann))));
    expect(await contactsOf('C-NW')).toHaveLength(1);
    expect(await placesOf('C-NW')).toHaveLength(1);
  });

  it('somebody else changes the partner meanwhile: tried again, and no order without its buyer', async () => {
    const document = await plan(orderOf('1', ann), createFlow);
    const body = JSON.stringify({ error: { code: '-2039', message: 'Another user modified data (ODBC -2039)' } });
    const match = { method: 'PATCH', operation: 'BusinessPartners' };
    test.sandbox.faults.add({ match, times: 1, fault: { type: 'status', code: 412, body } });
    await expect(target.entity('order').create(document, call)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await target.entity('order').find(document, call)).toEqual([]);
    await target.entity('order').create(document, call);
    expect(await contactsOf('C-NW')).toHaveLength(1);
  });

  it('the contact was added and nobody heard of it: a repeated attempt finds it', async () => {
    const document = await plan(orderOf('1', ann), createFlow);
    const match = { method: 'PATCH', operation: 'BusinessPartners' };
    test.sandbox.faults.add({ match, times: 1, fault: { type: 'cutAfterCommit' } });
    await expect(target.entity('order').create(document, call)).rejects.toMatchObject({ answerUnknown: true });
    await target.entity('order').create(document, call);
    expect(await contactsOf('C-NW')).toHaveLength(1);
  });

  it('two locations are two ship-to addresses; another address stands on the order alone', async () => {
    const depot = { ...address, lines: ['9 Dock Road'] };
    await deliver(orderOf('1', ann));
    const toDepot = await deliver(orderOf('2', ann, { companyLocation: { id: '9', name: 'Depot' }, shipTo: depot }));
    const elsewhere = await deliver(orderOf('3', ann, { shipTo: { ...address, lines: ['7 Party Lane'] } }));
    expect(toDepot).toMatchObject({ ShipToCode: 'Depot', AddressExtension: { ShipToStreet: '9 Dock Road' } });
    expect(elsewhere.ShipToCode).not.toBe('HQ');
    expect(elsewhere.AddressExtension).toMatchObject({ ShipToStreet: '7 Party Lane' });
    expect((await placesOf('C-NW')).map((row) => row.AddressName)).toEqual(['HQ', 'Depot']);
  });

  it('rows that a person made are used as they are', async () => {
    await seed({
      CardCode: 'C-NW',
      CardName: 'Northwind (renamed by hand)',
      ContactEmployees: [{ Name: 'A. Buyer', E_Mail: 'ANN@northwind.example', Position: 'Head', InternalCode: 41 }],
      BPAddresses: [
        {
          AddressName: 'hq',
          AddressType: 'bo_ShipTo',
          Street: '1 Bean Street',
          City: 'Portland',
          ZipCode: '97201',
          Country: 'US',
          RowNum: 0,
          BPCode: 'C-NW',
        },
      ],
    });
    const order = await deliver(orderOf('1', ann));
    expect(order).toMatchObject({ CardCode: 'C-NW', ContactPersonCode: 41, ShipToCode: 'hq' });
    expect(await partnerOf('C-NW')).toMatchObject({
      CardName: 'Northwind (renamed by hand)',
      ContactEmployees: [{ Name: 'A. Buyer', Position: 'Head' }],
    });
  });

  it('a supplier with that code is no customer', async () => {
    await seed({ CardCode: 'V-1', CardType: 'cSupplier' });
    expect(await target.match('customer', 'code:V-1 ref:shop/company-5', call)).toEqual([]);
  });
});

describe('orders of a company that SAP does not have', () => {
  const unknown = { id: '6', name: 'Contoso GmbH' };
  const withoutCode = (number: string, buyer: Buyer) => orderOf(number, buyer, { company: unknown });

  it('make one partner, of the company, whoever buys', async () => {
    const before = (await partners()).length;
    const first = await deliver(withoutCode('1', ann));
    const second = await deliver(withoutCode('2', bob));
    expect(await partners()).toHaveLength(before + 1);
    expect(second.CardCode).toBe(first.CardCode);
    expect(await partnerOf(String(first.CardCode))).toMatchObject({
      CardName: 'Contoso GmbH',
      U_EntrepotRef: 'shop/company-6',
      ContactEmployees: [{ Name: 'Ann Buyer' }, { Name: 'Bob Buyer' }],
    });
  });

  it('an external id that names no partner is no code to create by', async () => {
    const order = await deliver(orderOf('1', ann, { company: { id: '7', number: 'C-NOBODY', name: 'Fabrikam' } }));
    expect(await partnerOf(String(order.CardCode))).toMatchObject({
      CardName: 'Fabrikam',
      U_EntrepotRef: 'shop/company-7',
    });
    expect(
      (await deliver(orderOf('2', bob, { company: { id: '7', number: 'C-NOBODY', name: 'Fabrikam' } }))).CardCode,
    ).toBe(order.CardCode);
  });

  it('wait, or go to the collective customer, as the flow says', async () => {
    const [needed] = dependenciesOf(withoutCode('1', ann), makeFlow({ customers: { mode: 'wait' } }));
    expect(needed).toMatchObject({ whenAbsent: 'wait', prerequisite: null });
    const collective = await deliver(withoutCode('1', ann), makeFlow());
    expect(collective.CardCode).toBe('C-WEB');
    expect((await deliver(orderOf('2', ann), makeFlow())).CardCode).toBe('C-NW');
    expect((await contactsOf('C-WEB')) ?? []).toEqual([]);
  });
});

it('an order keeps the partner that it was written to, whatever its company is linked to later', async () => {
  await seed({ CardCode: 'C-OLD', CardName: 'Northwind' });
  const before = await plan(orderOf('1', ann, { note: 'first' }), createFlow, 'C-OLD');
  await target.entity('order').create(before, call);
  const [held] = await target.entity('order').find(before, call);
  if (held === undefined) throw new Error('not there');
  const after = await plan(orderOf('1', ann, { note: 'second' }), createFlow, 'C-NW');
  expect(await target.entity('order').update(after, held, call)).toEqual({ status: 'applied' });
  const [now] = await target.entity('order').find(after, call);
  expect(now?.body).toMatchObject({ CardCode: 'C-OLD', Comments: 'second' });
  expect(now === undefined ? null : target.entity('order').compare(after, now, createFlow)).toEqual([]);
});

it.each([
  ['order-number', '#1'],
  ['po-number', 'PO-ann'],
  ['both', '#1 / PO-ann'],
])("the customer's reference by the setting %s", async (customerReference, expected) => {
  const flow = makeFlow({ customers: { mode: 'create' }, customerReference });
  expect((await deliver(orderOf('1', ann, { poNumber: 'PO-ann' }), flow)).NumAtCard).toBe(expected);
  expect((await deliver(orderOf('2', ann), flow)).NumAtCard).toBe('#2');
});
