import { type Order } from '@entrepot/canonical';
import { type MappingSettings } from '@entrepot/mapping';
import { type MapContext } from '@entrepot/vendor-kit';
import { type SapB1Types } from '../../../client.ts';
import { type SapB1Settings } from '../../../config.ts';
import { type CompanyProfile } from '../../../map/company-profile.ts';
import { type Problems, type TextFitter } from '../../../map/translate.ts';
import { type PlannedAddress, type PlannedContact } from '../../customer/map/plan.ts';
import { type OrderSettings, type TaxPolicy } from '../settings.ts';
import { type AmountSide } from './wanted.ts';

/** What the mapper plans for one order: plain JSON, decimals as text. The request bodies are made of it. */
export interface OrderPlan {
  readonly kind: 'order';
  /** Fields of the document itself, as SAP names them. */
  readonly header: OrderHeader;
  readonly lines: readonly PlannedLine[];
  readonly expenses: readonly PlannedExpense[];
  readonly expected: ExpectedTotals;
  /** Of a company's order, what its business partner must have before the order can name it; null for other orders. */
  readonly partnerRows: PartnerRows | null;
}

export interface OrderHeader extends Readonly<Record<string, unknown>> {
  /** Our part, or what the flow gives ('': emptied); null: nothing of ours. */
  readonly OpeningRemarks: string | null;
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

export type AnyOrderPlan = OrderPlan | CancelledOrderPlan;

/** What an order is mapped by. */
export type OrderMapContext = MapContext<'order', SapB1Types, OrderSettings>;

/** Everything the parts of the order mapping share. */
export interface OrderContext {
  readonly order: Order;
  readonly connection: SapB1Settings;
  readonly flow: MappingSettings<'order'>;
  readonly settings: OrderSettings;
  readonly profile: CompanyProfile;
  readonly problems: Problems;
  readonly texts: TextFitter;
  readonly tax: TaxContext;
  readonly digits: PriceDigits;
  /**
   * True when lines are written with tax inside (PriceAfterVAT, price mode gross): SAP then takes the tax out of the gross amount, so
   * the gross total stays to the cent, which net prices rounded per line would not.
   */
  readonly grossLines: boolean;
  /** SKU → item code as SAP spells it, of the items that were looked up. */
  readonly itemCodes: ReadonlyMap<string, string>;
  /** Line id → fields of its rows, by the flow's expressions. */
  readonly lineFields: NonNullable<MapContext['lineFields']>;
}

/** A line before it has its number. */
export type LineDraft = Omit<PlannedLine, 'lineNum'>;

/** What the tax code of a row is chosen by. */
export interface TaxContext {
  readonly flow: MappingSettings;
  readonly policy: TaxPolicy;
  readonly profile: CompanyProfile;
  readonly side: AmountSide;
  /** Decimal places of amounts. */
  readonly digits: number;
  readonly problems: Problems;
}

/** Decimal places that SAP writes. */
export interface PriceDigits {
  readonly amount: number;
  readonly price: number;
  readonly percent: number;
}
