import { Decimal } from 'decimal.js';
import { type CompanyData, type Row, setOf } from '../../company/company.ts';
import { SapFault, textOf } from '../../protocol/sap-fault.ts';

/** Rate of a row's tax code in percent. @throws SapFault -5002 when there is no active code of that name */
export function rateOf(company: CompanyData, row: Row, table: string): Decimal {
  const { taxField, language } = company.settings;
  const code = String(row[taxField]);
  const known = setOf(company, taxField === 'TaxCode' ? 'SalesTaxCodes' : 'VatGroups').get(code);
  if (known === undefined || known.Inactive === 'tYES')
    throw new SapFault(400, -5002, `${textOf('badCode', language)} '${code}' [${table}.${taxField}]`);
  if (taxField === 'TaxCode') return new Decimal(String(known.Rate ?? 0));
  const last = (known.VatGroups_Lines as Row[]).at(-1);
  return new Decimal(String(last?.Rate ?? 0));
}
