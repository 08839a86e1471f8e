import { describe, expect, it } from 'vitest';
import { ask, control, create, line, sandbox, until, useShop } from './shop-under-test.ts';

useShop();

const CUSTOMER =
  'id firstName note tags canDelete amountSpent { amount currencyCode } defaultEmailAddress { emailAddress marketingState } emailMarketingConsent { marketingState } defaultAddress { id city } addressesV2(first: 5) { nodes { id city } }';
const set = async (identifier: object | null, input: object) =>
  (
    await ask(
      `mutation($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) { customerSet(identifier: $identifier, input: $input) { customer { ${CUSTOMER} } userErrors { field message code } } }`,
      { identifier, input },
    )
  ).data?.customerSet as unknown as {
    customer: { id: string; addressesV2: { nodes: { id: string }[] } };
    userErrors: object[];
  };
const read = async (id: string) =>
  (await ask(`query($id: ID!) { customer(id: $id) { ${CUSTOMER} } }`, { id })).data?.customer;

describe('customerSet', () => {
  it('makes and changes one by e-mail, and refuses an unknown id', async () => {
    const made = await set({ email: 'ann@shore.example' }, { firstName: 'Ann', email: 'ann@shore.example' });
    expect(made.userErrors).toEqual([]);
    const again = await set({ email: 'ANN@shore.example' }, { note: 'sails' });
    expect(again.customer).toMatchObject({ id: made.customer.id, firstName: 'Ann', note: 'sails' });
    expect(await set({ id: 'gid://shopify/Customer/1' }, { note: 'x' })).toMatchObject({
      customer: null,
      userErrors: [
        { field: ['input', 'id'], message: 'Resource matching the identifier was not found.', code: 'NOT_FOUND' },
      ],
    });
    const found = await ask('{ customerByIdentifier(identifier: { emailAddress: "ann@shore.example" }) { id } }');
    expect(found.data?.customerByIdentifier).toEqual({ id: made.customer.id });
  });
});

describe('a customer', () => {
  it('has addresses that are made, made the default, changed and deleted', async () => {
    const { customer } = await set({ email: 'b@shore.example' }, { email: 'b@shore.example' });
    const customerId = customer.id;
    const add = `mutation($customerId: ID!, $address: MailingAddressInput!, $setAsDefault: Boolean) { customerAddressCreate(customerId: $customerId, address: $address, setAsDefault: $setAsDefault) { address { id city } userErrors { field message } } }`;
    const of = (city: string, setAsDefault = false) =>
      ask(add, { customerId, setAsDefault, address: { address1: '1 Quay', city, countryCode: 'US' } });
    await of('Albany');
    const second = (await of('Utica', true)).data?.customerAddressCreate as { address: { id: string } };
    expect(await read(customerId)).toMatchObject({
      defaultAddress: { city: 'Utica' },
      addressesV2: { nodes: [{ city: 'Utica' }, { city: 'Albany' }] },
    });
    const addressId = second.address.id;
    const change = `mutation($customerId: ID!, $addressId: ID!) { customerAddressUpdate(customerId: $customerId, addressId: $addressId, address: { city: "Troy" }) { address { id city } userErrors { message } } }`;
    expect((await ask(change, { customerId, addressId })).data?.customerAddressUpdate).toEqual({
      address: { id: addressId, city: 'Troy' },
      userErrors: [],
    });
    const drop = `mutation($customerId: ID!, $addressId: ID!) { customerAddressDelete(customerId: $customerId, addressId: $addressId) { deletedAddressId userErrors { field } } }`;
    expect((await ask(drop, { customerId, addressId })).data?.customerAddressDelete).toEqual({
      deletedAddressId: addressId,
      userErrors: [],
    });
    expect(await read(customerId)).toMatchObject({ defaultAddress: { city: 'Albany' } });
    expect((await ask(drop, { customerId, addressId })).data?.customerAddressDelete).toMatchObject({
      userErrors: [{ field: ['addressId'] }],
    });
  });

  it('agrees to mail, has spent what was paid, and gets and loses tags whatever their case', async () => {
    const order = await create({ lineItems: [line('10.00', 2)], financialStatus: 'PAID', email: 'c@shore.example' });
    await control('PATCH', `/orders/${String(order.legacyResourceId)}`, { refund: { lines: { 0: 1 } } });
    const id = String([...(sandbox.stores[0]?.customers.keys() ?? [])][0]);
    const consent = `mutation($input: CustomerEmailMarketingConsentUpdateInput!) { customerEmailMarketingConsentUpdate(input: $input) { userErrors { message } } }`;
    await ask(consent, { input: { customerId: id, emailMarketingConsent: { marketingState: 'SUBSCRIBED' } } });
    const tag = (name: string, tags: string[]) =>
      ask(
        `mutation($id: ID!, $tags: [String!]!) { ${name}(id: $id, tags: $tags) { node { id } userErrors { message } } }`,
        { id, tags },
      );
    await tag('tagsAdd', ['Harbour', 'crew']);
    await tag('tagsAdd', ['CREW']);
    await tag('tagsRemove', ['harbour']);
    expect(await read(id)).toMatchObject({
      tags: ['crew'],
      canDelete: false,
      amountSpent: { amount: '10.0' },
      defaultEmailAddress: { marketingState: 'SUBSCRIBED' },
      emailMarketingConsent: { marketingState: 'SUBSCRIBED' },
    });
  });

  it('is merged into another by a job: orders go over, the shop tells customers/merge', async () => {
    const order = await create({ lineItems: [line('1.00')], email: 'two@shore.example' });
    const two = String([...(sandbox.stores[0]?.customers.keys() ?? [])][0]);
    const { customer } = await set(null, { firstName: 'Nameless', phone: '+14155550123', note: 'from the fair' });
    const merge = `mutation($one: ID!, $two: ID!) { customerMerge(customerOneId: $one, customerTwoId: $two) { resultingCustomerId job { done } userErrors { field code } } }`;
    expect((await ask(merge, { one: customer.id, two })).data?.customerMerge).toEqual({
      // Exactly one of them has an e-mail: it stays.
      resultingCustomerId: two,
      job: { done: false },
      userErrors: [],
    });
    await until(() => sandbox.stores[0]?.customers.has(customer.id)).toBe(false);
    expect(await read(two)).toMatchObject({ note: 'from the fair', firstName: 'Nameless' });
    expect(await read(customer.id)).toBeNull();
    const shown = await ask('query($id: ID!) { orderByIdentifier(identifier: { id: $id }) { customer { id } } }', {
      id: order.id,
    });
    expect(shown.data?.orderByIdentifier).toEqual({ customer: { id: two } });
    expect((await ask(merge, { one: two, two })).data?.customerMerge).toMatchObject({
      userErrors: [{ field: ['customerTwoId'], code: 'INVALID_CUSTOMER_ID' }],
    });
  });
});

describe('the shop', () => {
  it('tells its address and the versions it serves', async () => {
    const { data } = await ask('{ shop { url primaryDomain { host } } publicApiVersions { handle supported } }');
    expect(data?.shop).toEqual({ url: 'https://demo.myshopify.test', primaryDomain: { host: 'demo.myshopify.test' } });
    expect(data?.publicApiVersions).toContainEqual({ handle: '2026-10', supported: true });
  });
});
