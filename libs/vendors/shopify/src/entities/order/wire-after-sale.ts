import type { WireConnection } from '../../api/client.ts';
import type { WireBag, WireDuty, WireMoney } from '../wire.ts';

/** What follows an order: payments, refunds, returns, fulfilment. */
export interface WireTransaction {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly gateway: string | null;
  readonly formattedGateway: string | null;
  readonly manualPaymentGateway: boolean;
  readonly paymentId: string | null;
  readonly test: boolean;
  readonly processedAt: string | null;
  readonly createdAt: string;
  readonly parentTransaction: { readonly id: string } | null;
  readonly amountSet: WireBag;
  readonly amountRoundingSet: WireBag | null;
  readonly paymentDetails: { readonly __typename: string } | null;
}

export interface WireRefund {
  readonly id: string;
  readonly note: string | null;
  readonly createdAt: string | null;
  readonly processedAt: string;
  readonly totalRefundedSet: WireBag;
  readonly return?: { readonly id: string } | null;
  readonly duties:
    | readonly {
        readonly amountSet: WireBag;
        readonly originalDuty: Pick<WireDuty, 'id' | 'harmonizedSystemCode' | 'countryCodeOfOrigin'> | null;
      }[]
    | null;
  readonly refundLineItems: WireConnection<{
    readonly quantity: number;
    readonly restocked: boolean;
    readonly restockType: string;
    readonly lineItem: { readonly id: string };
    readonly location?: { readonly id: string; readonly name: string } | null;
    readonly subtotalSet: WireBag;
    readonly totalTaxSet: WireBag;
  }>;
  readonly refundShippingLines: WireConnection<{
    readonly id: string;
    readonly subtotalAmountSet: WireBag;
    readonly taxAmountSet: WireBag;
  }>;
  readonly orderAdjustments: WireConnection<{
    readonly id: string;
    readonly reason: string | null;
    readonly amountSet: WireBag;
    readonly taxAmountSet: WireBag;
  }>;
  readonly transactions: WireConnection<{ readonly id: string }>;
}

export interface WireReturn {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly createdAt: string;
  readonly returnShippingFees: readonly { readonly id: string; readonly amountSet: WireBag }[];
  readonly returnLineItems: WireConnection<{
    readonly id: string;
    readonly quantity: number;
    readonly processedQuantity: number;
    readonly returnReasonNote: string;
    readonly returnReasonDefinition: { readonly name: string } | null;
    readonly fulfillmentLineItem?: { readonly lineItem: { readonly id: string } };
  }>;
  readonly exchangeLineItems: WireConnection<{
    readonly id: string;
    readonly quantity: number;
    /** Null before the exchange is processed. */
    readonly lineItems: readonly { readonly id: string }[] | null;
    /** Asked for where the schema has them. */
    readonly productId?: string | null;
    readonly variantId?: string | null;
    readonly variantSku?: string | null;
    readonly title?: string | null;
    readonly variantTitle?: string | null;
  }>;
}

export interface WireFulfillmentOrder {
  readonly id: string;
  readonly status: string;
  readonly fulfillAt: string | null;
  readonly deliveryMethod: { readonly methodType: string } | null;
  readonly assignedLocation: { readonly name: string; readonly location: { readonly id: string } | null };
  readonly fulfillmentHolds: readonly {
    readonly reason: string;
    readonly reasonNotes: string | null;
    readonly displayReason: string;
  }[];
  readonly lineItems: WireConnection<{
    readonly id: string;
    readonly totalQuantity: number;
    readonly remainingQuantity: number;
    readonly lineItem: { readonly id: string };
  }>;
}

/** A shipment: what was handed over. */
export interface WireFulfillment {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
  readonly fulfillmentLineItems: WireConnection<{
    readonly id: string;
    readonly quantity: number | null;
    readonly lineItem: { readonly id: string };
  }>;
}

export interface WirePaymentTerms {
  readonly id: string;
  readonly paymentTermsName: string;
  readonly paymentTermsType: string;
  readonly dueInDays: number | null;
  readonly paymentSchedules: WireConnection<{
    readonly id: string;
    readonly issuedAt: string | null;
    readonly dueAt: string | null;
    readonly completedAt: string | null;
    readonly balanceDue: WireMoney;
  }>;
}
