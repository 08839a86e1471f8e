import type { FlowSettings } from '@entrepot/mapping';
import { z } from 'zod';

/** How a charge that is no item line (shipping, tip, duty …) is written. */
export const chargeSchema = z.discriminatedUnion('as', [
  z.strictObject({
    as: z.literal('expense'),
    expenseCode: z.int().describe('Freight code (additional expense) of SAP'),
    taxCode: z.string().min(1).optional().describe('Tax code of the charge; default: by its tax, as for lines'),
  }),
  z.strictObject({
    as: z.literal('item'),
    itemCode: z.string().min(1).describe('Item code of SAP, best one without stock'),
    taxCode: z.string().min(1).optional().describe('Tax code of the charge; default: by its tax, as for lines'),
  }),
  z.strictObject({ as: z.literal('refuse') }),
]);

/** Countries of whose states SAP companies mostly have the codes; others are refused unless somebody defined them. */
const COUNTRIES_WITH_STATES = ['US', 'CA', 'AU', 'BR', 'IN'];

const statesSchema = z
  .union([z.boolean(), z.array(z.string().regex(/^[A-Z]{2}$/, 'a country by its ISO code, e.g. US'))])
  .default(COUNTRIES_WITH_STATES)
  .describe(
    'Countries whose state codes are written into addresses as they come: those whose states are defined in SAP (true: all, false: no states at all). The value map "state" ("US-CA" or "CA" → code of SAP) comes first in every country; a state that is not written is noted in the remarks',
  );

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
    exemptCode: z.string().min(1),
    charge: chargeSchema,
  }),
  z.strictObject({
    policy: z
      .literal('override')
      .describe("The rate chooses the code, the shop's tax amount overrides what SAP computes"),
    lineTolerance: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .default('0.05')
      .describe("Largest difference a line's tax may have from its code's; more means a wrong code"),
  }),
]);

export type TaxPolicy = z.infer<typeof taxSchema>;

/** Settings of a customer flow into SAP Business One, under `target`. */
export const customerSettingsSchema = z.strictObject({
  cardCode: z
    .union([
      z.strictObject({ series: z.int().describe('Numbering series of business partners that gives the code') }),
      z.strictObject({
        pattern: z
          .string()
          .regex(/\{(id|number)\}/, 'needs {id} or {number}')
          .describe(
            'Code made of the source, e.g. C{id}; an id that does not fit the column is replaced by a short hash',
          ),
      }),
    ])
    .default({ pattern: 'C{id}' })
    .describe('Where the code of a new business partner comes from'),
  groupCode: z.int().optional().describe('Customer group when the value map customerGroup gives none'),
  currency: z
    .string()
    .min(1)
    .default('##')
    .describe('Currency of new business partners; ## = all currencies; "source" = the customer\'s own'),
  priceList: z.int().optional().describe('Price list when the value map priceList gives none'),
  paymentTerms: z.int().optional().describe('Payment terms when the value map paymentTerms gives none'),
  salesPerson: z.int().optional().describe('Sales employee when the value map salesPerson gives none'),
  nameFrom: z
    .enum(['person', 'company'])
    .default('person')
    .describe(
      "Name of a person's business partner: the person's, or the company's on the record or its main address; what is missing falls back to the other, then to e-mail, telephone, id",
    ),
  updateExisting: z
    .enum(['all', 'reference-only'])
    .default('all')
    .describe(
      'On a business partner that exists: bring all mapped fields up to date, or only note our reference in it',
    ),
  keptIfEmpty: z
    .array(z.enum(['Cellular', 'MobilePhone', 'Fax', 'FederalTaxID']))
    .default(['Cellular', 'MobilePhone', 'Fax', 'FederalTaxID'])
    .describe(
      'Columns of business partners (MobilePhone: of their contacts) that stay as they are where the source has nothing for them, since most shops have no such field and people fill them in SAP; take out those that the source does maintain, so that what it empties becomes empty',
    ),
  writeStates: statesSchema,
});

export type CustomerSettings = z.infer<typeof customerSettingsSchema>;

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
        cardCode: z.string().min(1),
      }),
      z.strictObject({
        mode: z
          .literal('create')
          .describe(
            "By link, else by e-mail, else created from the order. A company's orders: by its external id (CardCode), else by link, else one partner of the company is created; buyers become its contacts",
          ),
        guestCardCode: z
          .string()
          .min(1)
          .optional()
          .describe('Customer of orders that name neither customer nor e-mail'),
        record: customerSettingsSchema
          .prefault({})
          .describe('How customers are written when there is no customer flow'),
      }),
      z.strictObject({
        mode: z.literal('wait').describe('By link, else by e-mail, else the order waits until the customer exists'),
        guestCardCode: z.string().min(1).optional(),
      }),
    ])
    .prefault({ mode: 'create' }),
  series: z.int().optional().describe('Numbering series of orders; default: the default series of SAP'),
  branch: z.int().optional().describe('Branch (BPL) when the value map branch gives none'),
  warehouse: z
    .string()
    .min(1)
    .optional()
    .describe('Warehouse when the value map warehouse gives none; default: the one of the item'),
  paymentTerms: z
    .int()
    .optional()
    .describe('Payment terms when the value map paymentTerms gives none; default: those of the customer'),
  salesPerson: z.int().optional().describe('Sales employee when the value map salesPerson gives none'),
  shipVia: z.int().optional().describe('Shipping type when the value map shipVia gives none'),
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
      plusDays: z.int().min(0).max(365).default(0),
    })
    .prefault({}),
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
    .prefault({}),
  tax: taxSchema.prefault({ policy: 'rate' }),
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
  shipping: chargeSchema.default(refuse),
  tips: chargeSchema.default(refuse),
  fees: chargeSchema.default(refuse),
  duties: chargeSchema.default(refuse),
  adjustments: chargeSchema.default(refuse),
  cashRounding: z
    .enum(['document', 'refuse'])
    .default('document')
    .describe("Cash rounding as the document's own rounding difference"),
  giftCardItem: z.string().min(1).optional().describe('Item code of sold gift cards; default: their SKU, else refused'),
  customItem: z
    .string()
    .min(1)
    .optional()
    .describe('Item code of lines without SKU; the title becomes the description. Default: refused'),
  customerReference: z
    .enum(['order-number', 'po-number', 'both'])
    .default('both')
    .describe(
      'What stands in NumAtCard: the order\'s number, the customer\'s own number of the order (PO number) where there is one, or both, e.g. "#1001 / PO-7"',
    ),
  numberPrefix: z
    .string()
    .max(20)
    .default('')
    .describe("Put before the order's number in NumAtCard, e.g. to tell two stores apart"),
  writeStates: statesSchema,
});

export type OrderSettings = z.infer<typeof orderSettingsSchema>;

const read = new WeakMap<object, OrderSettings>();

/** The order settings of a flow, defaults filled in. Settings do not change in place, so each is read once, not for every order. */
export function readOrderSettings({ target }: FlowSettings): OrderSettings {
  let settings = read.get(target);
  if (settings === undefined) {
    settings = orderSettingsSchema.parse(target);
    read.set(target, settings);
  }
  return settings;
}
