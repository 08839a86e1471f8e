import { readFileSync } from 'node:fs';
import { buildAdminSchema } from '@entrepot/sandbox-shopify';
import { buildSchema, execute, extendSchema, type GraphQLSchema, parse } from 'graphql';
import { type FeaturesAnswer, judgeFeatures, type SchemaFeatures } from '../src/read/documents/features.ts';
import { ACCESS_DOCUMENT } from '../src/read/scopes.ts';

/** What the source finds in a schema when it asks it. */
export function featuresOf(schema: GraphQLSchema): SchemaFeatures {
  const document = parse(ACCESS_DOCUMENT);
  const result = execute({ schema, document, rootValue: { currentAppInstallation: { accessScopes: [] } } });
  return judgeFeatures((result as { data: unknown }).data as FeaturesAnswer);
}

/**
 * The sandbox's schema with what 2026-10 has besides: bar codes (changelog of 8 Sep 2026, after the release candidate's schema was
 * cut), and what the sandbox has no goods or consents for.
 */
export function buildNewestSchema(): GraphQLSchema {
  const own = buildAdminSchema();
  const additions = [
    {
      lacks: 'ProductVariant.barcodes',
      sdl: `extend type ProductVariant {
        barcodes(first: Int, after: String, last: Int, before: String, reverse: Boolean = false): ProductVariantBarcodeConnection!
      }
      enum BarcodeType { ASIN EAN GTIN ISBN UPC }
      type ProductVariantBarcode { type: BarcodeType value: String! }
      type ProductVariantBarcodeConnection { nodes: [ProductVariantBarcode!]! pageInfo: PageInfo! }`,
    },
    {
      lacks: 'CustomerPhoneNumber.smsMarketingConsent',
      sdl: `enum CustomerMarketingConsentState { INVALID NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED }
      type CustomerSmsMarketingConsent { state: CustomerMarketingConsentState! updatedAt: DateTime }
      extend type CustomerPhoneNumber { smsMarketingConsent: CustomerSmsMarketingConsent! }`,
    },
    {
      lacks: 'ExchangeLineItem.title',
      sdl: `extend type ExchangeLineItem { productId: ID title: String variantId: ID variantSku: String variantTitle: String }`,
    },
  ];
  return additions
    .filter(({ lacks }) => !hasField(own, lacks))
    .reduce((schema, { sdl }) => extendSchema(schema, parse(sdl)), own);
}

function hasField(schema: GraphQLSchema, path: string): boolean {
  const [type = '', field = ''] = path.split('.');
  const found = schema.getType(type);
  return found !== undefined && 'getFields' in found && field in found.getFields();
}

/** The vendor's own schemas, where they lie beside the repository or where SHOPIFY_SDL_DIR says; they are not ours to keep here. */
export const VENDOR_SCHEMA_FOLDER =
  process.env.SHOPIFY_SDL_DIR ?? new URL('../../../../../shared/vendors/shopify/schema/', import.meta.url).pathname;

export function readVendorSchema(path: string, decompress: (bytes: Buffer) => Buffer): GraphQLSchema {
  return buildSchema(decompress(readFileSync(path)).toString('utf8'), { assumeValidSDL: true });
}
