import type { WireConnection } from '../../api/client.ts';
import type { WireAddress, WireAttribute, WireBag, WireDuty, WireMetafield, WireTax } from '../wire.ts';
import type {
  WireFulfillment,
  WireFulfillmentOrder,
  WirePaymentTerms,
  WireRefund,
  WireReturn,
  WireTransaction,
} from './wire-after-sale.ts';

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

/** A person as an order names it; `displayName` is not asked for, since it falls back to the e-mail address. */
export interface WirePerson {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

export interface WireCompanyAddress {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly recipient: string | null;
  readonly companyName: string;
  readonly address1: string;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly zoneCode: string | null;
  readonly zip: string | null;
  readonly countryCode: string;
  readonly phone: string | null;
}

/** Who buys: a company with its location and contact, or (by `__typename` alone) a customer. */
export interface WireCompanyPurchase {
  readonly __typename: string;
  readonly company?: { readonly id: string; readonly name: string; readonly externalId: string | null };
  readonly location?: {
    readonly id: string;
    readonly name: string;
    readonly externalId: string | null;
    readonly billingAddress: WireCompanyAddress | null;
    readonly shippingAddress: WireCompanyAddress | null;
  };
  readonly contact?: { readonly id: string; readonly customer: WirePerson } | null;
}
