import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildSchema, execute, type GraphQLSchema, parse } from 'graphql';
import { ACCESS_DOCUMENT, type FeaturesAnswer, judgeFeatures, type SchemaFeatures } from '../src/api/access.ts';

/** What the source finds in a schema when it asks it. */
export function featuresOf(schema: GraphQLSchema): SchemaFeatures {
  const document = parse(ACCESS_DOCUMENT);
  const result = execute({ schema, document, rootValue: { currentAppInstallation: { accessScopes: [] } } });
  return judgeFeatures((result as { data: unknown }).data as FeaturesAnswer);
}

/** The vendor's own schemas, where they lie beside the repository or where SHOPIFY_SDL_DIR says; they are not ours to keep here. */
export const VENDOR_SCHEMA_FOLDER =
  process.env.SHOPIFY_SDL_DIR ?? new URL('../../../../../shared/vendors/shopify/schema/', import.meta.url).pathname;

export function readVendorSchema(path: string): GraphQLSchema {
  return buildSchema(gunzipSync(readFileSync(path)).toString('utf8'), { assumeValidSDL: true });
}

/** Every scope that opens a part of an order. */
export const ALL_SCOPES = [
  'read_orders',
  'read_customers',
  'read_products',
  'read_returns',
  'read_payment_terms',
  'read_locations',
  'read_merchant_managed_fulfillment_orders',
];
