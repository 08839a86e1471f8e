export const CUSTOMER_SDL = /* GraphQL */ `
enum CustomerState { DECLINED DISABLED ENABLED INVITED }
enum CustomerEmailAddressMarketingState { INVALID NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED }
enum CustomerSmsMarketingState { NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED }
type CustomerEmailAddress {
  emailAddress: String! marketingState: CustomerEmailAddressMarketingState! marketingOptInLevel: CustomerMarketingOptInLevel marketingUpdatedAt: DateTime
}
type CustomerPhoneNumber {
  phoneNumber: String!
  marketingState: CustomerSmsMarketingState! @deprecated(reason: "Use \`smsMarketingConsent.state\` instead.")
  marketingUpdatedAt: DateTime @deprecated(reason: "Use \`smsMarketingConsent.updatedAt\` instead.")
  marketingOptInLevel: CustomerMarketingOptInLevel @deprecated(reason: "Use \`smsMarketingConsent.optInLevel\` instead.")
  marketingCollectedFrom: CustomerConsentCollectedFrom @deprecated(reason: "Use \`smsMarketingConsent.collectedFrom\` instead.")
  smsMarketingConsent: CustomerSmsMarketingConsent! # from 2026-10
}
enum CustomerMarketingConsentState { NEVER_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED } # from 2026-10
type CustomerSmsMarketingConsent { # from 2026-10
  state: CustomerMarketingConsentState! updatedAt: DateTime optInLevel: CustomerMarketingOptInLevel # from 2026-10
  collectedFrom: CustomerConsentCollectedFrom sourceLocation: Location # from 2026-10
} # from 2026-10
type Customer implements Node {
  id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String displayName: String! createdAt: DateTime! updatedAt: DateTime!
  state: CustomerState! note: String tags: [String!]! taxExempt: Boolean! taxExemptions: [TaxExemption!]! locale: String! verifiedEmail: Boolean!
  email: String @deprecated(reason: "Use \`defaultEmailAddress.emailAddress\` instead.")
  phone: String @deprecated(reason: "Use \`defaultPhoneNumber.phoneNumber\` instead.")
  defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber defaultAddress: MailingAddress
  companyContactProfiles: [CompanyContact!]! numberOfOrders: UnsignedInt64!
  addressesV2(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): MailingAddressConnection!
  metafields(first: Int, after: String, last: Int, before: String, namespace: String, reverse: Boolean = false): MetafieldConnection!
}
type CustomerEdge { cursor: String! node: Customer! }
type CustomerConnection { edges: [CustomerEdge!]! nodes: [Customer!]! pageInfo: PageInfo! }

input CustomerInput {
  id: ID email: String phone: String firstName: String lastName: String note: String tags: [String!] taxExempt: Boolean taxExemptions: [TaxExemption!]
  locale: String emailMarketingConsent: CustomerEmailMarketingConsentInput smsMarketingConsent: CustomerSmsMarketingConsentInput
  addresses: [MailingAddressInput!] @deprecated(reason: "Use the dedicated address mutations (\`customerAddressCreate\`, \`customerAddressUpdate\`, \`customerAddressDelete\`) instead.")
  metafields: [MetafieldInput!]
}
input CustomerDeleteInput { id: ID! }
type CustomerCreatePayload { customer: Customer userErrors: [UserError!]! }
type CustomerUpdatePayload { customer: Customer userErrors: [UserError!]! }
type CustomerDeletePayload { deletedCustomerId: ID shop: Shop! userErrors: [UserError!]! }
`;
