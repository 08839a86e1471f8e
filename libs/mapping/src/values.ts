import { type EntityName, type EntityOf, type FieldProblem, type JsonValue, toJson } from '@entrepot/canonical';
import { evaluateExpression } from './expression.ts';
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

/** Target field → value; null where the expression selects nothing, so that what the source empties becomes empty in the target. */
export type CustomFields = Readonly<Record<string, JsonValue>>;

type Json = { readonly [key: string]: JsonValue };

/**
 * Evaluates the flow's expressions for custom fields.
 * @throws MappingError naming every failing expression
 */
export async function evaluateFields<E extends EntityName>(
  flow: Pick<FlowSettings, 'fields'>,
  entityName: E,
  entity: EntityOf<E>,
): Promise<CustomFields> {
  if (Object.keys(flow.fields).length === 0) return {};
  const failures = new Map<string, MappingError>();
  const fields = await evaluateEach(flow.fields, 'fields', toJson(entityName, entity), {}, failures);
  throwFailures(failures);
  return fields;
}

/**
 * Evaluates the flow's expressions for custom fields of lines: once for each line, which is the expression's context;
 * `$record` is the whole record. Returns the fields by the line's id; nothing for records without lines.
 * @throws MappingError naming every failing expression, each with the first line on which it fails
 */
export async function evaluateLineFields<E extends EntityName>(
  flow: Pick<FlowSettings, 'lineFields'>,
  entityName: E,
  entity: EntityOf<E>,
): Promise<Readonly<Record<string, CustomFields>>> {
  if (Object.keys(flow.lineFields).length === 0 || !('lines' in entity)) return {};
  const record = toJson(entityName, entity);
  const failures = new Map<string, MappingError>();
  const byLine: [lineId: string, fields: CustomFields][] = [];
  for (const line of record['lines'] as readonly Json[]) {
    const id = String(line['id'] ?? line['lineId']);
    byLine.push([id, await evaluateEach(flow.lineFields, 'lineFields', line, { record }, failures, `line ${id}`)]);
  }
  throwFailures(failures);
  return Object.fromEntries(byLine);
}

/** Notes the first failure of each expression: one that fails on a line mostly fails on all. */
async function evaluateEach(
  expressions: Readonly<Record<string, string>>,
  setting: string,
  json: Json,
  bindings: Readonly<Record<string, JsonValue>>,
  failures: Map<string, MappingError>,
  where?: string,
): Promise<CustomFields> {
  const values: [name: string, value: JsonValue][] = [];
  for (const [name, source] of Object.entries(expressions)) {
    const path = `${setting}.${name}`;
    if (failures.has(path)) continue;
    try {
      values.push([name, (await evaluateExpression(source, json, path, { bindings, where })) ?? null]);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      failures.set(path, error);
    }
  }
  return Object.fromEntries(values);
}

function throwFailures(failures: ReadonlyMap<string, MappingError>): void {
  const all = [...failures.values()];
  const [first] = all;
  if (first === undefined) return;
  throw new MappingError('expression-failed', all.map((failure) => failure.message).join('; '), {
    advice: "Correct the expressions in the flow's settings.",
    fields: all.flatMap((failure) => failure.fields),
    cause: first,
  });
}
