/** Returns, exchanges and what the shop suggests to give back. */
export const RETURN_SDL = /* GraphQL */ `
enum ReturnStatus { CANCELED CLOSED DECLINED OPEN REQUESTED }
enum ReturnReason { COLOR DEFECTIVE NOT_AS_DESCRIBED OTHER SIZE_TOO_LARGE SIZE_TOO_SMALL STYLE UNKNOWN UNWANTED WRONG_ITEM }
enum ReturnProcessingStatusFilterInput { PROCESSABLE PROCESSED }
type Return implements Node {
  id: ID! name: String! status: ReturnStatus! createdAt: DateTime! closedAt: DateTime requestApprovedAt: DateTime totalQuantity: Int! order: Order!
  returnShippingFees: [ReturnShippingFee!]!
  returnLineItems(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, processingStatus: ReturnProcessingStatusFilterInput
  ): ReturnLineItemTypeConnection!
  exchangeLineItems(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, includeRemovedItems: Boolean = false
    processingStatus: ReturnProcessingStatusFilterInput
  ): ExchangeLineItemConnection!
  refunds(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): RefundConnection!
  transactions(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): OrderTransactionConnection!
  reverseFulfillmentOrders(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ReverseFulfillmentOrderConnection!
}
type ReturnEdge { cursor: String! node: Return! }
type ReturnConnection { edges: [ReturnEdge!]! nodes: [Return!]! pageInfo: PageInfo! }
type RefundEdge { cursor: String! node: Refund! }
type RefundConnection { edges: [RefundEdge!]! nodes: [Refund!]! pageInfo: PageInfo! }
interface Fee { id: ID! }
type ReturnShippingFee implements Fee { id: ID! amountSet: MoneyBag! }
type RestockingFee implements Fee { id: ID! amountSet: MoneyBag! percentage: Float! }
type ReturnReasonDefinition implements Node { id: ID! handle: String! name: String! deleted: Boolean! }
interface ReturnLineItemType implements Node {
  id: ID! quantity: Int! processedQuantity: Int! unprocessedQuantity: Int! processableQuantity: Int! refundedQuantity: Int! refundableQuantity: Int!
  customerNote: String returnReason: ReturnReason! @deprecated(reason: "Use returnReasonDefinition instead.") returnReasonNote: String!
  returnReasonDefinition: ReturnReasonDefinition
}
type ReturnLineItem implements Node & ReturnLineItemType {
  id: ID! quantity: Int! processedQuantity: Int! unprocessedQuantity: Int! processableQuantity: Int! refundedQuantity: Int! refundableQuantity: Int!
  customerNote: String returnReason: ReturnReason! @deprecated(reason: "Use returnReasonDefinition instead.") returnReasonNote: String!
  returnReasonDefinition: ReturnReasonDefinition fulfillmentLineItem: FulfillmentLineItem! restockingFee: RestockingFee withCodeDiscountedTotalPriceSet: MoneyBag!
}
type ReturnLineItemTypeEdge { cursor: String! node: ReturnLineItemType! }
type ReturnLineItemTypeConnection { edges: [ReturnLineItemTypeEdge!]! nodes: [ReturnLineItemType!]! pageInfo: PageInfo! }
type ExchangeLineItem implements Node {
  id: ID! quantity: Int! processedQuantity: Int! unprocessedQuantity: Int! processableQuantity: Int! variantId: ID
  lineItem: LineItem @deprecated(reason: "Use lineItems instead.") lineItems: [LineItem!]
  productId: ID title: String variantSku: String variantTitle: String # from 2026-10
}
type ExchangeLineItemEdge { cursor: String! node: ExchangeLineItem! }
type ExchangeLineItemConnection { edges: [ExchangeLineItemEdge!]! nodes: [ExchangeLineItem!]! pageInfo: PageInfo! }

enum ReverseFulfillmentOrderStatus { CANCELED CLOSED OPEN }
enum ReverseFulfillmentOrderDispositionType { MISSING NOT_RESTOCKED PROCESSING_REQUIRED RESTOCKED }
type ReverseFulfillmentOrder implements Node {
  id: ID! status: ReverseFulfillmentOrderStatus! order: Order
  lineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ReverseFulfillmentOrderLineItemConnection!
}
type ReverseFulfillmentOrderEdge { cursor: String! node: ReverseFulfillmentOrder! }
type ReverseFulfillmentOrderConnection { edges: [ReverseFulfillmentOrderEdge!]! nodes: [ReverseFulfillmentOrder!]! pageInfo: PageInfo! }
type ReverseFulfillmentOrderLineItem implements Node {
  id: ID! totalQuantity: Int! fulfillmentLineItem: FulfillmentLineItem dispositions: [ReverseFulfillmentOrderDisposition!]!
}
type ReverseFulfillmentOrderLineItemEdge { cursor: String! node: ReverseFulfillmentOrderLineItem! }
type ReverseFulfillmentOrderLineItemConnection {
  edges: [ReverseFulfillmentOrderLineItemEdge!]! nodes: [ReverseFulfillmentOrderLineItem!]! pageInfo: PageInfo!
}
type ReverseFulfillmentOrderDisposition implements Node {
  id: ID! type: ReverseFulfillmentOrderDispositionType! quantity: Int! location: Location createdAt: DateTime!
}

type SuggestedRefund {
  amountSet: MoneyBag! discountedSubtotalSet: MoneyBag! maximumRefundableSet: MoneyBag! subtotalSet: MoneyBag! totalCartDiscountAmountSet: MoneyBag!
  totalDutiesSet: MoneyBag! totalTaxSet: MoneyBag! refundDuties: [RefundDuty!]! refundLineItems: [RefundLineItem!]! shipping: ShippingRefund!
  suggestedTransactions: [SuggestedOrderTransaction!]!
}
type ShippingRefund { amountSet: MoneyBag! maximumRefundableSet: MoneyBag! taxSet: MoneyBag! }
enum SuggestedOrderTransactionKind { SUGGESTED_REFUND }
type SuggestedOrderTransaction {
  amountSet: MoneyBag! formattedGateway: String gateway: String kind: SuggestedOrderTransactionKind! maximumRefundableSet: MoneyBag
  parentTransaction: OrderTransaction
}

enum ReturnErrorCode {
  ALREADY_EXISTS BLANK CREATION_FAILED EQUAL_TO FEATURE_NOT_ENABLED GREATER_THAN GREATER_THAN_OR_EQUAL_TO INCLUSION INTERNAL_ERROR INVALID INVALID_STATE
  LESS_THAN LESS_THAN_OR_EQUAL_TO MISSING_PERMISSION NOTIFICATION_FAILED NOT_A_NUMBER NOT_EDITABLE NOT_FOUND PRESENT TAKEN TOO_BIG TOO_LONG
  TOO_MANY_ARGUMENTS TOO_SHORT WRONG_LENGTH
}
type ReturnUserError implements DisplayableError { code: ReturnErrorCode field: [String!] message: String! }
input RestockingFeeInput { percentage: Float! }
input ReturnShippingFeeInput { amount: MoneyInput! }
input ReturnLineItemInput {
  fulfillmentLineItemId: ID! quantity: Int! restockingFee: RestockingFeeInput
  returnReason: ReturnReason @deprecated(reason: "Use \`returnReasonDefinitionId\` instead. This field will be removed in the future.")
  returnReasonDefinitionId: ID returnReasonNote: String = ""
}
input ExchangeLineItemAppliedDiscountValueInput @oneOf { amount: MoneyInput percentage: Float }
input ExchangeLineItemAppliedDiscountInput { description: String value: ExchangeLineItemAppliedDiscountValueInput! }
input ExchangeLineItemInput { variantId: ID quantity: Int! appliedDiscount: ExchangeLineItemAppliedDiscountInput }
input ReturnInput {
  orderId: ID! returnLineItems: [ReturnLineItemInput!]! exchangeLineItems: [ExchangeLineItemInput!] returnShippingFee: ReturnShippingFeeInput
  notifyCustomer: Boolean = false @deprecated(reason: "This field is no longer supported and any value provided to it is currently ignored.")
  requestedAt: DateTime
  unprocessed: Boolean = false @deprecated(reason: "This field is temporary to support the transition to Returns Processing APIs.")
}
input ReverseFulfillmentOrderDisposeInput {
  dispositionType: ReverseFulfillmentOrderDispositionType! locationId: ID quantity: Int! reverseFulfillmentOrderLineItemId: ID!
}
input ReturnProcessReturnLineItemInput { id: ID! quantity: Int! dispositions: [ReverseFulfillmentOrderDisposeInput!] }
input ReturnProcessExchangeLineItemInput { id: ID! quantity: Int! }
input ReturnRefundOrderTransactionInput { parentId: ID! transactionAmount: MoneyInput! }
input ReturnProcessRefundInput { orderTransactions: [ReturnRefundOrderTransactionInput!]! allowOverRefunding: Boolean = false }
input ReturnProcessFinancialTransferInput @oneOf { issueRefund: ReturnProcessRefundInput }
input RefundShippingInput { fullRefund: Boolean = false shippingRefundAmount: MoneyInput }
input ReturnProcessInput {
  returnId: ID! returnLineItems: [ReturnProcessReturnLineItemInput!] = [] exchangeLineItems: [ReturnProcessExchangeLineItemInput!] = []
  financialTransfer: ReturnProcessFinancialTransferInput refundShipping: RefundShippingInput note: String notifyCustomer: Boolean = false
}
type ReturnCreatePayload { return: Return userErrors: [ReturnUserError!]! }
type ReturnProcessPayload { return: Return userErrors: [ReturnUserError!]! }
type ReturnClosePayload { return: Return userErrors: [ReturnUserError!]! }
type ReturnReopenPayload { return: Return userErrors: [ReturnUserError!]! }
type ReturnCancelPayload { return: Return userErrors: [ReturnUserError!]! }

extend type QueryRoot { return(id: ID!): Return }
extend type Order {
  suggestedRefund(refundLineItems: [RefundLineItemInput!], refundShipping: Boolean, shippingAmount: Money, suggestFullRefund: Boolean = false): SuggestedRefund
}
extend type Mutation {
  returnCreate(returnInput: ReturnInput!): ReturnCreatePayload
  returnProcess(input: ReturnProcessInput!): ReturnProcessPayload
  returnClose(id: ID!): ReturnClosePayload
  returnReopen(id: ID!): ReturnReopenPayload
  returnCancel(id: ID!, notifyCustomer: Boolean = false @deprecated(reason: "Not supported. This argument will be removed in a future version.")): ReturnCancelPayload
}
`;
