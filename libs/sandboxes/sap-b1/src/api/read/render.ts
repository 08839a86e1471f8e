import { createHash } from 'node:crypto';
import type { CompanyData, Row } from '../../company/company.ts';
import { tableOf } from '../../company/read-body.ts';
import { kindOfUserField, listUserFields } from '../../company/user-fields.ts';
import { type Version, writeDay } from '../../protocol/version.ts';
import { type EntitySet, keyOfRow } from '../../schema/entity-sets.ts';
import { TYPES } from '../../schema/properties.ts';
import type { PropertyKind } from '../../schema/types.ts';

/** ETag of a row: weak, rises with every change; null for sets without. */
export function etagOf(set: EntitySet, row: Row): string | null {
  if (!set.etag) return null;
  return `W/"${createHash('sha1')
    .update(`${set.name}/${keyOfRow(set, row)}/${String(row.DataVersion)}`)
    .digest('hex')
    .toUpperCase()}"`;
}

/** A row as the server writes it: every property of the type, unset ones null; `select` leaves only some. */
export function renderRow(
  company: CompanyData,
  version: Version,
  set: EntitySet,
  row: Row,
  select: readonly string[] | null,
): Row {
  return renderType({ company, version, set }, set.type, row, select);
}

interface RenderContext {
  readonly company: CompanyData;
  readonly version: Version;
  readonly set: EntitySet;
}

function renderType(context: RenderContext, type: string, row: Row, select: readonly string[] | null): Row {
  const schema = TYPES[type] ?? {};
  const names = select ?? Object.keys(schema);
  const written: Row = {};
  for (const name of names) {
    const kind = schema[name];
    if (kind === undefined) continue;
    written[name] = renderValue(context, kind, row[name]);
  }
  const table = tableOf(context.set, type);
  for (const field of table === null ? [] : listUserFields(context.company, table)) {
    const name = `U_${field.name}`;
    if (select === null || select.includes(name))
      written[name] = renderValue(context, kindOfUserField(field), row[name]);
  }
  return written;
}

function renderValue(context: RenderContext, kind: PropertyKind, value: unknown): unknown {
  if (kind.kind === 'list') return ((value ?? []) as Row[]).map((entry) => renderType(context, kind.type, entry, null));
  if (value === undefined || value === null) return null;
  if (kind.kind === 'record') return renderType(context, kind.type, value as Row, null);
  if (kind.kind === 'day') return writeDay(context.version, String(value));
  return kind.kind === 'number' ? addNoise(context.company, Number(value)) : value;
}

/** Doubles come as doubles: 19.99 may be 19.990000000000002 on the wire. */
function addNoise(company: CompanyData, value: number): number {
  return company.settings.noisyDoubles && !Number.isInteger(value) ? value * (1 + Number.EPSILON) : value;
}
