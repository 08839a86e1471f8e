import { Decimal } from 'decimal.js';
import type { Row } from '../../company/company.ts';
import { firstGiven, inCurrencies, type Money, netOf, type RowAmounts, taxOn, toLocal } from './money.ts';
import { rateOf } from './tax-rate.ts';

/** What changes a row's tax, so that a tax given before no longer holds. */
const TAXED_BY = ['Quantity', 'UnitPrice', 'Price', 'PriceAfterVAT', 'GrossPrice', 'GrossTotal', 'DiscountPercent'];

/**
 * Keeps what a writer gave of prices and tax beside the row, since a PATCH changes one of them and the others still hold. A price with
 * tax counts in price mode gross, and in the other modes when no net price comes with it; the total with tax counts before the price.
 */
export function noteLinePrices(line: Row, given: Row, grossDocument: boolean): void {
  const net = firstGiven(given, ['UnitPrice', 'Price']);
  const grossPrice = firstGiven(given, ['PriceAfterVAT', 'GrossPrice']);
  const grossTotal = grossDocument ? firstGiven(given, ['GrossTotal']) : null;
  const grossCounts = grossDocument || net === null;
  if (grossCounts && grossTotal !== null) setPrice(line, { $grossTotal: grossTotal });
  else if (grossCounts && grossPrice !== null) setPrice(line, { $grossPrice: grossPrice });
  else if (net !== null) setPrice(line, { $unitPrice: net });
  if (given.TaxTotal !== undefined) line.$taxGiven = given.TaxTotal;
  else if (
    TAXED_BY.some((name) => given[name] !== undefined) ||
    given.TaxCode !== undefined ||
    given.VatGroup !== undefined
  )
    delete line.$taxGiven;
}

function setPrice(line: Row, price: Row): void {
  delete line.$grossTotal;
  delete line.$grossPrice;
  delete line.$unitPrice;
  Object.assign(line, price);
}

interface Prices {
  /** Net price of a piece before and after the discount. */
  readonly unit: Decimal;
  readonly price: Decimal;
  readonly priceAfterTax: Decimal;
  readonly net: Decimal;
  readonly tax: Decimal;
}

/** Price × quantity, rounded; the tax of the row, rounded. @throws SapFault -5002 unknown tax code */
export function computeLine(money: Money, line: Row): RowAmounts {
  const percent = rateOf(money.company, line, 'RDR1');
  const discount = new Decimal(String(line.DiscountPercent ?? 0)).toDecimalPlaces(money.company.settings.percentDigits);
  const quantity = new Decimal(String(line.Quantity));
  const isGross = line.$grossTotal !== undefined || line.$grossPrice !== undefined;
  const prices = isGross
    ? pricesOfGross(money, line, { percent, discount, quantity })
    : pricesOfNet(money, line, { percent, discount, quantity });
  const { net } = prices;
  const isGiven = typeof line.$taxGiven === 'number';
  const tax = isGiven ? new Decimal(String(line.$taxGiven)).toDecimalPlaces(money.digits) : prices.tax;
  Object.assign(line, {
    UnitPrice: prices.unit.toNumber(),
    Price: prices.price.toNumber(),
    PriceAfterVAT: prices.priceAfterTax.toNumber(),
    GrossPrice: prices.priceAfterTax.toNumber(),
    DiscountPercent: discount.toNumber(),
    TaxPercentagePerRow: percent.toNumber(),
    TaxTotal: toLocal(money, tax),
    ...inCurrencies(money, { local: 'LineTotal', own: 'RowTotalFC', system: 'RowTotalSC' }, net),
    ...inCurrencies(money, { local: 'NetTaxAmount', own: 'NetTaxAmountFC', system: 'NetTaxAmountSC' }, tax),
    ...inCurrencies(money, { local: 'GrossTotal', own: 'GrossTotalFC', system: 'GrossTotalSC' }, net.plus(tax)),
  });
  return { net, tax };
}

interface Terms {
  readonly percent: Decimal;
  readonly discount: Decimal;
  readonly quantity: Decimal;
}

/** The price with tax applies after the discount: the discount only serves to compute the price before it. */
function pricesOfGross(money: Money, line: Row, { percent, discount, quantity }: Terms): Prices {
  const { priceDigits } = money.company.settings;
  const total =
    line.$grossTotal === undefined
      ? new Decimal(String(line.$grossPrice)).toDecimalPlaces(priceDigits).times(quantity).toDecimalPlaces(money.digits)
      : new Decimal(String(line.$grossTotal)).toDecimalPlaces(money.digits);
  const priceAfterTax =
    line.$grossTotal === undefined
      ? new Decimal(String(line.$grossPrice)).toDecimalPlaces(priceDigits)
      : total.div(quantity).toDecimalPlaces(priceDigits);
  const price = netOf(priceAfterTax, percent, priceDigits);
  const share = new Decimal(100).minus(discount);
  const unit = share.isZero() ? price : price.times(100).div(share).toDecimalPlaces(priceDigits);
  const net = netOf(total, percent, money.digits);
  return { unit, price, priceAfterTax, net, tax: total.minus(net) };
}

function pricesOfNet(money: Money, line: Row, { percent, discount, quantity }: Terms): Prices {
  const { priceDigits } = money.company.settings;
  const unit = new Decimal(String(line.$unitPrice ?? line.UnitPrice ?? line.Price ?? 0)).toDecimalPlaces(priceDigits);
  const price = unit.times(new Decimal(100).minus(discount)).div(100).toDecimalPlaces(priceDigits);
  const net = price.times(quantity).toDecimalPlaces(money.digits);
  const priceAfterTax = price.times(percent.plus(100)).div(100).toDecimalPlaces(priceDigits);
  return { unit, price, priceAfterTax, net, tax: taxOn(net, percent, money.digits) };
}
