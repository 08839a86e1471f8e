import { type EntityName, type EntityOf, type JsonValue, toJson } from '@entrepot/canonical';
import { evaluateExpression } from './expression.ts';
import type { FlowSettings } from './flow-settings.ts';
import { MappingError } from './mapping-error.ts';

/** Target field → value; null where the expression selects nothing, so that what the source empties becomes empty in the target. */
export type CustomFields = Readonly<Record<string, JsonValue>>;

type Json = { readonly [key: string]: JsonValue };

/**
 * Evaluates the flow's expressions for custom fields.
 * @throws MappingError naming every failing expression at once
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
 * Evaluates the flow's expressions for custom fields of lines: once for each line, which is the expression's context; `$record` is the
 * whole record. Gives the fields by the line's id; nothing for records without lines.
 * @throws MappingError naming every failing expression at once, each with the first line on which it fails
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
