import { type CallContext, VendorError, type VendorLog } from '@entrepot/vendor-kit';
import { type SapB1Settings } from './config.ts';
import { type CompanyProfile, UNKNOWN_COMPANY } from './map/company-profile.ts';
import { type ServiceLayer } from './service-layer/client.ts';
import { readAmount, readText, type SapEntity } from './service-layer/wire.ts';
import { createSharedReads } from './shared-reads.ts';

/**
 * Short: an operator who adds a tax code, or changes its rate, and retries expects it to be used; and rates begin at
 * midnight.
 */
const TAX_RATES_KEPT_MS = 60_000;
/**
 * A company's currency never changes, and of its digits only more become possible: prices of fewer digits stay right to
 * the cent, since lines are split. A refused read is repeated soon: an administrator may grant the permission.
 */
const ACCURACIES_KEPT_MS = 60 * 60_000;
const REFUSED_KEPT_MS = 60_000;

/** How precisely the company counts, and in which currency. */
type Accuracies = Omit<CompanyProfile, 'taxRates'>;

/** What the mapping needs to know of the company, read and remembered. */
export interface Company {
  accuracies(call: CallContext): Promise<Accuracies>;
  taxRates(call: CallContext): Promise<CompanyProfile['taxRates']>;
}

export function openCompany(layer: ServiceLayer, settings: SapB1Settings, log: VendorLog, now: () => number): Company {
  return {
    accuracies: rememberRead({
      read: (call) => readAccuracies(layer, call, log),
      keptMs: (value) => (value === UNKNOWN_COMPANY ? REFUSED_KEPT_MS : ACCURACIES_KEPT_MS),
      now,
    }),
    taxRates: rememberRead({
      read: (call) => readTaxRates(layer, settings, call, log),
      keptMs: () => TAX_RATES_KEPT_MS,
      now,
    }),
  };
}

/** What the mapping needs to know of the company. */
export async function readCompanyProfile(
  { company }: { readonly company: Company },
  call: CallContext,
): Promise<CompanyProfile> {
  // Sequential: a call holds one of the places among SAP's concurrent calls.
  const accuracies = await company.accuracies(call);
  return { ...accuracies, taxRates: await company.taxRates(call) };
}

export interface RememberedReadOptions<Value> {
  read(call: CallContext): Promise<Value>;
  /** How long a value is cached. */
  keptMs(value: Value): number;
  now(): number;
}

/** Remembers a read's value for a while; concurrent callers share the read. */
export function rememberRead<Value>({
  read,
  keptMs,
  now,
}: RememberedReadOptions<Value>): (call: CallContext) => Promise<Value> {
  const shared = createSharedReads<Value>();
  let known: { readonly value: Value; readonly untilMs: number } | null = null;
  const readAnew = async (call: CallContext): Promise<Value> => {
    const value = await read(call);
    known = { value, untilMs: now() + keptMs(value) };
    return value;
  };
  return async (call) => (known !== null && now() < known.untilMs ? known.value : shared.read('', call, readAnew));
}

async function readAccuracies(layer: ServiceLayer, call: CallContext, log: VendorLog): Promise<Accuracies> {
  const admin = await readAdminInfo(layer, call).catch((error: unknown) =>
    toleratingRefusal(error, log, 'company settings'),
  );
  if (admin === null) return UNKNOWN_COMPANY;
  const digitsOf = (value: unknown, otherwise: number) => (typeof value === 'number' && value >= 0 ? value : otherwise);
  return {
    localCurrency: readText(admin.LocalCurrency),
    priceDigits: digitsOf(admin.PriceAccuracy, UNKNOWN_COMPANY.priceDigits),
    percentDigits: digitsOf(admin.PercentageAccuracy, UNKNOWN_COMPANY.percentDigits),
    quantityDigits: digitsOf(admin.AccuracyofQuantities, UNKNOWN_COMPANY.quantityDigits),
  };
}

/** The company's general settings. A service function: called by POST, changes nothing. */
export async function readAdminInfo(layer: ServiceLayer, call: CallContext): Promise<SapEntity> {
  const action = 'reading company settings';
  const response = await layer.send({
    method: 'POST',
    path: 'CompanyService_GetAdminInfo',
    readOnly: true,
    call,
    action,
  });
  return layer.readJson<SapEntity>(response, { action });
}

async function readTaxRates(
  layer: ServiceLayer,
  settings: SapB1Settings,
  call: CallContext,
  log: VendorLog,
): Promise<Record<string, string>> {
  try {
    const codes = await listTaxCodes(layer, settings, call);
    return Object.fromEntries(codes.map(({ code, rate }) => [code, rate]));
  } catch (error) {
    toleratingRefusal(error, log, 'tax codes');
    return {};
  }
}

export interface TaxCodeFact {
  readonly code: string;
  readonly name: string;
  /** In percent, as text. */
  readonly rate: string;
}

/** Active tax codes for sales: SalesTaxCodes, or output VatGroups with the rate valid today. */
export async function listTaxCodes(
  layer: ServiceLayer,
  settings: SapB1Settings,
  call: CallContext,
): Promise<TaxCodeFact[]> {
  const set = settings.taxField === 'TaxCode' ? 'SalesTaxCodes' : 'VatGroups';
  const rows = await layer.list({ entitySet: set, keyField: 'Code' }, call);
  return rows
    .filter((row) => row.Inactive !== 'tYES' && row.ValidForAR !== 'tNO' && row.Category !== 'bovcInputTax')
    .map((row) => ({ code: readText(row.Code) ?? '', name: readText(row.Name) ?? '', rate: readRate(row) }));
}

function readRate(row: SapEntity): string {
  if (row.Rate !== undefined) return readAmount(row.Rate, 6).toFixed();
  const lines = [...((row.VatGroups_Lines ?? []) as SapEntity[])].sort((a, b) =>
    String(a.Effectivefrom ?? '').localeCompare(String(b.Effectivefrom ?? '')),
  );
  const today = new Date().toISOString().slice(0, 10);
  const valid = lines.filter((line) => String(line.Effectivefrom ?? '').slice(0, 10) <= today).at(-1);
  return readAmount(valid?.Rate, 6).toFixed();
}

/**
 * A user without authorisation for master data can still write orders: the mapping then assumes SAP's usual settings,
 * and the read-back shows a difference.
 */
function toleratingRefusal(error: unknown, log: VendorLog, what: string): null {
  if (!(error instanceof VendorError) || (error.kind !== 'rejected' && error.kind !== 'notFound')) throw error;
  log.warn({ code: error.code }, `cannot read ${what}, going on without`);
  return null;
}
