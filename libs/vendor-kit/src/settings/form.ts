import { z } from 'zod';

/** A JSON Schema (draft 2020-12) that a form is made of. */
export type Form = Readonly<Record<string, unknown>>;

/** Another setting that a field hangs on, from the connection or flow down: `settings.auth.type`. */
export interface VisibleIf {
  readonly field: string;
  /** The field matters while that one has one of these values. */
  readonly in: readonly (string | boolean | null)[];
}

const VISIBLE_IF = 'x-visible-if';

/** Marks a field that only matters while another has some value; forms hide it otherwise, and what it holds is still checked. */
export function visibleIf<T extends z.ZodType>(field: string, values: VisibleIf['in'], schema: T): T {
  return schema.meta({ ...schema.meta(), [VISIBLE_IF]: { field, in: values } });
}

/**
 * The form of a settings schema, as JSON Schema of what a caller gives: defaults may be left out. `description` is a
 * field's help, {@link VISIBLE_IF} says when it matters. What a schema checks beyond its types (an address, a cron
 * expression) is reported when it is saved.
 * @param writeOnly fields that no answer ever shows again
 */
export function describeForm(schema: z.ZodType, { writeOnly = false } = {}): Form {
  const form: Form = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => liftHelp(jsonSchema),
  });
  if (!writeOnly) return form;
  const fields = Object.entries((form['properties'] ?? {}) as Readonly<Record<string, Form>>);
  return { ...form, properties: Object.fromEntries(fields.map(([name, field]) => [name, { ...field, writeOnly }])) };
}

/** The help of a field that may be null stands at the field, wherever its schema has it. */
function liftHelp(field: z.core.JSONSchema.BaseSchema): void {
  const [only, ...others] = (field.anyOf ?? []).filter(
    (variant): variant is z.core.JSONSchema.BaseSchema => typeof variant === 'object' && variant.type !== 'null',
  );
  if (field.description === undefined && only?.description !== undefined && others.length === 0) {
    field.description = only.description;
  }
}
