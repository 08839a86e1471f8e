import { type ConsentInputs, checkConsent, refuseInlineConsent, setConsent } from '../../customers/consent.ts';
import { addCustomer, findByEmail, findByPhone, updateCustomer } from '../../customers/customers.ts';
import type { CustomerUpsertInput } from '../../customers/input.ts';
import {
  checkAddresses,
  checkEmail,
  checkPhone,
  type InputMistake,
  normalizeEmail,
  normalizePhone,
} from '../../customers/input-checks.ts';
import { failed, type MutationResolver } from '../../graphql/context.ts';
import { isoSeconds, type Store } from '../../store.ts';
import { viewCustomer } from '../customer-view.ts';

/** What a shop has against a customer's input; the field starts at the input's own fields. */
export function checkCustomer(store: Store, input: CustomerUpsertInput): InputMistake[] {
  const email = normalizeEmail(input.email);
  const phone = normalizePhone(input.phone);
  const mistakes = [
    ...checkEmail(email, ['email']),
    ...checkPhone(phone, ['phone']),
    ...checkAddresses(input.addresses, ['addresses']),
  ];
  if (mistakes.length > 0) return mistakes;
  const isOther = (customer: { id: string } | undefined): boolean => customer !== undefined && customer.id !== input.id;
  return [
    ...(isOther(findByEmail(store, email)) ? failed(['email'], 'Email has already been taken') : []),
    ...(isOther(findByPhone(store, phone)) ? failed(['phone'], 'Phone has already been taken') : []),
  ];
}

export const CUSTOMER_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  customerCreate: (args, { store, actions, now }) => {
    const input = args.input as CustomerUpsertInput & ConsentInputs;
    const isSomebody = [input.email, input.phone, input.firstName, input.lastName].some((text) => text?.trim());
    const mistakes = isSomebody
      ? [
          ...checkCustomer(store, input),
          ...checkConsent(input, { email: normalizeEmail(input.email), phone: normalizePhone(input.phone) }, []),
        ]
      : failed(null, 'A name, phone number, or email address must be present');
    if (mistakes.length > 0) return { customer: null, userErrors: mistakes };
    const customer = addCustomer(store, input, isoSeconds(now()));
    setConsent(customer, input, customer.createdAt);
    actions.customerCreated(store, customer);
    return { customer: viewCustomer(store, customer), userErrors: [] };
  },
  customerUpdate: (args, { store, actions, now }) => {
    const input = args.input as CustomerUpsertInput & ConsentInputs;
    const customer = store.customers.get(String(input.id));
    if (customer === undefined) return { customer: null, userErrors: failed(['id'], 'Customer does not exist') };
    const mistakes = [...refuseInlineConsent(input), ...checkCustomer(store, input)];
    if (mistakes.length > 0) return { customer: null, userErrors: mistakes };
    if (updateCustomer(store, customer, input, isoSeconds(now()))) actions.customerUpdated(store, customer);
    return { customer: viewCustomer(store, customer), userErrors: [] };
  },
  customerDelete: (args, { store, actions }) => {
    const customer = store.customers.get((args.input as { id: string }).id);
    const shop = { id: store.shopId, name: store.domain };
    if (customer === undefined)
      return { deletedCustomerId: null, shop, userErrors: failed(['id'], 'Customer can’t be found') };
    if ([...store.orders.values()].some((order) => order.customerId === customer.id))
      return {
        deletedCustomerId: null,
        shop,
        userErrors: failed(['id'], 'Customer can’t be deleted because they have associated orders'),
      };
    actions.deleteCustomer(store, customer);
    return { deletedCustomerId: customer.id, shop, userErrors: [] };
  },
};
