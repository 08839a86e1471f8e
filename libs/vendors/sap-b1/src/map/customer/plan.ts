/** What the mapper plans for one customer: plain JSON. */
export interface CustomerPlan {
  readonly kind: 'customer';
  /** Code of a new business partner; null when a series gives it. */
  readonly cardCode: string | null;
  /** Fields that only a new business partner gets. */
  readonly onCreate: Readonly<Record<string, unknown>>;
  /** Fields that are kept up to date. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly addresses: readonly PlannedAddress[];
  readonly contacts: readonly PlannedContact[];
  readonly updates: 'all' | 'reference-only';
  readonly refField: string;
  readonly ref: string;
}

export interface PlannedAddress {
  readonly name: string;
  readonly type: 'bo_ShipTo' | 'bo_BillTo';
  readonly fields: Readonly<Record<string, string>>;
}

export interface PlannedContact {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}
