import { type CallContext, VendorError, type VendorLog } from '@entrepot/vendor-kit';
import type { SapB1Settings } from '../config.ts';
import { type CompanyFacts, UNKNOWN_COMPANY } from '../map/facts.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { readAmount, readText } from '../service-layer/odata.ts';
import { parseJson, type SapEntity } from '../service-layer/wire.ts';

/** How long facts are kept: they hardly change, but who adds a tax code and retries wants it seen. */
const FACTS_TTL_MS = 60_000;

/** Reads and caches what the mapping needs to know of the company. */
export interface Company {
  facts(call: CallContext): Promise<CompanyFacts>;
}

export function openCompany(layer: ServiceLayer, settings: SapB1Settings, log: VendorLog, now: () => number): Company {
  let cached: { facts: CompanyFacts; readAtMs: number } | null = null;
  return {
    facts: async (call) => {
      if (cached !== null && now() - cached.readAtMs < FACTS_TTL_MS) return cached.facts;
      const facts = {
        ...(await readAccuracies(layer, call, log)),
        taxRates: await readTaxRates(layer, settings, call, log),
      };
      cached = { facts, readAtMs: now() };
      return facts;
    },
  };
}

async function readAccuracies(
  layer: ServiceLayer,
  call: CallContext,
  log: VendorLog,
): Promise<Omit<CompanyFacts, 'taxRates'>> {
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
  return parseJson<SapEntity>(response.text, action);
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

/** A user without authorisation for master data can still write orders: we then go by SAP's usual settings, and the read-back tells. */
function toleratingRefusal(error: unknown, log: VendorLog, what: string): null {
  if (!(error instanceof VendorError) || (error.kind !== 'rejected' && error.kind !== 'notFound')) throw error;
  log.warn({ code: error.code }, `cannot read ${what}, going on without`);
  return null;
}
