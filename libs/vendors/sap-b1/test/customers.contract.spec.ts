import { type Customer, createCustomer, type Order, type Sparse } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FoundDocument, MapOutcome, PlannedDocument } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { listOrderDependencies } from '../src/map/order/dependencies.ts';
import { makeCustomer, makeFlow, makeOrder } from './orders-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

const plain = makeFlow({}, { target: {} });

function map(customer: Customer, flow: FlowSettings = plain): MapOutcome {
  const sourceKey = `${customer.source.connection}/${customer.source.id}`;
  return target.entity('customer').map(customer, {
    connection: test.connection,
    flow,
    resolved: [],
    facts: null,
    sourceKey,
    existing: {},
    lineMap: [],
    now: () => Date.now(),
  });
}

function plan(more: Sparse<Customer> = {}, flow: FlowSettings = plain): PlannedDocument {
  const outcome = map(makeCustomer(more), flow);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}

async function deliver(document: PlannedDocument): Promise<FoundDocument> {
  await target.entity('customer').create(document, call);
  const [hit] = await target.entity('customer').find(document, call);
  return hit as FoundDocument;
}

/** What a person changes in SAP at C77. */
async function patchByHand(body: Record<string, unknown>): Promise<void> {
  const login = await fetch(`${test.url}/sap-b1/b1s/v2/Login`, {
    method: 'POST',
    body: JSON.stringify({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' }),
  });
  const cookie = `B1SESSION=${((await login.json()) as { SessionId: string }).SessionId}`;
  const changed = await fetch(`${test.url}/sap-b1/b1s/v2/BusinessPartners('C77')`, {
    method: 'PATCH',
    headers: { cookie },
    body: JSON.stringify(body),
  });
  expect(changed.status).toBe(204);
}

async function readPartner(cardCode: string): Promise<FoundDocument> {
  return (await target.entity('customer').read('customer', cardCode, call)) as FoundDocument;
}

const bodyOf = (document: FoundDocument) =>
  document.body as { BPAddresses: Record<string, unknown>[]; ContactEmployees: Record<string, unknown>[] } & Record<
    string,
    unknown
  >;
const source = (id: string) => ({ connection: 'shop', vendor: 'shopify', id, version: 1 });

describe('matching', () => {
  it('by e-mail, in any case, quotes and all; every hit', async () => {
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: ['C1', 'C2'].map((CardCode) => ({
          CardCode,
          CardName: CardCode,
          CardType: 'cCustomer',
          EmailAddress: "Pat.O'Brien+a@Example.com",
        })),
      },
    });
    const hits = await target.entity('customer').match("pat.o'brien+a@example.com", call);
    expect(hits.map((hit) => hit.targetId)).toEqual(['C1', 'C2']);
    expect(await target.entity('customer').match('nobody@example.com', call)).toEqual([]);
  });

  it('of several, those that a person made inactive no longer count', async () => {
    const partner = { CardType: 'cCustomer', EmailAddress: 'ada@example.com' };
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: [
          { ...partner, CardCode: 'C1', Valid: 'tNO', Frozen: 'tYES' },
          { ...partner, CardCode: 'C2' },
        ],
      },
    });
    const hits = await target.entity('customer').match('ada@example.com', call);
    expect(hits.map((hit) => hit.targetId)).toEqual(['C2']);
  });

  it('suppliers and leads with that address are not customers', async () => {
    await test.control('POST', '/seed', {
      sets: { BusinessPartners: [{ CardCode: 'V1', CardType: 'cSupplier', EmailAddress: 'ada@example.com' }] },
    });
    expect(await target.entity('customer').match('ada@example.com', call)).toEqual([]);
  });
});

describe('creating', () => {
  it('code by pattern, reference, both kinds of address as rows, contact', async () => {
    const created = await deliver(plan());
    expect(created.targetId).toBe('C77');
    expect(bodyOf(created)).toMatchObject({
      CardName: 'Ada Example',
      CardType: 'cCustomer',
      EmailAddress: 'ada@example.com',
      U_EntrepotRef: 'shop/77',
      Currency: '##',
    });
    expect(bodyOf(created).BPAddresses.map((row) => [row.AddressName, row.AddressType, row.Block])).toEqual([
      ['Address a1', 'bo_BillTo', 'Flat 2'],
      ['Address a1', 'bo_ShipTo', 'Flat 2'],
    ]);
    expect(bodyOf(created).ContactEmployees).toHaveLength(1);
  });

  it('code by series', async () => {
    const document = plan({}, makeFlow({}, { target: { cardCode: { series: 72 } } }));
    expect(await target.entity('customer').create(document, call)).toMatchObject({
      targetId: 'W10000',
      status: 'created',
    });
  });

  it('a long id becomes a short code, the same each time', () => {
    const code = (id: string) => (plan({ source: source(id) }).body as { cardCode: string }).cardCode;
    expect(code('guest-0123456789abcdef')).toHaveLength(15);
    expect(code('guest-0123456789abcdef')).toBe(code('guest-0123456789abcdef'));
    expect(code('guest-0123456789abcdef')).not.toBe(code('guest-0123456789abcdee'));
  });

  it('made a second time the code is refused: the first one is it, and there is no double', async () => {
    const document = plan();
    await deliver(document);
    expect(await target.entity('customer').create(document, call)).toMatchObject({
      targetId: 'C77',
      status: 'created',
    });
    expect(await target.entity('customer').find(document, call)).toHaveLength(1);
  });

  it('the first one is older than what is wanted now: looked at again', async () => {
    await deliver(plan());
    await expect(target.entity('customer').create(plan({ phone: '+15550199' }), call)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it("the code is another one's: words that help", async () => {
    await test.control('POST', '/seed', {
      sets: { BusinessPartners: [{ CardCode: 'C77', CardName: 'By hand', CardType: 'cCustomer' }] },
    });
    await expect(target.entity('customer').create(plan(), call)).rejects.toMatchObject({
      kind: 'rejected',
      code: 'card-code-taken',
      advice: expect.stringContaining('shop/77'),
    });
  });

  it.each([400, 404, 409])(
    'refused as a double by -2035 (%i) with nothing there: tried again, then for a person',
    async (status) => {
      const body = JSON.stringify({ error: { code: '-2035', message: 'Esta entrada ya existe (ODBC -2035)' } });
      const match = { method: 'POST', operation: 'BusinessPartners' };
      test.sandbox.faults.add({ match, fault: { type: 'status', code: status, body } });
      await expect(target.entity('customer').create(plan(), call)).rejects.toMatchObject({
        kind: 'conflict',
        advice: expect.stringMatching(/\w{3}/),
      });
    },
  );

  it('texts over the column: cut or left out, and whole in the remarks', async () => {
    const created = await deliver(plan({ name: 'x'.repeat(101), phone: '1'.repeat(21) }));
    expect(bodyOf(created)).toMatchObject({
      CardName: 'x'.repeat(100),
      FreeText: `[Entrepot]\nCardName: ${'x'.repeat(101)}\nPhone1: ${'1'.repeat(21)}\n[/Entrepot]`,
    });
    expect(bodyOf(created).Phone1 ?? null).toBeNull();
  });

  it('as an order implies it, by the order flow', async () => {
    const flow = makeFlow({ customers: { mode: 'create', record: { groupCode: 101 } } });
    const order: Order = makeOrder({ lines: [{ price: '1.00' }] });
    const [dependency] = listOrderDependencies(order, flow);
    const outcome = map(dependency?.byProduct as Customer, flow);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    const created = await deliver(outcome.documents[0] as PlannedDocument);
    expect(bodyOf(created)).toMatchObject({
      CardCode: 'C77',
      GroupCode: 101,
      CardName: 'Ada Example',
      EmailAddress: 'ada@example.com',
    });
    expect(bodyOf(created).BPAddresses.map((row) => [row.AddressName, row.AddressType])).toEqual([
      ['Billing', 'bo_BillTo'],
      ['Shipping', 'bo_ShipTo'],
    ]);
  });
});

describe('changing', () => {
  it('only what differs, rows by their number; rows of SAP stay', async () => {
    const current = await deliver(plan());
    await patchByHand({
      BPAddresses: [{ AddressName: 'Depot', AddressType: 'bo_ShipTo', City: 'Elsewhere' }],
    });
    const next = plan({
      phone: '+15550199',
      addresses: makeCustomer().addresses.map((address) => ({ ...address, city: 'Shelbyville' })),
    });
    const before = (await target.entity('customer').read('customer', 'C77', call)) as FoundDocument;
    expect(target.entity('customer').stateHash(before)).not.toBe(target.entity('customer').stateHash(current));
    expect(await target.entity('customer').update(next, before, call)).toEqual({ status: 'applied' });
    const after = (await target.entity('customer').read('customer', 'C77', call)) as FoundDocument;
    expect(bodyOf(after).Phone1).toBe('+15550199');
    expect(bodyOf(after).BPAddresses.map((row) => row.City)).toEqual(['Shelbyville', 'Shelbyville', 'Elsewhere']);
    expect(target.entity('customer').compare(next, after, plain)).toEqual([]);
  });

  it('a partner found by e-mail is claimed; one that belongs to another customer is not', async () => {
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: [
          {
            CardCode: 'OLD',
            CardName: 'Ada E.',
            CardType: 'cCustomer',
            EmailAddress: 'ada@example.com',
            BPAddresses: [],
            ContactEmployees: [],
          },
          {
            CardCode: 'TAKEN',
            CardName: 'Ada',
            CardType: 'cCustomer',
            U_EntrepotRef: 'shop/5',
            BPAddresses: [],
            ContactEmployees: [],
          },
        ],
      },
    });
    const referenceOnly = plan({}, makeFlow({}, { target: { updateExisting: 'reference-only' } }));
    const old = (await target.entity('customer').read('customer', 'OLD', call)) as FoundDocument;
    expect(await target.entity('customer').update(referenceOnly, old, call)).toEqual({ status: 'applied' });
    const claimed = (await target.entity('customer').read('customer', 'OLD', call)) as FoundDocument;
    expect(bodyOf(claimed)).toMatchObject({ U_EntrepotRef: 'shop/77', CardName: 'Ada E.' });
    const taken = (await target.entity('customer').read('customer', 'TAKEN', call)) as FoundDocument;
    expect(await target.entity('customer').update(plan(), taken, call)).toMatchObject({
      status: 'refused',
      error: { code: 'belongs-to-another' },
    });
  });

  it('a partner that an order made of the customer as a guest becomes the customer’s, and stays it', async () => {
    const order = makeOrder({ lines: [{ price: '1.00' }], more: { customer: null, guest: true } });
    const [dependency] = listOrderDependencies(order, makeFlow({ customers: { mode: 'create' } }));
    const outcome = map(dependency?.byProduct as Customer, makeFlow({ customers: { mode: 'create' } }));
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    const guest = await deliver(outcome.documents[0] as PlannedDocument);
    expect(bodyOf(guest).U_EntrepotRef).toMatch(/^shop\/guest-/);
    expect(target.entity('customer').compare(outcome.documents[0] as PlannedDocument, guest, plain)).toEqual([]);
    expect(await target.entity('customer').update(plan(), guest, call)).toEqual({ status: 'applied' });
    const after = await readPartner(guest.targetId);
    expect(bodyOf(after).U_EntrepotRef).toBe('shop/77');
    expect(await target.entity('customer').update(plan(), after, call)).toEqual({ status: 'unchanged' });
    const other = plan({ email: 'eve@example.com' });
    expect(await target.entity('customer').update(other, guest, call)).toMatchObject({ status: 'refused' });
  });

  it('one person in two shops is one partner: it keeps the reference of the first', async () => {
    const partner = {
      CardCode: 'BOTH',
      CardName: 'Ada',
      CardType: 'cCustomer',
      U_EntrepotRef: 'outlet/5',
      BPAddresses: [],
      ContactEmployees: [],
    };
    await test.control('POST', '/seed', { sets: { BusinessPartners: [partner] } });
    const found = (await target.entity('customer').read('customer', 'BOTH', call)) as FoundDocument;
    expect(await target.entity('customer').update(plan(), found, call)).toEqual({ status: 'applied' });
    const after = (await target.entity('customer').read('customer', 'BOTH', call)) as FoundDocument;
    expect(bodyOf(after)).toMatchObject({ U_EntrepotRef: 'outlet/5', CardName: 'Ada Example' });
    expect(target.entity('customer').compare(plan(), after, plain)).toEqual([]);
  });
});

describe('emptied in the shop', () => {
  const customer = () => target.entity('customer');

  it('every mapped field becomes empty in SAP, rows too; what a person made stays', async () => {
    // A source that has all of them.
    const all = makeFlow({}, { target: { keptIfEmpty: [] } });
    const full = plan(
      {
        mobile: '+15550101',
        fax: '+15550102',
        taxRegistrations: [{ country: 'US', kind: 'EIN', number: '12-3456789' }],
        contacts: [
          {
            id: 'c1',
            firstName: 'Ada',
            lastName: 'Example',
            title: 'Ms',
            email: 'ada@example.com',
            phone: '1234567',
            mobile: '2345678',
          },
        ],
        addresses: makeCustomer().addresses.map((address) => ({
          ...address,
          company: 'Example Ltd',
          phone: '+15550103',
        })),
      },
      all,
    );
    const created = await deliver(full);
    const byHand = { AddressName: 'Depot', AddressType: 'bo_ShipTo', City: 'Elsewhere', Block: 'Gate 4' };
    await patchByHand({ BPAddresses: [byHand], ContactEmployees: [{ Name: 'Eve', Phone1: '99' }], Notes: 'pays late' });
    const before = await readPartner(created.targetId);
    const bare = plan(
      {
        email: null,
        phone: null,
        contacts: [{ id: 'c1', firstName: 'Ada', lastName: 'Example' }],
        addresses: [{ id: 'a1', roles: ['BILLING', 'SHIPPING'], lines: ['1 Main Street'], country: 'US' }],
      },
      all,
    );
    expect(customer().compare(bare, before, all)).not.toEqual([]);
    expect(await customer().update(bare, before, call)).toEqual({ status: 'applied' });
    const after = await readPartner(created.targetId);
    expect(customer().compare(bare, after, all)).toEqual([]);
    for (const name of ['EmailAddress', 'Phone1', 'Cellular', 'Fax', 'FederalTaxID'])
      expect(bodyOf(after)[name] ?? '', name).toBe('');
    const [bill, ship, depot] = bodyOf(after).BPAddresses;
    for (const row of [bill, ship])
      for (const name of ['Block', 'City', 'ZipCode', 'State', 'AddressName2', 'AddressName3'])
        expect(row?.[name] ?? '', name).toBe('');
    expect(bill).toMatchObject({ AddressName: 'Address a1', Street: '1 Main Street', Country: 'US' });
    expect(depot).toMatchObject(byHand);
    const [ada, eve] = bodyOf(after).ContactEmployees;
    for (const name of ['Position', 'Phone1', 'MobilePhone', 'E_Mail']) expect(ada?.[name] ?? '', name).toBe('');
    expect(ada).toMatchObject({ Name: 'Ada Example', FirstName: 'Ada' });
    expect(eve).toMatchObject({ Name: 'Eve', Phone1: '99' });
    expect(bodyOf(after).Notes).toBe('pays late');
  });

  it('what the shop has no field for stays as people filled it in SAP, until the shop says something', async () => {
    const created = await deliver(plan());
    const [contact] = bodyOf(created).ContactEmployees;
    const ofPeople = { FederalTaxID: 'DE123456789', Fax: '+15550102', Cellular: '+15550101' };
    await patchByHand({
      ...ofPeople,
      ContactEmployees: [{ InternalCode: contact?.InternalCode, Name: contact?.Name, MobilePhone: '+15550104' }],
    });
    const before = await readPartner(created.targetId);
    expect(customer().compare(plan(), before, plain)).toEqual([]);
    expect(await customer().update(plan(), before, call)).toEqual({ status: 'unchanged' });
    expect(await customer().update(plan({ phone: '+15550177', mobile: '+15550178' }), before, call)).toEqual({
      status: 'applied',
    });
    const after = bodyOf(await readPartner(created.targetId));
    expect(after).toMatchObject({ ...ofPeople, Cellular: '+15550178', Phone1: '+15550177' });
    expect(after.ContactEmployees[0]).toMatchObject({ Name: 'Ada Example', MobilePhone: '+15550104' });
  });

  it('addresses and contacts that are gone stay in SAP, where documents name them', async () => {
    const created = await deliver(plan());
    const without = plan({ addresses: [], contacts: [] });
    expect(await customer().update(without, created, call)).toEqual({ status: 'unchanged' });
    expect(bodyOf(await readPartner(created.targetId)).BPAddresses).toHaveLength(2);
  });

  it('the default address follows the shop; the former one stays, and is no default', async () => {
    const created = await deliver(plan());
    expect(bodyOf(created)).toMatchObject({ ShipToDefault: 'Address a1', BilltoDefault: 'Address a1' });
    const [first] = makeCustomer().addresses;
    const moved = plan({
      addresses: [
        { ...first, id: 'a3', isDefault: false },
        { ...first, id: 'a2', city: 'Shelbyville' },
      ],
    });
    expect(await customer().update(moved, created, call)).toEqual({ status: 'applied' });
    const after = await readPartner(created.targetId);
    expect(bodyOf(after)).toMatchObject({ ShipToDefault: 'Address a2', BilltoDefault: 'Address a2' });
    expect(bodyOf(after).BPAddresses).toHaveLength(6);
    expect(customer().compare(moved, after, plain)).toEqual([]);
  });

  it("our part of the remarks goes with the long text, people's part stays", async () => {
    const created = await deliver(plan({ name: 'x'.repeat(101) }));
    await patchByHand({ FreeText: `Ask for Eve\n${String(bodyOf(created).FreeText)}\nRings twice` });
    const long = plan({ name: 'y'.repeat(102) });
    expect(await customer().update(long, await readPartner(created.targetId), call)).toEqual({ status: 'applied' });
    expect(bodyOf(await readPartner(created.targetId)).FreeText).toBe(
      `Ask for Eve\n[Entrepot]\nCardName: ${'y'.repeat(102)}\n[/Entrepot]\nRings twice`,
    );
    expect(await customer().update(plan(), await readPartner(created.targetId), call)).toEqual({ status: 'applied' });
    expect(bodyOf(await readPartner(created.targetId)).FreeText).toBe('Ask for Eve\n\nRings twice');
    expect(customer().compare(plan(), await readPartner(created.targetId), plain)).toEqual([]);
  });

  it('a contact is known by its e-mail address: a new name makes no second row', async () => {
    const created = await deliver(plan());
    const renamed = plan({ contacts: [{ id: 'c1', firstName: 'Ada', lastName: 'King', email: 'ADA@example.com' }] });
    expect(await customer().update(renamed, created, call)).toEqual({ status: 'applied' });
    const { ContactEmployees } = bodyOf(await readPartner(created.targetId));
    expect(ContactEmployees.map((row) => row.Name)).toEqual(['Ada King']);
  });
});

describe('deleted in the shop', () => {
  const deleted = (id: string, connection = 'shop'): PlannedDocument => {
    const outcome = map(createCustomer({ source: { connection, vendor: 'shopify', id, version: 2 }, deleted: true }));
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    return outcome.documents[0] as PlannedDocument;
  };

  it('the partner is made inactive, and keeps everything else', async () => {
    const created = await deliver(plan({ phone: '+15550199' }));
    expect(await target.entity('customer').update(deleted('77'), created, call)).toEqual({ status: 'applied' });
    const left = await target.entity('customer').read('customer', created.targetId, call);
    const { UpdateDate, UpdateTime, DataVersion, '@odata.etag': _, Valid, Frozen, ...kept } = bodyOf(created);
    expect(left?.body).toMatchObject({ ...kept, Valid: 'tNO', Frozen: 'tYES' });
  });

  it('a partner that another shop knows stays active', async () => {
    const created = await deliver(plan());
    expect(await target.entity('customer').update(deleted('5', 'other'), created, call)).toEqual({
      status: 'unchanged',
    });
  });
});
