import { milliseconds, namedValues, text, wholeNumber } from '@entrepot/mapping';
import { addressSettingsShape, budgetSettingsShape, certificates, checkBaseUrl } from '@entrepot/vendor-kit';
import { z } from 'zod';

/**
 * Lengths of the SAP columns that texts go into (defaults of 10.0). A company may have others; `$metadata` does not
 * contain them.
 */
export const DEFAULT_TEXT_LIMITS = {
  NumAtCard: 100,
  Comments: 254,
  CardCode: 15,
  CardName: 100,
  EmailAddress: 100,
  Phone1: 20,
  Cellular: 50,
  Fax: 20,
  FederalTaxID: 32,
  AddressName: 50,
  Street: 100,
  Block: 100,
  City: 100,
  ZipCode: 20,
  County: 100,
  AddressName2: 50,
  AddressName3: 50,
  ItemDescription: 100,
  /** `FreeText` of a line. */
  LineFreeText: 100,
  ContactName: 50,
  FirstName: 50,
  LastName: 50,
  Position: 90,
  State: 3,
  // Long texts in the database: the limits only bound the size of one record.
  OpeningRemarks: 32_000,
  FreeText: 32_000,
} as const;

/** A company keeps its accounts in a few; ISO 4217 has some 180. */
const MAX_CURRENCIES = 200;
const MAX_COLUMNS = 500;
const MAX_TEXT = 1_000_000;

/** A column with a known length, or a user-defined field, whose length only the settings know. */
export type TextColumn = keyof typeof DEFAULT_TEXT_LIMITS | `U_${string}`;

/** Settings of a connection to one company of SAP Business One. */
export const settingsSchema = z
  .strictObject({
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
      .max(2_000, 'must have at most 2000 characters')
      .describe(
        'Address of the Service Layer without version, e.g. https://sap.example.com:50000 (the load balancer, not a node)',
      ),
    ...addressSettingsShape,
    servicePath: z
      .string()
      .regex(/^\/b1s\/v2$/, 'only Service Layer v2 is supported: /b1s/v2')
      .default('/b1s/v2')
      .describe('Path of the Service Layer version'),
    company: text('Company database (CompanyDB)', 100),
    user: text('User that writes; one of its own, so that the change log tells who wrote', 200),
    ca: certificates('Certificate authority that signed the Service Layer, when it is not a public one')
      .nullable()
      .default(null),
    taxField: z
      .enum(['TaxCode', 'VatGroup'])
      .default('TaxCode')
      .describe(
        'Field that carries the tax of a line: TaxCode in the US and other sales tax countries, VatGroup in VAT countries',
      ),
    timeZone: z
      .string()
      .max(100, 'must have at most 100 characters')
      .refine(isTimeZone, 'must be a time zone of the IANA list, e.g. Europe/Berlin')
      .default('UTC')
      .describe('Time zone of the company: document dates are days there'),
    currencyDigits: namedValues(wholeNumber('Decimal places', { min: 0, max: 6 }), MAX_CURRENCIES)
      .default({})
      .describe('Decimal places (0 to 6) of a currency where the company has others than ISO 4217, e.g. {"JPY": 2}'),
    udfExternalRef: z
      .string()
      .regex(
        /^U_\w{1,48}$/,
        'must be the name of a user-defined field: U_ and at most 48 letters, digits and underscores',
      )
      .default('U_EntrepotRef')
      .describe(
        'User-defined field on documents (ORDR) and business partners (OCRD), text of at least 100, that carries <connection>/<id>',
      ),
    skuMatch: z
      .enum(['exact', 'ignore-case'])
      .default('exact')
      .describe(
        'How a SKU finds its item: spelt exactly as the item code, or in upper and lower case alike where none is spelt exactly so (several such items: a person decides)',
      ),
    requestTimeoutMs: milliseconds('Longest wait for an answer', { min: 500, max: 600_000 }).default(30_000),
    settleMs: milliseconds(
      'Longest time a document may take to appear after its request was sent; "absent" counts only after it',
      { min: 0, max: 3_600_000 },
    ).default(60_000),
    ...budgetSettingsShape({
      concurrency: 4,
      concurrencyHelp: 'Service Layer workers bound it: 2 to 4 are usual, more behind a balancer over several nodes',
    }),
    textLimits: namedValues(wholeNumber('Characters', { min: 1, max: MAX_TEXT }), MAX_COLUMNS)
      .default({})
      .describe(
        `Longest text (1 to ${MAX_TEXT} characters) by column or user-defined field (U_Engraving), where the company differs from ${Object.entries(
          DEFAULT_TEXT_LIMITS,
        )
          .map(([name, size]) => `${name} ${size}`)
          .join(', ')}`,
      ),
    overlongText: z
      .enum(['remarks', 'refuse'])
      .default('remarks')
      .describe(
        'What to do with a text that is longer than its column: cut it (leave it out where a part means nothing: e-mail, telephone, tax number, postal code) and keep the whole text in the remarks (opening remarks of an order, remarks of a business partner), or refuse the record with words',
      ),
  })
  .superRefine(({ baseUrl, allowedAddresses }, context) => checkBaseUrl(context, 'baseUrl', baseUrl, allowedAddresses));

export const secretsSchema = z.strictObject({
  password: text('Password of the user', 1_000),
});

export type SapB1Settings = z.infer<typeof settingsSchema>;
export type SapB1Secrets = z.infer<typeof secretsSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
