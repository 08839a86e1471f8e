import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { type CompanyData, type Row, setOf } from './company.ts';

/** Refuses a row whose unique property another row of the set has. @throws SapFault -2035 in the company's language */
export function refuseDuplicate(company: CompanyData, set: 'Orders' | 'BusinessPartners', row: Row): void {
  const { uniqueField, language } = company.settings;
  const value = uniqueField === null ? null : (row[uniqueField] ?? null);
  if (uniqueField === null || value === null) return;
  const known = setOf(company, set).haveText(uniqueField, String(value));
  if ([...known].some((other) => other[uniqueField] === value))
    throw new SapFault(400, -2035, textOf('exists', language));
}
