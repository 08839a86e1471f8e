/**
 * What the schema that answers has and others lack. The schema is asked, not the version's name: a version that has ended is served
 * as a later one, and fields came to 2026-10 after its release candidate was cut.
 */
export interface SchemaFeatures {
  /** `ProductVariant.barcodes` stands for `barcode` (2026-10, changelog of 8 Sep 2026). */
  readonly variantBarcodes: boolean;
  /** `CustomerPhoneNumber.smsMarketingConsent` stands for `marketingState` (2026-10). */
  readonly smsConsent: boolean;
  /** Fields by which an exchange line names its goods before it is processed: `variantId` up to 2026-07, all of them from 2026-10. */
  readonly exchangeFields: readonly string[];
}

const EXCHANGE_FIELDS = ['productId', 'variantId', 'variantSku', 'title', 'variantTitle'] as const;

/** Part of the query that reads what the connection may and can ask. Deprecated fields do not count as there. */
export const FEATURES_SELECTION = `
  variant: __type(name: "ProductVariant") { fields { name } }
  phoneNumber: __type(name: "CustomerPhoneNumber") { fields { name } }
  exchangeLine: __type(name: "ExchangeLineItem") { fields { name } }`;

interface TypeFields {
  readonly fields: readonly { readonly name: string }[] | null;
}

export interface FeaturesAnswer {
  readonly variant: TypeFields | null;
  readonly phoneNumber: TypeFields | null;
  readonly exchangeLine: TypeFields | null;
}

export function judgeFeatures(answer: FeaturesAnswer): SchemaFeatures {
  const has = (type: TypeFields | null, field: string): boolean =>
    type?.fields?.some((one) => one.name === field) ?? false;
  return {
    variantBarcodes: has(answer.variant, 'barcodes'),
    smsConsent: has(answer.phoneNumber, 'smsMarketingConsent'),
    exchangeFields: EXCHANGE_FIELDS.filter((field) => has(answer.exchangeLine, field)),
  };
}
