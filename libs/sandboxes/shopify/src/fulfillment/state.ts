export type FulfillmentOrderStatus =
  | 'OPEN'
  | 'IN_PROGRESS'
  | 'SCHEDULED'
  | 'ON_HOLD'
  | 'INCOMPLETE'
  | 'CANCELLED'
  | 'CLOSED';

export interface FulfillmentHoldState {
  readonly id: string;
  readonly reason: string;
  readonly reasonNotes: string | null;
  readonly handle: string | null;
}

export interface FulfillmentOrderLineState {
  readonly id: string;
  readonly lineId: string;
  total: number;
  remaining: number;
}

/** What one location is to hand over of an order. */
export interface FulfillmentOrderState {
  readonly __typename: 'FulfillmentOrder';
  readonly id: string;
  locationId: string;
  readonly methodType: 'SHIPPING' | 'NONE';
  status: FulfillmentOrderStatus;
  readonly createdAt: string;
  updatedAt: string;
  holds: readonly FulfillmentHoldState[];
  lines: FulfillmentOrderLineState[];
}

export interface TrackingState {
  readonly company: string | null;
  readonly number: string | null;
  readonly url: string | null;
}

/** One hand-over: lines of fulfilment orders of one order and one location. */
export interface FulfillmentState {
  readonly __typename: 'Fulfillment';
  readonly id: string;
  readonly name: string;
  status: 'SUCCESS' | 'CANCELLED';
  readonly createdAt: string;
  updatedAt: string;
  readonly locationId: string;
  tracking: readonly TrackingState[];
  readonly lines: readonly {
    readonly id: string;
    readonly lineId: string;
    readonly fulfillmentOrderId: string;
    readonly quantity: number;
  }[];
}
