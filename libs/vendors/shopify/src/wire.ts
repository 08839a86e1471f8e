import type {
  WireFulfillment,
  WireFulfillmentOrder,
  WirePaymentTerms,
  WireRefund,
  WireReturn,
  WireTransaction,
} from './wire-after-sale.ts';
import type { WireCompanyPurchase, WirePerson } from './wire-company.ts';

/** Shapes of the Admin API's answers to our documents (read/documents), GraphQL's own names. Amounts are text. */
export interface WireMoney {
  readonly amount: string;
  readonly currencyCode: string;
}

export interface WireBag {
  readonly shopMoney: WireMoney;
  readonly presentmentMoney: WireMoney;
}

export interface WireConnection<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly Node[];
}

export interface WireAddress {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly provinceCode: string | null;
  readonly zip: string | null;
  readonly countryCodeV2: string | null;
  readonly phone: string | null;
}

export interface WireTax {
  readonly title: string;
  readonly rate: number | null;
  readonly source: string | null;
  readonly channelLiable: boolean | null;
  readonly priceSet: WireBag;
}

export interface WireAllocation {
  readonly allocatedAmountSet: WireBag;
  readonly discountApplication: {
    readonly __typename: string;
    readonly index: number;
    readonly targetType: 'LINE_ITEM' | 'SHIPPING_LINE';
    readonly targetSelection: string;
    readonly allocationMethod: string;
    readonly value: {
      readonly __typename: string;
      readonly percentage?: number;
      readonly amount?: string;
      readonly currencyCode?: string;
    };
    readonly code?: string;
    readonly title?: string;
    readonly description?: string | null;
  };
}

export interface WireAttribute {
  readonly key: string;
  readonly value: string | null;
}

export interface WireMetafield {
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
  readonly type: string;
}

export interface WireDuty {
  readonly id: string;
  readonly harmonizedSystemCode: string | null;
  readonly countryCodeOfOrigin: string | null;
  readonly price: WireBag;
  readonly taxLines: readonly WireTax[];
}

export interface WireLine {
  readonly id: string;
  readonly title: string;
  readonly variantTitle: string | null;
  readonly sku: string | null;
  readonly vendor: string | null;
  readonly quantity: number;
  readonly currentQuantity: number;
  readonly unfulfilledQuantity: number;
  readonly nonFulfillableQuantity: number;
  readonly requiresShipping: boolean;
  readonly taxable: boolean;
  readonly isGiftCard: boolean;
  readonly customAttributes: readonly WireAttribute[];
  readonly product?: { readonly id: string } | null;
  readonly variant?: {
    readonly id: string;
    /** Up to 2026-07; later versions have `barcodes`. */
    readonly barcode?: string | null;
    readonly barcodes?: WireConnection<{ readonly value: string }>;
  } | null;
  readonly lineItemGroup: { readonly id: string; readonly title: string } | null;
  readonly originalUnitPriceSet: WireBag;
  readonly discountAllocations: readonly WireAllocation[];
  readonly taxLines: readonly WireTax[];
  readonly duties: readonly WireDuty[];
}

export interface WireShippingLine {
  readonly id: string | null;
  readonly code: string | null;
  readonly title: string;
  readonly source: string | null;
  readonly carrierIdentifier: string | null;
  readonly isRemoved: boolean;
  readonly custom: boolean;
  readonly deliveryCategory: string | null;
  readonly originalPriceSet: WireBag;
  readonly discountedPriceSet: WireBag;
  readonly discountAllocations: readonly WireAllocation[];
  readonly taxLines: readonly WireTax[];
}

/** An order as `ordersDocument` asks for it, every nested connection complete. Fields behind a switch are absent without their scope. */
export interface WireOrder {
  readonly __typename: 'Order';
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly processedAt: string;
  readonly cancelledAt: string | null;
  readonly cancelReason: string | null;
  readonly closedAt: string | null;
  readonly closed: boolean;
  readonly test: boolean;
  readonly confirmed: boolean;
  readonly edited: boolean;
  readonly email: string | null;
  readonly phone: string | null;
  readonly poNumber: string | null;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly customerLocale: string | null;
  readonly taxesIncluded: boolean;
  readonly taxExempt: boolean;
  readonly dutiesIncluded: boolean;
  readonly currencyCode: string;
  readonly presentmentCurrencyCode: string;
  readonly displayFinancialStatus: string | null;
  readonly displayFulfillmentStatus: string;
  readonly returnStatus: string;
  readonly sourceName: string | null;
  readonly sourceIdentifier: string | null;
  readonly confirmationNumber: string | null;
  readonly paymentGatewayNames: readonly string[];
  readonly app: { readonly id: string; readonly name: string } | null;
  readonly retailLocation?: { readonly id: string; readonly name: string } | null;
  readonly customAttributes: readonly WireAttribute[];
  readonly risk: {
    readonly recommendation: string;
    readonly assessments: readonly { readonly riskLevel: string }[];
  } | null;
  readonly customer?: (WirePerson & { readonly defaultPhoneNumber?: { readonly phoneNumber: string } | null }) | null;
  readonly purchasingEntity?: WireCompanyPurchase | null;
  readonly paymentTerms?: WirePaymentTerms | null;
  readonly billingAddress: WireAddress | null;
  readonly shippingAddress: WireAddress | null;
  readonly subtotalPriceSet: WireBag | null;
  readonly totalPriceSet: WireBag;
  readonly totalTaxSet: WireBag | null;
  readonly totalDiscountsSet: WireBag | null;
  readonly totalTipReceivedSet: WireBag;
  readonly totalReceivedSet: WireBag;
  readonly totalRefundedSet: WireBag;
  readonly totalOutstandingSet: WireBag;
  readonly totalCapturableSet: WireBag;
  readonly totalCashRoundingAdjustment: { readonly paymentSet: WireBag; readonly refundSet: WireBag };
  readonly originalTotalDutiesSet: WireBag | null;
  readonly originalTotalAdditionalFeesSet: WireBag | null;
  readonly currentSubtotalPriceSet: WireBag;
  readonly currentShippingPriceSet: WireBag;
  readonly currentTotalPriceSet: WireBag;
  readonly currentTotalTaxSet: WireBag;
  readonly currentTotalDutiesSet: WireBag | null;
  readonly currentTotalAdditionalFeesSet: WireBag | null;
  readonly additionalFees: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: WireBag;
    readonly taxLines: readonly WireTax[];
  }[];
  readonly taxLines: readonly WireTax[];
  readonly transactions: readonly WireTransaction[];
  readonly refunds: readonly WireRefund[];
  readonly fulfillments?: readonly WireFulfillment[] | null;
  readonly lineItems: WireConnection<WireLine>;
  readonly shippingLines: WireConnection<WireShippingLine>;
  readonly metafields: WireConnection<WireMetafield>;
  readonly fulfillmentOrders?: WireConnection<WireFulfillmentOrder> | null;
  readonly returns?: WireConnection<WireReturn> | null;
}

/** A customer as `customersDocument` asks for it. */
export interface WireCustomer {
  readonly __typename: 'Customer';
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly state: string;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly taxExempt: boolean;
  readonly taxExemptions: readonly string[];
  readonly locale: string | null;
  readonly defaultEmailAddress: {
    readonly emailAddress: string;
    readonly marketingState: string;
    readonly marketingUpdatedAt: string | null;
  } | null;
  readonly defaultPhoneNumber:
    | ({ readonly phoneNumber: string } & (
        | { readonly smsMarketingConsent: { readonly state: string; readonly updatedAt: string | null } }
        | { readonly marketingState: string; readonly marketingUpdatedAt: string | null }
      ))
    | null;
  readonly defaultAddress: { readonly id: string } | null;
  readonly companyContactProfiles?: readonly {
    readonly id: string;
    readonly title: string | null;
    readonly isMainContact: boolean;
    readonly company: { readonly id: string; readonly name: string; readonly externalId: string | null };
  }[];
  readonly addressesV2: WireConnection<WireAddress>;
  readonly metafields: WireConnection<WireMetafield>;
}
