/** Refunds, returns, fulfilment, and the edit session. */
export const AFTER_SALE_SDL = /* GraphQL */ `
enum RefundLineItemRestockType { CANCEL LEGACY_RESTOCK NO_RESTOCK RETURN }
enum OrderAdjustmentDiscrepancyReason { CUSTOMER DAMAGE FULL_RETURN_BALANCING_ADJUSTMENT PENDING_REFUND_DISCREPANCY REFUND_DISCREPANCY RESTOCK }
type Refund implements Node {
  id: ID! legacyResourceId: UnsignedInt64! note: String createdAt: DateTime processedAt: DateTime! updatedAt: DateTime! totalRefundedSet: MoneyBag!
  order: Order! return: Return duties: [RefundDuty!]
  refundLineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): RefundLineItemConnection!
  refundShippingLines(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): RefundShippingLineConnection!
  orderAdjustments(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): OrderAdjustmentConnection!
  transactions(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): OrderTransactionConnection!
}
type RefundDuty { amountSet: MoneyBag! originalDuty: Duty }
type RefundLineItem {
  id: ID quantity: Int! restocked: Boolean! restockType: RefundLineItemRestockType! lineItem: LineItem! location: Location
  priceSet: MoneyBag! subtotalSet: MoneyBag! totalTaxSet: MoneyBag!
}
type RefundLineItemEdge { cursor: String! node: RefundLineItem! }
type RefundLineItemConnection { edges: [RefundLineItemEdge!]! nodes: [RefundLineItem!]! pageInfo: PageInfo! }
type RefundShippingLine implements Node { id: ID! shippingLine: ShippingLine! subtotalAmountSet: MoneyBag! taxAmountSet: MoneyBag! }
type RefundShippingLineEdge { cursor: String! node: RefundShippingLine! }
type RefundShippingLineConnection { edges: [RefundShippingLineEdge!]! nodes: [RefundShippingLine!]! pageInfo: PageInfo! }
type OrderAdjustment implements Node { id: ID! reason: OrderAdjustmentDiscrepancyReason amountSet: MoneyBag! taxAmountSet: MoneyBag! }
type OrderAdjustmentEdge { cursor: String! node: OrderAdjustment! }
type OrderAdjustmentConnection { edges: [OrderAdjustmentEdge!]! nodes: [OrderAdjustment!]! pageInfo: PageInfo! }

enum ReturnStatus { CANCELED CLOSED DECLINED OPEN REQUESTED }
type Return implements Node {
  id: ID! name: String! status: ReturnStatus! createdAt: DateTime! order: Order! returnShippingFees: [ReturnShippingFee!]!
  returnLineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ReturnLineItemTypeConnection!
  exchangeLineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ExchangeLineItemConnection!
}
type ReturnEdge { cursor: String! node: Return! }
type ReturnConnection { edges: [ReturnEdge!]! nodes: [Return!]! pageInfo: PageInfo! }
type ReturnShippingFee { id: ID! amountSet: MoneyBag! }
type ReturnReasonDefinition implements Node { id: ID! handle: String! name: String! deleted: Boolean! }
interface ReturnLineItemType implements Node { id: ID! quantity: Int! processedQuantity: Int! returnReasonNote: String! returnReasonDefinition: ReturnReasonDefinition }
type ReturnLineItem implements Node & ReturnLineItemType {
  id: ID! quantity: Int! processedQuantity: Int! returnReasonNote: String! returnReasonDefinition: ReturnReasonDefinition fulfillmentLineItem: FulfillmentLineItem!
}
type ReturnLineItemTypeEdge { cursor: String! node: ReturnLineItemType! }
type ReturnLineItemTypeConnection { edges: [ReturnLineItemTypeEdge!]! nodes: [ReturnLineItemType!]! pageInfo: PageInfo! }
type ExchangeLineItem implements Node { id: ID! quantity: Int! lineItems: [LineItem!] }
type ExchangeLineItemEdge { cursor: String! node: ExchangeLineItem! }
type ExchangeLineItemConnection { edges: [ExchangeLineItemEdge!]! nodes: [ExchangeLineItem!]! pageInfo: PageInfo! }

enum FulfillmentOrderStatus { CANCELLED CLOSED INCOMPLETE IN_PROGRESS ON_HOLD OPEN SCHEDULED }
enum FulfillmentHoldReason {
  AWAITING_PAYMENT AWAITING_RETURN_ITEMS HIGH_RISK_OF_FRAUD INCORRECT_ADDRESS INVENTORY_OUT_OF_STOCK ONLINE_STORE_POST_PURCHASE_CROSS_SELL OTHER UNKNOWN_DELIVERY_DATE
}
enum DeliveryMethodType { LOCAL NONE PICKUP_POINT PICK_UP RETAIL SHIPPING }
type DeliveryMethod implements Node { id: ID! methodType: DeliveryMethodType! }
type FulfillmentHold implements Node { id: ID! reason: FulfillmentHoldReason! reasonNotes: String displayReason: String! }
type FulfillmentOrderAssignedLocation { name: String! location: Location }
type FulfillmentOrder implements Node {
  id: ID! status: FulfillmentOrderStatus! fulfillAt: DateTime deliveryMethod: DeliveryMethod assignedLocation: FulfillmentOrderAssignedLocation!
  fulfillmentHolds: [FulfillmentHold!]! order: Order!
  lineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentOrderLineItemConnection!
}
type FulfillmentOrderEdge { cursor: String! node: FulfillmentOrder! }
type FulfillmentOrderConnection { edges: [FulfillmentOrderEdge!]! nodes: [FulfillmentOrder!]! pageInfo: PageInfo! }
type FulfillmentOrderLineItem implements Node { id: ID! totalQuantity: Int! remainingQuantity: Int! sku: String lineItem: LineItem! }
type FulfillmentOrderLineItemEdge { cursor: String! node: FulfillmentOrderLineItem! }
type FulfillmentOrderLineItemConnection { edges: [FulfillmentOrderLineItemEdge!]! nodes: [FulfillmentOrderLineItem!]! pageInfo: PageInfo! }
enum FulfillmentStatus { CANCELLED ERROR FAILURE OPEN PENDING SUCCESS }
type FulfillmentTrackingInfo { company: String number: String url: URL }
type Fulfillment implements Node {
  id: ID! name: String! status: FulfillmentStatus! createdAt: DateTime! updatedAt: DateTime! location: Location trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
  fulfillmentLineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentLineItemConnection!
}
type FulfillmentLineItem implements Node { id: ID! quantity: Int lineItem: LineItem! }
type FulfillmentLineItemEdge { cursor: String! node: FulfillmentLineItem! }
type FulfillmentLineItemConnection { edges: [FulfillmentLineItemEdge!]! nodes: [FulfillmentLineItem!]! pageInfo: PageInfo! }

type CalculatedOrder implements Node { id: ID! originalOrder: Order! }
type CalculatedLineItem { id: ID! title: String! quantity: Int! sku: String }
type OrderEditSession implements Node { id: ID! }
`;
