import { addCustomer, findByEmail, updateCustomer } from '../customers.ts';
import { isoSeconds } from '../store.ts';
import { viewCustomer } from './customer-view.ts';
import { failed, type MutationResolver } from './mutation-context.ts';

export const CUSTOMER_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  customerCreate: (args, { store, actions, now }) => {
    const input = args.input as Record<string, string | null>;
    if (findByEmail(store, input.email || null) !== undefined)
      return { customer: null, userErrors: failed(['email'], 'Email has already been taken') };
    if (!input.email && !input.phone && !input.firstName && !input.lastName)
      return { customer: null, userErrors: failed(null, 'A name, phone number, or email address must be present') };
    const customer = addCustomer(store, input, isoSeconds(now()));
    actions.customerCreated(store, customer);
    return { customer: viewCustomer(customer), userErrors: [] };
  },
  customerUpdate: (args, { store, actions, now }) => {
    const input = args.input as Record<string, string | null>;
    const customer = store.customers.get(String(input.id));
    if (customer === undefined) return { customer: null, userErrors: failed(['id'], 'Customer does not exist') };
    if (updateCustomer(store, customer, input, isoSeconds(now()))) actions.customerUpdated(store, customer);
    return { customer: viewCustomer(customer), userErrors: [] };
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
