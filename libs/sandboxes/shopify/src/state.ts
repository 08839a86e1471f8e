import type { PaymentTermsState } from './companies/state.ts';
import type { FulfillmentOrderState, FulfillmentState } from './fulfillment/state.ts';
import type { Currencies, MoneyBag } from './money.ts';
import type { ReturnState } from './returns/state.ts';

/** GraphQL-shaped records: a resolver takes a field of the same name, arrays stand for connections. */
export interface TaxLineState {
  readonly title: string;
  readonly rate: number | null;
  readonly priceSet: MoneyBag;
  /** The sales channel remits it; left out: the merchant owes it. */
  readonly channelLiable?: boolean;
}

export interface DiscountApplicationState {
  readonly __typename: 'DiscountCodeApplication' | 'AutomaticDiscountApplication' | 'ManualDiscountApplication';
  readonly index: number;
  readonly targetType: 'LINE_ITEM' | 'SHIPPING_LINE';
  readonly targetSelection: 'ALL' | 'ENTITLED' | 'EXPLICIT';
  readonly allocationMethod: 'ACROSS' | 'EACH';
  readonly value:
    | { readonly __typename: 'PricingPercentageValue'; readonly percentage: number }
    | ({ readonly __typename: 'MoneyV2' } & MoneyBag['shopMoney']);
  readonly code?: string;
  readonly title?: string;
}

export interface AllocationState {
  readonly allocatedAmountSet: MoneyBag;
  readonly discountApplication: DiscountApplicationState;
}

export interface DutyState {
  readonly id: string;
  readonly harmonizedSystemCode: string | null;
  readonly countryCodeOfOrigin: string | null;
  readonly price: MoneyBag;
  readonly taxLines: TaxLineState[];
}

export interface LineState {
  readonly __typename: 'LineItem';
  readonly id: string;
  readonly title: string;
  readonly variantTitle: string | null;
  readonly sku: string | null;
  readonly vendor: string | null;
  readonly variantId: string | null;
  readonly productId: string | null;
  quantity: number;
  /** Taken off by edits. */
  removed: number;
  refunded: number;
  /** Of the refunded ones those that were not handed over. */
  refundedUnfulfilled: number;
  fulfilled: number;
  readonly requiresShipping: boolean;
  readonly taxable: boolean;
  readonly isGiftCard: boolean;
  readonly isTip: boolean;
  readonly customAttributes: readonly { key: string; value: string }[];
  readonly originalUnitPriceSet: MoneyBag;
  discountAllocations: AllocationState[];
  taxLines: TaxLineState[];
  duties: DutyState[];
}

export interface ShippingLineState {
  readonly id: string;
  readonly title: string;
  readonly code: string | null;
  readonly source: string | null;
  readonly originalPriceSet: MoneyBag;
  discountAllocations: AllocationState[];
  taxLines: TaxLineState[];
  isRemoved: boolean;
}

export interface TransactionState {
  readonly __typename: 'OrderTransaction';
  readonly id: string;
  readonly kind: string;
  status: string;
  readonly gateway: string | null;
  readonly authorizationCode: string | null;
  readonly test: boolean;
  readonly createdAt: string;
  readonly processedAt: string | null;
  readonly parentId: string | null;
  readonly amountSet: MoneyBag;
}

export interface RefundState {
  readonly __typename: 'Refund';
  readonly id: string;
  readonly note: string | null;
  readonly createdAt: string;
  readonly returnId: string | null;
  readonly refundLineItems: readonly {
    readonly id: string;
    readonly lineId: string;
    readonly quantity: number;
    readonly restockType: string;
    readonly subtotalSet: MoneyBag;
    readonly totalTaxSet: MoneyBag;
    readonly locationId: string | null;
  }[];
  readonly refundShippingLines: readonly {
    readonly id: string;
    readonly shippingLineId: string;
    readonly subtotalAmountSet: MoneyBag;
    readonly taxAmountSet: MoneyBag;
  }[];
  readonly orderAdjustments: readonly {
    readonly id: string;
    readonly reason: string | null;
    readonly amountSet: MoneyBag;
    readonly taxAmountSet: MoneyBag;
  }[];
  readonly transactionIds: readonly string[];
  readonly totalRefundedSet: MoneyBag;
}

export interface AddressState {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly provinceCode: string | null;
  readonly zip: string | null;
  readonly country: string | null;
  readonly countryCodeV2: string | null;
  readonly phone: string | null;
}

export interface MetafieldState {
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  value: string;
  readonly type: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface OrderState {
  readonly __typename: 'Order';
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly processedAt: string;
  cancelledAt: string | null;
  cancelReason: string | null;
  closedAt: string | null;
  edited: boolean;
  readonly test: boolean;
  email: string | null;
  phone: string | null;
  note: string | null;
  tags: string[];
  poNumber: string | null;
  customAttributes: { key: string; value: string }[];
  readonly customerLocale: string | null;
  readonly currencies: Currencies;
  readonly taxesIncluded: boolean;
  readonly taxExempt: boolean;
  readonly dutiesIncluded: boolean;
  readonly sourceName: string;
  readonly sourceIdentifier: string | null;
  /** Given as `financialStatus` when no payment determines it. */
  readonly statedFinancialStatus: string | null;
  customerId: string | null;
  /** Ids of the company, its location and the contact that ordered. */
  company: { readonly companyId: string; readonly locationId: string; readonly contactId: string | null } | null;
  paymentTerms: PaymentTermsState | null;
  billingAddress: AddressState | null;
  shippingAddress: AddressState | null;
  readonly lines: LineState[];
  readonly shippingLines: ShippingLineState[];
  orderTaxLines: readonly TaxLineState[];
  readonly additionalFees: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: MoneyBag;
    readonly taxLines: TaxLineState[];
  }[];
  readonly cashRounding: MoneyBag;
  readonly discountCodes: readonly string[];
  readonly transactions: TransactionState[];
  readonly refunds: RefundState[];
  readonly metafields: MetafieldState[];
  /** What an extension added to the totals without a line: makes the order not add up. */
  surcharge: MoneyBag;
  readonly fulfillmentOrders: FulfillmentOrderState[];
  readonly fulfillments: FulfillmentState[];
  readonly returns: ReturnState[];
  /** What happened to it, the oldest first. */
  readonly events: EventState[];
}

export interface EventState {
  readonly id: string;
  readonly action: string;
  readonly message: string;
  readonly createdAt: string;
}

export interface ConsentState {
  readonly optInLevel: string;
  readonly updatedAt: string;
  readonly collectedFrom: 'OTHER' | 'SHOPIFY';
  readonly locationId: string | null;
}

export interface CustomerState {
  readonly __typename: 'Customer';
  readonly id: string;
  firstName: string | null;
  lastName: string | null;
  readonly createdAt: string;
  updatedAt: string;
  state: string;
  email: string | null;
  phone: string | null;
  note: string | null;
  tags: string[];
  taxExempt: boolean;
  taxExemptions: string[];
  locale: string;
  emailMarketing: string;
  smsMarketing: string;
  /** The known state of the consent; null: never stated. */
  emailConsent: ConsentState | null;
  smsConsent: ConsentState | null;
  /** The first one is the default address. */
  addresses: AddressState[];
  /** Orders ever placed. */
  orderCount: number;
  readonly metafields: MetafieldState[];
}

/** Without a type it is kept as it was entered. */
export interface BarcodeState {
  readonly type: 'ASIN' | 'EAN' | 'GTIN' | 'ISBN' | 'UPC' | null;
  readonly value: string;
}

export interface VariantState {
  readonly __typename: 'ProductVariant';
  readonly id: string;
  readonly productId: string;
  readonly title: string;
  readonly sku: string;
  /** The first of its barcodes. */
  readonly barcode: string | null;
  readonly barcodes: readonly BarcodeState[];
  readonly price: string;
  readonly taxable: boolean;
}

export interface ProductState {
  readonly __typename: 'Product';
  readonly id: string;
  readonly title: string;
  readonly vendor: string;
  readonly variants: readonly VariantState[];
}

export interface LocationState {
  readonly __typename: 'Location';
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly fulfillsOnlineOrders: boolean;
  readonly address: {
    readonly address1: string | null;
    readonly city: string | null;
    readonly provinceCode: string | null;
    readonly countryCode: string;
    readonly zip: string | null;
  };
}
