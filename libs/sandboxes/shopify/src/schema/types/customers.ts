/** What else can be done with customers and orders: find by identifier, set, addresses, consent, merge, tags. */
export const CUSTOMER_CARE_SDL = /* GraphQL */ `
enum CustomerEmailMarketingState { INVALID NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED }
enum CustomerMarketingOptInLevel { CONFIRMED_OPT_IN SINGLE_OPT_IN UNKNOWN }
type CustomerEmailMarketingConsentState { consentUpdatedAt: DateTime marketingOptInLevel: CustomerMarketingOptInLevel marketingState: CustomerEmailMarketingState! }
enum CustomerConsentCollectedFrom { OTHER SHOPIFY }
type CustomerSmsMarketingConsentState {
  consentCollectedFrom: CustomerConsentCollectedFrom consentUpdatedAt: DateTime marketingOptInLevel: CustomerMarketingOptInLevel!
  marketingState: CustomerSmsMarketingState! sourceLocation: Location
}
extend type Customer {
  smsMarketingConsent: CustomerSmsMarketingConsentState @deprecated(reason: "Use \`defaultPhoneNumber.marketingState\`, \`defaultPhoneNumber.marketingOptInLevel\`, \`defaultPhoneNumber.marketingUpdatedAt\`, \`defaultPhoneNumber.marketingCollectedFrom\`, and \`defaultPhoneNumber.sourceLocation\` instead.")
  amountSpent: MoneyV2! canDelete: Boolean!
  emailMarketingConsent: CustomerEmailMarketingConsentState @deprecated(reason: "Use defaultEmailAddress instead.")
}
type Domain implements Node { id: ID! host: String! sslEnabled: Boolean! url: URL! }
extend type Shop { url: URL! primaryDomain: Domain! }

input CustomerIdentifierInput @oneOf { emailAddress: String id: ID phoneNumber: String }
input OrderIdentifierInput @oneOf { id: ID }
input CustomerSetIdentifiers @oneOf { email: String id: ID phone: String }
input CustomerSetInput {
  addresses: [MailingAddressInput!] email: String firstName: String lastName: String locale: String note: String phone: String tags: [String!]
  taxExempt: Boolean taxExemptions: [TaxExemption!] id: ID @deprecated(reason: "Use the identifier argument instead.")
}
enum CustomerSetUserErrorCode {
  BLANK ID_NOT_ALLOWED INCLUSION INPUT_MISMATCH INVALID METAFIELD_MISMATCH MISSING_FIELD_REQUIRED NOT_FOUND PRESENT TAKEN TOO_LONG TOO_SHORT
}
type CustomerSetUserError implements DisplayableError { code: CustomerSetUserErrorCode field: [String!] message: String! }
type CustomerSetPayload { customer: Customer userErrors: [CustomerSetUserError!]! }
type CustomerAddressCreatePayload { address: MailingAddress userErrors: [UserError!]! }
type CustomerAddressUpdatePayload { address: MailingAddress userErrors: [UserError!]! }
type CustomerAddressDeletePayload { deletedAddressId: ID userErrors: [UserError!]! }
input CustomerEmailMarketingConsentInput { consentUpdatedAt: DateTime marketingOptInLevel: CustomerMarketingOptInLevel marketingState: CustomerEmailMarketingState! }
input CustomerEmailMarketingConsentUpdateInput { customerId: ID! emailMarketingConsent: CustomerEmailMarketingConsentInput! }
enum CustomerEmailMarketingConsentUpdateUserErrorCode { INCLUSION INTERNAL_ERROR INVALID MISSING_ARGUMENT }
type CustomerEmailMarketingConsentUpdateUserError implements DisplayableError {
  code: CustomerEmailMarketingConsentUpdateUserErrorCode field: [String!] message: String!
}
type CustomerEmailMarketingConsentUpdatePayload { customer: Customer userErrors: [CustomerEmailMarketingConsentUpdateUserError!]! }
input CustomerSmsMarketingConsentInput {
  consentUpdatedAt: DateTime marketingOptInLevel: CustomerMarketingOptInLevel marketingState: CustomerSmsMarketingState! sourceLocationId: ID
}
input CustomerSmsMarketingConsentUpdateInput { customerId: ID! smsMarketingConsent: CustomerSmsMarketingConsentInput! }
enum CustomerSmsMarketingConsentErrorCode { INCLUSION INTERNAL_ERROR INVALID MISSING_ARGUMENT }
type CustomerSmsMarketingConsentError implements DisplayableError { code: CustomerSmsMarketingConsentErrorCode field: [String!] message: String! }
type CustomerSmsMarketingConsentUpdatePayload { customer: Customer userErrors: [CustomerSmsMarketingConsentError!]! }
input CustomerMergeOverrideFields { customerIdOfEmailToKeep: ID note: String tags: [String!] }
enum CustomerMergeErrorCode {
  CUSTOMER_HAS_GIFT_CARDS INTERNAL_ERROR INVALID_CUSTOMER INVALID_CUSTOMER_ID MISSING_OVERRIDE_ATTRIBUTE OVERRIDE_ATTRIBUTE_INVALID
}
type CustomerMergeUserError implements DisplayableError { code: CustomerMergeErrorCode field: [String!] message: String! }
type CustomerMergePayload { job: Job resultingCustomerId: ID userErrors: [CustomerMergeUserError!]! }
type TagsAddPayload { node: Node userErrors: [UserError!]! }
type TagsRemovePayload { node: Node userErrors: [UserError!]! }

extend type QueryRoot {
  customerByIdentifier(identifier: CustomerIdentifierInput!): Customer
  orderByIdentifier(identifier: OrderIdentifierInput!): Order
  publicApiVersions: [ApiVersion!]!
}
extend type Mutation {
  customerSet(identifier: CustomerSetIdentifiers, input: CustomerSetInput!): CustomerSetPayload
  customerAddressCreate(customerId: ID!, address: MailingAddressInput!, setAsDefault: Boolean): CustomerAddressCreatePayload
  customerAddressUpdate(customerId: ID!, addressId: ID!, address: MailingAddressInput!, setAsDefault: Boolean): CustomerAddressUpdatePayload
  customerAddressDelete(customerId: ID!, addressId: ID!): CustomerAddressDeletePayload
  customerEmailMarketingConsentUpdate(input: CustomerEmailMarketingConsentUpdateInput!): CustomerEmailMarketingConsentUpdatePayload
  customerSmsMarketingConsentUpdate(input: CustomerSmsMarketingConsentUpdateInput!): CustomerSmsMarketingConsentUpdatePayload
  customerMerge(customerOneId: ID!, customerTwoId: ID!, overrideFields: CustomerMergeOverrideFields): CustomerMergePayload
  tagsAdd(id: ID!, tags: [String!]!): TagsAddPayload
  tagsRemove(id: ID!, tags: [String!]!): TagsRemovePayload
}
`;
