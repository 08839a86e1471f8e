import { SapFault } from '../protocol/sap-fault.ts';
import type { CompanyData, Row, UserField } from './company.ts';

/** Document tables share their user-defined fields: one made on ORDR appears on drafts, invoices and deliveries too. */
const HEADER_TABLES = new Set(['ORDR', 'ODRF', 'OINV', 'ODLN', 'OQUT', 'ORIN', 'ORDN']);
const LINE_TABLES = new Set(['RDR1', 'DRF1', 'INV1', 'DLN1', 'QUT1', 'RIN1', 'RDN1']);

function groupOf(table: string): string {
  if (HEADER_TABLES.has(table)) return 'documents';
  return LINE_TABLES.has(table) ? 'document lines' : table;
}

export function listUserFields(company: CompanyData, table: string): UserField[] {
  const group = groupOf(table);
  return company.userFields.filter((field) => groupOf(field.table) === group);
}

export function findUserField(company: CompanyData, table: string, property: string): UserField | undefined {
  return listUserFields(company, table).find((field) => `U_${field.name}` === property);
}

/** Adds a field. @throws SapFault -2035 when the table has one of that name */
export function addUserField(company: CompanyData, field: Omit<UserField, 'fieldId'>): UserField {
  if (findUserField(company, field.table, `U_${field.name}`) !== undefined)
    throw new SapFault(
      400,
      -2035,
      `This entry already exists in the following tables (ODBC -2035) [CUFD.AliasID '${field.name}']`,
    );
  const fieldId = company.userFields.filter((known) => known.table === field.table).length;
  const added = { ...field, fieldId };
  company.userFields.push(added);
  return added;
}

/** Checks a value against size and valid values. @throws SapFault -1004 or -5002 */
export function checkUserValue(field: UserField, value: unknown): void {
  if (value === null || value === undefined) return;
  const text = String(value);
  if (field.validValues.length > 0 && !field.validValues.some((valid) => valid.value === text)) {
    const list = field.validValues.map((valid) => `'${valid.value}' - '${valid.description}'`).join(', ');
    throw new SapFault(
      400,
      -1004,
      `'${text}' is not a valid value for field '${field.name}'. The valid values are: ${list}`,
    );
  }
  if (field.type === 'db_Alpha' && text.length > field.size)
    throw new SapFault(400, -5002, `Field size deviates from column definition [${field.table}.U_${field.name}]`);
}

/** Fields that the writer left out take their default: a mandatory one never fails, it is filled. */
export function applyUserDefaults(company: CompanyData, table: string, row: Row): void {
  for (const field of listUserFields(company, table)) {
    const property = `U_${field.name}`;
    if (row[property] === undefined || row[property] === null) row[property] = field.defaultValue;
  }
}

export function userFieldRow(field: UserField): Row {
  return {
    TableName: field.table,
    FieldID: field.fieldId,
    Name: field.name,
    Type: field.type,
    Size: field.size,
    EditSize: field.size,
    Description: field.description,
    SubType: 'st_None',
    DefaultValue: field.defaultValue,
    Mandatory: field.mandatory ? 'tYES' : 'tNO',
    ValidValuesMD: field.validValues.map((valid) => ({ Value: valid.value, Description: valid.description })),
  };
}
