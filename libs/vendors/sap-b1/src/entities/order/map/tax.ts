import { Decimal, type Tax } from '@entrepot/canonical';
import { type MappingSettings } from '@entrepot/mapping';
import { type CompanyProfile } from '../../../map/company-profile.ts';
import { type Problems } from '../../../map/problems.ts';
import { lookUpValue } from '../../../map/value-maps.ts';
import { type OrderSettings, type TaxPolicy } from '../settings.ts';
import { type AmountSide, amountOf, sumTaxes } from './amounts.ts';

export interface TaxContext {
  readonly flow: MappingSettings;
  readonly policy: TaxPolicy;
  readonly profile: CompanyProfile;
  readonly side: AmountSide;
  /** Decimal places of amounts. */
  readonly digits: number;
  readonly problems: Problems;
}

/** A tax code of SAP with the rate SAP will use. */
export interface ChosenTax {
  readonly code: string;
  /** In percent. */
  readonly percent: Decimal;
}

/** What is taxed: a line or a charge. */
export interface TaxedRow {
  readonly taxes: readonly Tax[];
  /** Without tax. */
  readonly net: Decimal;
  readonly path: string;
  /** Setting of the flow that can name a code for it; null for lines of goods. */
  readonly setting: string | null;
  /** Code that the settings force. */
  readonly fixedCode: string | null;
}

const NO_TAX = '0';

/** The taxes that go into the document, and those that the sales channel remits and the flow leaves out. */
export function splitByChannel(
  taxes: readonly Tax[],
  rule: OrderSettings['channelTax'],
): { readonly written: readonly Tax[]; readonly leftOut: readonly Tax[] } {
  if (rule === 'write') return { written: taxes, leftOut: [] };
  return {
    written: taxes.filter((tax) => tax.channelLiable !== true),
    leftOut: taxes.filter((tax) => tax.channelLiable === true),
  };
}

/** Taxes that charged something. Exempt customers and products keep their tax lines, with zero amounts: those name no code. */
export function listCharged(taxes: readonly Tax[], side: AmountSide): readonly Tax[] {
  return taxes.filter((tax) => !amountOf(tax.amount, side).isZero());
}

/** Chooses SAP's tax code for a line or charge, by the flow's policy. A gap in the value map is noted as a problem and null answered. */
export function chooseTax(context: TaxContext, row: TaxedRow): ChosenTax | null {
  const { policy, side } = context;
  if (row.fixedCode !== null) return withRate(context, row.fixedCode, row);
  if (policy.policy === 'exempt-with-charge') return withRate(context, policy.exemptCode, { ...row, taxes: [] });
  const charged = listCharged(row.taxes, side);
  if (policy.policy !== 'jurisdiction' && totalPercent(charged) === null) return refuseWithoutRate(context, row);
  const keysOf = policy.policy === 'jurisdiction' ? jurisdictionKeys : rateKeys;
  const keys = keysOf(charged, sumTaxes(charged, side).isZero());
  // On cents a tax may come to nothing though it applies: the rate with it is the next guess.
  const tiny = row.taxes.filter((tax) => charged.includes(tax) || comesToNothing(context, tax, row.net));
  const candidates = charged.length === 0 || tiny.length === charged.length ? keys : [...keys, ...keysOf(tiny, false)];
  const code = lookUpValue(context.flow, 'tax', candidates);
  if (code !== null) return withRate(context, code, { ...row, taxes: charged });
  const [wanted = ''] = keys;
  const shown = policy.policy === 'jurisdiction' ? `"${wanted}"` : `${wanted} %`;
  const blend = readBlend(context, charged, row.net);
  context.problems.add(
    'unmapped-tax',
    `${row.path}.taxes`,
    blend === null
      ? `no tax code of SAP is set for ${shown}`
      : `the tax is a blend of several rates on parts of the amount (${blend} % of it together), for which there is no one tax code`,
    blend === null ? `Add "${wanted}" to the flow's value map "tax".` : adviseOnBlend(row),
    { actual: wanted },
  );
  return null;
}

/** The whole rate of several taxes, in percent; null when one of them has none. */
export function totalPercent(taxes: readonly Tax[]): Decimal | null {
  let percent = new Decimal(0);
  for (const tax of taxes) {
    if (tax.rate === null) return null;
    percent = percent.plus(tax.rate.times(100));
  }
  return percent;
}

function refuseWithoutRate(context: TaxContext, row: TaxedRow): null {
  context.problems.add(
    'unmapped-tax',
    `${row.path}.taxes`,
    'the tax has no rate to choose a tax code by',
    'Use the tax policy "jurisdiction" or "exempt-with-charge" for this flow.',
  );
  return null;
}

function rateKeys(taxes: readonly Tax[], none: boolean): string[] {
  if (none) return [NO_TAX, '0%'];
  const key = totalPercent(taxes)?.toDecimalPlaces(6).toFixed();
  return key === undefined ? [] : [key, `${key}%`];
}

function jurisdictionKeys(taxes: readonly Tax[], none: boolean): string[] {
  if (none) return [NO_TAX];
  const joined = (pick: (tax: Tax) => string | null) => {
    const names = taxes.map(pick);
    return names.every((name) => name !== null && name !== '') ? [(names as string[]).sort().join(' + ')] : [];
  };
  return [...joined((tax) => tax.jurisdiction), ...joined((tax) => tax.code), ...joined((tax) => tax.name)];
}

/** True when the rate of a tax gives less than half a cent on the amount: that nothing was charged says nothing of it then. */
function comesToNothing(context: TaxContext, { rate }: Tax, net: Decimal): boolean {
  return rate !== null && !rate.isZero() && rate.times(net).abs().lt(halfUnit(context));
}

function halfUnit({ digits }: TaxContext): Decimal {
  return new Decimal(10).pow(-digits).div(2);
}

/** The percentage that was really charged, when the rates apply each to a part of the amount only (shipping of a mixed basket); else null. */
function readBlend(context: TaxContext, charged: readonly Tax[], net: Decimal): string | null {
  const percent = totalPercent(charged);
  if (percent === null || charged.length < 2 || net.lte(0)) return null;
  const tax = sumTaxes(charged, context.side);
  const whole = net.times(percent).div(100);
  // Each tax was rounded on its own.
  return whole.minus(tax).lte(halfUnit(context).times(charged.length)) ? null : tax.times(100).div(net).toFixed(2);
}

function adviseOnBlend({ setting }: TaxedRow): string {
  const exempt = 'Use the tax policy "exempt-with-charge", which writes the tax as a charge of its own';
  return setting === null
    ? `${exempt}.`
    : `${exempt}; or the tax policy "override" with a code in the setting "${setting}.taxCode", under which the shop's tax is written as it is.`;
}

function withRate(context: TaxContext, code: string, { taxes, path }: TaxedRow): ChosenTax | null {
  const known = context.profile.taxRates[code];
  if (known !== undefined) return { code, percent: new Decimal(known) };
  // The company shows no codes: trust the shop's rate; the read-back shows a difference.
  if (Object.keys(context.profile.taxRates).length === 0)
    return { code, percent: totalPercent(taxes) ?? new Decimal(0) };
  context.problems.add(
    'unknown-tax-code',
    `${path}.taxes`,
    `SAP has no active tax code "${code}" for sales`,
    'Correct the code in the flow settings, or create it in SAP.',
    { actual: code },
  );
  return null;
}
