import { findCompanyLocation } from '../companies/companies.ts';
import { assignPurchase } from '../companies/purchase.ts';
import { makeAddress } from '../customers/addresses.ts';
import { checkEmail, normalizeEmail } from '../customers/input-checks.ts';
import { sortTags } from '../customers/tags.ts';
import { routeOrder } from '../fulfillment/routing.ts';
import { pickUnits, shipLines } from '../fulfillment/ship.ts';
import { recordPlaced } from '../history/record.ts';
import { readMetafields } from '../metafields.ts';
import { type Currencies, isPositive, type MoneyBag, readBag, sumBags } from '../money.ts';
import type { LineState, OrderState, ProductState, TaxLineState, VariantState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { computeTotals } from '../sums/totals.ts';
import type { LineInput, OrderCreateInput, OrderExtras, TaxInput } from './create-input.ts';
import { findOrUpsertCustomer } from './customer.ts';
import { applyDiscountCode } from './discounts.ts';
import { addTransaction, asInput } from './payments.ts';

export interface CreateFailure {
  readonly field: string[];
  readonly message: string;
  readonly code: string;
}

export type CreateResult =
  | {
      readonly ok: true;
      readonly order: OrderState;
      readonly customer: { readonly id: string; readonly change: 'created' | 'updated' | 'none' } | null;
    }
  | { readonly ok: false; readonly errors: readonly CreateFailure[] };

/** Places an order as `orderCreate` does: numbers it, upserts the customer, spreads the discount, books the payments. */
export function createOrder(
  store: Store,
  input: OrderCreateInput,
  extras: OrderExtras,
  now: () => number,
): CreateResult {
  const failure = findMistake(store, input);
  if (failure !== null) return { ok: false, errors: [failure] };
  const at = isoSeconds(now());
  const shopCurrency =
    input.currency ??
    input.lineItems?.find((line) => line.priceSet)?.priceSet?.shopMoney.currencyCode ??
    store.currency;
  const currencies: Currencies = {
    shop: shopCurrency,
    presentment: input.presentmentCurrency ?? presentmentOf(input) ?? shopCurrency,
  };
  const customer = findOrUpsertCustomer(store, input, at);
  const number = store.nextOrderNumber;
  store.nextOrderNumber += 1;
  const order: OrderState = {
    __typename: 'Order',
    id: store.nextGid('Order'),
    number,
    name: input.name ?? `#${number}`,
    createdAt: at,
    updatedAt: at,
    processedAt: input.processedAt ?? at,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    edited: false,
    test: input.test ?? false,
    email: normalizeEmail(input.email) ?? customer?.state.email ?? null,
    phone: input.phone ?? null,
    note: input.note ?? null,
    tags: sortTags(input.tags ?? []),
    poNumber: input.poNumber ?? null,
    customAttributes: [...(input.customAttributes ?? [])],
    customerLocale: extras.customerLocale ?? 'en',
    currencies,
    taxesIncluded: input.taxesIncluded ?? false,
    taxExempt: extras.taxExempt ?? false,
    dutiesIncluded: extras.dutiesIncluded ?? false,
    sourceName: input.sourceName ?? 'web',
    sourceIdentifier: input.sourceIdentifier ?? null,
    statedFinancialStatus: input.financialStatus ?? null,
    customerId: customer?.state.id ?? null,
    company: null,
    paymentTerms: null,
    billingAddress: makeAddress(store, input.billingAddress ?? input.shippingAddress),
    shippingAddress: makeAddress(store, input.shippingAddress),
    lines: (input.lineItems ?? []).map((line) => makeLine(store, line, currencies)),
    shippingLines: (input.shippingLines ?? []).map((line) => ({
      id: store.nextGid('ShippingLine'),
      title: line.title,
      code: line.code ?? null,
      source: line.source ?? null,
      originalPriceSet: readBag(line.priceSet, currencies),
      discountAllocations: [],
      taxLines: makeTaxLines(line.taxLines, currencies),
      isRemoved: false,
    })),
    orderTaxLines: makeTaxLines(input.taxLines, currencies),
    additionalFees: (extras.fees ?? []).map((fee) => ({
      id: store.nextGid('AdditionalFee'),
      name: fee.name,
      price: readBag(fee.price, currencies),
      taxLines: [],
    })),
    cashRounding: readBag(extras.cashRounding, currencies),
    discountCodes: applied(input),
    transactions: [],
    refunds: [],
    metafields: readMetafields(store, input.metafields ?? [], at),
    surcharge: readBag(extras.surcharge, currencies),
    fulfillmentOrders: [],
    fulfillments: [],
    returns: [],
    events: [],
  };
  recordPlaced(store, order);
  if (input.discountCode) applyDiscountCode(order, input.discountCode);
  addExtras(store, order, extras);
  for (const transaction of input.transactions ?? []) addTransaction(store, order, transaction, at);
  if (input.financialStatus === 'PAID' && order.transactions.length === 0) payInFull(store, order, at);
  const { company, paymentTerms } = extras;
  assignPurchase(store, order, { company, paymentTerms, companyLocationId: input.companyLocationId }, at);
  routeOrder(store, order, extras.fulfillmentOrders ?? [], now);
  if (input.fulfillmentStatus === 'FULFILLED')
    for (const picks of pickUnits(order, null, null)) shipLines(store, order, picks, [], now);
  store.orders.set(order.id, order);
  if (customer !== null) customer.state.orderCount += 1;
  return { ok: true, order, customer: customer === null ? null : { id: customer.state.id, change: customer.change } };
}

function findMistake(store: Store, input: OrderCreateInput): CreateFailure | null {
  const lines = input.lineItems ?? [];
  if (lines.length === 0)
    return { field: ['order', 'lineItems'], message: 'Line items must have at least one line item', code: 'INVALID' };
  for (const [index, line] of lines.entries()) {
    const field = ['order', 'lineItems', String(index)];
    if (line.quantity < 1)
      return { field: [...field, 'quantity'], message: 'Quantity must be greater than 0', code: 'INVALID' };
    if (line.variantId && findVariant(store, line.variantId) === null)
      return { field: [...field, 'variantId'], message: 'Variant does not exist', code: 'INVALID' };
    if (!line.variantId && (!line.title || !line.priceSet))
      return { field, message: 'Title and price are required for a custom line item', code: 'INVALID' };
  }
  if (input.taxLines && lines.some((line) => (line.taxLines?.length ?? 0) > 0))
    return {
      field: ['order', 'taxLines'],
      message: 'Tax lines can be specified on the order or on its lines, not on both',
      code: 'INVALID',
    };
  if (input.companyLocationId && findCompanyLocation(store, input.companyLocationId) === null)
    return { field: ['order', 'companyLocationId'], message: 'Company location does not exist', code: 'INVALID' };
  if (input.customer && input.customerId)
    return { field: ['order'], message: 'Customer fields are redundant', code: 'REDUNDANT_CUSTOMER_FIELDS' };
  const [email] = checkEmail(normalizeEmail(input.email), ['order', 'email']);
  if (email !== undefined) return { ...email, code: 'INVALID' };
  return null;
}

function presentmentOf(input: OrderCreateInput): string | null {
  return (
    input.lineItems?.find((line) => line.priceSet?.presentmentMoney)?.priceSet?.presentmentMoney?.currencyCode ?? null
  );
}

export function findVariant(store: Store, id: string): { product: ProductState; variant: VariantState } | null {
  for (const product of store.products) {
    const variant = product.variants.find((candidate) => candidate.id === id);
    if (variant !== undefined) return { product, variant };
  }
  return null;
}

export function makeLine(store: Store, line: LineInput, currencies: Currencies): LineState {
  const found = line.variantId ? findVariant(store, line.variantId) : null;
  const price =
    line.priceSet ??
    (found === null ? null : { shopMoney: { amount: found.variant.price, currencyCode: store.currency } });
  return {
    __typename: 'LineItem',
    id: store.nextGid('LineItem'),
    title: line.title ?? found?.product.title ?? '',
    variantTitle:
      line.variantTitle ?? (found?.variant.title === 'Default Title' ? null : (found?.variant.title ?? null)),
    sku: line.sku ?? found?.variant.sku ?? null,
    vendor: line.vendor ?? found?.product.vendor ?? null,
    variantId: found?.variant.id ?? null,
    productId: found?.product.id ?? line.productId ?? null,
    quantity: line.quantity,
    removed: 0,
    refunded: 0,
    refundedUnfulfilled: 0,
    fulfilled: 0,
    requiresShipping: line.requiresShipping ?? found !== null,
    taxable: line.taxable ?? true,
    isGiftCard: line.giftCard ?? false,
    isTip: false,
    customAttributes: (line.properties ?? []).map((property) => ({ key: property.name, value: property.value })),
    originalUnitPriceSet: readBag(price, currencies),
    discountAllocations: [],
    taxLines: makeTaxLines(line.taxLines, currencies),
    duties: [],
  };
}

function makeTaxLines(taxLines: readonly TaxInput[] | null | undefined, currencies: Currencies): TaxLineState[] {
  return (taxLines ?? []).map((tax) => ({
    title: tax.title,
    rate: Number(tax.rate),
    priceSet: readBag(tax.priceSet, currencies),
    channelLiable: tax.channelLiable === true,
  }));
}

function addExtras(store: Store, order: OrderState, extras: OrderExtras): void {
  if (extras.tip) {
    const tip = makeLine(
      store,
      { title: 'Tip', quantity: 1, priceSet: extras.tip, taxable: false, requiresShipping: false },
      order.currencies,
    );
    order.lines.push({ ...tip, isTip: true });
  }
  for (const duty of extras.duties ?? []) {
    order.lines[duty.line]?.duties.push({
      id: store.nextGid('Duty'),
      harmonizedSystemCode: duty.harmonizedSystemCode ?? null,
      countryCodeOfOrigin: duty.countryCodeOfOrigin ?? null,
      price: readBag(duty.amount, order.currencies),
      taxLines: [],
    });
  }
}

function applied(input: OrderCreateInput): string[] {
  const code = input.discountCode;
  return [
    code?.itemFixedDiscountCode?.code,
    code?.itemPercentageDiscountCode?.code,
    code?.freeShippingDiscountCode?.code,
  ].filter((one) => one !== undefined);
}

/** A stated PAID without a payment gets one over the whole amount. */
function payInFull(store: Store, order: OrderState, at: string): void {
  const due: MoneyBag = sumBags([computeTotals(order).total, order.cashRounding], order.currencies);
  if (!isPositive(due)) return;
  addTransaction(
    store,
    order,
    { amountSet: asInput(due), gateway: 'manual', kind: 'SALE', status: 'SUCCESS', test: order.test },
    at,
  );
}
