import { describe, expect, it } from 'vitest';
import { addSubscription } from '../src/store.ts';
import { ask, control, create, line, sandbox, useShop } from './shop-under-test.ts';

useShop();

const CUSTOMER = 'id email displayName firstName lastName tags';
const ORDER = `mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { id email tags customer { ${CUSTOMER} defaultAddress { address1 city province } } } userErrors { field message code } } }`;

async function place(order: object) {
  const { data, errors } = await ask(ORDER, { order: { currency: 'CAD', lineItems: [line('1.00')], ...order } });
  expect(errors).toBeUndefined();
  return data?.orderCreate as { order: { customer: Record<string, unknown> | null } | null; userErrors: unknown[] };
}

async function createCustomer(input: object) {
  const { data } = await ask(
    `mutation($input: CustomerInput!) { customerCreate(input: $input) { customer { ${CUSTOMER} phone } userErrors { field message } } }`,
    { input },
  );
  return data?.customerCreate as { customer: Record<string, unknown> | null; userErrors: unknown[] };
}

describe('customer of an order made by API', () => {
  // Recorded: orderCreate with an e-mail and nothing else answers a customer called by its e-mail.
  it('an e-mail makes one and links it', async () => {
    const email = 'buyer@example.com';
    expect((await place({ email })).order).toMatchObject({
      email,
      customer: { email, displayName: email, firstName: null },
    });
  });

  it('the same e-mail in other letters finds it again, and who names nobody stays a guest', async () => {
    const first = await place({ email: 'buyer@example.com' });
    const second = await place({ email: 'BUYER@example.com' });
    expect(second.order?.customer?.id).toBe(first.order?.customer?.id);
    expect((await place({})).order?.customer).toBeNull();
    expect(sandbox.stores[0]?.customers.size).toBe(1);
  });

  it('takes name, default address and e-mail from the order where the customer has none', async () => {
    const address = { firstName: 'Ann', lastName: 'Lee', address1: '1 Main St', city: 'Ottawa', countryCode: 'CA' };
    const { order } = await place({
      email: 'ann@example.com',
      billingAddress: { ...address, provinceCode: 'ON' },
      shippingAddress: { ...address, firstName: 'Bo', address1: '2 Side St', provinceCode: 'ON' },
    });
    expect(order?.customer).toMatchObject({
      displayName: 'Ann Lee',
      defaultAddress: { address1: '2 Side St', city: 'Ottawa', province: 'Ontario' },
    });
    const named = await place({ email: 'cy@example.com', customer: { toUpsert: { firstName: 'Cy' } } });
    expect(named.order?.customer).toMatchObject({ email: 'cy@example.com', displayName: 'Cy' });
  });

  it('keeps the name of a customer that has one', async () => {
    await createCustomer({ email: 'dee@example.com', firstName: 'Dee', lastName: 'Day' });
    const { order } = await place({ email: 'dee@example.com', billingAddress: { firstName: 'X', lastName: 'Y' } });
    expect(order?.customer).toMatchObject({ displayName: 'Dee Day' });
  });

  it('tells customers/create before the order', async () => {
    const told: string[] = [];
    await control('PATCH', '/stores/demo.myshopify.test', { webhookUrl: 'http://127.0.0.1:9/' });
    const store = sandbox.stores[0];
    for (const topic of ['orders/create', 'customers/create'])
      if (store) addSubscription(store, topic, 'http://127.0.0.1:9/', false, Date.now);
    await control('PUT', '/webhooks', { drop: 'all' });
    await place({ email: 'eve@example.com' });
    told.push(...sandbox.webhooks().map((sent) => sent.topic));
    expect(told).toEqual(['customers/create', 'orders/create']);
  });

  it('refuses an e-mail that is none, and both ways of naming a customer at once', async () => {
    expect((await place({ email: 'foo@' })).userErrors).toEqual([
      { field: ['order', 'email'], message: 'Email is invalid', code: 'INVALID' },
    ]);
    const both = { customerId: 'gid://shopify/Customer/1', customer: { toUpsert: { email: 'a@example.com' } } };
    expect((await place(both)).userErrors).toMatchObject([{ field: ['order'], code: 'REDUNDANT_CUSTOMER_FIELDS' }]);
  });

  it('gives tags sorted', async () => {
    const order = await place({ tags: ['parity-probe', 'draft-order-complete', 'merchant-realistic'] });
    expect(order.order).toMatchObject({ tags: ['draft-order-complete', 'merchant-realistic', 'parity-probe'] });
    expect((await createCustomer({ firstName: 'A', tags: ['set', 'create', 'Set'] })).customer?.tags).toEqual([
      'create',
      'set',
    ]);
  });
});

// Words and fields as development stores answered them.
describe('input of customers', () => {
  it('takes blanks out of e-mail addresses, and finds a duplicate after that', async () => {
    const first = await createCustomer({ email: 'hermes-normal ization@example.com' });
    expect(first.customer?.email).toBe('hermes-normalization@example.com');
    const second = await createCustomer({ email: 'Hermes-normal iz ation@example.com ' });
    expect(second).toEqual({
      customer: null,
      userErrors: [{ field: ['email'], message: 'Email has already been taken' }],
    });
  });

  it.each(['foo@', '@bar.com', 'foo@bar', 'foo@@bar.com', 'not-an-email'])('refuses the e-mail %s', async (email) => {
    expect((await createCustomer({ email })).userErrors).toEqual([{ field: ['email'], message: 'Email is invalid' }]);
  });

  it('refuses what is too long, with both reasons', async () => {
    expect((await createCustomer({ email: `${'a'.repeat(245)}@example.com` })).userErrors).toEqual([
      { field: ['email'], message: 'Email is too long (maximum is 255 characters)' },
      { field: ['email'], message: 'Email is invalid' },
    ]);
    expect((await createCustomer({ phone: `+${'1'.repeat(255)}` })).userErrors).toEqual([
      { field: ['phone'], message: 'Phone is too long (maximum is 255 characters)' },
      { field: ['phone'], message: 'Phone is invalid' },
    ]);
  });

  it('writes telephone numbers in one form, and finds a duplicate after that', async () => {
    expect((await createCustomer({ phone: '+1 (613) 450-5293' })).customer?.phone).toBe('+16134505293');
    expect((await createCustomer({ phone: '6134505293' })).userErrors).toEqual([
      { field: ['phone'], message: 'Phone has already been taken' },
    ]);
    expect((await createCustomer({ phone: '+1234abcd' })).userErrors).toEqual([
      { field: ['phone'], message: 'Phone is invalid' },
    ]);
  });

  it('an own e-mail is not taken', async () => {
    const { customer } = await createCustomer({ email: 'own@example.com' });
    const { data } = await ask(
      'mutation($input: CustomerInput!) { customerUpdate(input: $input) { customer { firstName } userErrors { message } } }',
      { input: { id: customer?.id, email: 'own @example.com', firstName: '  Olaf ' } },
    );
    expect(data?.customerUpdate).toEqual({ customer: { firstName: 'Olaf' }, userErrors: [] });
  });

  it.each([
    [{ address1: 'x'.repeat(256), countryCode: 'CA' }, 'address1', 'Address1 is too long (maximum is 255 characters)'],
    [{ city: '<script>', countryCode: 'CA' }, 'city', 'City cannot contain HTML tags'],
    [{ city: 'https://evil.example', countryCode: 'CA' }, 'city', 'City cannot contain URL'],
    [{ zip: 'H0H 0H0 https://x', countryCode: 'CA' }, 'zip', 'Zip cannot contain URL'],
    [{ phone: '<a>+1 613', countryCode: 'CA' }, 'phone', 'Phone cannot contain HTML tags'],
    [{ address1: '100 Main 😀', countryCode: 'CA' }, 'address1', 'Address1 cannot contain emojis'],
    [{ address1: '2 Unknown', country: 'Atlantis' }, 'country', 'Country is invalid'],
    [{ address1: '5 Invalid', countryCode: 'ZZ' }, 'country', 'Country is invalid'],
    [{ city: 'Chicago', countryCode: 'US', provinceCode: 'ON' }, 'province', 'Province is invalid'],
  ])('refuses the address %j', async (address, field, message) => {
    const { userErrors } = await createCustomer({ email: 'address@example.com', addresses: [address] });
    expect(userErrors).toEqual([{ field: ['addresses', '0', field], message }]);
  });

  it('refuses a blank address, and trims and names what it takes', async () => {
    const blank = { address1: ' ', city: ' ', zip: ' ', phone: ' ' };
    expect((await createCustomer({ firstName: 'A', addresses: [blank] })).userErrors).toEqual([
      { field: ['addresses', '0'], message: 'Customer address cannot be blank.' },
    ]);
    const { data } = await ask(
      'mutation($input: CustomerInput!) { customerCreate(input: $input) { customer { defaultAddress { address1 city country countryCodeV2 province provinceCode zip } } } }',
      {
        input: {
          firstName: 'A',
          addresses: [
            {
              address1: ' 1 Valid St ',
              city: 'San Francisco',
              countryCode: 'US',
              country: 'Canada',
              provinceCode: 'CA',
              zip: ' 94105 ',
            },
          ],
        },
      },
    );
    expect(data?.customerCreate).toEqual({
      customer: {
        defaultAddress: {
          address1: '1 Valid St',
          city: 'San Francisco',
          country: 'United States',
          countryCodeV2: 'US',
          province: 'California',
          provinceCode: 'CA',
          zip: '94105',
        },
      },
    });
  });

  it('says whom nobody can be', async () => {
    expect((await createCustomer({ email: '' })).userErrors).toEqual([
      { field: null, message: 'A name, phone number, or email address must be present' },
    ]);
  });

  it('counts the orders of a customer', async () => {
    await create({ email: 'n@example.com', lineItems: [line('1.00')] });
    await create({ email: 'n@example.com', lineItems: [line('1.00')] });
    const { data } = await ask('{ customers(first: 1) { nodes { numberOfOrders } } }');
    expect(data?.customers).toEqual({ nodes: [{ numberOfOrders: '2' }] });
  });
});
