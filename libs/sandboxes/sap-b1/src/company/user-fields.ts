import { SapFault } from '../protocol/sap-fault.ts';
import { MEMO_LENGTH, type PropertyKind } from '../schema/types.ts';
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

/** Kind of a field's values, by its type. */
export function kindOfUserField(field: UserField): PropertyKind {
  switch (field.type) {
    case 'db_Numeric':
      return { kind: 'int' };
    case 'db_Float':
      return { kind: 'number' };
    case 'db_Date':
      return { kind: 'day' };
    default:
      return { kind: 'text', length: field.type === 'db_Memo' ? MEMO_LENGTH : field.size };
  }
}

/** Checks a value against the field's valid ones. @throws SapFault -1004 with the list */
export function checkUserValue(field: UserField, value: unknown): void {
  const text = String(value);
  if (field.validValues.length === 0 || field.validValues.some((valid) => valid.value === text)) return;
  const list = field.validValues.map((valid) => `'${valid.value}' - '${valid.description}'`).join(', ');
  throw new SapFault(
    400,
    -1004,
    `'${text}' is not a valid value for property 'U_${field.name}'. The valid values are: ${list}`,
  );
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
    SubType: field.subType,
    DefaultValue: field.defaultValue,
    Mandatory: field.mandatory ? 'tYES' : 'tNO',
    ValidValuesMD: field.validValues.map((valid) => ({ Value: valid.value, Description: valid.description })),
  };
}
