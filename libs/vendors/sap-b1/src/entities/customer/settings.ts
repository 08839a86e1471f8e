import { text } from '@entrepot/mapping';
import { z } from 'zod';
import { key, statesSchema } from '../../map/setting-fields.ts';

/** Settings of a customer flow into SAP Business One, under `target`. */
export const customerSettingsSchema = z.strictObject({
  cardCode: z
    .union([
      z.strictObject({ series: key('Numbering series of business partners that gives the code') }),
      z.strictObject({
        pattern: z
          .string()
          .max(50, 'must have at most 50 characters')
          .regex(/\{(id|number)\}/, 'must have {id} or {number} in it')
          .describe(
            'Code made of the source, e.g. C{id}; an id that does not fit the column is replaced by a short hash',
          ),
      }),
    ])
    .default({ pattern: 'C{id}' })
    .describe('Where the code of a new business partner comes from'),
  groupCode: key('Customer group when the value map customerGroup gives none').optional(),
  currency: text('Currency of new business partners; ## = all currencies; "source" = the customer\'s own', 10).default(
    '##',
  ),
  priceList: key('Price list when the value map priceList gives none').optional(),
  paymentTerms: key('Payment terms when the value map paymentTerms gives none').optional(),
  salesPerson: key('Sales employee when the value map salesPerson gives none').optional(),
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
    .max(4, 'must have at most 4 entries')
    .default(['Cellular', 'MobilePhone', 'Fax', 'FederalTaxID'])
    .describe(
      'Columns of business partners (MobilePhone: of their contacts) that stay as they are where the source has nothing for them, since most shops have no such field and people fill them in SAP; take out those that the source does maintain, so that what it empties becomes empty',
    ),
  writeStates: statesSchema,
});

export type CustomerSettings = z.infer<typeof customerSettingsSchema>;
