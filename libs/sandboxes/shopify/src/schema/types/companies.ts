/** Companies, their locations and contacts; payment terms. */
export const COMPANY_SDL = /* GraphQL */ `
union PurchasingEntity = Customer | PurchasingCompany
type PurchasingCompany { company: Company! contact: CompanyContact location: CompanyLocation! }
type Company implements Node {
  id: ID! name: String! externalId: String note: String createdAt: DateTime! updatedAt: DateTime! customerSince: DateTime! mainContact: CompanyContact
  contacts(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): CompanyContactConnection! contactsCount: Count
  locations(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): CompanyLocationConnection! locationsCount: Count
  contactRoles(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): CompanyContactRoleConnection!
  defaultRole: CompanyContactRole ordersCount: Count totalSpent: MoneyV2!
}
type CompanyEdge { cursor: String! node: Company! }
type CompanyConnection { edges: [CompanyEdge!]! nodes: [Company!]! pageInfo: PageInfo! }
type CompanyLocation implements Node {
  id: ID! name: String! externalId: String note: String phone: String locale: String currency: CurrencyCode! createdAt: DateTime! updatedAt: DateTime!
  company: Company! shippingAddress: CompanyAddress billingAddress: CompanyAddress buyerExperienceConfiguration: BuyerExperienceConfiguration
  taxSettings: CompanyLocationTaxSettings! ordersCount: Count totalSpent: MoneyV2!
  roleAssignments(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): CompanyContactRoleAssignmentConnection!
}
type CompanyLocationEdge { cursor: String! node: CompanyLocation! }
type CompanyLocationConnection { edges: [CompanyLocationEdge!]! nodes: [CompanyLocation!]! pageInfo: PageInfo! }
type CompanyLocationTaxSettings { taxExempt: Boolean! taxExemptions: [TaxExemption!]! taxRegistrationId: String }
type BuyerExperienceConfiguration { checkoutToDraft: Boolean! editableShippingAddress: Boolean! paymentTermsTemplate: PaymentTermsTemplate }
type CompanyAddress implements Node {
  id: ID! companyName: String! firstName: String lastName: String recipient: String address1: String! address2: String city: String province: String zoneCode: String
  zip: String country: String countryCode: CountryCode! phone: String createdAt: DateTime! updatedAt: DateTime!
}
type CompanyContact implements Node {
  id: ID! title: String locale: String isMainContact: Boolean! company: Company! customer: Customer! createdAt: DateTime! updatedAt: DateTime!
  roleAssignments(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): CompanyContactRoleAssignmentConnection!
}
type CompanyContactEdge { cursor: String! node: CompanyContact! }
type CompanyContactConnection { edges: [CompanyContactEdge!]! nodes: [CompanyContact!]! pageInfo: PageInfo! }
type CompanyContactRole implements Node { id: ID! name: String! note: String }
type CompanyContactRoleEdge { cursor: String! node: CompanyContactRole! }
type CompanyContactRoleConnection { edges: [CompanyContactRoleEdge!]! nodes: [CompanyContactRole!]! pageInfo: PageInfo! }
type CompanyContactRoleAssignment implements Node {
  id: ID! company: Company! companyContact: CompanyContact! companyLocation: CompanyLocation! role: CompanyContactRole! createdAt: DateTime! updatedAt: DateTime!
}
type CompanyContactRoleAssignmentEdge { cursor: String! node: CompanyContactRoleAssignment! }
type CompanyContactRoleAssignmentConnection {
  edges: [CompanyContactRoleAssignmentEdge!]! nodes: [CompanyContactRoleAssignment!]! pageInfo: PageInfo!
}

enum PaymentTermsType { FIXED FULFILLMENT NET RECEIPT UNKNOWN }
type PaymentTermsTemplate implements Node { id: ID! name: String! translatedName: String! description: String! dueInDays: Int paymentTermsType: PaymentTermsType! }
type PaymentTerms implements Node {
  id: ID! paymentTermsName: String! translatedName: String! paymentTermsType: PaymentTermsType! dueInDays: Int due: Boolean! overdue: Boolean!
  paymentSchedules(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): PaymentScheduleConnection!
}
type PaymentSchedule implements Node {
  id: ID! issuedAt: DateTime dueAt: DateTime completedAt: DateTime due: Boolean! totalBalance: MoneyV2! balanceDue: MoneyV2!
  amount: MoneyV2! @deprecated(reason: "Use balanceDue, totalBalance, or Order.totalOutstandingSet instead.")
}
type PaymentScheduleEdge { cursor: String! node: PaymentSchedule! }
type PaymentScheduleConnection { edges: [PaymentScheduleEdge!]! nodes: [PaymentSchedule!]! pageInfo: PageInfo! }

enum BusinessCustomerErrorCode {
  BLANK FAILED_TO_DELETE INTERNAL_ERROR INVALID INVALID_INPUT LIMIT_REACHED NO_INPUT REQUIRED RESOURCE_NOT_FOUND TAKEN TOO_LONG UNEXPECTED_TYPE
}
type BusinessCustomerUserError implements DisplayableError { code: BusinessCustomerErrorCode field: [String!] message: String! }
enum CompanyAddressType { BILLING SHIPPING }
enum CompanySortKeys { CREATED_AT ID NAME ORDER_COUNT SINCE_DATE TOTAL_SPENT UPDATED_AT }
enum CompanyLocationSortKeys { COMPANY_AND_LOCATION_NAME COMPANY_ID CREATED_AT ID NAME RELEVANCE UPDATED_AT }
input CompanyInput { customerSince: DateTime externalId: String name: String note: String }
input CompanyContactInput { email: String firstName: String lastName: String locale: String phone: String title: String }
input CompanyAddressInput {
  address1: String address2: String city: String countryCode: CountryCode firstName: String lastName: String phone: String recipient: String zip: String zoneCode: String
}
input BuyerExperienceConfigurationInput { checkoutToDraft: Boolean editableShippingAddress: Boolean paymentTermsTemplateId: ID }
input CompanyLocationInput {
  name: String externalId: String note: String phone: String locale: String shippingAddress: CompanyAddressInput billingAddress: CompanyAddressInput
  billingSameAsShipping: Boolean buyerExperienceConfiguration: BuyerExperienceConfigurationInput
}
input CompanyCreateInput { company: CompanyInput! companyContact: CompanyContactInput companyLocation: CompanyLocationInput }
type CompanyCreatePayload { company: Company userErrors: [BusinessCustomerUserError!]! }
type CompanyUpdatePayload { company: Company userErrors: [BusinessCustomerUserError!]! }
type CompanyLocationCreatePayload { companyLocation: CompanyLocation userErrors: [BusinessCustomerUserError!]! }
type CompanyLocationAssignAddressPayload { addresses: [CompanyAddress!] userErrors: [BusinessCustomerUserError!]! }
type CompanyContactCreatePayload { companyContact: CompanyContact userErrors: [BusinessCustomerUserError!]! }
type CompanyAssignCustomerAsContactPayload { companyContact: CompanyContact userErrors: [BusinessCustomerUserError!]! }
type CompanyAssignMainContactPayload { company: Company userErrors: [BusinessCustomerUserError!]! }
type CompanyContactAssignRolePayload { companyContactRoleAssignment: CompanyContactRoleAssignment userErrors: [BusinessCustomerUserError!]! }
type CompanyContactRemoveFromCompanyPayload { removedCompanyContactId: ID userErrors: [BusinessCustomerUserError!]! }

extend type QueryRoot {
  company(id: ID!): Company
  companies(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, sortKey: CompanySortKeys = ID
  ): CompanyConnection!
  companyContact(id: ID!): CompanyContact
  companyLocation(id: ID!): CompanyLocation
  companyLocations(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, sortKey: CompanyLocationSortKeys = ID
  ): CompanyLocationConnection!
  paymentTermsTemplates(paymentTermsType: PaymentTermsType): [PaymentTermsTemplate!]!
}
extend type Mutation {
  companyCreate(input: CompanyCreateInput!): CompanyCreatePayload
  companyUpdate(companyId: ID!, input: CompanyInput!): CompanyUpdatePayload
  companyLocationCreate(companyId: ID!, input: CompanyLocationInput!): CompanyLocationCreatePayload
  companyLocationAssignAddress(locationId: ID!, address: CompanyAddressInput!, addressTypes: [CompanyAddressType!]!): CompanyLocationAssignAddressPayload
  companyContactCreate(companyId: ID!, input: CompanyContactInput!): CompanyContactCreatePayload
  companyAssignCustomerAsContact(companyId: ID!, customerId: ID!): CompanyAssignCustomerAsContactPayload
  companyAssignMainContact(companyId: ID!, companyContactId: ID!): CompanyAssignMainContactPayload
  companyContactAssignRole(companyContactId: ID!, companyContactRoleId: ID!, companyLocationId: ID!): CompanyContactAssignRolePayload
  companyContactRemoveFromCompany(companyContactId: ID!): CompanyContactRemoveFromCompanyPayload
}
`;
