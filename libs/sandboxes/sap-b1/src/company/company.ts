import type { Language } from '../protocol/sap-fault.ts';
import { listEntitySets } from '../schema/entity-sets.ts';
import { type Row, RowSet } from './row-set.ts';
import { listStates } from './states.ts';

export type { Row };

/** A rule of the site (transaction notification procedure): refuses documents that contain something. */
export interface SiteRule {
  /** Refuse orders with this item; left out = any. */
  readonly itemCode?: string;
  /** Refuse orders of this customer; left out = any. */
  readonly cardCode?: string;
  readonly code: number;
  readonly text: string;
}

/** Where stock may not fall below zero; what is left out stands for any. */
export interface StockRule {
  readonly itemCode?: string;
  readonly warehouse?: string;
}

export interface UserField {
  readonly table: string;
  readonly fieldId: number;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly subType: string;
  readonly size: number;
  readonly mandatory: boolean;
  readonly defaultValue: string | null;
  readonly validValues: readonly { readonly value: string; readonly description: string }[];
}

export interface Series {
  readonly series: number;
  readonly name: string;
  /** Object type: 17 orders, 2 business partners. */
  readonly document: string;
  readonly prefix: string;
  next: number;
  locked: boolean;
}

export interface Settings {
  localCurrency: string;
  priceDigits: number;
  percentDigits: number;
  quantityDigits: number;
  language: Language;
  /** Orders become approval drafts. */
  approvals: boolean;
  /** Number of orders that become drafts, then approvals end; null = until switched off. */
  approvalsLeft: number | null;
  /** HTTP status of the -2028 that an order answers when it became a draft. */
  approvalStatus: number;
  /** Property that no two orders, and no two partners, may share: a second one is -2035. Null = none. */
  uniqueField: string | null;
  /** So many creates reach the server twice, as a proxy repeats them: the client gets the second answer. */
  repeatedCreates: number;
  /** How answers to `$batch` end: whole, without the last boundary, or in the middle of the last part. */
  batchEnd: 'whole' | 'without-boundary' | 'cut';
  /** Amounts come with the noise that doubles have: 19.99 as 19.990000000000002. */
  noisyDoubles: boolean;
  /** `TaxCode` companies ignore VatGroup and the other way round. */
  taxField: 'TaxCode' | 'VatGroup';
  user: string;
  password: string;
  /** False: the user may not read the general settings (403/-6006). */
  permitted: boolean;
}

/** All data of one company database. Plain data, so that a changeset can be undone by putting a copy back. */
export interface CompanyData {
  readonly name: string;
  settings: Settings;
  sets: Record<string, RowSet>;
  userFields: UserField[];
  series: Series[];
  /** Exchange rates: local currency for one unit. */
  rates: Record<string, number>;
  rules: SiteRule[];
  stockRules: StockRule[];
  counters: { docEntry: number; version: number; internalCode: number };
}

export const DEFAULT_SETTINGS: Settings = {
  localCurrency: 'USD',
  priceDigits: 2,
  percentDigits: 4,
  quantityDigits: 3,
  language: 'en',
  approvals: false,
  approvalsLeft: null,
  approvalStatus: 400,
  uniqueField: null,
  repeatedCreates: 0,
  batchEnd: 'whole',
  noisyDoubles: false,
  taxField: 'TaxCode',
  user: 'manager',
  password: 'sandbox',
  permitted: true,
};

/** A company as its setup leaves it: with the states of countries, and nothing else. */
export function createCompany(name: string, settings: Partial<Settings> = {}): CompanyData {
  const company: CompanyData = {
    name,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    sets: Object.fromEntries(listEntitySets().map((set) => [set.name, new RowSet()])),
    userFields: [],
    series: [],
    rates: {},
    rules: [],
    stockRules: [],
    counters: { docEntry: 0, version: 0, internalCode: 0 },
  };
  for (const state of listStates()) setOf(company, 'States').set(`${state.Code}/${state.Country}`, { ...state });
  return company;
}

/** The words that some settings may be. */
export const SETTING_VALUES: Readonly<Partial<Record<keyof Settings, readonly string[]>>> = {
  language: ['en', 'de', 'es', 'pt'],
  batchEnd: ['whole', 'without-boundary', 'cut'],
  taxField: ['TaxCode', 'VatGroup'],
};

/** Country of the company itself. */
export function countryOf(company: CompanyData): string {
  return company.settings.taxField === 'TaxCode' ? 'US' : 'DE';
}

export function setOf(company: CompanyData, name: string): RowSet {
  const set = company.sets[name];
  if (set === undefined) throw new Error(`company ${company.name} has no set ${name}`);
  return set;
}

export function put(company: CompanyData, set: string, key: string, row: Row): void {
  setOf(company, set).set(key, row);
}

/** Puts a copy's data back into the company. */
export function restoreCompany(company: CompanyData, copy: CompanyData): void {
  // A structured copy has plain maps.
  const sets = Object.entries(copy.sets).map(([name, rows]) => [name, new RowSet(rows)]);
  Object.assign(company, copy, { sets: Object.fromEntries(sets) });
}

/** Decimal places of amounts in a currency, as ISO 4217 has them: a company keeps its dinars with three. */
export function amountDigits(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  const known = DIGITS.get(currency) ?? readDigits(currency);
  DIGITS.set(currency, known);
  return known;
}

/** Each document asks twice, and making a format takes as long as all else of its amounts. */
const DIGITS = new Map<string, number>();

function readDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Today in the company, which keeps UTC. */
export function todayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** Stamps a changed row: version (for its ETag) and the change's date and time, where the set keeps them. */
export function stampRow(company: CompanyData, row: Row, nowMs: number, stamped: boolean): void {
  company.counters.version += 1;
  row.DataVersion = company.counters.version;
  if (!stamped) return;
  row.UpdateDate = todayOf(nowMs);
  row.UpdateTime = new Date(nowMs).toISOString().slice(11, 19);
}
