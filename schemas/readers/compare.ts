import type { AvroField, AvroRecord, AvroType } from '../../libs/canonical/src/schema.ts';

const MICROS_PER_SECOND = 1_000_000n;

/**
 * Compares what a reader gave with what was written, value by value, by the schema. What `expected` does not name must be empty: null, an
 * empty list, false, zero, the empty text, UNKNOWN, or a record of nothing but that. Gives every difference with its path.
 */
export function compareRecord(schema: AvroRecord, expected: unknown, found: unknown): string[] {
  const names = new Map<string, AvroType>();
  collectNames(schema, names);
  const differences: string[] = [];
  compare(schema, expected, found, schema.name, { names, differences });
  return differences;
}

interface Comparison {
  readonly names: ReadonlyMap<string, AvroType>;
  readonly differences: string[];
}

function compare(type: AvroType, expected: unknown, found: unknown, path: string, comparison: Comparison): void {
  const differ = (wanted: unknown): void => {
    comparison.differences.push(`${path}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
  };
  const kind = typeof type === 'string' ? type : (type as { type?: string }).type;
  const { logicalType } = type as { logicalType?: string };
  if (typeof type === 'string' && comparison.names.has(type)) {
    compare(comparison.names.get(type)!, expected, found, path, comparison);
  } else if (Array.isArray(type)) {
    if (expected !== undefined && expected !== null) compare(type[1] as AvroType, expected, found, path, comparison);
    else if (found !== null) differ(null);
  } else if (kind === 'record') {
    compareFields(type as AvroRecord, expected, found, path, comparison);
  } else if (kind === 'array') {
    const wanted = (expected ?? []) as unknown[];
    const { items } = type as { items: AvroType };
    if (!Array.isArray(found) || found.length !== wanted.length) differ(wanted);
    else
      for (const [index, each] of wanted.entries()) compare(items, each, found[index], `${path}[${index}]`, comparison);
  } else if (logicalType === 'decimal') {
    const wanted = (expected ?? '0') as string;
    // Text, or a digit may be lost on the way; its zeros at the end are no difference.
    if (typeof found !== 'string' || !isSameDecimal(wanted, found)) differ(wanted);
  } else {
    const wanted = logicalType === 'timestamp-micros' ? readMicros(expected) : (expected ?? emptyOf(kind ?? ''));
    if (found !== wanted) differ(wanted);
  }
}

function compareFields(record: AvroRecord, expected: unknown, found: unknown, path: string, comparison: Comparison) {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    comparison.differences.push(`${path}: expected a record, found ${JSON.stringify(found)}`);
    return;
  }
  const wanted = (expected ?? {}) as Record<string, unknown>;
  const given = found as Record<string, unknown>;
  const fields = new Map<string, AvroField>(record.fields.map((field) => [field.name, field]));
  for (const name of new Set([...fields.keys(), ...Object.keys(wanted), ...Object.keys(given)])) {
    const field = fields.get(name);
    if (field === undefined || !(name in given))
      comparison.differences.push(`${path}.${name}: ${field === undefined ? 'is in no schema' : 'is missing'}`);
    else compare(field.type, wanted[name], given[name], `${path}.${name}`, comparison);
  }
}

/** Equal but for zeros at the end and the sign of zero, in plain notation. */
function isSameDecimal(wanted: string, found: string): boolean {
  if (!/^-?\d+(\.\d+)?$/.test(found)) return false;
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  return trim(wanted) === trim(found).replace(/^-0$/, '0');
}

/** Microseconds since 1970 of ISO 8601 in UTC with up to six digits; reckoned here, apart from the code that is tested. */
function readMicros(text: unknown): number {
  if (typeof text !== 'string') return 0;
  const [, seconds = '', digits = ''] = /^(.*?)(?:\.(\d{1,6}))?Z$/.exec(text) ?? [];
  return Number(BigInt(Date.parse(`${seconds}Z`) / 1000) * MICROS_PER_SECOND + BigInt(digits.padEnd(6, '0')));
}

function emptyOf(kind: string): unknown {
  return { string: '', boolean: false, int: 0, long: 0, enum: 'UNKNOWN' }[kind];
}

/** Records and enums are written out once and named afterwards. */
function collectNames(type: AvroType, names: Map<string, AvroType>): void {
  if (typeof type === 'string') return;
  if (Array.isArray(type)) {
    for (const branch of type) collectNames(branch as AvroType, names);
    return;
  }
  const named = type as AvroRecord & { items?: AvroType };
  if (named.name !== undefined) names.set(named.name, named);
  for (const field of named.fields ?? []) collectNames(field.type, names);
  if (named.items !== undefined) collectNames(named.items, names);
}
