import type { PlannedAddress, PlannedContact } from '../customer/plan.ts';

/** What the mapper plans for one order: plain JSON, decimals as text. The request bodies are made of it. */
export interface OrderPlan {
  readonly kind: 'order';
  /** Fields of the document itself, as SAP names them. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly lines: readonly PlannedLine[];
  readonly expenses: readonly PlannedExpense[];
  readonly expected: ExpectedTotals;
  /** Of a company's order, what its business partner must have before the order can name it; null for other orders. */
  readonly partnerRows: PartnerRows | null;
}

/** Rows of the business partner: made where they are absent, never changed by an order. */
export interface PartnerRows {
  /** The buyer. */
  readonly contact: PlannedContact | null;
  /** The location that buys, and the names that its row may have. */
  readonly location: { readonly address: PlannedAddress; readonly names: readonly string[] } | null;
}

export interface PlannedLine {
  /** The shop's line; several SAP lines may come of one (see expressAsPrice). */
  readonly sourceLineId: string;
  readonly lineNum: number;
  readonly itemCode: string;
  /** Decimal text. */
  readonly quantity: string;
  /** Further fields of the line as SAP names them, price and tax among them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What SAP is to compute, without tax; with prices including tax, with it. Decimal text. */
  readonly value: string;
}

export interface PlannedExpense {
  readonly expenseCode: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the document must come to in SAP; decimal texts in `currency`. */
export interface ExpectedTotals {
  readonly total: string;
  readonly tax: string;
  /** Currency as SAP spells it. */
  readonly currency: string;
  readonly digits: number;
  /** True when values of lines are with tax. */
  readonly grossLines: boolean;
  /** Dates that are the day of writing: an order that exists keeps those it was created with. */
  readonly datesOfWriting: readonly string[];
  /** Field of the external reference and what it must carry. */
  readonly refField: string;
  readonly ref: string;
}

/** An order that is only to be cancelled: nothing else is mapped. */
export interface CancelledOrderPlan {
  readonly kind: 'cancelled-order';
  readonly refField: string;
  readonly ref: string;
}
