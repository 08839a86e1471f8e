import type { SchemaFeatures } from '../../api/access.ts';
import type { ChangeQuery } from '../../read/changes.ts';
import { ADDRESS_FRAGMENT, METAFIELD_FRAGMENT, writeNested } from '../../read/nested-pages.ts';
import type { RecordQuery } from '../../read/record-reader.ts';

const MONEY_FRAGMENT =
  'fragment MoneyFields on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }';

const COMPANY_ADDRESS_FRAGMENT =
  'fragment CompanyAddressFields on CompanyAddress { id firstName lastName recipient companyName address1 address2 city province zoneCode zip countryCode phone }';

/** Fragments every selection of an order needs; documents append them once. */
function orderFragments(features: SchemaFeatures): string {
  return `
${MONEY_FRAGMENT}
${ADDRESS_FRAGMENT}
${COMPANY_ADDRESS_FRAGMENT}
fragment TaxFields on TaxLine { title rate source channelLiable priceSet { ...MoneyFields } }
fragment AllocationFields on DiscountAllocation {
  allocatedAmountSet { ...MoneyFields }
  discountApplication {
    __typename index targetType targetSelection allocationMethod
    value { __typename ... on PricingPercentageValue { percentage } ... on MoneyV2 { amount currencyCode } }
    ... on DiscountCodeApplication { code }
    ... on AutomaticDiscountApplication { title }
    ... on ManualDiscountApplication { title description }
    ... on ScriptDiscountApplication { title }
  }
}
fragment LineFields on LineItem {
  id title variantTitle sku vendor quantity currentQuantity unfulfilledQuantity nonFulfillableQuantity requiresShipping taxable isGiftCard
  customAttributes { key value }
  product @include(if: $withProducts) { id }
  variant @include(if: $withProducts) { ${features.variantBarcodes ? VARIANT_WITH_BARCODES : 'id barcode'} }
  lineItemGroup { id title }
  originalUnitPriceSet { ...MoneyFields }
  discountAllocations { ...AllocationFields }
  taxLines { ...TaxFields }
  duties { id harmonizedSystemCode countryCodeOfOrigin price { ...MoneyFields } taxLines { ...TaxFields } }
}
fragment ShippingFields on ShippingLine {
  id code title source carrierIdentifier isRemoved custom deliveryCategory
  originalPriceSet { ...MoneyFields }
  discountedPriceSet { ...MoneyFields }
  discountAllocations { ...AllocationFields }
  taxLines { ...TaxFields }
}
${METAFIELD_FRAGMENT}
fragment TransactionFields on OrderTransaction {
  id kind status gateway formattedGateway manualPaymentGateway paymentId test processedAt createdAt
  parentTransaction { id }
  amountSet { ...MoneyFields }
  amountRoundingSet { ...MoneyFields }
  paymentDetails { __typename }
}
fragment FulfillmentOrderLineFields on FulfillmentOrderLineItem { id totalQuantity remainingQuantity lineItem { id } }
fragment FulfillmentOrderFields on FulfillmentOrder {
  __typename id status fulfillAt
  deliveryMethod { methodType }
  assignedLocation { name location { id } }
  fulfillmentHolds { reason reasonNotes displayReason }
  lineItems(first: 50) { pageInfo { hasNextPage endCursor } nodes { ...FulfillmentOrderLineFields } }
}
fragment FulfillmentLineFields on FulfillmentLineItem { id quantity lineItem { id } }
fragment FulfillmentFields on Fulfillment {
  __typename id status createdAt
  fulfillmentLineItems(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...FulfillmentLineFields } }
}
fragment PaymentScheduleFields on PaymentSchedule { id issuedAt dueAt completedAt balanceDue { amount currencyCode } }
fragment RefundLineFields on RefundLineItem {
  quantity restocked restockType
  lineItem { id }
  location @include(if: $withLocations) { id name }
  subtotalSet { ...MoneyFields }
  totalTaxSet { ...MoneyFields }
}
fragment RefundShippingFields on RefundShippingLine { id subtotalAmountSet { ...MoneyFields } taxAmountSet { ...MoneyFields } }
fragment AdjustmentFields on OrderAdjustment { id reason amountSet { ...MoneyFields } taxAmountSet { ...MoneyFields } }
fragment RefundFields on Refund {
  __typename id note createdAt processedAt
  totalRefundedSet { ...MoneyFields }
  return @include(if: $withReturns) { id }
  duties { amountSet { ...MoneyFields } originalDuty { id harmonizedSystemCode countryCodeOfOrigin } }
  refundLineItems(first: 5) { pageInfo { hasNextPage endCursor } nodes { ...RefundLineFields } }
  refundShippingLines(first: 2) { pageInfo { hasNextPage endCursor } nodes { ...RefundShippingFields } }
  orderAdjustments(first: 2) { pageInfo { hasNextPage endCursor } nodes { ...AdjustmentFields } }
  transactions(first: 3) { pageInfo { hasNextPage endCursor } nodes { id } }
}
fragment ReturnLineFields on ReturnLineItemType {
  __typename id quantity processedQuantity returnReasonNote
  returnReasonDefinition { name }
  ... on ReturnLineItem { fulfillmentLineItem { lineItem { id } } }
}
fragment ExchangeLineFields on ExchangeLineItem { ${['id', 'quantity', ...features.exchangeFields].join(' ')} lineItems { id } }
fragment ReturnFields on Return {
  __typename id name status createdAt
  returnShippingFees { id amountSet { ...MoneyFields } }
  returnLineItems(first: 3) { pageInfo { hasNextPage endCursor } nodes { ...ReturnLineFields } }
  exchangeLineItems(first: 2) { pageInfo { hasNextPage endCursor } nodes { ...ExchangeLineFields } }
}`;
}

/** Most variants have one code; the connection is paged on where there are more (at most 20). */
const VARIANT_WITH_BARCODES = '__typename id barcodes(first: 2) { pageInfo { hasNextPage endCursor } nodes { value } }';

/** The variables that switch parts off which the token's scopes do not open; the same for every order document. */
const ORDER_SWITCHES =
  '$withProducts: Boolean!, $withCustomers: Boolean!, $withCompanies: Boolean!, $withFulfilments: Boolean!, $withFulfilmentOrders: Boolean!, $withReturns: Boolean!, $withTerms: Boolean!, $withLocations: Boolean!';

/** First pages are small: most orders fit, and every connection is paged on where one does not. */
const ORDER_FIELDS = `
  __typename id name createdAt updatedAt processedAt cancelledAt cancelReason closedAt closed test confirmed edited
  email phone poNumber note tags customerLocale taxesIncluded taxExempt dutiesIncluded
  currencyCode presentmentCurrencyCode displayFinancialStatus displayFulfillmentStatus returnStatus
  sourceName sourceIdentifier confirmationNumber paymentGatewayNames
  app { id name }
  retailLocation @include(if: $withLocations) { id name }
  customAttributes { key value }
  risk { recommendation assessments { riskLevel } }
  customer @include(if: $withCustomers) { id firstName lastName defaultPhoneNumber { phoneNumber } }
  purchasingEntity @include(if: $withCompanies) {
    __typename
    ... on PurchasingCompany {
      company { id name externalId }
      location {
        id name externalId
        billingAddress { ...CompanyAddressFields }
        shippingAddress { ...CompanyAddressFields }
      }
      contact { id customer { id firstName lastName } }
    }
  }
  paymentTerms @include(if: $withTerms) {
    __typename id paymentTermsName paymentTermsType dueInDays
    paymentSchedules(first: 2) { pageInfo { hasNextPage endCursor } nodes { ...PaymentScheduleFields } }
  }
  billingAddress { ...AddressFields }
  shippingAddress { ...AddressFields }
  subtotalPriceSet { ...MoneyFields }
  totalPriceSet { ...MoneyFields }
  totalTaxSet { ...MoneyFields }
  totalDiscountsSet { ...MoneyFields }
  totalTipReceivedSet { ...MoneyFields }
  totalReceivedSet { ...MoneyFields }
  totalRefundedSet { ...MoneyFields }
  totalOutstandingSet { ...MoneyFields }
  totalCapturableSet { ...MoneyFields }
  totalCashRoundingAdjustment { paymentSet { ...MoneyFields } refundSet { ...MoneyFields } }
  originalTotalDutiesSet { ...MoneyFields }
  originalTotalAdditionalFeesSet { ...MoneyFields }
  currentSubtotalPriceSet { ...MoneyFields }
  currentShippingPriceSet { ...MoneyFields }
  currentTotalPriceSet { ...MoneyFields }
  currentTotalTaxSet { ...MoneyFields }
  currentTotalDutiesSet { ...MoneyFields }
  currentTotalAdditionalFeesSet { ...MoneyFields }
  additionalFees { id name price { ...MoneyFields } taxLines { ...TaxFields } }
  taxLines { ...TaxFields }
  transactions { ...TransactionFields }
  refunds { ...RefundFields }
  fulfillments @include(if: $withFulfilments) { ...FulfillmentFields }
  lineItems(first: 50) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } }
  shippingLines(first: 3, includeRemovals: true) { pageInfo { hasNextPage endCursor } nodes { ...ShippingFields } }
  metafields(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...MetafieldFields } }
  fulfillmentOrders(first: 3) @include(if: $withFulfilmentOrders) { pageInfo { hasNextPage endCursor } nodes { ...FulfillmentOrderFields } }
  returns(first: 1) @include(if: $withReturns) { pageInfo { hasNextPage endCursor } nodes { ...ReturnFields } }`;

/** The following pages of every connection that a fetched order may hold. */
const NESTED = {
  'Order.lineItems': 'lineItems(first: $first, after: $after) { ...Page nodes { ...LineFields } }',
  'Order.shippingLines':
    'shippingLines(first: $first, after: $after, includeRemovals: true) { ...Page nodes { ...ShippingFields } }',
  'Order.metafields': 'metafields(first: $first, after: $after) { ...Page nodes { ...MetafieldFields } }',
  'Order.fulfillmentOrders':
    'fulfillmentOrders(first: $first, after: $after) { ...Page nodes { ...FulfillmentOrderFields } }',
  'Order.returns': 'returns(first: $first, after: $after) { ...Page nodes { ...ReturnFields } }',
  'ProductVariant.barcodes': 'barcodes(first: $first, after: $after) { ...Page nodes { value } }',
  'PaymentTerms.paymentSchedules':
    'paymentSchedules(first: $first, after: $after) { ...Page nodes { ...PaymentScheduleFields } }',
  'Fulfillment.fulfillmentLineItems':
    'fulfillmentLineItems(first: $first, after: $after) { ...Page nodes { ...FulfillmentLineFields } }',
  'FulfillmentOrder.lineItems':
    'lineItems(first: $first, after: $after) { ...Page nodes { ...FulfillmentOrderLineFields } }',
  'Refund.refundLineItems': 'refundLineItems(first: $first, after: $after) { ...Page nodes { ...RefundLineFields } }',
  'Refund.refundShippingLines':
    'refundShippingLines(first: $first, after: $after) { ...Page nodes { ...RefundShippingFields } }',
  'Refund.orderAdjustments': 'orderAdjustments(first: $first, after: $after) { ...Page nodes { ...AdjustmentFields } }',
  'Refund.transactions': 'transactions(first: $first, after: $after) { ...Page nodes { id } }',
  'Return.returnLineItems': 'returnLineItems(first: $first, after: $after) { ...Page nodes { ...ReturnLineFields } }',
  'Return.exchangeLineItems':
    'exchangeLineItems(first: $first, after: $after) { ...Page nodes { ...ExchangeLineFields } }',
};

/** What is asked for each order, in the words of the schema that answers. */
export function orderQuery(features: SchemaFeatures): RecordQuery {
  const fragments = orderFragments(features);
  const { 'ProductVariant.barcodes': _barcodes, ...others } = NESTED;
  return {
    name: 'Orders',
    document: `query Orders($ids: [ID!]!, ${ORDER_SWITCHES}) {
  nodes(ids: $ids) { ... on Order { ${ORDER_FIELDS} } }
}
${fragments}`,
    connections: writeNested(features.variantBarcodes ? NESTED : others, fragments, ORDER_SWITCHES),
    stamp: { name: 'OrderStamp', document: `query OrderStamp($id: ID!) { order(id: $id) { id updatedAt } }` },
  };
}

/** Which orders changed. */
export const CHANGED_ORDERS: ChangeQuery = {
  name: 'ChangedOrders',
  filter: 'status:any',
  document: `query ChangedOrders($first: Int!, $after: String, $search: String) {
  page: orders(first: $first, after: $after, query: $search, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes { id updatedAt } }
}`,
};
