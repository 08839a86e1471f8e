import { type CompanyData, countryOf, type Row, setOf } from '../company/company.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/**
 * A state must be one of its country's; without a country it is one of the company's.
 * @throws SapFault -10 naming the column
 */
export function checkState(company: CompanyData, address: Row, prefix: string, table: string): void {
  const state = address[`${prefix}State`] ?? null;
  if (state === null) return;
  const country = address[`${prefix}Country`] ?? countryOf(company);
  if (setOf(company, 'States').has(`${String(state)}/${String(country)}`)) return;
  throw new SapFault(
    400,
    -10,
    `${textOf('badState', company.settings.language)} '${String(state)}' ('${String(country)}')  [${table}.${prefix}State]`,
  );
}
