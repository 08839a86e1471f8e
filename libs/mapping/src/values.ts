import type { FieldProblem } from '@entrepot/canonical';
import type { FlowSettings } from './flow-settings.ts';
import { MappingError } from './mapping-error.ts';

/** The entry for every value that has none of its own. */
export const ANY_VALUE = '*';
/** A target value that means "as in the source". */
export const SAME_VALUE = '=';

/** Looks a source value up in a value map: its own entry, else that of `*`; undefined when there is neither. */
export function findMappedValue(
  flow: Pick<FlowSettings, 'valueMaps'>,
  kind: string,
  value: string | null,
): string | undefined {
  const entries = Object.hasOwn(flow.valueMaps, kind) ? flow.valueMaps[kind] : undefined;
  if (entries === undefined) return undefined;
  const found =
    value !== null && Object.hasOwn(entries, value)
      ? entries[value]
      : Object.hasOwn(entries, ANY_VALUE)
        ? entries[ANY_VALUE]
        : undefined;
  return found === SAME_VALUE ? (value ?? undefined) : found;
}

/**
 * As {@link findMappedValue}, for values the target cannot do without. `path` is the canonical field the value stands in.
 * @throws MappingError `no-value-map-entry`, naming kind and value
 */
export function mapValue(
  flow: Pick<FlowSettings, 'valueMaps'>,
  kind: string,
  value: string | null,
  path?: string,
): string {
  const found = findMappedValue(flow, kind, value);
  if (found !== undefined) return found;
  const problem = describeMissingValue(kind, value, path);
  throw new MappingError('no-value-map-entry', problem.message ?? '', {
    advice: `Add ${value === null ? `"${ANY_VALUE}"` : `"${value}" (or "${ANY_VALUE}" for any other)`} to the flow's value map "${kind}".`,
    fields: [problem],
  });
}

/** The problem that {@link mapValue} throws, for mappers that gather all problems of a record first. */
export function describeMissingValue(kind: string, value: string | null, path?: string): FieldProblem {
  const message =
    value === null
      ? `no value for ${kind}, and its value map has no "${ANY_VALUE}" entry`
      : `no value map entry for ${kind} "${value}"`;
  return { path: path ?? `valueMaps.${kind}`, message };
}

/** A default of the flow; null when it has none. */
export function defaultValue(flow: Pick<FlowSettings, 'defaults'>, name: string): string | null {
  return Object.hasOwn(flow.defaults, name) ? (flow.defaults[name] ?? null) : null;
}
