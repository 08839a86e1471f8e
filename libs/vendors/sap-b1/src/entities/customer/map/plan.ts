/** What the mapper plans for one customer: plain JSON. */
export interface CustomerPlan {
  readonly kind: 'customer';
  /** Code of a new business partner; null when a series gives it. */
  readonly cardCode: string | null;
  /** Fields that only a new business partner gets. */
  readonly onCreate: Readonly<Record<string, unknown>>;
  /** Fields that are kept up to date, every one that is mapped: null = empty at the source, and so in SAP. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly addresses: readonly PlannedAddress[];
  readonly contacts: readonly PlannedContact[];
  readonly updates: 'all' | 'reference-only';
  /** Texts that are too long for their columns: our part of the partner's remarks (FreeText). */
  readonly remarks: string | null;
  readonly refField: string;
  readonly ref: string;
  /** Reference from orders as a guest that the partner may have instead; ours replaces it. */
  readonly guestRef: string | null;
}

export interface PlannedAddress {
  readonly name: string;
  readonly type: 'bo_ShipTo' | 'bo_BillTo';
  readonly isDefault: boolean;
  /** Null = empty. */
  readonly fields: Readonly<Record<string, string | null>>;
}

export interface PlannedContact {
  readonly name: string;
  /** Null = empty. */
  readonly fields: Readonly<Record<string, string | null>>;
}

/** A person at a company: a row of its business partner. */
export interface ContactPlan {
  readonly kind: 'contact';
  readonly cardCode: string;
  readonly updates: CustomerPlan['updates'];
  readonly contact: PlannedContact;
}
