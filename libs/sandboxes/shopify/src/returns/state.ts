import type { MoneyBag } from '../money.ts';

export interface DispositionState {
  readonly id: string;
  readonly type: string;
  readonly quantity: number;
  readonly locationId: string | null;
  readonly createdAt: string;
}

export interface ReturnFeeState {
  readonly id: string;
  readonly amountSet: MoneyBag;
}

export interface RestockingFeeState extends ReturnFeeState {
  readonly percentage: number;
}

export interface ReturnLineState {
  readonly id: string;
  readonly reverseLineId: string;
  readonly fulfillmentLineId: string;
  readonly lineId: string;
  readonly quantity: number;
  /** Confirmed as come back. */
  processed: number;
  readonly reason: string;
  readonly note: string;
  readonly restockingFee: RestockingFeeState | null;
  readonly dispositions: DispositionState[];
}

export interface ExchangeLineState {
  readonly id: string;
  readonly variantId: string | null;
  readonly productId: string | null;
  readonly sku: string | null;
  readonly title: string;
  readonly variantTitle: string | null;
  readonly quantity: number;
  /** Made a line of the order. */
  processed: number;
  readonly unitPriceSet: MoneyBag;
  readonly discount: ExchangeDiscount | null;
  readonly requiresShipping: boolean;
  /** Lines of the order that it became. */
  readonly lineIds: string[];
}

export interface ExchangeDiscount {
  readonly description: string | null;
  readonly percentage: number | null;
  /** Off the whole line. */
  readonly amount: MoneyBag | null;
}

export interface ReturnState {
  readonly __typename: 'Return';
  readonly id: string;
  readonly reverseOrderId: string;
  readonly name: string;
  status: 'OPEN' | 'CLOSED' | 'CANCELED';
  readonly createdAt: string;
  closedAt: string | null;
  readonly shippingFees: readonly ReturnFeeState[];
  readonly lines: readonly ReturnLineState[];
  readonly exchanges: readonly ExchangeLineState[];
}
