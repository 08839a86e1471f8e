import { SapFault, textOf } from '../protocol/sap-fault.ts';
import type { EntitySet } from '../schema/entity-sets.ts';
import { TYPES } from '../schema/properties.ts';
import type { PropertyKind } from '../schema/types.ts';
import type { CompanyData, Row } from './company.ts';
import { checkUserValue, findUserField, kindOfUserField } from './user-fields.ts';

/** Type of a property of a type; user-defined fields included. Null when there is none. */
export function kindOfProperty(
  company: CompanyData,
  set: EntitySet,
  type: string,
  property: string,
): PropertyKind | null {
  const schema = TYPES[type];
  if (schema !== undefined && Object.hasOwn(schema, property)) return schema[property] as PropertyKind;
  if (!property.startsWith('U_')) return null;
  const table = tableOf(set, type);
  const field = table === null ? undefined : findUserField(company, table, property);
  return field === undefined ? null : kindOfUserField(field);
}

/** Tables of nested rows; user-defined fields are kept by them, and refusals name them. */
const NESTED_TABLES: Readonly<Record<string, string>> = {
  BPAddress: 'CRD1',
  ContactEmployee: 'OCPR',
  DocumentAdditionalExpense: 'RDR3',
  AddressExtension: 'RDR12',
  TaxExtension: 'RDR12',
};

/** Database table of a type within a set; null for nested types whose table is not known. */
export function tableOf(set: EntitySet, type: string): string | null {
  if (type === set.type) return set.table;
  return type === 'DocumentLine' ? (set.lineTable ?? set.table) : (NESTED_TABLES[type] ?? null);
}

/**
 * Reads a request body into a row: every property known, numbers also as text, days in any of the usual forms.
 * @throws SapFault -1000 unknown property or bad value, -1004 value not listed, -5002 text too long
 */
export function readBody(company: CompanyData, set: EntitySet, type: string, body: unknown): Row {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new SapFault(400, -1000, 'Bad request body: a JSON object is expected');
  const row: Row = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@') || name.startsWith('odata.')) continue;
    const kind = kindOfProperty(company, set, type, name);
    if (kind === null) throw new SapFault(400, -1000, `Property '${name}' of '${type}' is invalid`);
    const place = tableOf(set, type) ?? set.table;
    const field = name.startsWith('U_') ? findUserField(company, place, name) : undefined;
    // An empty text is stored as none.
    if (value === null || (value === '' && kind.kind === 'text')) row[name] = null;
    else {
      row[name] = readValue(company, set, { name, place }, kind, value);
      if (field !== undefined) checkUserValue(field, value);
    }
  }
  return row;
}

function readValue(
  company: CompanyData,
  set: EntitySet,
  { name, place }: { readonly name: string; readonly place: string },
  kind: PropertyKind,
  value: unknown,
): unknown {
  const bad = () => new SapFault(400, -1000, `Invalid value '${String(value)}' for property '${name}'`);
  switch (kind.kind) {
    case 'int':
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number) || (kind.kind === 'int' && !Number.isInteger(number)))
        throw bad();
      return number;
    }
    case 'text': {
      if (typeof value !== 'string' && typeof value !== 'number') throw bad();
      const text = String(value);
      if (text.length > kind.length)
        throw new SapFault(400, -5002, `${textOf('fieldSize', company.settings.language)} [${place}.${name}]`);
      return text;
    }
    case 'day': {
      const day = typeof value === 'string' ? /^(\d{4})-?(\d{2})-?(\d{2})(T.*)?$/.exec(value) : null;
      if (day === null || Number.isNaN(Date.parse(`${day[1]}-${day[2]}-${day[3]}`))) throw bad();
      return `${day[1]}-${day[2]}-${day[3]}`;
    }
    case 'time':
      return String(value);
    case 'enum': {
      const { values } = kind;
      const known = Object.keys(values).find((candidate) => candidate === value || values[candidate] === value);
      if (known === undefined) throw bad();
      return known;
    }
    case 'record':
      return readBody(company, set, kind.type, value);
    case 'list':
      if (!Array.isArray(value)) throw bad();
      return value.map((entry) => readBody(company, set, kind.type, entry));
  }
}
