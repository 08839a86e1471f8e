import { DEFAULT_TEXT_LIMITS, type TextColumn } from '../../config.ts';
import type { TextFitter } from '../texts.ts';

/** Columns whose texts mean nothing when they are cut. */
const WHOLE: ReadonlySet<string> = new Set([
  'CardCode',
  'EmailAddress',
  'Phone1',
  'Cellular',
  'Fax',
  'FederalTaxID',
  'ZipCode',
  'State',
]);

/**
 * The fields that the flow's expressions give, as their columns take them.
 * @param remarks the column of the remarks: what the flow gives for it is planned together with ours
 */
export function fitOwnFields(
  texts: TextFitter,
  fields: Readonly<Record<string, unknown>>,
  remarks: 'OpeningRemarks' | 'FreeText',
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== remarks)
      .map(([name, value]) => [name, fitOwnField(texts, name, value, `fields.${name}`)]),
  );
}

/** A field that the flow gives. How long a user-defined field is, only the settings know. */
export function fitOwnField(texts: TextFitter, name: string, value: unknown, path: string): unknown {
  const isKnown = name.startsWith('U_') || Object.hasOwn(DEFAULT_TEXT_LIMITS, name);
  if (typeof value !== 'string' || !isKnown) return value;
  const column = name as TextColumn;
  return WHOLE.has(name) ? texts.fitWhole(column, value, path) : texts.fit(column, value, path);
}
