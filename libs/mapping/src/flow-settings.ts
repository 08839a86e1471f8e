import { ENTITY_NAMES, type EntityName, MAX_DELAY_MS } from '@entrepot/canonical';
import { z } from 'zod';
import { EXPRESSION_LIMITS } from './expression.ts';
import { amount, boundedText, expression, milliseconds, namedValues, wholeNumber } from './settings/fields.ts';

const SHORTEST_DELAY_MS = 100;
const DELAY = { min: SHORTEST_DELAY_MS, max: MAX_DELAY_MS } as const;
/** Longer lists are data, and no settings. */
const MAX_METHODS = 200;
const MAX_CHANNELS = 200;
const MAX_FIELDS = 200;
const MAX_VALUE_MAPS = 100;
const MAX_VALUES = 5_000;
const MAX_VALUE_CHARS = 500;
const MAX_METHOD_CHARS = 200;
const value = () => boundedText(MAX_VALUE_CHARS, 0);

/** Which orders a flow lets in; every order kept out is reported with its reason. */
export const importGateSchema = z.strictObject({
  testOrders: z.enum(['skip', 'import']).default('skip').describe('What to do with orders the shop marks as tests'),
  cancelledBeforeImport: z
    .enum(['skip', 'import'])
    .default('skip')
    .describe('What to do with orders that were cancelled before they were ever imported'),
  importOn: z
    .array(z.enum(['paid', 'authorized', 'any']))
    .max(3, 'must have at most 3 entries')
    .default(['paid', 'authorized'])
    .describe(
      'Payment states that let an order in: paid (whatever was given back since), authorized, any; partly paid orders come in by manualPaymentMethods',
    ),
  manualPaymentMethods: z
    .array(boundedText(MAX_METHOD_CHARS))
    .max(MAX_METHODS, `must have at most ${MAX_METHODS} entries`)
    .default([])
    .describe(
      `What lets in an order that is not paid: its payment terms by name, code, id or kind ("Net 30", "net"), "terms" for any terms, or a payment method or gateway ("Bank Deposit") whose payment has not failed; upper and lower case are the same; at most ${MAX_METHODS}`,
    ),
  channels: z
    .array(boundedText(MAX_METHOD_CHARS))
    .max(MAX_CHANNELS, `must have at most ${MAX_CHANNELS} entries`)
    .nullable()
    .default(null)
    .describe(`Sales channels let in, at most ${MAX_CHANNELS}; null = all`),
});

const valueMaps = namedValues(namedValues(value(), MAX_VALUES), MAX_VALUE_MAPS)
  .default({})
  .describe(
    `Value maps by kind (warehouse, paymentTerms, tax, shipVia …): source value → target value; "*" = any other. At most ${MAX_VALUES} values a kind, of ${MAX_VALUE_CHARS} characters each`,
  );
const fields = namedValues(expression(), MAX_FIELDS)
  .default({})
  .describe(
    `Target field → JSONata expression over the canonical record, for custom fields; selects it nothing, the field is emptied. At most ${MAX_FIELDS} of ${EXPRESSION_LIMITS.sourceChars} characters each`,
  );

/** The settings that a target's vendor has of its own. */
export interface OwnSchemas {
  /** Of the flow's entity; left out: any, as where the vendor is not known. */
  readonly target?: z.ZodType;
  /** Of the entities that it may create on its way, by name; left out: any. */
  readonly prerequisites?: { readonly [E in EntityName]?: z.ZodType };
  /** Groups of the target's fields whose truth a flow may lay down; left out: any. */
  readonly fieldGroups?: readonly string[];
}

const anyTarget = z.record(z.string(), z.unknown());

function targetMember(schema: z.ZodType = anyTarget) {
  return schema.prefault({}).describe("The target vendor's own settings for this entity");
}

/** How a record is written that another one needs, while no flow of its own brings it. */
function prerequisiteSchema(target?: z.ZodType) {
  return z.strictObject({ target: targetMember(target), valueMaps, fields });
}

export type PrerequisiteSettings = z.infer<ReturnType<typeof prerequisiteSchema>>;
type Prerequisites = { readonly [E in EntityName]?: PrerequisiteSettings | undefined };

function prerequisitesMember(own: OwnSchemas['prerequisites']): z.ZodType<Prerequisites> {
  const named = ENTITY_NAMES.flatMap((name) => {
    const target = own?.[name];
    return target === undefined
      ? []
      : [[name, prerequisiteSchema(target).optional().describe(`How a ${name} is written`)] as const];
  });
  const schema =
    own === undefined
      ? z.partialRecord(z.enum(ENTITY_NAMES), prerequisiteSchema()).meta({ maxProperties: ENTITY_NAMES.length })
      : z.strictObject(Object.fromEntries(named));
  return schema
    .prefault({})
    .describe(
      'How records are written that this one needs and that are absent in the target (the customer of an order), by entity; used while no active flow of that entity goes between the same connections',
    );
}

/** What a flow may do to documents of the target. */
export const WRITE_MODES = ['upsert', 'create-only', 'update-only', 'link-only'] as const;
export type WriteMode = (typeof WRITE_MODES)[number];

/** Who decides about a group of fields that was changed on both sides. */
export type Truth = 'source' | 'target';

function sourceOfTruthMember(
  groups: OwnSchemas['fieldGroups'],
): z.ZodType<Readonly<Record<string, Truth | undefined>> | undefined> {
  const truth = z.enum(['source', 'target']);
  const schema =
    groups === undefined
      ? namedValues(truth, MAX_FIELDS)
      : z.strictObject(
          Object.fromEntries(
            groups.map((group) => [group, truth.optional().describe(`Whose change of ${group} counts`)] as const),
          ),
        );
  return schema
    .optional()
    .describe(
      "Whose change counts where a group of fields was changed in the target since the last write, and in the source too. Left out: the source's; where a flow goes the other way as well, what that one says (its target is this one's source), else the later change",
    );
}

/** What flows of every entity have: which records they take, and how those are written. */
const takingMembers = {
  filter: expression()
    .nullable()
    .default(null)
    .describe(
      `JSONata condition over the canonical record, at most ${EXPRESSION_LIMITS.sourceChars} characters; false = skipped`,
    ),
  writeMode: z
    .enum(WRITE_MODES)
    .default('upsert')
    .describe(
      'What is done in the target: upsert = created where absent, else brought up to date; create-only = what is there already stays as it is; update-only = nothing is created; link-only = what is there (by our reference, else by its natural key) is linked, and nothing is written. A record that is not in the target is tried again with its next version or retry',
    ),
  valueMaps,
  fields,
  lineFields: namedValues(expression(), MAX_FIELDS)
    .default({})
    .describe(
      `Target line field → JSONata expression over each line ($record = the whole record), for custom fields of lines: attributes[key='Engraving'].value. At most ${MAX_FIELDS} of ${EXPRESSION_LIMITS.sourceChars} characters each`,
    ),
  verify: z
    .boolean()
    .nullable()
    .default(null)
    .describe(
      'Read back and compare; null = as the target does by default. Always done where changes in the target count: with a flow that goes the other way, or sourceOfTruth "target"',
    ),
};

const retrySchema = z
  .strictObject({
    attempts: wholeNumber('Tries before a delivery has failed, the first one included', { min: 1, max: 20 }).default(6),
    firstDelayMs: milliseconds('Wait before the first retry; doubled for each further one', DELAY).default(30_000),
    maxDelayMs: milliseconds('Longest wait between two tries', DELAY).default(3_600_000),
    waitingRecheckMs: milliseconds(
      'How often a delivery that waits (for a record, an approval) is looked at again, besides at once when what it waits for appears',
      DELAY,
    ).default(180_000),
  })
  .prefault({})
  .describe('Automatic retries');

const deliveringMembers = ({ target, prerequisites, fieldGroups }: OwnSchemas) => ({
  retry: retrySchema,
  sourceOfTruth: sourceOfTruthMember(fieldGroups),
  target: targetMember(target),
  prerequisites: prerequisitesMember(prerequisites),
});

const generalSchema = (own: OwnSchemas) => z.strictObject({ ...takingMembers, ...deliveringMembers(own) });
const orderSchema = (own: OwnSchemas) =>
  z.strictObject({
    gate: importGateSchema.prefault({}).describe('Which orders are let in'),
    ...takingMembers,
    totalTolerance: amount('Largest accepted difference of totals in document currency; 0 = to the cent').default('0'),
    ...deliveringMembers(own),
  });

type GeneralSettings = z.infer<ReturnType<typeof generalSchema>>;
type OrderSettings = z.infer<ReturnType<typeof orderSchema>>;

/** A flow's settings, by its entity; the target's own settings are under `target`, validated by its vendor. */
export type FlowSettings<E extends EntityName = EntityName> = E extends 'order' ? OrderSettings : GeneralSettings;

const schemas: { readonly [E in EntityName]: (own: OwnSchemas) => z.ZodType<FlowSettings<E>> } = {
  order: orderSchema,
  customer: generalSchema,
  product: generalSchema,
  inventory: generalSchema,
  shipment: generalSchema,
  invoice: generalSchema,
  'product-category': generalSchema,
  price: generalSchema,
  'inventory-adjustment': generalSchema,
};

/** The schema of a flow's settings: an order's flow has an import gate and a tolerance of totals, which mean nothing elsewhere. */
export function flowSettingsSchemaOf<E extends EntityName>(
  entity: E,
  own: OwnSchemas = {},
): z.ZodType<FlowSettings<E>> {
  return schemas[entity](own);
}

/** What of a flow's settings decides what is written, the vendor's own aside. */
export type MappingSettings<E extends EntityName = EntityName> = Pick<
  GeneralSettings,
  'valueMaps' | 'fields' | 'lineFields'
> &
  (E extends 'order' ? Pick<OrderSettings, 'totalTolerance'> : unknown);

export type ImportGate = z.infer<typeof importGateSchema>;
