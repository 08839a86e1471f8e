import { Decimal } from 'decimal.js';
import type { CompanyData, Row } from '../../company/company.ts';
import { computeFreight } from './freight.ts';
import { computeLine } from './line.ts';
import { inCurrencies, moneyOf, sum, toLocal } from './money.ts';

/** Whether prices and freight of a document are given with their tax in them. */
export function isGrossDocument(document: Row): boolean {
  return document.PriceMode === 'pmdGross';
}

/**
 * Computes a document as the server does: prices rounded to the company's price digits, row totals and taxes to the currency's; the
 * document's tax is the sum of its rows' rounded taxes. A foreign document has its own amounts in the Fc fields and the company's
 * currency in the others.
 */
export function computeDocument(company: CompanyData, document: Row): void {
  const money = moneyOf(company, document);
  document.DocRate = money.rate.toNumber();
  const lines = (document.DocumentLines as Row[]).map((line) => computeLine(money, line));
  const freight = ((document.DocumentAdditionalExpenses ?? []) as Row[]).map((row) => computeFreight(money, row));
  const percent = new Decimal(String(document.DiscountPercent ?? 0));
  const discount = sum(lines.map((line) => line.net))
    .times(percent)
    .div(100)
    .toDecimalPlaces(money.digits);
  const share = new Decimal(1).minus(percent.div(100));
  const lineTax = sum(lines.map((line) => line.tax.times(share).toDecimalPlaces(money.digits)));
  const tax = lineTax.plus(sum(freight.map((row) => row.tax)));
  const rounding =
    document.Rounding === 'tYES' ? new Decimal(String(document.RoundingDiffAmount ?? 0)) : new Decimal(0);
  const total = sum([...lines, ...freight].map((row) => row.net))
    .minus(discount)
    .plus(tax)
    .plus(rounding);
  Object.assign(
    document,
    inCurrencies(money, { local: 'VatSum', own: 'VatSumFc', system: 'VatSumSys' }, tax),
    inCurrencies(money, { local: 'DocTotal', own: 'DocTotalFc', system: 'DocTotalSys' }, total),
    { TotalDiscount: toLocal(money, discount) },
  );
}
