import { ENTITY_NAMES } from '@entrepot/canonical';
import { DEFAULT_TENANT } from '@entrepot/store';
import { z } from 'zod';
import { lineOfText } from '../edge/query-values.ts';
import { maskedForViewers, shownToViewers } from '../masking/viewer-masks.ts';
import { maskCause } from '../masking/viewer-words.ts';

const cause = maskedForViewers(z.string(), maskCause);

export const connectionSchema = z.looseObject({
  id: z.string(),
  label: z.string(),
  vendor: z.string(),
  tenant: z.string(),
  active: z.boolean(),
  // They name systems, not their customers.
  settings: shownToViewers(z.record(z.string(), z.unknown())),
  secretNames: z.array(z.string()),
  revision: z.number(),
  attention: cause.nullable(),
  throttled: z
    .object({
      since: z.iso.datetime(),
      reason: cause,
      records: z.number().int().describe('How many records wait to be read whole'),
      longest: z
        .array(z.object({ entity: z.string(), sourceId: z.string(), since: z.iso.datetime() }))
        .describe('The ten that wait longest'),
    })
    .nullable()
    .describe(
      'Reads from the vendor wait for its limits: since when, why, and what waits; null once none does. It ends by itself',
    ),
  unreadHints: z
    .object({
      hints: z.number().int().describe('How many changes that the source told of wait to be read'),
      more: z.boolean().describe('More wait behind those counted'),
      oldestAt: z.iso.datetime(),
      detail: z.string().describe('The oldest, and what to do'),
    })
    .nullable()
    .describe(
      'Changes that the source told of longer ago than `ENTREPOT_UNREAD_HINT_SECONDS` (15 minutes), and that are not read; looked at every minute, whether the connector runs or not',
    ),
  budget: z
    .object({
      concurrency: z.number().int().describe('Calls at once, of connector, sink and ledger together'),
      requests: z
        .array(z.object({ count: z.number().int(), seconds: z.number().int() }))
        .describe('Most calls in any interval of so many seconds'),
      pausedUntil: z.iso.datetime().nullable().describe('The vendor asked for a pause: nobody calls until then'),
      holders: z
        .array(
          z.object({
            holder: z.string().describe('Who draws on it: connector, sink or ledger, and which process'),
            places: z.number().int().describe('Its share of the calls at once'),
            waiting: z.number().int().describe('Its calls that wait for a place'),
            waitsSince: z.iso.datetime().nullable(),
          }),
        )
        .describe('Those that called lately; shares change every few seconds'),
    })
    .nullable()
    .describe(
      'What its calls may be (`settings.budget`), and whether calls wait; null: the vendor is not installed, or the settings are not valid',
    ),
  lane: z.object({ state: z.string(), reason: cause.nullable(), at: z.iso.datetime() }).nullable(),
});

/** Settings name systems, not their customers. */
export const flowSchema = shownToViewers(
  z.looseObject({
    id: z.string(),
    entity: z.string(),
    from: z.string(),
    to: z.string(),
    tenant: z.string().describe('That of both connections'),
    active: z.boolean(),
    revision: z.number(),
    attention: z.string().nullable().describe('What of the settings is to be corrected after an upgrade'),
    settings: z.unknown(),
  }),
);

const revisionSchema = z
  .number()
  .int()
  .optional()
  .describe('The revision it was read at: refused with 409 when it was changed meanwhile. Needed without If-Match');
const values = z.record(z.string(), z.unknown());

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, at most 63, e.g. "shop-eu"');

export const tenantSchema = z.object({ id: z.string(), label: z.string(), revision: z.number() });
export const tenantBody = z.strictObject({ id: id.describe('Stays as it is'), label: lineOfText(200) });
export type TenantBody = z.infer<typeof tenantBody>;
export const tenantPatch = z.strictObject({ revision: revisionSchema, label: lineOfText(200).optional() });
export type TenantPatchBody = z.infer<typeof tenantPatch>;

/** Filter of the lists of connections and flows. */
export const ofTenant = z.strictObject({ tenant: z.string().optional().describe('Only those of this tenant') });
export type OfTenant = z.infer<typeof ofTenant>;

export const connectionBody = z.strictObject({
  id: id.describe('Part of every key, so it stays as it is'),
  label: lineOfText(200),
  vendor: z.string().describe('Name of a vendor, as GET /v1/vendors gives it'),
  tenant: z.string().default(DEFAULT_TENANT).describe('Whose it is, for ever: flows stay within one tenant'),
  active: z.boolean().default(true),
  settings: values.default({}).describe('By the form `settings` of its vendor'),
  secrets: values.optional().describe('By the form `secrets` of its vendor; left out: entered later'),
});
export type ConnectionBody = z.infer<typeof connectionBody>;

export const connectionPatch = z.strictObject({
  revision: revisionSchema,
  label: lineOfText(200).optional(),
  active: z.boolean().optional(),
  settings: values.optional().describe('Replaces all settings'),
  secrets: values.optional().describe('Merged by name; null takes a secret away'),
});
export type ConnectionPatchBody = z.infer<typeof connectionPatch>;

export const flowBody = z.strictObject({
  entity: z.enum(ENTITY_NAMES),
  from: z.string().describe('Source connection'),
  to: z.string().describe('Target connection'),
  active: z.boolean().default(true),
  settings: values.default({}).describe('Defaults may be left out; `target` by the form of its target vendor'),
});
export type FlowBody = z.infer<typeof flowBody>;

export const flowPatch = z.strictObject({
  revision: revisionSchema,
  active: z.boolean().optional(),
  settings: values.optional().describe('Replaces all settings'),
});
export type FlowPatchBody = z.infer<typeof flowPatch>;
