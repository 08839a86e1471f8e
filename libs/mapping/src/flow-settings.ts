import { LONGEST_DELAY_MS } from '@entrepot/canonical';
import { z } from 'zod';
import { EXPRESSION_LIMITS } from './expression.ts';
import { amount, boundedText, expression, milliseconds, namedValues, wholeNumber } from './settings/fields.ts';

const SHORTEST_DELAY_MS = 100;
const DELAY = { min: SHORTEST_DELAY_MS, max: LONGEST_DELAY_MS } as const;
/** Longer lists are data, and no settings. */
const MOST_METHODS = 200;
const MOST_CHANNELS = 200;
const MOST_DEFAULTS = 200;
const MOST_FIELDS = 200;
const MOST_VALUE_MAPS = 100;
const MOST_VALUES = 5_000;
const MOST_VALUE_CHARS = 500;
const MOST_METHOD_CHARS = 200;
const value = () => boundedText(MOST_VALUE_CHARS, 0);

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
    .array(boundedText(MOST_METHOD_CHARS))
    .max(MOST_METHODS, `must have at most ${MOST_METHODS} entries`)
    .default([])
    .describe(
      `What lets in an order that is not paid: its payment terms by name, code, id or kind ("Net 30", "net"), "terms" for any terms, or a payment method or gateway ("Bank Deposit") whose payment has not failed; upper and lower case are the same; at most ${MOST_METHODS}`,
    ),
  channels: z
    .array(boundedText(MOST_METHOD_CHARS))
    .max(MOST_CHANNELS, `must have at most ${MOST_CHANNELS} entries`)
    .nullable()
    .default(null)
    .describe(`Sales channels let in, at most ${MOST_CHANNELS}; null = all`),
});

/** General part of a flow's settings; the target's own settings are under `target`, validated by its vendor. */
export const flowSettingsSchema = z.strictObject({
  gate: importGateSchema.prefault({}),
  filter: expression()
    .nullable()
    .default(null)
    .describe(
      `JSONata condition over the canonical record, at most ${EXPRESSION_LIMITS.sourceChars} characters; false = skipped`,
    ),
  defaults: namedValues(value(), MOST_DEFAULTS)
    .default({})
    .describe(
      `Default values the mapping falls back to, at most ${MOST_DEFAULTS} of ${MOST_VALUE_CHARS} characters each`,
    ),
  valueMaps: namedValues(namedValues(value(), MOST_VALUES), MOST_VALUE_MAPS)
    .default({})
    .describe(
      `Value maps by kind (warehouse, paymentTerms, tax, shipVia …): source value → target value; "*" = any other. At most ${MOST_VALUES} values a kind, of ${MOST_VALUE_CHARS} characters each`,
    ),
  fields: namedValues(expression(), MOST_FIELDS)
    .default({})
    .describe(
      `Target field → JSONata expression over the canonical record, for custom fields; selects it nothing, the field is emptied. At most ${MOST_FIELDS} of ${EXPRESSION_LIMITS.sourceChars} characters each`,
    ),
  lineFields: namedValues(expression(), MOST_FIELDS)
    .default({})
    .describe(
      `Target line field → JSONata expression over each line ($record = the whole record), for custom fields of lines: attributes[key='Engraving'].value. At most ${MOST_FIELDS} of ${EXPRESSION_LIMITS.sourceChars} characters each`,
    ),
  verify: z.boolean().nullable().default(null).describe('Read back and compare; null = as the target does by default'),
  totalTolerance: amount('Largest accepted difference of totals in document currency; 0 = to the cent').default('0'),
  retry: z
    .strictObject({
      attempts: wholeNumber('Tries before a delivery has failed, the first one included', { min: 1, max: 20 }).default(
        6,
      ),
      firstDelayMs: milliseconds('Wait before the first retry; doubled for each further one', DELAY).default(30_000),
      maxDelayMs: milliseconds('Longest wait between two tries', DELAY).default(3_600_000),
      waitingRecheckMs: milliseconds(
        'How often a delivery that waits (for a record, an approval) is looked at again, besides at once when what it waits for appears',
        DELAY,
      ).default(180_000),
    })
    .prefault({})
    .describe('Automatic retries'),
  target: z.record(z.string(), z.unknown()).default({}).describe("The target vendor's own settings for this entity"),
});

export type FlowSettings = z.infer<typeof flowSettingsSchema>;
export type ImportGate = z.infer<typeof importGateSchema>;
