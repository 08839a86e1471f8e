import { displayFulfillmentStatusOf } from '../fulfillment/display-status.ts';
import { currentQuantityOf, unfulfilledQuantityOf } from '../fulfillment/quantities.ts';
import type { RequestContext } from '../graphql/context.ts';
import { type MoneyBag, makeBag, sumBags, zeroBag } from '../money.ts';
import { findVariant, viewProduct } from '../products/view.ts';
import { returnStatusOf } from '../returns/returns.ts';
import type { SuggestInput } from '../returns/suggest.ts';
import type { KnownVersion } from '../schema/versions.ts';
import type {
  LineState,
  OrderState,
  RefundState,
  ShippingLineState,
  TaxLineState,
  TransactionState,
} from '../state.ts';
import { numericId, type Store } from '../store.ts';
import { computeTotals, financialStatusOf, type OrderTotals, originalTotalOf } from '../sums/totals.ts';
import { viewPurchaser, viewTerms } from './companies/view.ts';
import { viewAddress, viewCustomer } from './customer-view.ts';
import { listEvents } from './events.ts';
import { type OrderViews, viewFulfillment, viewFulfillmentOrder } from './fulfillment/view.ts';
import { type ReturnViews, viewReturn, viewSuggestedRefund } from './returns/view.ts';

/** Fields of the GraphQL Order that are not simply stored; thunks, so that only asked-for ones are computed. */
export function viewOrder(store: Store, order: OrderState): Record<string, unknown> {
  let computed: OrderTotals | null = null;
  const totals = (): OrderTotals => {
    computed ??= computeTotals(order);
    return computed;
  };
  const total = (field: keyof OrderTotals) => () => totals()[field];
  const orNull = (field: 'duties' | 'currentDuties' | 'fees' | 'currentFees', present: boolean) => () =>
    present ? total(field)() : null;
  const hasDuties = order.lines.some((line) => line.duties.length > 0);
  const hasFees = order.additionalFees.length > 0;
  const zero = zeroBag(order.currencies);
  return {
    ...order,
    legacyResourceId: numericId(order.id),
    confirmationNumber: null,
    closed: order.closedAt !== null,
    confirmed: true,
    capturable: () => total('capturable')().presentmentMoney.amount.gt(0),
    unpaid: () => financialStatusOf(order, totals()) !== 'PAID',
    fullyPaid: () => financialStatusOf(order, totals()) === 'PAID',
    currencyCode: order.currencies.shop,
    presentmentCurrencyCode: order.currencies.presentment,
    displayFinancialStatus: () => financialStatusOf(order, totals()),
    displayFulfillmentStatus: (_args: unknown, { version }: { version: KnownVersion }) =>
      displayFulfillmentStatusOf(order, version),
    returnStatus: returnStatusOf(order),
    app: { id: 'gid://shopify/App/580111', name: 'Online Store' },
    retailLocation: null,
    paymentGatewayNames: [
      ...new Set(order.transactions.map((transaction) => transaction.gateway).filter((gateway) => gateway !== null)),
    ],
    discountCode: order.discountCodes[0] ?? null,
    customer: () => viewCustomerOf(store, order),
    purchasingEntity: () => viewPurchaser(store, order, (customer) => viewCustomer(store, customer)),
    paymentTerms: () => order.paymentTerms && viewTerms(order.paymentTerms, order, totals().total),
    risk: { recommendation: 'NONE', assessments: [] },
    billingAddress: viewAddress(order.billingAddress),
    shippingAddress: viewAddress(order.shippingAddress),
    subtotalPriceSet: total('subtotal'),
    totalPriceSet: total('total'),
    originalTotalPriceSet: total('total'),
    totalTaxSet: total('tax'),
    totalDiscountsSet: total('discounts'),
    totalShippingPriceSet: total('shipping'),
    totalTipReceivedSet: total('tips'),
    totalReceivedSet: total('received'),
    totalRefundedSet: total('refunded'),
    totalOutstandingSet: total('outstanding'),
    totalCapturableSet: total('capturable'),
    netPaymentSet: () => {
      const received: MoneyBag = total('received')();
      const refunded: MoneyBag = total('refunded')();
      return makeBag(
        received.shopMoney.amount.minus(refunded.shopMoney.amount),
        received.presentmentMoney.amount.minus(refunded.presentmentMoney.amount),
        order.currencies,
      );
    },
    totalCashRoundingAdjustment: { paymentSet: order.cashRounding, refundSet: zero },
    originalTotalDutiesSet: orNull('duties', hasDuties),
    originalTotalAdditionalFeesSet: orNull('fees', hasFees),
    currentSubtotalPriceSet: total('currentSubtotal'),
    currentShippingPriceSet: total('currentShipping'),
    currentTotalPriceSet: total('currentTotal'),
    currentTotalTaxSet: total('currentTax'),
    currentTotalDiscountsSet: total('currentDiscounts'),
    currentTotalDutiesSet: orNull('currentDuties', hasDuties),
    currentTotalAdditionalFeesSet: orNull('currentFees', hasFees),
    taxLines: () => sumTaxes(order),
    currentTaxLines: () => sumTaxes(order),
    lineItems: () => order.lines.map((line) => viewLine(store, order, line)),
    shippingLines: (args: { includeRemovals?: boolean }) =>
      order.shippingLines
        .filter((line) => args.includeRemovals === true || !line.isRemoved)
        .map((line) => viewShippingLine(order, line)),
    metafield: (args: { namespace?: string; key: string }) =>
      order.metafields.find((one) => one.key === args.key && one.namespace === (args.namespace ?? 'custom')) ?? null,
    metafields: order.metafields.map((one) => ({ ...one, __typename: 'Metafield', compareDigest: one.updatedAt })),
    fulfillmentOrders: () =>
      order.fulfillmentOrders.map((one) => viewFulfillmentOrder(store, order, one, viewsOf(store, order))),
    fulfillments: () => order.fulfillments.map((one) => viewFulfillment(store, order, one, viewsOf(store, order))),
    returns: () => order.returns.map((one) => viewReturn(store, order, one, returnViewsOf(store, order))),
    suggestedRefund: (args: SuggestInput) => viewSuggestedRefund(order, args, returnViewsOf(store, order)),
    transactions: () => order.transactions.map((transaction) => viewTransaction(order, transaction)),
    transactionsCount: { count: order.transactions.length, precision: 'EXACT' },
    refunds: () => order.refunds.map((refund) => viewRefund(store, order, refund)),
    events: (args: { query?: string | null }, context: RequestContext) =>
      listEvents(context, order, args.query, () => viewOrder(store, order)),
  };
}

/** How fulfilments, returns and refunds show the order that they belong to. */
export function viewsOf(store: Store, order: OrderState): OrderViews {
  return { order: () => viewOrder(store, order), line: (line) => viewLine(store, order, line) };
}

export function returnViewsOf(store: Store, order: OrderState): ReturnViews {
  return {
    ...viewsOf(store, order),
    refund: (refund) => viewRefund(store, order, refund),
    transaction: (transaction) => viewTransaction(order, transaction),
  };
}

function viewCustomerOf(store: Store, order: OrderState) {
  const customer = order.customerId === null ? undefined : store.customers.get(order.customerId);
  return customer === undefined ? null : viewCustomer(store, customer);
}

export function viewLine(store: Store, order: OrderState, line: LineState): Record<string, unknown> {
  const discount = sumBags(
    line.discountAllocations.map((allocation) => allocation.allocatedAmountSet),
    order.currencies,
  );
  return {
    ...line,
    name: line.variantTitle === null ? line.title : `${line.title} - ${line.variantTitle}`,
    currentQuantity: currentQuantityOf(line),
    unfulfilledQuantity: unfulfilledQuantityOf(line),
    fulfillableQuantity: unfulfilledQuantityOf(line),
    nonFulfillableQuantity: line.isTip ? line.quantity : line.removed + line.refunded,
    refundableQuantity: currentQuantityOf(line),
    product: () => viewProduct(store, line.productId),
    variant: () => findVariant(store, line.variantId),
    lineItemGroup: null,
    originalTotalSet: originalTotalOf(line),
    totalDiscountSet: discount,
    discountedTotalSet: originalTotalOf(line),
    taxLines: line.taxLines.map(viewTax),
    duties: line.duties.map((duty) => ({ ...duty, __typename: 'Duty', taxLines: duty.taxLines.map(viewTax) })),
  };
}

function viewShippingLine(order: OrderState, line: ShippingLineState): Record<string, unknown> {
  const discount = sumBags(
    line.discountAllocations.map((allocation) => allocation.allocatedAmountSet),
    order.currencies,
  );
  const discounted = makeBag(
    line.originalPriceSet.shopMoney.amount.minus(discount.shopMoney.amount),
    line.originalPriceSet.presentmentMoney.amount.minus(discount.presentmentMoney.amount),
    order.currencies,
  );
  return {
    ...line,
    custom: line.code === 'custom',
    carrierIdentifier: null,
    deliveryCategory: null,
    discountedPriceSet: discounted,
    currentDiscountedPriceSet: line.isRemoved ? zeroBag(order.currencies) : discounted,
    taxLines: line.taxLines.map(viewTax),
  };
}

function viewTax(tax: TaxLineState) {
  const ratePercentage = tax.rate === null ? null : tax.rate * 100;
  return { ...tax, ratePercentage, source: null, channelLiable: tax.channelLiable ?? false };
}

function sumTaxes(order: OrderState) {
  const sums = new Map<string, TaxLineState>();
  const all = [
    ...order.lines.flatMap((line) => line.taxLines),
    ...order.shippingLines.flatMap((line) => line.taxLines),
    ...order.orderTaxLines,
  ];
  for (const tax of all) {
    const key = `${tax.title}/${tax.rate}/${tax.channelLiable ?? false}`;
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined ? tax : { ...sum, priceSet: sumBags([sum.priceSet, tax.priceSet], order.currencies) },
    );
  }
  return [...sums.values()].map(viewTax);
}

export function viewTransaction(order: OrderState, transaction: TransactionState): Record<string, unknown> {
  const parent = order.transactions.find((candidate) => candidate.id === transaction.parentId);
  return {
    ...transaction,
    formattedGateway: transaction.gateway,
    manualPaymentGateway: transaction.gateway === 'manual',
    paymentId: `${order.name}.${order.transactions.indexOf(transaction) + 1}`,
    parentTransaction: parent === undefined ? null : viewTransaction(order, parent),
    amountRoundingSet: null,
    paymentDetails: null,
  };
}

export function viewRefund(store: Store, order: OrderState, refund: RefundState): Record<string, unknown> {
  return {
    ...refund,
    legacyResourceId: numericId(refund.id),
    processedAt: refund.createdAt,
    updatedAt: refund.createdAt,
    order: () => viewOrder(store, order),
    return: () => {
      const one = order.returns.find((candidate) => candidate.id === refund.returnId);
      return one === undefined ? null : viewReturn(store, order, one, returnViewsOf(store, order));
    },
    duties: [],
    refundLineItems: refund.refundLineItems.map((item) => ({
      ...item,
      restocked: item.restockType !== 'NO_RESTOCK',
      priceSet: item.subtotalSet,
      lineItem: () => viewLine(store, order, order.lines.find((line) => line.id === item.lineId) as LineState),
      location: store.locations.find((location) => location.id === item.locationId) ?? null,
    })),
    refundShippingLines: refund.refundShippingLines.map((item) => ({
      ...item,
      shippingLine: () =>
        viewShippingLine(
          order,
          order.shippingLines.find((line) => line.id === item.shippingLineId) as ShippingLineState,
        ),
    })),
    transactions: () =>
      order.transactions
        .filter((transaction) => refund.transactionIds.includes(transaction.id))
        .map((one) => viewTransaction(order, one)),
  };
}
