import { z } from 'zod';

/** Which orders a flow lets in; every order kept out is reported with its reason. */
export const importGateSchema = z.strictObject({
  testOrders: z.enum(['skip', 'import']).default('skip').describe('What to do with orders the shop marks as tests'),
  cancelledBeforeImport: z
    .enum(['skip', 'import'])
    .default('skip')
    .describe('What to do with orders that were cancelled before they were ever imported'),
  importOn: z
    .array(z.enum(['paid', 'authorized', 'any']))
    .default(['paid', 'authorized'])
    .describe(
      'Payment states that let an order in: paid (whatever was given back since), authorized, any; partly paid orders come in by manualPaymentMethods',
    ),
  manualPaymentMethods: z
    .array(z.string())
    .default([])
    .describe(
      'What lets in an order that is not paid: its payment terms by name, code, id or kind ("Net 30", "net"), "terms" for any terms, or a payment method or gateway ("Bank Deposit") whose payment has not failed; upper and lower case are the same',
    ),
  channels: z.array(z.string()).nullable().default(null).describe('Sales channels let in; null = all'),
});

/** General part of a flow's settings; the target's own settings are under `target`, validated by its vendor. */
export const flowSettingsSchema = z.strictObject({
  gate: importGateSchema.prefault({}),
  filter: z.string().nullable().default(null).describe('JSONata condition over the canonical record; false = skipped'),
  defaults: z.record(z.string(), z.string()).default({}).describe('Default values the mapping falls back to'),
  valueMaps: z
    .record(z.string(), z.record(z.string(), z.string()))
    .default({})
    .describe(
      'Value maps by kind (warehouse, paymentTerms, tax, shipVia …): source value → target value; "*" = any other',
    ),
  fields: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Target field → JSONata expression over the canonical record, for custom fields; selects it nothing, the field is emptied',
    ),
  lineFields: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Target line field → JSONata expression over each line ($record = the whole record), for custom fields of lines: attributes[key='Engraving'].value",
    ),
  verify: z.boolean().nullable().default(null).describe('Read back and compare; null = as the target does by default'),
  totalTolerance: z
    .string()
    .default('0')
    .describe('Largest accepted difference of totals, an amount in document currency; 0 = to the cent'),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).default(6),
      firstDelayMs: z.int().min(100).default(30_000),
      maxDelayMs: z.int().min(100).default(3_600_000),
      waitingRecheckMs: z.int().min(100).default(180_000),
    })
    .prefault({}),
  target: z.record(z.string(), z.unknown()).default({}),
});

export type FlowSettings = z.infer<typeof flowSettingsSchema>;
export type ImportGate = z.infer<typeof importGateSchema>;
