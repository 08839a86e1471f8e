import { Decimal } from 'decimal.js';
import { amountDigits, type CompanyData, type Row } from '../../company/company.ts';
import { SapFault, textOf } from '../../protocol/sap-fault.ts';

/** Currencies of one document: its own and the company's, which is the system currency too. */
export interface Money {
  readonly company: CompanyData;
  /** Decimal places of the document's currency. */
  readonly digits: number;
  readonly localDigits: number;
  readonly foreign: boolean;
  /** Local currency for one unit of the document's. */
  readonly rate: Decimal;
}

/** What a row adds to its document. */
export interface RowAmounts {
  readonly net: Decimal;
  readonly tax: Decimal;
}

const HUNDRED = new Decimal(100);

/** @throws SapFault -5002 when the company has no rate for the document's currency */
export function moneyOf(company: CompanyData, document: Row): Money {
  const currency = String(document.DocCurrency);
  const { localCurrency } = company.settings;
  const foreign = currency !== localCurrency;
  return {
    company,
    digits: amountDigits(currency),
    localDigits: amountDigits(localCurrency),
    foreign,
    rate: foreign ? exchangeRate(company, document, currency) : new Decimal(1),
  };
}

function exchangeRate(company: CompanyData, document: Row, currency: string): Decimal {
  if (typeof document.DocRate === 'number' && document.DocRate > 0) return new Decimal(document.DocRate);
  const rate = company.rates[currency];
  if (rate === undefined)
    throw new SapFault(400, -5002, `${textOf('noRate', company.settings.language)} '${currency}' [ORDR.DocRate]`);
  return new Decimal(rate);
}

/** Tax of a net amount, rounded as the server rounds each row. */
export function taxOn(net: Decimal, percent: Decimal, digits: number): Decimal {
  return net.times(percent).div(HUNDRED).toDecimalPlaces(digits);
}

/** Net amount of an amount that includes its tax; the tax is the rest, so that both add up to the gross amount again. */
export function netOf(gross: Decimal, percent: Decimal, digits: number): Decimal {
  return gross.times(HUNDRED).div(percent.plus(HUNDRED)).toDecimalPlaces(digits);
}

/** An amount under the names it has in the company's currency, the document's own (zero where that is the same) and the system's. */
export function inCurrencies(
  money: Money,
  names: { local: string; own: string; system?: string },
  amount: Decimal,
): Row {
  const local = toLocal(money, amount);
  return {
    [names.local]: local,
    [names.own]: money.foreign ? amount.toNumber() : 0,
    ...(names.system === undefined ? {} : { [names.system]: local }),
  };
}

export function toLocal(money: Money, amount: Decimal): number {
  return money.foreign ? amount.times(money.rate).toDecimalPlaces(money.localDigits).toNumber() : amount.toNumber();
}

export function sum(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));
}

/** The first of some properties that a writer gave; null when none. */
export function firstGiven(row: Row, names: readonly string[]): number | null {
  for (const name of names) if (typeof row[name] === 'number') return row[name];
  return null;
}
