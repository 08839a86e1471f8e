import { Decimal, type Tax } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { type AmountSide, sumTaxes } from '../amounts.ts';
import type { CompanyFacts } from '../facts.ts';
import type { Problems } from '../problems.ts';
import type { TaxPolicy } from '../settings.ts';
import { lookUpValue } from '../value-maps.ts';

export interface TaxContext {
  readonly flow: FlowSettings;
  readonly policy: TaxPolicy;
  readonly facts: CompanyFacts;
  readonly side: AmountSide;
  readonly problems: Problems;
}

/** A tax code of SAP with the rate SAP will use. */
export interface ChosenTax {
  readonly code: string;
  /** In percent. */
  readonly percent: Decimal;
}

const NO_TAX = '0';

/**
 * Chooses SAP's tax code for a line or charge, by the flow's policy. A gap in the value map is noted as a problem and null answered.
 * @param fixedCode code the settings force (charges)
 */
export function chooseTax(
  context: TaxContext,
  taxes: readonly Tax[],
  path: string,
  fixedCode: string | null = null,
): ChosenTax | null {
  const { policy } = context;
  if (fixedCode !== null) return withRate(context, fixedCode, taxes, path);
  if (policy.policy === 'exempt-with-charge') return withRate(context, policy.exemptCode, [], path);
  const candidates =
    policy.policy === 'jurisdiction' ? jurisdictionKeys(context, taxes) : rateKeys(context, taxes, path);
  if (candidates === null) return null;
  const code = lookUpValue(context.flow, 'tax', candidates);
  if (code !== null) return withRate(context, code, taxes, path);
  const shown = policy.policy === 'jurisdiction' ? `"${candidates[0] ?? ''}"` : `${candidates[0] ?? ''} %`;
  context.problems.add(
    'unmapped-tax',
    `${path}.taxes`,
    `no tax code of SAP is set for ${shown}`,
    `Add "${candidates[0] ?? ''}" to the flow's value map "tax".`,
    { actual: candidates[0] ?? '' },
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

function rateKeys(context: TaxContext, taxes: readonly Tax[], path: string): string[] | null {
  // Exempt customers keep their tax lines, with zero amounts: what counts is what was charged.
  if (sumTaxes(taxes, context.side).isZero()) return [NO_TAX, '0%'];
  const percent = totalPercent(taxes);
  if (percent === null) {
    context.problems.add(
      'unmapped-tax',
      `${path}.taxes`,
      'the tax has no rate to choose a tax code by',
      'Use the tax policy "jurisdiction" or "exempt-with-charge" for this flow.',
    );
    return null;
  }
  const key = percent.toDecimalPlaces(6).toFixed();
  return [key, `${key}%`];
}

function jurisdictionKeys(context: TaxContext, taxes: readonly Tax[]): string[] {
  if (sumTaxes(taxes, context.side).isZero()) return [NO_TAX];
  const joined = (pick: (tax: Tax) => string | null) => {
    const names = taxes.map(pick);
    return names.every((name) => name !== null && name !== '') ? [(names as string[]).sort().join(' + ')] : [];
  };
  return [...joined((tax) => tax.jurisdiction), ...joined((tax) => tax.code), ...joined((tax) => tax.name)];
}

function withRate(context: TaxContext, code: string, taxes: readonly Tax[], path: string): ChosenTax | null {
  const known = context.facts.taxRates[code];
  if (known !== undefined) return { code, percent: new Decimal(known) };
  // The company told no codes at all: trust the shop's rate, the read-back will tell.
  if (Object.keys(context.facts.taxRates).length === 0) return { code, percent: totalPercent(taxes) ?? new Decimal(0) };
  context.problems.add(
    'unknown-tax-code',
    `${path}.taxes`,
    `SAP has no active tax code "${code}" for sales`,
    'Correct the code in the flow settings, or create it in SAP.',
    { actual: code },
  );
  return null;
}
