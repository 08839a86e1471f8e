import { type Customer, createCustomer, type Sparse } from '@entrepot/canonical';
import type { MapInput, PlannedDocument } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import {
  ann,
  contactsOf,
  contextOf,
  createFlow,
  deliver,
  northwind,
  orderOf,
  partners,
  resolve,
  useCompany,
} from './companies-for-tests.ts';
import { dependenciesOf } from './map-for-tests.ts';
import { makeFlow } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target } from './sandbox-under-test.ts';

useCompany();

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

  const partnerIs =
    (code: string): MapInput['existing'] =>
    ({ role }) =>
      role === 'customer' ? { targetId: code, lines: [] } : null;

  async function planPerson(
    customer: Customer,
    existing: MapInput['existing'] = () => null,
  ): Promise<readonly PlannedDocument[]> {
    const [dependency] = customers().dependencies(customer, flow);
    const resolved = dependency === undefined ? [] : await resolve(dependency, flow);
    const outcome = customers().map(customer, { ...(await contextOf(flow, resolved, 'shop/101')), existing });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    return outcome.documents;
  }

  it("is a contact of the company's partner and no partner; brought up to date, emptied too", async () => {
    expect(customers().naturalKeys(person(), flow)).toEqual([]);
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
    const current = await customers().read(documentOf('contact'), String(written.targetId), call);
    if (changed === undefined || current === null) throw new Error('not there');
    expect(customers().compare(changed, current, flow)).not.toEqual([]);
    expect(await customers().update(changed, current, call)).toEqual({ status: 'applied' });
    const [row, ...doubles] = await contactsOf('C-NW');
    expect(doubles).toEqual([]);
    expect(row).toMatchObject({ Name: 'Ann Chef', LastName: 'Chef' });
    expect(row?.Phone1 ?? '').toBe('');
    const after = await customers().read(documentOf('contact'), String(written.targetId), call);
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
    const current = await customers().read(documentOf('contact'), String(made[1]?.targetId), call);
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
      const held = await customers().read(documentOf('contact'), targetId, call);
      expect(held === null ? null : customers().compare(document, held, flow)).toEqual([]);
    }
  });

  it('is left as it is where the flow only notes references', async () => {
    await deliver(orderOf('1', ann));
    const careful = makeFlow({}, { target: { updateExisting: 'reference-only' } });
    const [dependency] = customers().dependencies(person(), careful);
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
    const documents = await planPerson(person(), partnerIs('C101'));
    expect(documents.map(({ role }) => role)).toEqual(['customer', 'contact']);
  });

  it("does not take over the company's partner, to which they were linked before the shop told of the company", async () => {
    const documents = await planPerson(person(), partnerIs('C-NW'));
    expect(documents.map(({ role, subId }) => [role, subId])).toEqual([['contact', 'C-NW']]);
  });

  it('buys privately as themselves', () => {
    const order = orderOf('1', ann, { company: null, companyLocation: null, contact: null });
    const [needed] = dependenciesOf(order, createFlow);
    expect(needed).toMatchObject({
      sourceKey: 'shop/101',
      document: { role: 'customer', subId: null },
      naturalKey: 'ann@northwind.example',
    });
  });
});
