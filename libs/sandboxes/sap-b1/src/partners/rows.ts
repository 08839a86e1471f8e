import type { CompanyData, Row } from '../company/company.ts';
import { applyUserDefaults } from '../company/user-fields.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { checkState } from './states.ts';

/**
 * Merges addresses by RowNum; a row without one that is known is new. Name and type together are unique for a partner.
 * @param replace rows that the change does not name are dropped
 * @throws SapFault -5002 no name, -2035 double address, -10 unknown state
 */
export function mergeAddresses(company: CompanyData, partner: Row, changes: readonly Row[], replace: boolean): void {
  const rows = keepNamed((partner.BPAddresses ?? []) as Row[], changes, 'RowNum', replace);
  for (const change of changes) {
    let row = findNamed(rows, change, 'RowNum');
    if (row === undefined) {
      const rowNum = Math.max(-1, ...rows.map((candidate) => Number(candidate.RowNum))) + 1;
      row = { AddressType: 'bo_BillTo', RowNum: rowNum, BPCode: partner.CardCode };
      rows.push(row);
      applyUserDefaults(company, 'CRD1', row);
    }
    assignRow(row, change, ['RowNum', 'BPCode'], ['AddressType']);
    const { AddressName: name, AddressType: type } = row;
    requireName(company, name, 'CRD1.Address');
    refuseDouble(company, rows.filter((other) => other.AddressName === name && other.AddressType === type).length);
    checkState(company, row, '', 'CRD1');
  }
  partner.BPAddresses = rows;
}

/**
 * Merges contacts by InternalCode, which the server gives; names are unique for a partner.
 * @throws SapFault -5002 no name, -2035 double name
 */
export function mergeContacts(company: CompanyData, partner: Row, changes: readonly Row[], replace: boolean): void {
  const rows = keepNamed((partner.ContactEmployees ?? []) as Row[], changes, 'InternalCode', replace);
  for (const change of changes) {
    let row = findNamed(rows, change, 'InternalCode');
    if (row === undefined) {
      company.counters.internalCode += 1;
      row = { Active: 'tYES', InternalCode: company.counters.internalCode, CardCode: partner.CardCode };
      rows.push(row);
      applyUserDefaults(company, 'OCPR', row);
    }
    assignRow(row, change, ['InternalCode', 'CardCode'], ['Active']);
    const { Name: name } = row;
    requireName(company, name, 'OCPR.Name');
    refuseDouble(company, rows.filter((other) => other.Name === name).length);
  }
  partner.ContactEmployees = rows;
}

function keepNamed(rows: readonly Row[], changes: readonly Row[], key: string, replace: boolean): Row[] {
  return rows.filter((row) => !replace || changes.some((change) => change[key] === row[key]));
}

function findNamed(rows: readonly Row[], change: Row, key: string): Row | undefined {
  return rows.find((row) => change[key] !== undefined && change[key] === row[key]);
}

/** A null empties a column, but for those that always have a value. */
function assignRow(row: Row, change: Row, fixed: readonly string[], filled: readonly string[]): void {
  for (const [name, value] of Object.entries(change)) {
    if (fixed.includes(name) || (value === null && filled.includes(name))) continue;
    row[name] = value;
  }
}

function requireName(company: CompanyData, name: unknown, place: string): void {
  if (typeof name !== 'string' || name === '')
    throw new SapFault(400, -5002, `${textOf('noCode', company.settings.language)}  [${place}]`);
}

function refuseDouble(company: CompanyData, alike: number): void {
  if (alike > 1) throw new SapFault(400, -2035, textOf('exists', company.settings.language));
}
