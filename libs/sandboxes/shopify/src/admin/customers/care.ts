import { makeAddress } from '../../customers/addresses.ts';
import { type ConsentInputs, checkConsent, setConsent } from '../../customers/consent.ts';
import { addCustomer, findByEmail, findByPhone, updateCustomer } from '../../customers/customers.ts';
import type { AddressInput, CustomerUpsertInput } from '../../customers/input.ts';
import { checkAddresses } from '../../customers/input-checks.ts';
import { chooseKept, type MergeOverrides } from '../../customers/merge.ts';
import { sortTags } from '../../customers/tags.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { failed, type MutationContext, type MutationResolver } from '../../graphql/context.ts';
import { KNOWN_VERSIONS } from '../../schema/versions.ts';
import type { CustomerState } from '../../state.ts';
import { isoSeconds, type Store } from '../../store.ts';
import { viewAddress, viewCustomer } from '../customer-view.ts';
import { viewOrder } from '../order-view.ts';
import { checkCustomer } from './mutations.ts';

interface Identifier {
  readonly id?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
}

function findCustomer(store: Store, { id, email, phone }: Identifier): CustomerState | undefined {
  if (id) return store.customers.get(id);
  return email ? findByEmail(store, email) : findByPhone(store, phone ?? null);
}

export const CUSTOMER_CARE_QUERIES: Readonly<
  Record<string, (args: Record<string, unknown>, context: RequestContext) => unknown>
> = {
  customerByIdentifier: (args, { store }) => {
    const { id, emailAddress, phoneNumber } = args.identifier as Record<string, string | undefined>;
    const found = findCustomer(store, { id: id ?? null, email: emailAddress ?? null, phone: phoneNumber ?? null });
    return found === undefined ? null : viewCustomer(store, found);
  },
  orderByIdentifier: (args, { store }) => {
    const order = store.orders.get((args.identifier as { id: string }).id);
    return order === undefined ? null : viewOrder(store, order);
  },
  publicApiVersions: () => KNOWN_VERSIONS.map((handle) => ({ handle, displayName: handle, supported: true })),
};

/** Runs a change of one customer's addresses; notifies the shop when it changed something. */
function withAddresses(
  { store, actions, now }: MutationContext,
  args: Record<string, unknown>,
  change: (customer: CustomerState) => object,
): object | null {
  const customer = store.customers.get(String(args.customerId));
  if (customer === undefined) return null;
  const before = JSON.stringify(customer.addresses);
  const result = change(customer);
  if (JSON.stringify(customer.addresses) !== before) {
    customer.updatedAt = isoSeconds(now());
    actions.customerUpdated(store, customer);
  }
  return result;
}

const NO_CUSTOMER = failed(['customerId'], 'Customer does not exist');
const NO_ADDRESS = failed(['addressId'], 'Address does not exist');
/** An address id is shown with the model it is of. */
const bare = (id: unknown): string => String(id).split('?')[0] ?? '';

/** The default address is the first one. */
function place(customer: CustomerState, address: CustomerState['addresses'][number], isDefault: boolean): void {
  const position = customer.addresses.findIndex((one) => one.id === address.id);
  const others = customer.addresses.filter((one) => one.id !== address.id);
  if (isDefault) customer.addresses = [address, ...others];
  else if (position === -1) customer.addresses = [...others, address];
  else customer.addresses = customer.addresses.map((one) => (one.id === address.id ? address : one));
}

export const CUSTOMER_CARE_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  customerSet: (args, { store, actions, now }) => {
    const identifier = (args.identifier ?? {}) as Identifier;
    const input = args.input as CustomerUpsertInput;
    if (identifier.id && input.id)
      return {
        customer: null,
        userErrors: failed(['input', 'id'], 'The id field is not allowed if identifier is provided.', 'ID_NOT_ALLOWED'),
      };
    const wanted = { ...identifier, id: identifier.id ?? input.id ?? null };
    const isNamed = Boolean(wanted.id || wanted.email || wanted.phone);
    const found = isNamed ? findCustomer(store, wanted) : input.email ? findByEmail(store, input.email) : undefined;
    if (wanted.id && found === undefined)
      return {
        customer: null,
        userErrors: failed(['input', 'id'], 'Resource matching the identifier was not found.', 'NOT_FOUND'),
      };
    const given = { ...input, id: found?.id ?? null };
    const [mistake] = checkCustomer(store, given);
    if (mistake !== undefined)
      return {
        customer: null,
        userErrors: failed(
          ['input', ...(mistake.field ?? [])],
          mistake.message,
          mistake.message.includes('taken') ? 'TAKEN' : 'INVALID',
        ),
      };
    const at = isoSeconds(now());
    const customer =
      found ??
      addCustomer(
        store,
        { ...given, email: given.email ?? wanted.email ?? null, phone: given.phone ?? wanted.phone ?? null },
        at,
      );
    if (found === undefined) actions.customerCreated(store, customer);
    else if (updateCustomer(store, customer, given, at)) actions.customerUpdated(store, customer);
    return { customer: viewCustomer(store, customer), userErrors: [] };
  },
  customerAddressCreate: (args, context) =>
    withAddresses(context, args, (customer) => {
      const [mistake] = checkAddresses([args.address as AddressInput], ['address']);
      const made = makeAddress(context.store, args.address as AddressInput);
      if (mistake !== undefined || made === null)
        return { address: null, userErrors: failed(['address'], mistake?.message ?? 'Address is invalid') };
      place(customer, made, args.setAsDefault === true);
      return { address: viewAddress(made), userErrors: [] };
    }) ?? { address: null, userErrors: NO_CUSTOMER },
  customerAddressUpdate: (args, context) =>
    withAddresses(context, args, (customer) => {
      const present = customer.addresses.find((one) => bare(one.id) === bare(args.addressId));
      if (present === undefined) return { address: null, userErrors: NO_ADDRESS };
      const input = args.address as AddressInput;
      const [mistake] = checkAddresses([input], ['address']);
      const made = makeAddress(context.store, { ...present, countryCode: present.countryCodeV2, ...input });
      if (mistake !== undefined || made === null)
        return { address: null, userErrors: failed(['address'], mistake?.message ?? 'Address is invalid') };
      const changed = { ...made, id: present.id };
      place(customer, changed, args.setAsDefault === true);
      return { address: viewAddress(changed), userErrors: [] };
    }) ?? { address: null, userErrors: NO_CUSTOMER },
  customerAddressDelete: (args, context) =>
    withAddresses(context, args, (customer) => {
      const present = customer.addresses.find((one) => bare(one.id) === bare(args.addressId));
      if (present === undefined) return { deletedAddressId: null, userErrors: NO_ADDRESS };
      customer.addresses = customer.addresses.filter((one) => one !== present);
      return { deletedAddressId: present.id, userErrors: [] };
    }) ?? { deletedAddressId: null, userErrors: NO_CUSTOMER },
  customerEmailMarketingConsentUpdate: changeConsent,
  customerSmsMarketingConsentUpdate: changeConsent,
  customerMerge: (args, { store, actions, jobs }) => {
    const overrides = (args.overrideFields ?? {}) as MergeOverrides;
    const one = store.customers.get(String(args.customerOneId));
    const two = store.customers.get(String(args.customerTwoId));
    const refuse = (field: string, message: string) => ({
      job: null,
      resultingCustomerId: null,
      userErrors: failed([field], message, 'INVALID_CUSTOMER_ID'),
    });
    if (one === undefined) return refuse('customerOneId', 'Customer does not exist with that ID');
    if (two === undefined) return refuse('customerTwoId', 'Customer does not exist with that ID');
    if (one === two) return refuse('customerTwoId', 'Customers must be different');
    const kept = chooseKept(one, two, overrides);
    const gone = kept === one ? two : one;
    const id: string = jobs.start(() => actions.mergeCustomers(store, kept, gone, overrides, id));
    return { job: { id, done: false }, resultingCustomerId: kept.id, userErrors: [] };
  },
  tagsAdd: (args, context) => changeTags(context, args, (present, given) => [...present, ...given]),
  tagsRemove: (args, context) =>
    changeTags(context, args, (present, given) => {
      const gone = new Set(given.map((tag) => tag.toLowerCase()));
      return present.filter((tag) => !gone.has(tag.toLowerCase()));
    }),
};

/** Unites (or subtracts) tags without regard to case; the tag that was there first keeps its case. */
function changeTags(
  { store, actions, now }: MutationContext,
  args: Record<string, unknown>,
  change: (present: readonly string[], given: readonly string[]) => string[],
): object {
  const order = store.orders.get(String(args.id));
  const customer = store.customers.get(String(args.id));
  const owner = order ?? customer;
  if (owner === undefined) return { node: null, userErrors: failed(['id'], `${String(args.id)} does not exist`) };
  const seen = new Map<string, string>();
  for (const tag of change(owner.tags, args.tags as string[]))
    if (!seen.has(tag.toLowerCase())) seen.set(tag.toLowerCase(), tag);
  const tags = sortTags([...seen.values()]);
  if (order !== undefined) actions.changeOrder(store, order, () => Object.assign(order, { tags }));
  if (customer === undefined) return { node: order && viewOrder(store, order), userErrors: [] };
  Object.assign(customer, { tags, updatedAt: isoSeconds(now()) });
  actions.customerUpdated(store, customer);
  return { node: viewCustomer(store, customer), userErrors: [] };
}

/** Changes the consent to mail or to text messages, whichever the input has. */
function changeConsent(args: Record<string, unknown>, { store, actions, now }: MutationContext): object {
  const input = args.input as ConsentInputs & { readonly customerId: string };
  const customer = store.customers.get(input.customerId);
  if (customer === undefined)
    return { customer: null, userErrors: failed(['input', 'customerId'], 'Customer not found', 'INVALID') };
  const mistakes = checkConsent(input, customer, ['input']);
  if (mistakes.length > 0)
    return { customer: null, userErrors: mistakes.map((mistake) => ({ ...mistake, code: 'INVALID' })) };
  customer.updatedAt = isoSeconds(now());
  setConsent(customer, input, customer.updatedAt);
  actions.customerUpdated(store, customer);
  return { customer: viewCustomer(store, customer), userErrors: [] };
}
