import { describe, expect, it } from 'vitest';
import { ask, control, line, sandbox, useShop } from './shop-under-test.ts';

useShop();

const place = async (body: object): Promise<string> => {
  const answer = await control('POST', '/orders', body);
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as { gid: string }).gid;
};
const ORDER = `query($id: ID!) { order(id: $id) { poNumber customer { id companyContactProfiles { id company { id } } }
  purchasingEntity { __typename ... on PurchasingCompany { company { id name externalId contactsCount { count } mainContact { id } }
    location { id name externalId shippingAddress { address1 companyName } } contact { id title isMainContact customer { email } } } }
  paymentTerms { paymentTermsName paymentTermsType dueInDays paymentSchedules(first: 5) { nodes { dueAt issuedAt completedAt totalBalance { amount currencyCode } balanceDue { amount } } } } } }`;
interface Purchase {
  company: { id: string; name: string; contactsCount: { count: number }; mainContact: { id: string } };
  location: { id: string };
  contact: { id: string };
}
const look = async (id: string) =>
  (await ask(ORDER, { id })).data?.order as unknown as {
    customer: { companyContactProfiles: { id: string; company: { id: string } }[] };
    purchasingEntity: Purchase;
    paymentTerms: unknown;
  };
const buyer = (email: string, poNumber: string) => ({
  currency: 'USD',
  poNumber,
  customer: { toUpsert: { email, firstName: 'B' } },
  lineItems: [line('7.50', 10)],
});
const company = { name: 'Northwind Cafe Ltd', externalId: 'C-NW', locationName: 'HQ', locationExternalId: 'NW-1' };

describe('companies', () => {
  it('stay: two buyers order for one company, each its contact once', async () => {
    const ann = await look(await place({ order: buyer('ann@northwind.example', 'PO-ann'), extras: { company } }));
    const bob = await look(await place({ order: buyer('bob@northwind.example', 'PO-bob'), extras: { company } }));
    const again = await look(
      await place({
        order: buyer('ann@northwind.example', 'PO-2'),
        extras: { company: { ...company, name: 'renamed' } },
      }),
    );
    const shared = { company: { externalId: 'C-NW', name: 'Northwind Cafe Ltd', contactsCount: { count: 2 } } };
    expect(bob).toMatchObject({ poNumber: 'PO-bob', purchasingEntity: { __typename: 'PurchasingCompany', ...shared } });
    expect(bob.purchasingEntity.company.id).toBe(ann.purchasingEntity.company.id);
    expect(bob.purchasingEntity.location).toEqual(ann.purchasingEntity.location);
    expect(again.purchasingEntity.contact.id).toBe(ann.purchasingEntity.contact.id);
    expect(bob.purchasingEntity.contact).toMatchObject({
      isMainContact: false,
      customer: { email: 'bob@northwind.example' },
    });
    expect(ann.customer.companyContactProfiles).toEqual([
      { id: ann.purchasingEntity.contact.id, company: { id: ann.purchasingEntity.company.id } },
    ]);
    expect(sandbox.stores[0]?.companies.size).toBe(1);
  });

  it('without external id are found by name; another location of it is made', async () => {
    const of = async (extras: object) =>
      (await look(await place({ order: buyer('c@x.example', 'P'), extras }))).purchasingEntity;
    const first = await of({ company: { name: 'Park Ltd' } });
    const second = await of({ company: { name: 'Park Ltd', locationName: 'Branch' } });
    expect(second.company.id).toBe(first.company.id);
    expect(second.location.id).not.toBe(first.location.id);
    expect((await of({ company: { name: 'Park Ltd' } })).location.id).toBe(first.location.id);
  });

  it("give an order their location's terms, with the day it is due", async () => {
    const order = { ...buyer('t@x.example', 'P'), processedAt: '2026-11-01T10:00:00Z' };
    const seen = await look(await place({ order, extras: { company: { ...company, paymentTerms: 'Net 30' } } }));
    expect(seen.paymentTerms).toEqual({
      paymentTermsName: 'Net 30',
      paymentTermsType: 'NET',
      dueInDays: 30,
      paymentSchedules: {
        nodes: [
          {
            issuedAt: '2026-11-01T10:00:00Z',
            dueAt: '2026-12-01T10:00:00Z',
            completedAt: null,
            totalBalance: { amount: '75.0', currencyCode: 'CAD' },
            balanceDue: { amount: '75.0' },
          },
        ],
      },
    });
  });

  it('let an order have several instalments, which payments cover in their order', async () => {
    const schedules = [
      { amount: '25.00', dueAt: '2026-11-05T00:00:00Z' },
      { amount: '50.00', dueAt: '2026-12-05T00:00:00Z' },
    ];
    const paid = {
      amountSet: { shopMoney: { amount: '30.00', currencyCode: 'USD' } },
      kind: 'SALE',
      gateway: 'manual',
    };
    const id = await place({
      order: { ...buyer('i@x.example', 'P'), transactions: [{ ...paid, processedAt: '2026-11-02T00:00:00Z' }] },
      extras: { paymentTerms: { name: 'Deposit', type: 'FIXED', schedules } },
    });
    expect((await look(id)).paymentTerms).toMatchObject({
      paymentTermsName: 'Deposit',
      paymentSchedules: {
        nodes: [
          {
            dueAt: '2026-11-05T00:00:00Z',
            completedAt: '2026-11-02T00:00:00Z',
            totalBalance: { amount: '25.0' },
            balanceDue: { amount: '0.0' },
          },
          { completedAt: null, totalBalance: { amount: '50.0' }, balanceDue: { amount: '45.0' } },
        ],
      },
    });
  });

  it.each([
    ['tomorrow', 1, false, false],
    ['today', 0, true, false],
    ['yesterday', -1, true, true],
  ])(
    'say of what must be paid %s whether it is due or overdue, and neither once it is paid',
    async (_, days, due, overdue) => {
      const dueAt = `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
      const read = async (id: unknown) =>
        (
          await ask(
            'query($id: ID!) { order(id: $id) { paymentTerms { due overdue paymentSchedules(first: 1) { nodes { due } } } } }',
            { id },
          )
        ).data?.order?.paymentTerms;
      const id = await place({
        order: buyer('d@x.example', 'P'),
        extras: { paymentTerms: { name: 'Fixed', type: 'FIXED', dueAt } },
      });
      expect(await read(id)).toEqual({ due, overdue, paymentSchedules: { nodes: [{ due }] } });
      await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, { pay: true });
      expect(await read(id)).toEqual({ due: false, overdue: false, paymentSchedules: { nodes: [{ due: false }] } });
    },
  );

  it('are created by the Admin API with location and contact, and ordered for', async () => {
    const create = `mutation($input: CompanyCreateInput!) { companyCreate(input: $input) {
      company { id externalId locations(first: 2) { nodes { id name externalId buyerExperienceConfiguration { paymentTermsTemplate { name } } } }
        contacts(first: 2) { nodes { id isMainContact customer { id email } roleAssignments(first: 1) { nodes { companyLocation { name } role { name } } } } } }
      userErrors { field message code } } }`;
    const templates = await ask('{ paymentTermsTemplates(paymentTermsType: NET) { id name dueInDays } }');
    const net = ((templates.data?.paymentTermsTemplates ?? []) as { id: string; dueInDays: number }[]).find(
      (one) => one.dueInDays === 60,
    );
    const input = {
      company: { name: 'Wide Ltd', externalId: 'W1' },
      companyContact: { email: 'w@wide.example', firstName: 'W', title: 'Buyer' },
      companyLocation: {
        name: 'Dock',
        externalId: 'W1-D',
        shippingAddress: { address1: '1 Quay', countryCode: 'US', city: 'Albany' },
        buyerExperienceConfiguration: { paymentTermsTemplateId: net?.id },
      },
    };
    const made = (await ask(create, { input })).data?.companyCreate as {
      company: { locations: { nodes: { id: string }[] }; contacts: { nodes: { customer: { id: string } }[] } };
    };
    expect(made).toMatchObject({
      company: {
        locations: {
          nodes: [{ name: 'Dock', buyerExperienceConfiguration: { paymentTermsTemplate: { name: 'Net 60' } } }],
        },
        contacts: {
          nodes: [{ isMainContact: true, roleAssignments: { nodes: [{ companyLocation: { name: 'Dock' } }] } }],
        },
      },
      userErrors: [],
    });
    const customerId = made.company.contacts.nodes[0]?.customer.id;
    const id = await place({
      order: {
        currency: 'USD',
        customerId,
        companyLocationId: made.company.locations.nodes[0]?.id,
        lineItems: [line('1.00')],
      },
    });
    expect(await look(id)).toMatchObject({
      purchasingEntity: {
        location: { externalId: 'W1-D', shippingAddress: { address1: '1 Quay', companyName: 'Wide Ltd' } },
      },
      paymentTerms: { dueInDays: 60 },
    });
    expect((await ask(create, { input })).data?.companyCreate).toMatchObject({
      company: null,
      userErrors: [{ field: ['input', 'company', 'externalId'], code: 'TAKEN' }],
    });
    expect((await ask(create, { input: { company: {} } })).data?.companyCreate).toMatchObject({
      userErrors: [{ field: ['input', 'company', 'name'], code: 'BLANK' }],
    });
    const found = await ask('{ companies(first: 5, query: "external_id:W1") { nodes { name } } }');
    expect(found.data?.companies).toEqual({ nodes: [{ name: 'Wide Ltd' }] });
  });

  it('take customers as contacts, have one main contact, and are closed to a token without scope', async () => {
    const customer = `mutation { customerCreate(input: { email: "z@x.example" }) { customer { id } } }`;
    const made = (await ask(customer)).data?.customerCreate as { customer: { id: string } };
    const customerId = made.customer.id;
    const { purchasingEntity } = await look(await place({ order: buyer('y@x.example', 'P'), extras: { company } }));
    const companyId = purchasingEntity.company.id;
    const assign = `mutation($companyId: ID!, $customerId: ID!) { companyAssignCustomerAsContact(companyId: $companyId, customerId: $customerId) {
      companyContact { id isMainContact } userErrors { field code } } }`;
    const contact = (await ask(assign, { companyId, customerId })).data?.companyAssignCustomerAsContact as {
      companyContact: { id: string };
    };
    expect(contact).toMatchObject({ companyContact: { isMainContact: false }, userErrors: [] });
    expect((await ask(assign, { companyId, customerId })).data?.companyAssignCustomerAsContact).toMatchObject({
      companyContact: null,
      userErrors: [{ field: ['customerId'], code: 'INVALID_INPUT' }],
    });
    const contactId = contact.companyContact.id;
    const main = `mutation($companyId: ID!, $contactId: ID!) { companyAssignMainContact(companyId: $companyId, companyContactId: $contactId) { company { mainContact { id } } } }`;
    expect((await ask(main, { companyId, contactId })).data?.companyAssignMainContact).toEqual({
      company: { mainContact: { id: contactId } },
    });
    await control('PATCH', '/stores/demo.myshopify.test', { scopes: ['read_orders'] });
    expect((await ask('query($id: ID!) { company(id: $id) { name } }', { id: companyId })).errors?.[0]).toMatchObject({
      extensions: { code: 'ACCESS_DENIED' },
      path: ['company'],
    });
  });
});
