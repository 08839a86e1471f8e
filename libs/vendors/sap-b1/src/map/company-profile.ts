/** What the mapping needs to know of the company, read by `prepare`. */
export interface CompanyProfile {
  /** Currency code of the company's books as SAP spells it; null when it could not be read. */
  readonly localCurrency: string | null;
  /** Decimal places of prices. */
  readonly priceDigits: number;
  /** Decimal places of percentages. */
  readonly percentDigits: number;
  /** Decimal places of quantities. */
  readonly quantityDigits: number;
  /** Tax code → rate in percent, as text; empty when the codes could not be read. */
  readonly taxRates: Readonly<Record<string, string>>;
}

/** Profile of a company that refused to show it (no permission): SAP's own defaults. */
export const UNKNOWN_COMPANY: CompanyProfile = {
  localCurrency: null,
  priceDigits: 2,
  percentDigits: 2,
  quantityDigits: 3,
  taxRates: {},
};
