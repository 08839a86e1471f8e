/** What customs and stock-keeping know of a variant; cost is in the shop's currency. */
export interface Goods {
  readonly unitCost: string | null;
  readonly weightKg: number | null;
  readonly countryCodeOfOrigin: string | null;
  readonly harmonizedSystemCode: string | null;
}

const NOTHING_ENTERED: Goods = {
  unitCost: null,
  weightKg: null,
  countryCodeOfOrigin: null,
  harmonizedSystemCode: null,
};

const goods = (
  unitCost: string,
  weightKg: number,
  countryCodeOfOrigin: string,
  harmonizedSystemCode: string,
): Goods => ({
  unitCost,
  weightKg,
  countryCodeOfOrigin,
  harmonizedSystemCode,
});

/** Of the demo's catalogue, by title; the rest has no data, as is common in shops. */
const BY_TITLE: ReadonlyMap<string, Goods> = new Map([
  ['T-shirt', goods('9.50', 0.2, 'PT', '610910')],
  ['Hoodie', goods('24.00', 0.55, 'PT', '611020')],
  ['Mug', goods('4.20', 0.35, 'CN', '691110')],
  ['Cap', goods('7.30', 0.1, 'BD', '650500')],
  ['Tote bag', goods('3.10', 0.15, 'IN', '420292')],
  ['Notebook A5', goods('2.40', 0.3, 'DE', '482010')],
]);

export function goodsOf(title: string): Goods {
  return BY_TITLE.get(title) ?? NOTHING_ENTERED;
}
