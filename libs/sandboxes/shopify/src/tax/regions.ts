import type { AddressState } from '../state.ts';

/** The taxes that a store charges in a country, or in one of its provinces instead. */
export interface TaxRegion {
  /** ISO 3166 code. */
  readonly country: string;
  /** Code of the province; null for what of the country has no region of its own. */
  readonly province: string | null;
  readonly taxes: readonly { readonly title: string; readonly rate: string }[];
  /** Shipping is taxed as well. */
  readonly shipping: boolean;
}

const region = (
  country: string,
  province: string | null,
  shipping: boolean,
  ...taxes: readonly (readonly [title: string, rate: string])[]
): TaxRegion => ({ country, province, taxes: taxes.map(([title, rate]) => ({ title, rate })), shipping });

/** What the seeded stores charge; the control API sets another table. Anywhere else there is no tax. */
export const SEED_TAX_REGIONS: readonly TaxRegion[] = [
  region('US', 'VT', false, ['VT State Tax', '0.07']),
  region('US', 'NY', false, ['NY State Tax', '0.04'], ['New York City Tax', '0.045']),
  region('US', 'CA', false, ['CA State Tax', '0.0725']),
  region('US', 'TX', true, ['TX State Tax', '0.0625']),
  region('CA', 'ON', true, ['HST', '0.13']),
  region('CA', 'QC', true, ['GST', '0.05'], ['QST', '0.09975']),
  region('CA', null, true, ['GST', '0.05']),
  region('DE', null, true, ['VAT', '0.19']),
  region('FR', null, true, ['VAT', '0.2']),
  region('AT', null, true, ['VAT', '0.2']),
  region('GB', null, true, ['VAT', '0.2']),
  region('CH', null, true, ['VAT', '0.081']),
];

/** The region of an address; null where the store charges nothing. */
export function findTaxRegion(
  regions: readonly TaxRegion[],
  address: Pick<AddressState, 'countryCodeV2' | 'provinceCode'> | null,
): TaxRegion | null {
  const ofCountry = regions.filter((one) => one.country === address?.countryCodeV2);
  return (
    ofCountry.find((one) => one.province !== null && one.province === address?.provinceCode) ??
    ofCountry.find((one) => one.province === null) ??
    null
  );
}

/**
 * Reads a table given to the control API.
 * @throws Error naming the entry that cannot be read
 */
export function readTaxRegions(input: readonly Partial<TaxRegion>[]): TaxRegion[] {
  return input.map((one, index) => {
    const where = `taxRegions[${index}]`;
    if (typeof one.country !== 'string') throw new Error(`${where}.country must be a country code such as "US".`);
    const taxes = (one.taxes ?? []).map(({ title, rate }) => ({ title: String(title), rate: String(rate) }));
    const wrong = taxes.find(({ rate }) => !/^0(\.\d+)?$|^1$/.test(rate));
    if (wrong)
      throw new Error(`${where}: the rate of ${wrong.title} must be a share such as "0.07", not "${wrong.rate}".`);
    return { country: one.country, province: one.province ?? null, taxes, shipping: one.shipping ?? false };
  });
}
