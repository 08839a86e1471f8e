import { type Customer, createCustomer, type Order, type Sparse } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { MapContext, PlannedDocument, ResolvedDependency, TargetDependency } from '@entrepot/vendor-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { listOrderDependencies } from '../src/map/order/dependencies.ts';
import { makeFlow, makeOrder } from './orders-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

beforeEach(async () => {
  await seed({ CardCode: 'C-NW', CardName: 'Northwind Cafe Ltd', PayTermsGrpCode: 2 });
});

type Row = Record<string, unknown>;
const seed = (...partners: Row[]) =>
  test.control('POST', '/seed', {
    sets: {
      BusinessPartners: partners.map((partner) => ({
        CardType: 'cCustomer',
        BPAddresses: [],
        ContactEmployees: [],
        ...partner,
      })),
    },
  });
const rowsOf = async (set: string) => ((await test.control('GET', `/rows/${set}`)) as { items: Row[] }).items;
const partners = () => rowsOf('BusinessPartners');
const partnerOf = async (cardCode: string) => (await partners()).find((row) => row.CardCode === cardCode) as Row;
const contactsOf = async (cardCode: string) => (await partnerOf(cardCode)).ContactEmployees as Row[];
const placesOf = async (cardCode: string) => (await partnerOf(cardCode)).BPAddresses as Row[];

const northwind = {
  id: '5',
  number: 'C-NW',
  name: 'Northwind Cafe Ltd',
  externalIds: [{ kind: 'externalId', id: 'C-NW' }],
};
const hq = { id: '8', name: 'HQ' };
const address = {
  company: 'Northwind Cafe Ltd',
  lines: ['1 Bean Street'],
  city: 'Portland',
  regionCode: 'OR',
  postalCode: '97201',
  country: 'US',
};

interface Buyer {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}
const ann: Buyer = { id: '101', name: 'Ann Buyer', email: 'ann@northwind.example' };
const bob: Buyer = { id: '102', name: 'Bob Buyer', email: 'bob@northwind.example' };

function orderOf(number: string, buyer: Buyer, more: Sparse<Order> = {}): Order {
  return makeOrder({
    id: number,
    number: `#${number}`,
    lines: [{ price: '7.50', quantity: '10' }],
    more: {
      customer: { id: buyer.id, name: buyer.name },
      contact: { id: `c${buyer.id}`, name: buyer.name },
      email: buyer.email,
      company: northwind,
      companyLocation: hq,
      shipTo: address,
      billTo: address,
      ...more,
    },
  });
}

const createFlow = makeFlow({ customers: { mode: 'create' } });

const contextOf = async (flow: FlowSettings, resolved: readonly ResolvedDependency[], sourceKey: string) =>
  ({
    connection: test.connection,
    flow,
    resolved,
    facts: await target.prepare(call),
    sourceKey,
    existing: {},
    lineMap: [],
    now: () => Date.now(),
  }) satisfies MapContext;

/** As the sink does it, without links: by match key, else made. */
async function resolve(dependency: TargetDependency, flow: FlowSettings): Promise<ResolvedDependency[]> {
  const customers = target.entity('customer');
  const [hit] = await customers.match(dependency.matchKey, call);
  if (hit !== undefined) return [{ dependency, targetId: hit.targetId }];
  if (dependency.byProduct === null) return [];
  const context = await contextOf(flow, [], dependency.sourceKey ?? '');
  const mapped = customers.map(dependency.byProduct as Customer, context);
  if (!mapped.ok) throw new Error(JSON.stringify(mapped.error));
  const { targetId } = await customers.create(mapped.documents[0] as PlannedDocument, call);
  return [{ dependency, targetId: String(targetId) }];
}

async function plan(order: Order, flow: FlowSettings, cardCode?: string): Promise<PlannedDocument> {
  const dependency = listOrderDependencies(order, flow).find(({ entity }) => entity === 'customer');
  const resolved =
    dependency === undefined
      ? []
      : cardCode === undefined
        ? await resolve(dependency, flow)
        : [{ dependency, targetId: cardCode }];
  const outcome = target.entity('order').map(order, await contextOf(flow, resolved, `shop/${order.source.id}`));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}

async function deliver(order: Order, flow = createFlow): Promise<Row> {
  const document = await plan(order, flow);
  await target.entity('order').create(document, call);
  const [found] = await target.entity('order').find(document, call);
  if (found === undefined) throw new Error('not there');
  expect(target.entity('order').compare(document, found, flow)).toEqual([]);
  return found.body as Row;
}

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
    expect(await target.entity('customer').match('code:V-1 ref:shop/company-5', call)).toEqual([]);
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
    const [needed] = listOrderDependencies(withoutCode('1', ann), makeFlow({ customers: { mode: 'wait' } }));
    expect(needed).toMatchObject({ whenAbsent: 'wait', byProduct: null });
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

describe('a person of a company in the customer flow', () => {
  const flow = makeFlow({}, { target: {} });
  const person = (more: Sparse<Customer> = {}) =>
    createCustomer({
      source: { connection: 'shop', vendor: 'shopify', id: '101', version: 1 },
      kind: 'PERSON',
      status: 'ACTIVE',
      name: 'Ann Buyer',
      firstName: 'Ann',
      lastName: 'Buyer',
      email: 'ann@northwind.example',
      phone: '+15035550100',
      parent: northwind,
      contacts: [{ id: 'c1', firstName: 'Ann', title: 'Barista', roles: ['Northwind Cafe Ltd'] }],
      ...more,
    });
  const customers = () => target.entity('customer');

  async function planPerson(
    customer: Customer,
    existing: Record<string, string> = {},
  ): Promise<readonly PlannedDocument[]> {
    const [dependency] = customers().dependencies(customer, flow, test.connection);
    const resolved = dependency === undefined ? [] : await resolve(dependency, flow);
    const outcome = customers().map(customer, { ...(await contextOf(flow, resolved, 'shop/101')), existing });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    return outcome.documents;
  }

  it("is a contact of the company's partner and no partner; brought up to date, emptied too", async () => {
    expect(customers().matchKeyOf?.(person(), flow, test.connection)).toBeNull();
    const before = (await partners()).length;
    const [document, ...others] = await planPerson(person());
    if (document === undefined) throw new Error('nothing planned');
    expect(others).toEqual([]);
    expect(await customers().find(document, call)).toEqual([]);
    const written = await customers().create(document, call);
    expect(await partners()).toHaveLength(before);
    expect(await contactsOf('C-NW')).toMatchObject([
      { Name: 'Ann Buyer', Position: 'Barista', Phone1: '+15035550100' },
    ]);
    const [changed] = await planPerson(person({ phone: null, name: 'Ann Chef', lastName: 'Chef' }));
    const current = await customers().read('contact', String(written.targetId), call);
    if (changed === undefined || current === null) throw new Error('not there');
    expect(customers().compare(changed, current, flow)).not.toEqual([]);
    expect(await customers().update(changed, current, call)).toEqual({ status: 'applied' });
    const [row, ...doubles] = await contactsOf('C-NW');
    expect(doubles).toEqual([]);
    expect(row).toMatchObject({ Name: 'Ann Chef', LastName: 'Chef' });
    expect(row?.Phone1 ?? '').toBe('');
    const after = await customers().read('contact', String(written.targetId), call);
    expect(after === null ? null : customers().compare(changed, after, flow)).toEqual([]);
  });

  it('two people of one name are two contacts, each brought up to date by itself, by a new address too', async () => {
    const source = (id: string) => ({ connection: 'shop', vendor: 'shopify', id, version: 1 });
    const twin = (more: Sparse<Customer> = {}) =>
      person({ source: source('109'), email: 'ann.two@northwind.example', ...more });
    const [first] = await planPerson(person());
    const [second] = await planPerson(twin());
    if (first === undefined || second === undefined) throw new Error('nothing planned');
    const made = [await customers().create(first, call), await customers().create(second, call)];
    const [third] = await planPerson(twin({ email: 'ann2@northwind.example', phone: '+15035550109' }));
    const current = await customers().read('contact', String(made[1]?.targetId), call);
    if (third === undefined || current === null) throw new Error('not there');
    expect(await customers().update(third, current, call)).toEqual({ status: 'applied' });
    expect((await contactsOf('C-NW')).map((row) => [row.E_Mail, row.Phone1])).toEqual([
      ['ann@northwind.example', '+15035550100'],
      ['ann2@northwind.example', '+15035550109'],
    ]);
    for (const [document, { targetId }] of [
      [first, made[0]],
      [third, made[1]],
    ] as [PlannedDocument, { targetId: string }][]) {
      const held = await customers().read('contact', targetId, call);
      expect(held === null ? null : customers().compare(document, held, flow)).toEqual([]);
    }
  });

  it('is left as it is where the flow only notes references', async () => {
    await deliver(orderOf('1', ann));
    const careful = makeFlow({}, { target: { updateExisting: 'reference-only' } });
    const [dependency] = customers().dependencies(person(), careful, test.connection);
    if (dependency === undefined) throw new Error('nothing needed');
    const outcome = customers().map(person(), await contextOf(careful, await resolve(dependency, careful), 'shop/101'));
    const [document] = outcome.ok ? outcome.documents : [];
    const [found] = document === undefined ? [] : await customers().find(document, call);
    if (document === undefined || found === undefined) throw new Error('not there');
    expect(await customers().update(document, found, call)).toEqual({ status: 'unchanged' });
    expect((await contactsOf('C-NW'))[0]?.Position ?? '').toBe('');
  });

  it('is the contact that an order made', async () => {
    await deliver(orderOf('1', ann));
    const [document] = await planPerson(person());
    const [found] = document === undefined ? [] : await customers().find(document, call);
    expect(found?.body).toMatchObject({ Name: 'Ann Buyer' });
  });

  it('waits for nothing where SAP does not have the company', async () => {
    expect(await planPerson(person({ parent: { id: '9', name: 'Nobody Inc' } }))).toEqual([]);
  });

  it('keeps a partner of their own where private orders made one', async () => {
    const documents = await planPerson(person(), { customer: 'C101' });
    expect(documents.map(({ role }) => role)).toEqual(['customer', 'contact']);
  });

  it("does not take over the company's partner, to which they were linked before the shop told of the company", async () => {
    const documents = await planPerson(person(), { customer: 'C-NW' });
    expect(documents.map(({ role, subId }) => [role, subId])).toEqual([['contact', 'C-NW']]);
  });

  it('buys privately as themselves', () => {
    const order = orderOf('1', ann, { company: null, companyLocation: null, contact: null });
    const [needed] = listOrderDependencies(order, createFlow);
    expect(needed).toMatchObject({ sourceKey: 'shop/101', role: 'customer', matchKey: 'ann@northwind.example' });
  });
});
