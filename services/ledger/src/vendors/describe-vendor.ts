import { ENTITY_NAMES } from '@entrepot/canonical';
import { ABSENCES, describeForm, flowSchemaOf, listEntities, type Scope, type Vendor } from '@entrepot/vendor-kit';
import { z } from 'zod';
import { shownToViewers } from '../masking/viewer-masks.ts';

/** Open in its form, and nothing personal; what viewers see is marked last, as a schema that is described anew is another. */
const form = (of: string) =>
  shownToViewers(
    z
      .record(z.string(), z.unknown())
      .describe(
        `${of}. JSON Schema (draft 2020-12): \`description\` is the help; a field with \`x-visible-if\` {field, in} only matters while that field has one of these values`,
      ),
  );
const kinds = z.array(z.string()).describe('Kinds of values that GET /v1/connections/{id}/values/{kind} lists');
const scopes = z.array(z.object({ scope: z.string(), for: z.string(), optional: z.boolean() }));

const sourceSchema = z.object({
  entities: z.array(
    z.object({
      entity: z.enum(ENTITY_NAMES),
      settings: form('Settings of a connection for this entity, under `source.<entity>`'),
      absence: z
        .enum(ABSENCES)
        .describe('What it means that a record is not found by its id; sweep: unknown, unless a sweep misses it, too'),
      batch: z.object({ count: z.number().int().describe('Most records of one fetch') }),
      pollIntervalMs: z.number().int(),
    }),
  ),
  values: kinds,
  scopes: scopes.describe('What the credentials must be allowed; a connection test tells which are missing'),
  webhook: z
    .object({ path: z.string().describe('Where the connector takes them'), topics: z.array(z.string()) })
    .nullable()
    .describe('null: the vendor pushes nothing, it is polled'),
});

const targetSchema = z.object({
  entities: z.array(
    z.object({
      entity: z.enum(ENTITY_NAMES),
      settings: form('Settings of a flow of this entity'),
      guard: z
        .enum(['unique', 'session', 'look-up'])
        .describe('What keeps a document from being created twice, beside the look-up before each create'),
      verifyByDefault: z.boolean().describe('Whether a write is read back and compared unless the flow says otherwise'),
      prerequisites: z
        .array(z.enum(ENTITY_NAMES))
        .describe('Entities that it may create on its way; their settings are under `prerequisites` of the flow'),
    }),
  ),
  references: z.array(z.enum(ENTITY_NAMES)).describe('Entities that are looked up, and not written'),
  values: kinds,
});

export const vendorSchema = z.object({
  name: z.string(),
  title: z.string(),
  settings: form('Settings of a connection'),
  secrets: form('Secrets of a connection; all are `writeOnly`: no answer shows them'),
  source: sourceSchema.nullable().describe('null: nothing is read from it'),
  target: targetSchema.nullable().describe('null: nothing is written into it'),
});
export type VendorDescription = z.infer<typeof vendorSchema>;

/** A vendor as forms and people need it, all of it from what it declares itself. */
export function describeVendor({ name, title, settings, secrets, source, target }: Vendor): VendorDescription {
  return {
    name,
    title,
    settings: describeForm(settings),
    secrets: describeForm(secrets, { writeOnly: true }),
    source: source === null ? null : describeSource(source),
    target: target === null ? null : describeTarget(target),
  };
}

function describeSource({ entities, values, scopes: needed, webhook }: NonNullable<Vendor['source']>) {
  return {
    entities: ENTITY_NAMES.flatMap((entity) => {
      const read = entities[entity];
      if (read === undefined) return [];
      const { absence, batch, pollIntervalMs } = read;
      return [{ entity, settings: describeForm(read.settings), absence, batch, pollIntervalMs }];
    }),
    values: Object.keys(values),
    scopes: needed.map(({ scope, for: purpose, optional }: Scope) => ({ scope, for: purpose, optional })),
    webhook: webhook === undefined ? null : { path: '/webhooks/{connection}', topics: [...webhook.topics] },
  };
}

function describeTarget(target: NonNullable<Vendor['target']>) {
  const { entities, references = {}, values } = target;
  return {
    entities: ENTITY_NAMES.flatMap((entity) => {
      const written = entities[entity];
      const schema = flowSchemaOf(target, entity);
      if (written === undefined || schema === null) return [];
      const { guard, verifyByDefault, prerequisites = [] } = written;
      return [{ entity, settings: describeForm(schema), guard, verifyByDefault, prerequisites: [...prerequisites] }];
    }),
    references: listEntities(references),
    values: Object.keys(values),
  };
}
