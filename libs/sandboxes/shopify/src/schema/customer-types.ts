export const CUSTOMER_SDL = /* GraphQL */ `
enum CustomerState { DECLINED DISABLED ENABLED INVITED }
enum CustomerEmailAddressMarketingState { INVALID NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED }
enum CustomerSmsMarketingState { NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED }
enum TaxExemption { CA_STATUS_CARD_EXEMPTION EU_REVERSE_CHARGE_EXEMPTION_RULE US_CA_RESELLER_EXEMPTION US_NY_RESELLER_EXEMPTION US_TX_RESELLER_EXEMPTION }
type CustomerEmailAddress { emailAddress: String! marketingState: CustomerEmailAddressMarketingState! marketingUpdatedAt: DateTime }
type CustomerPhoneNumber { phoneNumber: String! marketingState: CustomerSmsMarketingState! marketingUpdatedAt: DateTime }
type Customer implements Node {
  id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String displayName: String! createdAt: DateTime! updatedAt: DateTime!
  state: CustomerState! note: String tags: [String!]! taxExempt: Boolean! taxExemptions: [TaxExemption!]! locale: String! verifiedEmail: Boolean!
  email: String phone: String defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber defaultAddress: MailingAddress
  companyContactProfiles: [CompanyContact!]! numberOfOrders: UnsignedInt64!
  addressesV2(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): MailingAddressConnection!
  metafields(first: Int, after: String, last: Int, before: String, namespace: String, reverse: Boolean = false): MetafieldConnection!
}
type CustomerEdge { cursor: String! node: Customer! }
type CustomerConnection { edges: [CustomerEdge!]! nodes: [Customer!]! pageInfo: PageInfo! }

input CustomerInput {
  id: ID email: String phone: String firstName: String lastName: String note: String tags: [String!] taxExempt: Boolean taxExemptions: [TaxExemption!]
  locale: String addresses: [MailingAddressInput!] metafields: [MetafieldInput!]
}
input CustomerDeleteInput { id: ID! }
type CustomerCreatePayload { customer: Customer userErrors: [UserError!]! }
type CustomerUpdatePayload { customer: Customer userErrors: [UserError!]! }
type CustomerDeletePayload { deletedCustomerId: ID shop: Shop! userErrors: [UserError!]! }
`;
