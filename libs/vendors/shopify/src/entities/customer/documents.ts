import type { SchemaFeatures } from '../../api/access.ts';
import type { ChangeQuery } from '../../read/changes.ts';
import { ADDRESS_FRAGMENT, METAFIELD_FRAGMENT, writeNested } from '../../read/nested-pages.ts';
import type { RecordQuery } from '../../read/record-reader.ts';

const FRAGMENTS = `
${ADDRESS_FRAGMENT}
${METAFIELD_FRAGMENT}`;

const NESTED = {
  'Customer.addressesV2': 'addressesV2(first: $first, after: $after) { ...Page nodes { ...AddressFields } }',
  'Customer.metafields': 'metafields(first: $first, after: $after) { ...Page nodes { ...MetafieldFields } }',
};

/** What is asked for each customer, in the words of the schema that answers. */
export function customerQuery(features: SchemaFeatures): RecordQuery {
  const smsConsent = features.smsConsent
    ? 'smsMarketingConsent { state updatedAt }'
    : 'marketingState marketingUpdatedAt';
  return {
    name: 'Customers',
    document: `query Customers($ids: [ID!]!, $withCompanies: Boolean!) {
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
${FRAGMENTS}`,
    connections: writeNested(NESTED, FRAGMENTS, ''),
    stamp: { name: 'CustomerStamp', document: `query CustomerStamp($id: ID!) { customer(id: $id) { id updatedAt } }` },
  };
}

/** Which customers changed. */
export const CHANGED_CUSTOMERS: ChangeQuery = {
  name: 'ChangedCustomers',
  filter: null,
  document: `query ChangedCustomers($first: Int!, $after: String, $search: String) {
  page: customers(first: $first, after: $after, query: $search, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes { id updatedAt } }
}`,
};
