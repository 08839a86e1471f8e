import type { Vendor } from '@entrepot/vendor-kit';
import { type ShopifySecrets, type ShopifySettings, secretsSchema, settingsSchema } from './config.ts';
import { source } from './source.ts';

/** The Shopify plug-in: source side only. */
export const shopify: Vendor<ShopifySettings, ShopifySecrets> = {
  name: 'shopify',
  title: 'Shopify',
  settings: settingsSchema,
  secrets: secretsSchema,
  source,
  target: null,
};

export type { ShopifySecrets, ShopifySettings } from './config.ts';
