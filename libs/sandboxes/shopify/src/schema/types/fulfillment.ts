/** Locations, fulfilment orders and fulfilments. */
export const FULFILLMENT_SDL = /* GraphQL */ `
type Location implements Node {
  id: ID! legacyResourceId: UnsignedInt64! name: String! isActive: Boolean! fulfillsOnlineOrders: Boolean! address: LocationAddress!
}
type LocationAddress {
  address1: String address2: String city: String country: String countryCode: String formatted: [String!]! phone: String province: String provinceCode: String zip: String
}
type LocationEdge { cursor: String! node: Location! }
type LocationConnection { edges: [LocationEdge!]! nodes: [Location!]! pageInfo: PageInfo! }
enum LocationSortKeys { ID NAME RELEVANCE }

enum FulfillmentOrderStatus { CANCELLED CLOSED INCOMPLETE IN_PROGRESS ON_HOLD OPEN SCHEDULED }
enum FulfillmentOrderRequestStatus {
  ACCEPTED CANCELLATION_ACCEPTED CANCELLATION_REJECTED CANCELLATION_REQUESTED CLOSED REJECTED SUBMITTED UNSUBMITTED
}
enum FulfillmentOrderAction {
  CANCEL_FULFILLMENT_ORDER CREATE_FULFILLMENT EXTERNAL HOLD MARK_AS_OPEN MERGE MOVE
  REPORT_PROGRESS # from 2026-04
  RELEASE_HOLD REQUEST_CANCELLATION REQUEST_FULFILLMENT SPLIT
}
enum FulfillmentOrderSortKeys { ID UPDATED_AT }
enum FulfillmentHoldReason {
  AWAITING_PAYMENT AWAITING_RETURN_ITEMS HIGH_RISK_OF_FRAUD INCORRECT_ADDRESS INVENTORY_OUT_OF_STOCK ONLINE_STORE_POST_PURCHASE_CROSS_SELL OTHER UNKNOWN_DELIVERY_DATE
}
enum DeliveryMethodType { LOCAL NONE PICKUP_POINT PICK_UP RETAIL SHIPPING }
type DeliveryMethod implements Node { id: ID! methodType: DeliveryMethodType! }
type FulfillmentHold implements Node { id: ID! reason: FulfillmentHoldReason! reasonNotes: String handle: String displayReason: String! }
type FulfillmentOrderAssignedLocation {
  address1: String address2: String city: String countryCode: CountryCode! location: Location name: String! phone: String province: String zip: String
}
type FulfillmentOrderDestination implements Node {
  id: ID! firstName: String lastName: String company: String address1: String address2: String city: String province: String zip: String
  countryCode: CountryCode email: String phone: String
}
type FulfillmentOrderSupportedAction { action: FulfillmentOrderAction! externalUrl: URL }
type FulfillmentOrder implements Node {
  id: ID! status: FulfillmentOrderStatus! requestStatus: FulfillmentOrderRequestStatus! supportedActions: [FulfillmentOrderSupportedAction!]!
  createdAt: DateTime! updatedAt: DateTime! fulfillAt: DateTime deliveryMethod: DeliveryMethod assignedLocation: FulfillmentOrderAssignedLocation!
  destination: FulfillmentOrderDestination fulfillmentHolds: [FulfillmentHold!]! order: Order! orderId: ID! orderName: String! orderProcessedAt: DateTime!
  lineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentOrderLineItemConnection!
  fulfillments(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentConnection!
}
type FulfillmentOrderEdge { cursor: String! node: FulfillmentOrder! }
type FulfillmentOrderConnection { edges: [FulfillmentOrderEdge!]! nodes: [FulfillmentOrder!]! pageInfo: PageInfo! }
type FulfillmentOrderLineItem implements Node {
  id: ID! totalQuantity: Int! remainingQuantity: Int! sku: String productTitle: String! variantTitle: String requiresShipping: Boolean! lineItem: LineItem!
}
type FulfillmentOrderLineItemEdge { cursor: String! node: FulfillmentOrderLineItem! }
type FulfillmentOrderLineItemConnection { edges: [FulfillmentOrderLineItemEdge!]! nodes: [FulfillmentOrderLineItem!]! pageInfo: PageInfo! }

enum FulfillmentStatus {
  CANCELLED ERROR FAILURE SUCCESS
  OPEN @deprecated(reason: "This is a legacy status and is due to be deprecated.") PENDING @deprecated(reason: "This is a legacy status and is due to be deprecated.")
}
enum FulfillmentDisplayStatus {
  ATTEMPTED_DELIVERY CANCELED CARRIER_PICKED_UP CONFIRMED DELAYED DELIVERED FAILURE FULFILLED IN_TRANSIT LABEL_PRINTED LABEL_PURCHASED LABEL_VOIDED
  MARKED_AS_FULFILLED NOT_DELIVERED OUT_FOR_DELIVERY PICKED_UP READY_FOR_PICKUP SUBMITTED
}
type FulfillmentTrackingInfo { company: String number: String url: URL }
type Fulfillment implements Node {
  id: ID! legacyResourceId: UnsignedInt64! name: String! status: FulfillmentStatus! displayStatus: FulfillmentDisplayStatus createdAt: DateTime! updatedAt: DateTime!
  order: Order! location: Location requiresShipping: Boolean! totalQuantity: Int! trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
  fulfillmentLineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentLineItemConnection!
  fulfillmentOrders(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentOrderConnection!
}
type FulfillmentEdge { cursor: String! node: Fulfillment! }
type FulfillmentConnection { edges: [FulfillmentEdge!]! nodes: [Fulfillment!]! pageInfo: PageInfo! }
type FulfillmentLineItem implements Node { id: ID! quantity: Int lineItem: LineItem! originalTotalSet: MoneyBag! discountedTotalSet: MoneyBag! }
type FulfillmentLineItemEdge { cursor: String! node: FulfillmentLineItem! }
type FulfillmentLineItemConnection { edges: [FulfillmentLineItemEdge!]! nodes: [FulfillmentLineItem!]! pageInfo: PageInfo! }

input FulfillmentOrderLineItemInput { id: ID! quantity: Int! }
input FulfillmentOrderLineItemsInput { fulfillmentOrderId: ID! fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!] }
input FulfillmentTrackingInput { company: String number: String numbers: [String!] url: URL urls: [URL!] }
input FulfillmentOriginAddressInput { address1: String address2: String city: String countryCode: String! provinceCode: String zip: String }
input FulfillmentInput {
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]! notifyCustomer: Boolean = false originAddress: FulfillmentOriginAddressInput trackingInfo: FulfillmentTrackingInput
}
input FulfillmentV2Input {
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]! notifyCustomer: Boolean = false originAddress: FulfillmentOriginAddressInput trackingInfo: FulfillmentTrackingInput
}
input FulfillmentOrderSplitInput { fulfillmentOrderId: ID! fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!]! }
input FulfillmentOrderHoldInput {
  externalId: String fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!] = [] handle: String = "" notifyMerchant: Boolean = false
  reason: FulfillmentHoldReason! reasonNotes: String
}
type FulfillmentCreatePayload { fulfillment: Fulfillment userErrors: [UserError!]! }
type FulfillmentCreateV2Payload { fulfillment: Fulfillment userErrors: [UserError!]! }
type FulfillmentCancelPayload { fulfillment: Fulfillment userErrors: [UserError!]! }
type FulfillmentTrackingInfoUpdatePayload { fulfillment: Fulfillment userErrors: [UserError!]! }
enum FulfillmentOrderMoveFulfillmentOrderMoveUserErrorCode { CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS } # from 2026-04
type FulfillmentOrderMoveFulfillmentOrderMoveUserError implements DisplayableError { # from 2026-04
  code: FulfillmentOrderMoveFulfillmentOrderMoveUserErrorCode field: [String!] message: String! # from 2026-04
} # from 2026-04
type FulfillmentOrderMovePayload {
  movedFulfillmentOrder: FulfillmentOrder originalFulfillmentOrder: FulfillmentOrder remainingFulfillmentOrder: FulfillmentOrder
  userErrors: [UserError!]! # until 2026-01
  userErrors: [FulfillmentOrderMoveFulfillmentOrderMoveUserError!]! # from 2026-04
}
enum FulfillmentOrderCancelErrorCode { FULFILLMENT_ORDER_HAS_MANUALLY_REPORTED_PROGRESS } # from 2026-04
type FulfillmentOrderCancelError implements DisplayableError { code: FulfillmentOrderCancelErrorCode field: [String!] message: String! } # from 2026-04
type FulfillmentOrderCancelPayload {
  fulfillmentOrder: FulfillmentOrder replacementFulfillmentOrder: FulfillmentOrder
  userErrors: [UserError!]! # until 2026-01
  userErrors: [FulfillmentOrderCancelError!]! # from 2026-04
}
enum FulfillmentOrderSplitUserErrorCode { FULFILLMENT_ORDER_NOT_FOUND GREATER_THAN INVALID_LINE_ITEM_QUANTITY NO_LINE_ITEMS_PROVIDED_TO_SPLIT }
type FulfillmentOrderSplitUserError implements DisplayableError { code: FulfillmentOrderSplitUserErrorCode field: [String!] message: String! }
type FulfillmentOrderSplitResult { fulfillmentOrder: FulfillmentOrder! remainingFulfillmentOrder: FulfillmentOrder! replacementFulfillmentOrder: FulfillmentOrder }
type FulfillmentOrderSplitPayload { fulfillmentOrderSplits: [FulfillmentOrderSplitResult!] userErrors: [FulfillmentOrderSplitUserError!]! }
enum FulfillmentOrderHoldUserErrorCode {
  DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS DUPLICATE_FULFILLMENT_HOLD_HANDLE FULFILLMENT_ORDER_HOLD_LIMIT_REACHED FULFILLMENT_ORDER_NOT_FOUND
  FULFILLMENT_ORDER_NOT_SPLITTABLE GREATER_THAN_ZERO INVALID_LINE_ITEM_QUANTITY TAKEN
}
type FulfillmentOrderHoldUserError implements DisplayableError { code: FulfillmentOrderHoldUserErrorCode field: [String!] message: String! }
type FulfillmentOrderHoldPayload {
  fulfillmentHold: FulfillmentHold fulfillmentOrder: FulfillmentOrder remainingFulfillmentOrder: FulfillmentOrder userErrors: [FulfillmentOrderHoldUserError!]!
}
enum FulfillmentOrderReleaseHoldUserErrorCode { FULFILLMENT_ORDER_NOT_FOUND INVALID_ACCESS }
type FulfillmentOrderReleaseHoldUserError implements DisplayableError { code: FulfillmentOrderReleaseHoldUserErrorCode field: [String!] message: String! }
type FulfillmentOrderReleaseHoldPayload { fulfillmentOrder: FulfillmentOrder userErrors: [FulfillmentOrderReleaseHoldUserError!]! }

extend type QueryRoot {
  location(id: ID): Location
  locations(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, includeInactive: Boolean = false
    includeLegacy: Boolean = false, sortKey: LocationSortKeys = NAME
  ): LocationConnection!
  fulfillment(id: ID!): Fulfillment
  fulfillmentOrder(id: ID!): FulfillmentOrder
  fulfillmentOrders(
    first: Int, after: String, last: Int, before: String, reverse: Boolean = false, query: String, includeClosed: Boolean = false
    sortKey: FulfillmentOrderSortKeys = ID
  ): FulfillmentOrderConnection!
}
extend type Mutation {
  fulfillmentCreate(fulfillment: FulfillmentInput!, message: String): FulfillmentCreatePayload
  fulfillmentCreateV2(fulfillment: FulfillmentV2Input!, message: String): FulfillmentCreateV2Payload @deprecated(reason: "Use fulfillmentCreate instead.")
  fulfillmentCancel(id: ID!): FulfillmentCancelPayload
  fulfillmentTrackingInfoUpdate(fulfillmentId: ID!, trackingInfoInput: FulfillmentTrackingInput!, notifyCustomer: Boolean): FulfillmentTrackingInfoUpdatePayload
  fulfillmentOrderMove(id: ID!, newLocationId: ID!, fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!]): FulfillmentOrderMovePayload
  fulfillmentOrderCancel(id: ID!): FulfillmentOrderCancelPayload
  fulfillmentOrderSplit(fulfillmentOrderSplits: [FulfillmentOrderSplitInput!]!): FulfillmentOrderSplitPayload
  fulfillmentOrderHold(id: ID!, fulfillmentHold: FulfillmentOrderHoldInput!): FulfillmentOrderHoldPayload
  fulfillmentOrderReleaseHold(id: ID!, holdIds: [ID!], externalId: String): FulfillmentOrderReleaseHoldPayload
}
`;
