export const MUTATIONS_SDL = /* GraphQL */ `
enum OrderCreateFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }
enum OrderCreateFulfillmentStatus { FULFILLED PARTIAL RESTOCKED }
enum OrderCreateInputsInventoryBehavior { BYPASS DECREMENT_IGNORING_POLICY DECREMENT_OBEYING_POLICY }
enum OrderCreateUserErrorCode { FULFILLMENT_SERVICE_INVALID INVALID INVENTORY_CLAIM_FAILED PROCESSED_AT_INVALID REDUNDANT_CUSTOMER_FIELDS SHOP_DORMANT TAX_LINE_RATE_MISSING }
input OrderCreateTaxLineInput { title: String! rate: Decimal! priceSet: MoneyBagInput channelLiable: Boolean = false }
input OrderCreateLineItemPropertyInput { name: String! value: String! }
input OrderCreateCustomAttributeInput { key: String! value: String! }
input OrderCreateLineItemInput {
  title: String quantity: Int! sku: String variantId: ID productId: ID variantTitle: String vendor: String priceSet: MoneyBagInput giftCard: Boolean = false
  requiresShipping: Boolean = false taxable: Boolean = true taxLines: [OrderCreateTaxLineInput!] properties: [OrderCreateLineItemPropertyInput!]
  fulfillmentService: String weight: WeightInput
}
input OrderCreateShippingLineInput { title: String! code: String source: String priceSet: MoneyBagInput! taxLines: [OrderCreateTaxLineInput!] }
input OrderCreateOrderTransactionInput {
  amountSet: MoneyBagInput! kind: OrderTransactionKind = SALE status: OrderTransactionStatus = SUCCESS gateway: String authorizationCode: String
  giftCardId: ID processedAt: DateTime test: Boolean = false receiptJson: JSON
}
input OrderCreateFixedDiscountCodeAttributesInput { code: String! amountSet: MoneyBagInput }
input OrderCreatePercentageDiscountCodeAttributesInput { code: String! percentage: Float }
input OrderCreateFreeShippingDiscountCodeAttributesInput { code: String! }
input OrderCreateDiscountCodeInput {
  itemFixedDiscountCode: OrderCreateFixedDiscountCodeAttributesInput itemPercentageDiscountCode: OrderCreatePercentageDiscountCodeAttributesInput
  freeShippingDiscountCode: OrderCreateFreeShippingDiscountCodeAttributesInput
}
input OrderCreateCustomerAddressInput {
  firstName: String lastName: String company: String address1: String address2: String city: String province: String zip: String country: String phone: String
}
input OrderCreateAssociateCustomerAttributesInput { id: ID email: String }
input OrderCreateUpsertCustomerAttributesInput {
  id: ID email: String phone: String firstName: String lastName: String note: String tags: [String!] taxExempt: Boolean addresses: [OrderCreateCustomerAddressInput!]
}
input OrderCreateCustomerInput @oneOf { toAssociate: OrderCreateAssociateCustomerAttributesInput toUpsert: OrderCreateUpsertCustomerAttributesInput }
input OrderCreateOrderInput {
  lineItems: [OrderCreateLineItemInput!] shippingLines: [OrderCreateShippingLineInput!] taxLines: [OrderCreateTaxLineInput!]
  transactions: [OrderCreateOrderTransactionInput!] discountCode: OrderCreateDiscountCodeInput customer: OrderCreateCustomerInput
  customerId: ID @deprecated(reason: "This is replaced by the \`customer\` field in a future version.")
  billingAddress: MailingAddressInput shippingAddress: MailingAddressInput email: String phone: String note: String tags: [String!] poNumber: String
  customAttributes: [OrderCreateCustomAttributeInput!] metafields: [MetafieldInput!] currency: CurrencyCode presentmentCurrency: CurrencyCode
  financialStatus: OrderCreateFinancialStatus fulfillmentStatus: OrderCreateFulfillmentStatus taxesIncluded: Boolean = false test: Boolean = false
  name: String processedAt: DateTime closedAt: DateTime sourceName: String sourceIdentifier: String sourceUrl: URL referringSite: URL
  buyerAcceptsMarketing: Boolean = null companyLocationId: ID userId: ID
}
input OrderCreateOptionsInput { inventoryBehaviour: OrderCreateInputsInventoryBehavior = BYPASS sendReceipt: Boolean = false sendFulfillmentReceipt: Boolean = false }
type OrderCreateUserError implements DisplayableError { code: OrderCreateUserErrorCode field: [String!] message: String! }
type OrderCreatePayload { order: Order userErrors: [OrderCreateUserError!]! }
input OrderInput {
  id: ID! email: String phone: String note: String tags: [String!] poNumber: String customAttributes: [AttributeInput!] shippingAddress: MailingAddressInput metafields: [MetafieldInput!]
}
type OrderUpdatePayload { order: Order userErrors: [UserError!]! }
input OrderMarkAsPaidInput { id: ID! }
type OrderMarkAsPaidPayload { order: Order userErrors: [UserError!]! }
input OrderCaptureInput { id: ID! parentTransactionId: ID! amount: Money! currency: CurrencyCode finalCapture: Boolean }
type OrderCapturePayload { transaction: OrderTransaction userErrors: [UserError!]! }
input OrderCloseInput { id: ID! }
type OrderClosePayload { order: Order userErrors: [UserError!]! }
input OrderCancelRefundMethodInput @oneOf { originalPaymentMethodsRefund: Boolean }
type Job { id: ID! done: Boolean! query: QueryRoot }
enum OrderCancelUserErrorCode {
  INTERNAL_ERROR INVALID NOT_FOUND NO_REFUND_PERMISSION NO_REFUND_TO_STORE_CREDIT_PERMISSION STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED
  STORE_CREDIT_REFUND_EXPIRATION_IN_PAST STORE_CREDIT_REFUND_MISSING_CUSTOMER
}
type OrderCancelUserError implements DisplayableError { code: OrderCancelUserErrorCode field: [String!] message: String! }
interface JobResult { id: ID! done: Boolean! } # from 2026-10
enum OrderCancelStatus { FAILED STARTED SUCCEEDED } # from 2026-10
type OrderCancelJobResult implements JobResult & Node { id: ID! done: Boolean! errors: [OrderCancelUserError!]! order: Order status: OrderCancelStatus! } # from 2026-10
type OrderCancelPayload {
  job: Job
  jobResult: OrderCancelJobResult # from 2026-10
  orderCancelUserErrors: [OrderCancelUserError!]!
  userErrors: [UserError!]! @deprecated(reason: "Use \`orderCancelUserErrors\` instead.")
}
enum OrderDeleteUserErrorCode { INVALID NOT_FOUND }
type OrderDeleteUserError implements DisplayableError { code: OrderDeleteUserErrorCode field: [String!] message: String! }
type OrderDeletePayload { deletedId: ID userErrors: [OrderDeleteUserError!]! }
type OrderEditBeginPayload { calculatedOrder: CalculatedOrder orderEditSession: OrderEditSession userErrors: [UserError!]! }
type OrderEditSetQuantityPayload { calculatedLineItem: CalculatedLineItem calculatedOrder: CalculatedOrder orderEditSession: OrderEditSession userErrors: [UserError!]! }
type OrderEditAddVariantPayload { calculatedLineItem: CalculatedLineItem calculatedOrder: CalculatedOrder orderEditSession: OrderEditSession userErrors: [UserError!]! }
type OrderEditAddCustomItemPayload { calculatedLineItem: CalculatedLineItem calculatedOrder: CalculatedOrder orderEditSession: OrderEditSession userErrors: [UserError!]! }
type OrderEditCommitPayload { order: Order successMessages: [String!] userErrors: [UserError!]! }
input RefundLineItemInput { lineItemId: ID! quantity: Int! restockType: RefundLineItemRestockType locationId: ID }
input ShippingRefundInput { amount: Money fullRefund: Boolean }
input OrderTransactionInput { orderId: ID! amount: Money! gateway: String! kind: OrderTransactionKind! parentId: ID }
input RefundInput {
  orderId: ID! note: String notify: Boolean currency: CurrencyCode refundLineItems: [RefundLineItemInput!] shipping: ShippingRefundInput
  transactions: [OrderTransactionInput!] processedAt: DateTime allowOverRefunding: Boolean = false
}
type RefundCreatePayload { refund: Refund order: Order userErrors: [UserError!]! }
input MetafieldsSetInput { ownerId: ID! namespace: String key: String! type: String value: String! compareDigest: String }
enum MetafieldsSetUserErrorCode {
  APP_NOT_AUTHORIZED BLANK CAPABILITY_VIOLATION INCLUSION INTERNAL_ERROR INVALID INVALID_COMPARE_DIGEST INVALID_TYPE INVALID_VALUE LESS_THAN_OR_EQUAL_TO
  PRESENT STALE_OBJECT TAKEN TOO_LONG TOO_SHORT
}
type MetafieldsSetUserError implements DisplayableError { code: MetafieldsSetUserErrorCode elementIndex: Int field: [String!] message: String! }
type MetafieldsSetPayload { metafields: [Metafield!] userErrors: [MetafieldsSetUserError!]! }

directive @idempotent(key: String!) on FIELD

type Mutation {
  orderCreate(order: OrderCreateOrderInput!, options: OrderCreateOptionsInput): OrderCreatePayload
  orderUpdate(input: OrderInput!): OrderUpdatePayload
  orderCancel(
    orderId: ID! reason: OrderCancelReason! restock: Boolean! notifyCustomer: Boolean = false staffNote: String = null
    refund: Boolean @deprecated(reason: "Use \`refundMethod\` instead.") refundMethod: OrderCancelRefundMethodInput
  ): OrderCancelPayload
  orderClose(input: OrderCloseInput!): OrderClosePayload
  orderDelete(orderId: ID!): OrderDeletePayload
  orderMarkAsPaid(input: OrderMarkAsPaidInput!): OrderMarkAsPaidPayload
  orderCapture(input: OrderCaptureInput!): OrderCapturePayload
  orderEditBegin(id: ID!): OrderEditBeginPayload
  orderEditSetQuantity(id: ID!, lineItemId: ID!, quantity: Int!, restock: Boolean): OrderEditSetQuantityPayload
  orderEditAddVariant(id: ID!, variantId: ID!, quantity: Int!, allowDuplicates: Boolean = false): OrderEditAddVariantPayload
  orderEditAddCustomItem(id: ID!, title: String!, price: MoneyInput!, quantity: Int!, taxable: Boolean, requiresShipping: Boolean): OrderEditAddCustomItemPayload
  orderEditCommit(id: ID!, notifyCustomer: Boolean, staffNote: String): OrderEditCommitPayload
  refundCreate(input: RefundInput!): RefundCreatePayload
  customerCreate(input: CustomerInput!): CustomerCreatePayload
  customerUpdate(input: CustomerInput!): CustomerUpdatePayload
  customerDelete(input: CustomerDeleteInput!): CustomerDeletePayload
  metafieldsSet(metafields: [MetafieldsSetInput!]!): MetafieldsSetPayload
}
`;
export const QUERY_SDL = /* GraphQL */ `
enum OrderSortKeys {
  CREATED_AT CURRENT_TOTAL_PRICE CUSTOMER_NAME DESTINATION FINANCIAL_STATUS FULFILLMENT_STATUS ID ORDER_NUMBER PO_NUMBER PROCESSED_AT RELEVANCE
  TOTAL_ITEMS_QUANTITY TOTAL_PRICE UPDATED_AT
}
enum CustomerSortKeys { CREATED_AT ID LOCATION NAME RELEVANCE UPDATED_AT }
type QueryRoot {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  order(id: ID!): Order
  orders(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, sortKey: OrderSortKeys = PROCESSED_AT): OrderConnection!
  ordersCount(query: String, limit: Int = 10000): Count
  customer(id: ID!): Customer
  job(id: ID!): Job
  customers(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, sortKey: CustomerSortKeys = ID): CustomerConnection!
  products(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String): ProductConnection!
  productVariant(id: ID!): ProductVariant
  productVariants(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String): ProductVariantConnection!
  shop: Shop!
  currentAppInstallation: AppInstallation!
}
schema { query: QueryRoot mutation: Mutation }
`;
