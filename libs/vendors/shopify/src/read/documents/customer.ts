import type { SchemaFeatures } from './features.ts';
import { ADDRESS_FRAGMENT } from './fragments.ts';

export const CUSTOMER_FRAGMENTS = `
${ADDRESS_FRAGMENT}
fragment MetafieldFields on Metafield { namespace key value type }`;

export function customersDocument(features: SchemaFeatures): string {
  const smsConsent = features.smsConsent
    ? 'smsMarketingConsent { state updatedAt }'
    : 'marketingState marketingUpdatedAt';
  return `query Customers($ids: [ID!]!, $withCompanies: Boolean!) {
  nodes(ids: $ids) {
    ... on Customer {
      __typename id firstName lastName displayName createdAt updatedAt state note tags taxExempt taxExemptions locale
      defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
      defaultPhoneNumber { phoneNumber ${smsConsent} }
      defaultAddress { id }
      companyContactProfiles @include(if: $withCompanies) { id title isMainContact company { id name externalId } }
      addressesV2(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...AddressFields } }
      metafields(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...MetafieldFields } }
    }
  }
}
${CUSTOMER_FRAGMENTS}`;
}

export const CUSTOMER_STAMP_DOCUMENT = `query CustomerStamp($id: ID!) { customer(id: $id) { id updatedAt } }`;

export const CHANGED_CUSTOMERS_DOCUMENT = `query ChangedCustomers($first: Int!, $after: String, $search: String) {
  page: customers(first: $first, after: $after, query: $search, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes { id updatedAt } }
}`;
