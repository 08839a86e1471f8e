import { Decimal } from 'decimal.js';
import { amountDigits, type CompanyData, type Row, setOf } from '../company/company.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

const zero = new Decimal(0);

/** Rate of a tax code in percent. @throws SapFault -5002 when there is no active code of that name */
export function rateOf(company: CompanyData, code: string, place: string): Decimal {
  const { taxField } = company.settings;
  const row = setOf(company, taxField === 'TaxCode' ? 'SalesTaxCodes' : 'VatGroups').get(code);
  if (row === undefined || row.Inactive === 'tYES')
    throw new SapFault(400, -5002, `${textOf('badCode', company.settings.language)} '${code}' [${place}]`);
  if (taxField === 'TaxCode') return new Decimal(String(row.Rate ?? 0));
  const last = (row.VatGroups_Lines as Row[]).at(-1);
  return new Decimal(String(last?.Rate ?? 0));
}

/**
 * Computes a document as the server does: prices rounded to the company's price digits, line totals and taxes to the currency's,
 * tax row by row. What the writer gave as TaxTotal (lines) or TaxSum (freight) overrides the computed tax. With price mode gross, or
 * PriceAfterVAT alone, the tax is taken out of the gross amount. A foreign document has its own amounts in the Fc fields and the
 * company's currency in the others.
 */
export function computeDocument(company: CompanyData, document: Row): void {
  const currency = String(document.DocCurrency);
  const foreign = currency !== company.settings.localCurrency;
  const rate = foreign ? exchangeRate(company, document, currency) : new Decimal(1);
  document.DocRate = rate.toNumber();
  const money: MoneyContext = {
    company,
    digits: amountDigits(currency),
    localDigits: amountDigits(company.settings.localCurrency),
    foreign,
    rate,
  };
  const lines = (document.DocumentLines as Row[]).map((line) =>
    computeLine(money, line, document.PriceMode === 'pmdGross'),
  );
  const expenses = ((document.DocumentAdditionalExpenses ?? []) as Row[]).map((row) => computeExpense(money, row));
  const discount = discountOf(document, sum(lines.map((line) => line.net)), money.digits);
  const discountShare = new Decimal(1).minus(new Decimal(String(document.DiscountPercent ?? 0)).div(100));
  const lineTax = sum(lines.map((line) => line.tax.times(discountShare).toDecimalPlaces(money.digits)));
  const tax = lineTax.plus(sum(expenses.map((row) => row.tax)));
  const rounding = document.Rounding === 'tYES' ? new Decimal(String(document.RoundingDiffAmount ?? 0)) : zero;
  const total = sum([...lines, ...expenses].map((row) => row.net))
    .minus(discount)
    .plus(tax)
    .plus(rounding);
  Object.assign(document, inBoth(money, 'VatSum', 'VatSumFc', tax), inBoth(money, 'DocTotal', 'DocTotalFc', total), {
    TotalDiscount: toLocal(money, discount),
    DocTotalSys: toLocal(money, total),
  });
}

interface MoneyContext {
  readonly company: CompanyData;
  readonly digits: number;
  readonly localDigits: number;
  readonly foreign: boolean;
  readonly rate: Decimal;
}

interface RowAmounts {
  readonly net: Decimal;
  readonly tax: Decimal;
}

/** Inputs of a computation are kept beside the row, since a PATCH changes one and the others still hold. */
function computeLine(money: MoneyContext, line: Row, grossDocument: boolean): RowAmounts {
  const { company, digits } = money;
  const { taxField, priceDigits } = company.settings;
  const percent = rateOf(company, String(line[taxField]), `RDR1.${taxField}`);
  const quantity = new Decimal(String(line.Quantity));
  const given = (name: string) =>
    line[name] === undefined || line[name] === null ? null : new Decimal(String(line[name]));
  const discount = given('DiscountPercent') ?? zero;
  const afterVat = given('PriceAfterVAT') ?? given('GrossPrice');
  const gross = afterVat !== null && (grossDocument || (line.$netGiven !== true && line.UnitPrice === undefined));
  let net: Decimal;
  let computed: Decimal;
  let unit: Decimal;
  if (gross && afterVat !== null) {
    const total = afterVat.toDecimalPlaces(priceDigits).times(quantity).toDecimalPlaces(digits);
    net = total.times(100).div(percent.plus(100)).toDecimalPlaces(digits);
    computed = total.minus(net);
    unit = afterVat.times(100).div(percent.plus(100)).toDecimalPlaces(priceDigits);
    line.GrossTotal = toLocal(money, total);
    line.GrossTotalFC = money.foreign ? total.toNumber() : 0;
  } else {
    unit = (given('UnitPrice') ?? given('Price') ?? zero).toDecimalPlaces(priceDigits);
    const price = unit
      .times(new Decimal(100).minus(discount.toDecimalPlaces(company.settings.percentDigits)))
      .div(100)
      .toDecimalPlaces(priceDigits);
    net = price.times(quantity).toDecimalPlaces(digits);
    computed = net.times(percent).div(100).toDecimalPlaces(digits);
    line.PriceAfterVAT = price.times(percent.plus(100)).div(100).toDecimalPlaces(priceDigits).toNumber();
    line.$netGiven = true;
  }
  const tax = line.$taxGiven === undefined ? computed : new Decimal(String(line.$taxGiven)).toDecimalPlaces(digits);
  if (!gross) {
    line.GrossTotal = toLocal(money, net.plus(tax));
    line.GrossTotalFC = money.foreign ? net.plus(tax).toNumber() : 0;
  }
  if (!gross) line.UnitPrice = unit.toNumber();
  Object.assign(line, {
    Price: unit.times(new Decimal(100).minus(discount)).div(100).toDecimalPlaces(priceDigits).toNumber(),
    ...inBoth(money, 'LineTotal', 'RowTotalFC', net),
    ...inBoth(money, 'NetTaxAmount', 'NetTaxAmountFC', tax),
    TaxTotal: toLocal(money, tax),
    TaxPercentagePerRow: percent.toNumber(),
    DiscountPercent: discount.toNumber(),
  });
  return { net, tax };
}

function computeExpense(money: MoneyContext, row: Row): RowAmounts {
  const { company, digits } = money;
  const { taxField } = company.settings;
  const percent = rateOf(company, String(row[taxField]), `RDR3.${taxField}`);
  const net = new Decimal(String(row.$amount ?? 0)).toDecimalPlaces(digits);
  const tax =
    row.$taxGiven === undefined
      ? net.times(percent).div(100).toDecimalPlaces(digits)
      : new Decimal(String(row.$taxGiven)).toDecimalPlaces(digits);
  Object.assign(row, inBoth(money, 'LineTotal', 'LineTotalFC', net), inBoth(money, 'TaxSum', 'TaxSumFC', tax), {
    TaxPercent: percent.toNumber(),
    LineGross: toLocal(money, net.plus(tax)),
  });
  return { net, tax };
}

function exchangeRate(company: CompanyData, document: Row, currency: string): Decimal {
  if (typeof document.DocRate === 'number' && document.DocRate > 0) return new Decimal(document.DocRate);
  const rate = company.rates[currency];
  if (rate === undefined)
    throw new SapFault(400, -5002, `${textOf('noRate', company.settings.language)} '${currency}' [ORDR.DocRate]`);
  return new Decimal(rate);
}

function discountOf(document: Row, net: Decimal, digits: number): Decimal {
  return net
    .times(String(document.DiscountPercent ?? 0))
    .div(100)
    .toDecimalPlaces(digits);
}

/** An amount in the company's currency, and in the document's own where that differs (else zero, as the server gives it). */
function inBoth(money: MoneyContext, local: string, own: string, amount: Decimal): Row {
  return { [local]: toLocal(money, amount), [own]: money.foreign ? amount.toNumber() : 0 };
}

function toLocal(money: MoneyContext, amount: Decimal): number {
  return money.foreign ? amount.times(money.rate).toDecimalPlaces(money.localDigits).toNumber() : amount.toNumber();
}

function sum(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), zero);
}
