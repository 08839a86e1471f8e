import { Decimal } from 'decimal.js';
import type { CompanyData, Row } from '../../company/company.ts';
import { SapFault, textOf } from '../../protocol/sap-fault.ts';
import { firstGiven, inCurrencies, type Money, netOf, type RowAmounts, taxOn } from './money.ts';
import { rateOf } from './tax-rate.ts';

/** Properties in which a writer may give amounts; the document's own currency counts, under either name. */
const NET = ['LineTotal', 'LineTotalFC'];
const GROSS = ['LineGross', 'LineGrossFC'];
const TAX = ['TaxSum', 'TaxSumFC'];

/**
 * Keeps what a writer gave of a freight row beside it. In price mode gross the amount with tax counts when it is given, in the other
 * modes when no net amount comes with it. A tax given before falls with the amount that it was of.
 */
export function noteFreightAmounts(row: Row, given: Row, grossDocument: boolean): void {
  const [net, gross, tax] = [firstGiven(given, NET), firstGiven(given, GROSS), firstGiven(given, TAX)];
  if (net === null && gross === null && tax === null && given.TaxCode === undefined && given.VatGroup === undefined)
    return;
  if (gross !== null && (grossDocument || net === null)) {
    row.$gross = gross;
    delete row.$net;
  } else if (net !== null) {
    row.$net = net;
    delete row.$gross;
  }
  delete row.$taxGiven;
  if (tax !== null) row.$taxGiven = tax;
}

/**
 * A document has one row of each freight code: rows that name the same code are added up before their tax is computed. Their amounts
 * must be given alike, and of one tax code. @throws SapFault -5002 when they are not
 */
export function mergeFreight(company: CompanyData, rows: readonly Row[]): Row[] {
  const { taxField, language } = company.settings;
  const merged = new Map<unknown, Row>();
  for (const row of rows) {
    const known = merged.get(row.ExpenseCode);
    if (known === undefined) {
      merged.set(row.ExpenseCode, row);
      continue;
    }
    const isAlike = ['$net', '$gross', '$taxGiven'].every(
      (name) => (known[name] === undefined) === (row[name] === undefined),
    );
    if (known[taxField] !== row[taxField] || !isAlike)
      throw new SapFault(400, -5002, `${textOf('badCode', language)} '${String(row[taxField])}' [RDR3.${taxField}]`);
    for (const name of ['$net', '$gross', '$taxGiven']) addUp(known, row, name);
  }
  return [...merged.values()];
}

function addUp(into: Row, from: Row, name: string): void {
  if (into[name] !== undefined) into[name] = new Decimal(String(into[name])).plus(String(from[name])).toNumber();
}

/**
 * Net × rate, rounded, for a row given net; a gross amount is split into its net, rounded, and the rest as tax. A given tax overrides
 * the computed one unless the row is not liable for tax. @throws SapFault -5002 unknown tax code
 */
export function computeFreight(money: Money, row: Row): RowAmounts {
  const percent = rateOf(money.company, row, 'RDR3');
  const { net, tax } = splitFreight(money, row, row.TaxLiable === 'tNO' ? new Decimal(0) : percent);
  Object.assign(
    row,
    { TaxPercent: percent.toNumber() },
    inCurrencies(money, { local: 'LineTotal', own: 'LineTotalFC', system: 'LineTotalSys' }, net),
    inCurrencies(money, { local: 'TaxSum', own: 'TaxSumFC', system: 'TaxSumSys' }, tax),
    inCurrencies(money, { local: 'LineGross', own: 'LineGrossFC', system: 'LineGrossSys' }, net.plus(tax)),
  );
  return { net, tax };
}

function splitFreight(money: Money, row: Row, percent: Decimal): RowAmounts {
  const rounded = (value: unknown) => new Decimal(String(value)).toDecimalPlaces(money.digits);
  const given = row.$taxGiven === undefined || row.TaxLiable === 'tNO' ? null : rounded(row.$taxGiven);
  if (row.$gross === undefined) {
    const net = rounded(row.$net ?? row.LineTotal ?? 0);
    return { net, tax: given ?? taxOn(net, percent, money.digits) };
  }
  const gross = rounded(row.$gross);
  const net = given === null ? netOf(gross, percent, money.digits) : gross.minus(given);
  return { net, tax: gross.minus(net) };
}
