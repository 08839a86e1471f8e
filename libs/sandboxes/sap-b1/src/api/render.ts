import { createHash } from 'node:crypto';
import type { CompanyData, Row } from '../company/company.ts';
import { listUserFields } from '../company/user-fields.ts';
import { type Version, writeDay } from '../protocol/version.ts';
import type { EntitySet } from '../schema/entity-sets.ts';
import { TYPES } from '../schema/properties.ts';
import { tableOf } from '../schema/read-body.ts';

/** ETag of a row: weak, rises with every change; null for sets without. */
export function etagOf(set: EntitySet, row: Row): string | null {
  if (!set.etag) return null;
  return `W/"${createHash('sha1')
    .update(`${set.name}/${String(row[set.key])}/${String(row.DataVersion)}`)
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
    const value = row[name];
    if (kind.kind === 'list')
      written[name] = ((value ?? []) as Row[]).map((entry) => renderType(context, kind.type, entry, null));
    else if (kind.kind === 'record')
      written[name] = value === undefined || value === null ? null : renderType(context, kind.type, value as Row, null);
    else if (value === undefined || value === null) written[name] = null;
    else if (kind.kind === 'day') written[name] = writeDay(context.version, String(value));
    else if (kind.kind === 'number') written[name] = addNoise(context.company, Number(value));
    else written[name] = value;
  }
  if (type !== context.set.type && type !== 'DocumentLine') return written;
  for (const field of listUserFields(context.company, tableOf(context.set, type))) {
    const name = `U_${field.name}`;
    if (select === null || select.includes(name)) written[name] = row[name] ?? null;
  }
  return written;
}

/** Doubles come as doubles: 19.99 may be 19.990000000000002 on the wire. */
function addNoise(company: CompanyData, value: number): number {
  return company.settings.noisyDoubles && !Number.isInteger(value) ? value * (1 + Number.EPSILON) : value;
}
