import { type EntityName, type EntityOf, type JsonValue, toJson } from '@entrepot/canonical';
import { evaluateExpression } from './expression.ts';
import type { FlowSettings } from './flow-settings.ts';
import { MappingError } from './mapping-error.ts';

/** Target field → value, for the fields whose expression selects something. */
export type CustomFields = Readonly<Record<string, JsonValue>>;

/**
 * Evaluates the flow's expressions for custom fields. A field whose expression selects nothing is left out.
 * @throws MappingError naming every failing expression at once
 */
export async function evaluateFields<E extends EntityName>(
  flow: Pick<FlowSettings, 'fields'>,
  entityName: E,
  entity: EntityOf<E>,
): Promise<CustomFields> {
  const names = Object.keys(flow.fields);
  if (names.length === 0) return {};
  const json = toJson(entityName, entity) as JsonValue;
  const values: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  const failures: MappingError[] = [];
  for (const name of names) {
    try {
      const value = await evaluateExpression(flow.fields[name] ?? '', json, `fields.${name}`);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) return { ...values };
  throw new MappingError('expression-failed', failures.map((failure) => failure.message).join('; '), {
    advice: "Correct the expressions in the flow's settings.",
    fields: failures.flatMap((failure) => failure.fields),
    cause: first,
  });
}
