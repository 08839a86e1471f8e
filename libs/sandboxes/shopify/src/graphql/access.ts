import { GraphQLError } from 'graphql';
import type { Store } from '../store.ts';

const FULFILLMENT_ORDER_SCOPES = [
  'read_assigned_fulfillment_orders',
  'read_merchant_managed_fulfillment_orders',
  'read_third_party_fulfillment_orders',
  'read_marketplace_fulfillment_orders',
];
const FULFILLMENT_ORDER_MANAGE_SCOPES = [
  'write_merchant_managed_fulfillment_orders',
  'write_third_party_fulfillment_orders',
];
const FULFILLMENT_ORDER_WRITE_SCOPES = ['write_assigned_fulfillment_orders', ...FULFILLMENT_ORDER_MANAGE_SCOPES];

const COMPANY_SCOPES = ['read_customers', 'read_companies'];
const COMPANY_WRITE_SCOPES = ['write_customers', 'write_companies'];

const RETURN_SCOPES = ['read_returns', 'read_marketplace_returns'];
const RETURN_WRITE_SCOPES = ['write_returns', 'write_marketplace_returns'];

/** Scopes of fields; one of the listed ones is enough. Scopes of root fields as Shopify's own list of required access has them. */
const FIELD_SCOPES: Readonly<Record<string, readonly string[]>> = {
  'QueryRoot.order': ['read_orders', 'read_marketplace_orders', 'read_quick_sale'],
  'QueryRoot.orders': ['read_orders', 'read_marketplace_orders'],
  'QueryRoot.ordersCount': ['read_orders'],
  'QueryRoot.customer': ['read_customers'],
  'QueryRoot.customers': ['read_customers'],
  'QueryRoot.products': ['read_products'],
  'QueryRoot.productVariant': ['read_products'],
  'QueryRoot.productVariants': ['read_products'],
  'QueryRoot.location': ['read_locations'],
  'QueryRoot.locations': ['read_locations'],
  'QueryRoot.fulfillment': ['read_orders', 'read_marketplace_orders', ...FULFILLMENT_ORDER_SCOPES],
  'QueryRoot.fulfillmentOrder': FULFILLMENT_ORDER_SCOPES,
  'QueryRoot.fulfillmentOrders': FULFILLMENT_ORDER_SCOPES,
  'QueryRoot.company': COMPANY_SCOPES,
  'QueryRoot.companies': COMPANY_SCOPES,
  'QueryRoot.companyContact': COMPANY_SCOPES,
  'QueryRoot.companyLocation': COMPANY_SCOPES,
  'QueryRoot.companyLocations': COMPANY_SCOPES,
  'QueryRoot.paymentTermsTemplates': ['read_payment_terms'],
  'Order.customer': ['read_customers'],
  'Order.purchasingEntity': COMPANY_SCOPES,
  'Order.paymentTerms': ['read_payment_terms'],
  'Order.retailLocation': ['read_locations'],
  'Order.returns': RETURN_SCOPES,
  'QueryRoot.return': RETURN_SCOPES,
  'Refund.return': RETURN_SCOPES,
  'Order.fulfillmentOrders': FULFILLMENT_ORDER_SCOPES,
  'LineItem.product': ['read_products'],
  'LineItem.variant': ['read_products'],
  'ProductVariant.inventoryItem': ['read_inventory', 'read_products'],
  'RefundLineItem.location': ['read_locations'],
  'Customer.companyContactProfiles': COMPANY_SCOPES,
  'Mutation.orderCreate': ['write_orders'],
  'Mutation.orderUpdate': ['write_orders'],
  'Mutation.orderCancel': ['write_orders'],
  'Mutation.orderDelete': ['write_orders'],
  'Mutation.refundCreate': ['write_orders'],
  'Mutation.fulfillmentCreate': FULFILLMENT_ORDER_WRITE_SCOPES,
  'Mutation.fulfillmentCreateV2': FULFILLMENT_ORDER_WRITE_SCOPES,
  'Mutation.fulfillmentTrackingInfoUpdate': FULFILLMENT_ORDER_WRITE_SCOPES,
  'Mutation.fulfillmentCancel': FULFILLMENT_ORDER_WRITE_SCOPES,
  'Mutation.fulfillmentOrderMove': FULFILLMENT_ORDER_MANAGE_SCOPES,
  'Mutation.fulfillmentOrderSplit': FULFILLMENT_ORDER_MANAGE_SCOPES,
  'Mutation.fulfillmentOrderHold': FULFILLMENT_ORDER_MANAGE_SCOPES,
  'Mutation.fulfillmentOrderReleaseHold': [...FULFILLMENT_ORDER_MANAGE_SCOPES, 'write_marketplace_fulfillment_orders'],
  'Mutation.fulfillmentOrderCancel': FULFILLMENT_ORDER_WRITE_SCOPES,
  'Mutation.companyCreate': COMPANY_WRITE_SCOPES,
  'Mutation.companyUpdate': COMPANY_WRITE_SCOPES,
  'Mutation.companyLocationCreate': COMPANY_WRITE_SCOPES,
  'Mutation.companyLocationAssignAddress': COMPANY_WRITE_SCOPES,
  'Mutation.companyContactCreate': COMPANY_WRITE_SCOPES,
  'Mutation.companyAssignCustomerAsContact': COMPANY_WRITE_SCOPES,
  'Mutation.companyAssignMainContact': COMPANY_WRITE_SCOPES,
  'Mutation.companyContactAssignRole': COMPANY_WRITE_SCOPES,
  'Mutation.companyContactRemoveFromCompany': COMPANY_WRITE_SCOPES,
  'Mutation.returnCreate': RETURN_WRITE_SCOPES,
  'Mutation.returnProcess': RETURN_WRITE_SCOPES,
  'Mutation.returnClose': RETURN_WRITE_SCOPES,
  'Mutation.returnReopen': RETURN_WRITE_SCOPES,
  'Mutation.returnCancel': RETURN_WRITE_SCOPES,
  'Mutation.customerSet': ['write_customers'],
  'Mutation.customerAddressCreate': ['write_customers'],
  'Mutation.customerAddressUpdate': ['write_customers'],
  'Mutation.customerAddressDelete': ['write_customers'],
  'Mutation.customerEmailMarketingConsentUpdate': ['write_customers'],
  'Mutation.customerSmsMarketingConsentUpdate': ['write_customers'],
  'Mutation.customerMerge': ['write_customer_merge'],
  'QueryRoot.customerByIdentifier': ['read_customers'],
  'QueryRoot.orderByIdentifier': ['read_orders', 'read_marketplace_orders'],
  'Mutation.customerCreate': ['write_customers'],
  'Mutation.customerUpdate': ['write_customers'],
  'Mutation.customerDelete': ['write_customers'],
};

const TYPE_SCOPES: Readonly<Record<string, readonly string[]>> = {
  Order: ['read_orders'],
  Customer: ['read_customers'],
  FulfillmentOrder: FULFILLMENT_ORDER_SCOPES,
  Company: COMPANY_SCOPES,
  CompanyLocation: COMPANY_SCOPES,
  CompanyContact: COMPANY_SCOPES,
  Location: ['read_locations'],
  Return: RETURN_SCOPES,
};

/** Fields with personal data: refused unless the app was approved for protected customer data. */
const PROTECTED_FIELDS: ReadonlySet<string> = new Set([
  'Order.email',
  'Order.phone',
  'Order.billingAddress',
  'Order.shippingAddress',
  'Customer.firstName',
  'Customer.lastName',
  'Customer.email',
  'Customer.phone',
  'Customer.defaultEmailAddress',
  'Customer.defaultPhoneNumber',
  'Customer.defaultAddress',
]);

interface FieldRule {
  readonly scopes: readonly string[] | undefined;
  readonly isProtected: boolean;
}

/** By type, then by field: of the hundreds of fields of an answer few have a rule. */
const FIELD_RULES: ReadonlyMap<string, ReadonlyMap<string, FieldRule>> = groupRules();

function groupRules(): Map<string, Map<string, FieldRule>> {
  const rules = new Map<string, Map<string, FieldRule>>();
  for (const key of new Set([...Object.keys(FIELD_SCOPES), ...PROTECTED_FIELDS])) {
    const [type = '', field = ''] = key.split('.');
    const ofType = rules.get(type) ?? new Map<string, FieldRule>();
    rules.set(type, ofType.set(field, { scopes: FIELD_SCOPES[key], isProtected: PROTECTED_FIELDS.has(key) }));
  }
  return rules;
}

export function hasScope(store: Store, wanted: readonly string[]): boolean {
  // A write scope lets read, too.
  return wanted.some(
    (scope) => store.scopes.includes(scope) || store.scopes.includes(scope.replace(/^read_/, 'write_')),
  );
}

/** @throws GraphQLError ACCESS_DENIED when the token may not see the field */
export function refuseField(store: Store, typeName: string, fieldName: string): void {
  const rule = FIELD_RULES.get(typeName)?.get(fieldName);
  if (rule === undefined) return;
  const { scopes, isProtected } = rule;
  if (scopes !== undefined && !hasScope(store, scopes)) throw denied(`Access denied for ${fieldName} field.`, scopes);
  if (!store.protectedDataApproved && isProtected)
    throw new GraphQLError(
      `This app is not approved to use the ${fieldName} field. See https://shopify.dev/docs/apps/launch/protected-customer-data for more details.`,
      {
        extensions: {
          code: 'ACCESS_DENIED',
          documentation: 'https://shopify.dev/docs/apps/launch/protected-customer-data',
        },
      },
    );
}

/** @throws GraphQLError ACCESS_DENIED when objects of the type are closed to the token */
export function refuseType(store: Store, typeName: string): void {
  const scopes = TYPE_SCOPES[typeName];
  if (scopes !== undefined && !hasScope(store, scopes)) throw denied(`Access denied for ${typeName} object.`, scopes);
}

function denied(message: string, scopes: readonly string[]): GraphQLError {
  const requiredAccess = `${scopes.map((scope) => `\`${scope}\``).join(' or ')} access scope.`;
  return new GraphQLError(`${message} Required access: ${requiredAccess}`, {
    extensions: {
      code: 'ACCESS_DENIED',
      documentation: 'https://shopify.dev/api/usage/access-scopes',
      requiredAccess,
    },
  });
}
