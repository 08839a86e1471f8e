import { amount, wholeNumber } from '@entrepot/mapping';
import { z } from 'zod';
import { code, key, statesSchema } from '../../map/setting-fields.ts';

/** How a charge that is no item line (shipping, tip, duty …) is written. */
export const chargeSchema = z.discriminatedUnion('as', [
  z.strictObject({
    as: z.literal('expense'),
    expenseCode: key('Freight code (additional expense) of SAP'),
    taxCode: code('Tax code of the charge; default: by its tax, as for lines').optional(),
  }),
  z.strictObject({
    as: z.literal('item'),
    itemCode: code('Item code of SAP, best one without stock'),
    taxCode: code('Tax code of the charge; default: by its tax, as for lines').optional(),
  }),
  z.strictObject({ as: z.literal('refuse') }),
]);

export type Charge = z.infer<typeof chargeSchema>;

const refuse = { as: 'refuse' } as const;

const taxSchema = z.discriminatedUnion('policy', [
  z.strictObject({
    policy: z
      .literal('rate')
      .describe('The rate of a line chooses the code; SAP computes the tax, which must come out as in the shop'),
  }),
  z.strictObject({
    policy: z
      .literal('jurisdiction')
      .describe("The tax's jurisdiction, code or title (several joined with ' + ') chooses the code"),
  }),
  z.strictObject({
    policy: z
      .literal('exempt-with-charge')
      .describe("Every line takes the exempt code; the shop's tax goes in as a charge"),
    exemptCode: code('Tax code of lines without tax'),
    charge: chargeSchema.describe('How the tax of the shop is written'),
  }),
  z.strictObject({
    policy: z
      .literal('override')
      .describe("The rate chooses the code, the shop's tax amount overrides what SAP computes"),
    lineTolerance: amount("Largest difference a line's tax may have from its code's; more means a wrong code").default(
      '0.05',
    ),
  }),
]);

export type TaxPolicy = z.infer<typeof taxSchema>;

/** Settings of an order flow into SAP Business One, under `target`. */
export const orderSettingsSchema = z.strictObject({
  customers: z
    .discriminatedUnion('mode', [
      z.strictObject({
        mode: z
          .literal('collective')
          .describe(
            'Every order goes to one customer, its own addresses on the order; those of a company to its own partner, where SAP has one',
          ),
        cardCode: code('Code of that customer'),
      }),
      z.strictObject({
        mode: z
          .literal('create')
          .describe(
            "By link, else by e-mail, else created from the order, as the customer flow or the order flow's prerequisites say. A company's orders: by its external id (CardCode), else by link, else one partner of the company is created; buyers become its contacts",
          ),
        guestCardCode: code('Customer of orders that name neither customer nor e-mail').optional(),
      }),
      z.strictObject({
        mode: z.literal('wait').describe('By link, else by e-mail, else the order waits until the customer exists'),
        guestCardCode: code('Customer of orders that name neither customer nor e-mail').optional(),
      }),
    ])
    .prefault({ mode: 'create' })
    .describe('Which customer an order goes to'),
  series: key('Numbering series of orders; default: the default series of SAP').optional(),
  branch: key('Branch (BPL) when the value map branch gives none').optional(),
  warehouse: code('Warehouse when the value map warehouse gives none; default: the one of the item').optional(),
  paymentTerms: key(
    'Payment terms when the value map paymentTerms gives none; default: those of the customer',
  ).optional(),
  salesPerson: key('Sales employee when the value map salesPerson gives none').optional(),
  shipVia: key('Shipping type when the value map shipVia gives none').optional(),
  docDate: z
    .enum(['order', 'placed', 'today'])
    .default('order')
    .describe(
      'Posting date, as a day in the time zone of the connection: the business date of the order (imports and back-dated orders have one of their own), the day on which it was placed, or the day of writing (closed periods). The tax date is the day of the order in each case',
    ),
  dueDate: z
    .strictObject({
      from: z
        .enum(['order', 'promised', 'requested'])
        .default('order')
        .describe('promised and requested fall back to the day of the order'),
      plusDays: wholeNumber('Days added to it', { min: 0, max: 365 }).default(0),
    })
    .prefault({})
    .describe('Due date of orders'),
  currency: z
    .strictObject({
      amounts: z
        .enum(['document', 'base'])
        .default('document')
        .describe("The customer's currency as it is, or the shop's own"),
      rate: z
        .enum(['company', 'order'])
        .default('company')
        .describe("Exchange rate: SAP's table, or the order's own (DocRate)"),
    })
    .prefault({})
    .describe('Which amounts are written, and at which rate'),
  tax: taxSchema.prefault({ policy: 'rate' }).describe('How the tax code of a line is chosen'),
  channelTax: z
    .enum(['write', 'leave-out'])
    .default('write')
    .describe(
      'Tax that the sales channel (a marketplace) remits itself: written as any other, or left out, so that it is not booked as owed',
    ),
  exchanges: z
    .enum(['off-order', 'on-order'])
    .default('off-order')
    .describe(
      'Goods sent in exchange for returned ones: kept off the sales order of the sale, or added to it as further lines',
    ),
  discounts: z
    .enum(['price', 'percent'])
    .default('price')
    .describe(
      'Discounted lines: the price after discount, or the list price with a percentage where that comes out exactly',
    ),
  shipping: chargeSchema
    .default(refuse)
    .describe('How shipping charges are written: freight, an item line, or not at all'),
  tips: chargeSchema.default(refuse).describe('How tips are written'),
  fees: chargeSchema.default(refuse).describe('How fees are written'),
  duties: chargeSchema.default(refuse).describe('How duties are written'),
  adjustments: chargeSchema.default(refuse).describe('How adjustments of an order are written'),
  cashRounding: z
    .enum(['document', 'refuse'])
    .default('document')
    .describe("Cash rounding as the document's own rounding difference"),
  giftCardItem: code('Item code of sold gift cards; default: their SKU, else refused').optional(),
  customItem: code('Item code of lines without SKU; the title becomes the description. Default: refused').optional(),
  customerReference: z
    .enum(['order-number', 'po-number', 'both'])
    .default('both')
    .describe(
      'What stands in NumAtCard: the order\'s number, the customer\'s own number of the order (PO number) where there is one, or both, e.g. "#1001 / PO-7"',
    ),
  numberPrefix: z
    .string()
    .max(20, 'must have at most 20 characters')
    .default('')
    .describe("Put before the order's number in NumAtCard, e.g. to tell two stores apart"),
  writeStates: statesSchema,
});

export type OrderSettings = z.infer<typeof orderSettingsSchema>;
