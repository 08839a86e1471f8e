/** Names of countries and of the provinces that a shop checks addresses against; codes are ISO 3166. */
const PROVINCES: Readonly<Record<string, string>> = {
  US: `AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware, DC District of Columbia, FL Florida,
    GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts,
    MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico,
    NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina,
    SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming,
    PR Puerto Rico, GU Guam, AS American Samoa, VI U.S. Virgin Islands, MP Northern Mariana Islands`,
  CA: `AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NT Northwest Territories, NS Nova Scotia,
    NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, YT Yukon`,
};
const PROVINCE_NAMES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(PROVINCES).map(([country, list]) => [
    country,
    new Map(list.split(',').map((entry) => [entry.trim().slice(0, 2), entry.trim().slice(3)] as const)),
  ]),
);
const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** Two letters that the standard keeps for private use or that stand for no country; the schema has ZZ for "unknown". */
const NO_COUNTRIES = new Set(['ZZ', 'EU', 'UN', 'EZ', 'QO', 'XA', 'XB']);

export function countryNameOf(code: string): string | null {
  return NO_COUNTRIES.has(code) ? null : (COUNTRY_NAMES.of(code) ?? null);
}

/** Cache: the same names are looked up repeatedly. */
const codesByName = new Map<string, string | null>();

export function countryCodeOf(name: string): string | null {
  const known = codesByName.get(name);
  if (known !== undefined) return known;
  const wanted = name.trim().toLowerCase();
  const found = listCodes().find((code) => countryNameOf(code)?.toLowerCase() === wanted || code === name) ?? null;
  codesByName.set(name, found);
  return found;
}

function listCodes(): string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  return letters.flatMap((first) => letters.map((second) => first + second));
}

/** A province by its code or its name; null when the country's list does not have it, undefined when there is no list. */
export function findProvince(country: string | null, text: string): { code: string; name: string } | null | undefined {
  const list = country === null ? undefined : PROVINCE_NAMES.get(country);
  if (list === undefined) return undefined;
  const wanted = text.trim().toLowerCase();
  const found = [...list].find(([code, name]) => code.toLowerCase() === wanted || name.toLowerCase() === wanted);
  return found === undefined ? null : { code: found[0], name: found[1] };
}
