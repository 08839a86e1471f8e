import { describe, expect, it } from 'vitest';
import { ask, useShop } from './shop-under-test.ts';

useShop();

const CUSTOMER = `id defaultEmailAddress { marketingState marketingOptInLevel marketingUpdatedAt }
  defaultPhoneNumber { marketingState marketingOptInLevel marketingUpdatedAt marketingCollectedFrom }
  emailMarketingConsent { marketingState marketingOptInLevel consentUpdatedAt }
  smsMarketingConsent { marketingState marketingOptInLevel consentUpdatedAt consentCollectedFrom sourceLocation { name } }`;
const mutate = async (name: string, type: string, input: object) =>
  (
    await ask(
      `mutation($input: ${type}!) { ${name}(input: $input) { customer { ${CUSTOMER} } userErrors { field message } } }`,
      { input },
    )
  ).data?.[name] as unknown as { customer: { id: string } | null; userErrors: object[] };
const create = (input: object) => mutate('customerCreate', 'CustomerInput', input);
const subscribe = (input: object) =>
  mutate('customerSmsMarketingConsentUpdate', 'CustomerSmsMarketingConsentUpdateInput', input);
const read = async (id: unknown) =>
  (await ask(`query($id: ID!) { customer(id: $id) { ${CUSTOMER} } }`, { id })).data?.customer;

describe('consent', () => {
  it('comes with a customer that is created, each channel its own (recorded)', async () => {
    const { customer, userErrors } = await create({
      email: 'ines@shore.example',
      phone: '+14155644560',
      emailMarketingConsent: {
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'SINGLE_OPT_IN',
        consentUpdatedAt: '2026-04-25T01:00:00Z',
      },
      smsMarketingConsent: {
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'CONFIRMED_OPT_IN',
        consentUpdatedAt: '2026-04-25T01:05:00Z',
      },
    });
    expect(userErrors).toEqual([]);
    expect(await read(customer?.id)).toMatchObject({
      defaultEmailAddress: {
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'SINGLE_OPT_IN',
        marketingUpdatedAt: '2026-04-25T01:00:00Z',
      },
      defaultPhoneNumber: {
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'CONFIRMED_OPT_IN',
        marketingUpdatedAt: '2026-04-25T01:05:00Z',
        marketingCollectedFrom: 'OTHER',
      },
      emailMarketingConsent: { marketingState: 'SUBSCRIBED', consentUpdatedAt: '2026-04-25T01:00:00Z' },
      smsMarketingConsent: {
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'CONFIRMED_OPT_IN',
        consentUpdatedAt: '2026-04-25T01:05:00Z',
        consentCollectedFrom: 'OTHER',
      },
    });
  });

  it('to text messages changes by a mutation of its own, which names where it was given', async () => {
    const { customer } = await create({ phone: '+14155644561' });
    expect(customer).toMatchObject({
      smsMarketingConsent: { marketingState: 'NOT_SUBSCRIBED', consentUpdatedAt: null },
    });
    const { data } = await ask('{ locations(first: 1) { nodes { id name } } }');
    const location = (data?.locations?.nodes as { id: string; name: string }[] | undefined)?.[0];
    const given = {
      customerId: customer?.id,
      smsMarketingConsent: { marketingState: 'UNSUBSCRIBED', sourceLocationId: location?.id },
    };
    expect(await subscribe(given)).toMatchObject({
      customer: { smsMarketingConsent: { marketingState: 'UNSUBSCRIBED', sourceLocation: { name: location?.name } } },
      userErrors: [],
    });
    const state = async () =>
      (
        await ask(
          'query($id: ID!) { customer(id: $id) { defaultPhoneNumber { smsMarketingConsent { state sourceLocation { name } } } } }',
          { id: customer?.id },
        )
      ).data?.customer?.defaultPhoneNumber;
    expect(await state()).toEqual({
      smsMarketingConsent: { state: 'UNSUBSCRIBED', sourceLocation: { name: location?.name } },
    });
  });

  it('needs a telephone, and a state that can be set', async () => {
    const { customer } = await create({ email: 'o@shore.example' });
    expect(customer).toMatchObject({ smsMarketingConsent: null });
    const yes = { smsMarketingConsent: { marketingState: 'SUBSCRIBED' } };
    expect(await subscribe({ customerId: customer?.id, ...yes })).toMatchObject({
      customer: null,
      userErrors: [{ field: ['input', 'smsMarketingConsent'] }],
    });
    expect(await create({ email: 'p@shore.example', ...yes })).toMatchObject({
      customer: null,
      userErrors: [{ field: ['smsMarketingConsent'] }],
    });
    const other = await create({ phone: '+14155644562' });
    expect(
      await subscribe({ customerId: other.customer?.id, smsMarketingConsent: { marketingState: 'REDACTED' } }),
    ).toMatchObject({ customer: null, userErrors: [{ field: ['input', 'smsMarketingConsent', 'marketingState'] }] });
  });

  it('is not changed by an update of the customer (recorded)', async () => {
    const { customer } = await create({ phone: '+14155644563' });
    const input = { id: customer?.id, smsMarketingConsent: { marketingState: 'SUBSCRIBED' } };
    expect(await mutate('customerUpdate', 'CustomerInput', input)).toEqual({
      customer: null,
      userErrors: [
        {
          field: ['smsMarketingConsent'],
          message: 'To update smsMarketingConsent, please use the customerSmsMarketingConsentUpdate Mutation instead',
        },
      ],
    });
    expect(await read(customer?.id)).toMatchObject({ smsMarketingConsent: { marketingState: 'NOT_SUBSCRIBED' } });
  });
});
