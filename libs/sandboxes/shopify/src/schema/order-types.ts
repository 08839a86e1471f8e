/** The order and what hangs on it. */
export const ORDER_SDL = /* GraphQL */ `
enum OrderCancelReason { CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF }
enum OrderDisplayFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }
enum OrderDisplayFulfillmentStatus {
  FULFILLMENT_NOT_REQUIRED # from 2026-10
  FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT REQUEST_DECLINED RESTOCKED SCHEDULED UNFULFILLED
}
enum OrderReturnStatus { INSPECTION_COMPLETE IN_PROGRESS NO_RETURN RETURNED RETURN_FAILED RETURN_REQUESTED }
enum OrderRiskRecommendationResult { ACCEPT CANCEL INVESTIGATE NONE }
enum RiskAssessmentResult { HIGH LOW MEDIUM NONE PENDING }

type Order implements Node {
  id: ID! legacyResourceId: UnsignedInt64! name: String! number: Int! confirmationNumber: String
  createdAt: DateTime! updatedAt: DateTime! processedAt: DateTime! cancelledAt: DateTime cancelReason: OrderCancelReason closedAt: DateTime
  closed: Boolean! confirmed: Boolean! edited: Boolean! test: Boolean! capturable: Boolean! unpaid: Boolean! fullyPaid: Boolean!
  email: String phone: String note: String tags: [String!]! poNumber: String customAttributes: [Attribute!]! customerLocale: String
  currencyCode: CurrencyCode! presentmentCurrencyCode: CurrencyCode! taxesIncluded: Boolean! taxExempt: Boolean! dutiesIncluded: Boolean!
  displayFinancialStatus: OrderDisplayFinancialStatus displayFulfillmentStatus: OrderDisplayFulfillmentStatus! returnStatus: OrderReturnStatus!
  sourceName: String sourceIdentifier: String app: OrderApp retailLocation: Location paymentGatewayNames: [String!]! discountCode: String discountCodes: [String!]!
  customer: Customer purchasingEntity: PurchasingEntity paymentTerms: PaymentTerms risk: OrderRiskSummary!
  billingAddress: MailingAddress shippingAddress: MailingAddress
  subtotalPriceSet: MoneyBag totalPriceSet: MoneyBag! originalTotalPriceSet: MoneyBag! totalTaxSet: MoneyBag totalDiscountsSet: MoneyBag
  totalShippingPriceSet: MoneyBag! totalTipReceivedSet: MoneyBag! totalReceivedSet: MoneyBag! totalRefundedSet: MoneyBag! totalOutstandingSet: MoneyBag!
  totalCapturableSet: MoneyBag! netPaymentSet: MoneyBag! totalCashRoundingAdjustment: CashRoundingAdjustment!
  originalTotalDutiesSet: MoneyBag originalTotalAdditionalFeesSet: MoneyBag
  currentSubtotalPriceSet: MoneyBag! currentShippingPriceSet: MoneyBag! currentTotalPriceSet: MoneyBag! currentTotalTaxSet: MoneyBag!
  currentTotalDiscountsSet: MoneyBag! currentTotalDutiesSet: MoneyBag currentTotalAdditionalFeesSet: MoneyBag
  additionalFees: [AdditionalFee!]! taxLines: [TaxLine!]! currentTaxLines: [TaxLine!]!
  lineItems(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): LineItemConnection!
  shippingLines(first: Int, after: String, last: Int, before: String, reverse: Boolean = false, includeRemovals: Boolean = false): ShippingLineConnection!
  metafields(first: Int, after: String, last: Int, before: String, namespace: String, reverse: Boolean = false): MetafieldConnection!
  metafield(namespace: String, key: String!): Metafield
  fulfillmentOrders(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): FulfillmentOrderConnection!
  fulfillments(first: Int): [Fulfillment!]!
  returns(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ReturnConnection!
  transactions(first: Int, capturable: Boolean): [OrderTransaction!]!
  transactionsCount: Count
  refunds(first: Int): [Refund!]!
}
type OrderEdge { cursor: String! node: Order! }
type OrderConnection { edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! }
type OrderApp { id: ID! name: String! }
type CashRoundingAdjustment { paymentSet: MoneyBag! refundSet: MoneyBag! }
type OrderRiskSummary { recommendation: OrderRiskRecommendationResult! assessments: [OrderRiskAssessment!]! }
type OrderRiskAssessment { riskLevel: RiskAssessmentResult! }

type TaxLine { title: String! rate: Float ratePercentage: Float source: String channelLiable: Boolean priceSet: MoneyBag! }
type Duty implements Node { id: ID! harmonizedSystemCode: String countryCodeOfOrigin: CountryCode price: MoneyBag! taxLines: [TaxLine!]! }
type AdditionalFee implements Node { id: ID! name: String! price: MoneyBag! taxLines: [TaxLine!]! }

enum DiscountApplicationTargetType { LINE_ITEM SHIPPING_LINE }
enum DiscountApplicationTargetSelection { ALL ENTITLED EXPLICIT }
enum DiscountApplicationAllocationMethod { ACROSS EACH ONE @deprecated(reason: "Use ACROSS instead.") }
union PricingValue = MoneyV2 | PricingPercentageValue
type PricingPercentageValue { percentage: Float! }
interface DiscountApplication {
  index: Int! targetType: DiscountApplicationTargetType! targetSelection: DiscountApplicationTargetSelection!
  allocationMethod: DiscountApplicationAllocationMethod! value: PricingValue!
}
type DiscountCodeApplication implements DiscountApplication {
  index: Int! targetType: DiscountApplicationTargetType! targetSelection: DiscountApplicationTargetSelection!
  allocationMethod: DiscountApplicationAllocationMethod! value: PricingValue! code: String!
}
type AutomaticDiscountApplication implements DiscountApplication {
  index: Int! targetType: DiscountApplicationTargetType! targetSelection: DiscountApplicationTargetSelection!
  allocationMethod: DiscountApplicationAllocationMethod! value: PricingValue! title: String!
}
type ManualDiscountApplication implements DiscountApplication {
  index: Int! targetType: DiscountApplicationTargetType! targetSelection: DiscountApplicationTargetSelection!
  allocationMethod: DiscountApplicationAllocationMethod! value: PricingValue! title: String! description: String
}
type ScriptDiscountApplication implements DiscountApplication {
  index: Int! targetType: DiscountApplicationTargetType! targetSelection: DiscountApplicationTargetSelection!
  allocationMethod: DiscountApplicationAllocationMethod! value: PricingValue! title: String!
}
type DiscountAllocation { allocatedAmountSet: MoneyBag! discountApplication: DiscountApplication! }

type LineItem implements Node {
  id: ID! title: String! name: String! variantTitle: String sku: String vendor: String quantity: Int! currentQuantity: Int! unfulfilledQuantity: Int! fulfillableQuantity: Int! @deprecated(reason: "Use FulfillmentOrderLineItem.remainingQuantity instead.")
  nonFulfillableQuantity: Int! refundableQuantity: Int! requiresShipping: Boolean! taxable: Boolean! isGiftCard: Boolean! customAttributes: [Attribute!]!
  product: Product variant: ProductVariant lineItemGroup: LineItemGroup
  originalUnitPriceSet: MoneyBag! originalTotalSet: MoneyBag! discountedTotalSet(withCodeDiscounts: Boolean = false): MoneyBag! totalDiscountSet: MoneyBag!
  discountAllocations: [DiscountAllocation!]! taxLines(first: Int): [TaxLine!]! duties: [Duty!]!
}
type LineItemGroup implements Node { id: ID! title: String! quantity: Int! }
type LineItemEdge { cursor: String! node: LineItem! }
type LineItemConnection { edges: [LineItemEdge!]! nodes: [LineItem!]! pageInfo: PageInfo! }
type ShippingLine {
  id: ID code: String title: String! source: String carrierIdentifier: String isRemoved: Boolean! custom: Boolean! deliveryCategory: String
  originalPriceSet: MoneyBag! discountedPriceSet: MoneyBag! currentDiscountedPriceSet: MoneyBag! discountAllocations: [DiscountAllocation!]! taxLines: [TaxLine!]!
}
type ShippingLineEdge { cursor: String! node: ShippingLine! }
type ShippingLineConnection { edges: [ShippingLineEdge!]! nodes: [ShippingLine!]! pageInfo: PageInfo! }

enum OrderTransactionKind { AUTHORIZATION CAPTURE CHANGE EMV_AUTHORIZATION REFUND SALE SUGGESTED_REFUND VOID }
enum OrderTransactionStatus { AWAITING_RESPONSE ERROR FAILURE PENDING SUCCESS UNKNOWN }
union PaymentDetails = CardPaymentDetails
type CardPaymentDetails { company: String bin: String number: String name: String paymentMethodName: String }
type OrderTransaction implements Node {
  id: ID! kind: OrderTransactionKind! status: OrderTransactionStatus! gateway: String formattedGateway: String manualPaymentGateway: Boolean!
  authorizationCode: String @deprecated(reason: "Use \`paymentId\` instead.") paymentId: String test: Boolean! createdAt: DateTime! processedAt: DateTime parentTransaction: OrderTransaction
  amountSet: MoneyBag! amountRoundingSet: MoneyBag paymentDetails: PaymentDetails
}
type OrderTransactionEdge { cursor: String! node: OrderTransaction! }
type OrderTransactionConnection { edges: [OrderTransactionEdge!]! nodes: [OrderTransaction!]! pageInfo: PageInfo! }
`;
