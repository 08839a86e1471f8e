import { defineSource, defineVendor } from '@entrepot/vendor-kit';
import { SCOPES } from './api/access.ts';
import { testConnection } from './api/connection-test.ts';
import { listLocations, valuesOf } from './api/list-values.ts';
import { signIn } from './api/sign-in.ts';
import { secretsSchema, settingsSchema } from './config.ts';
import { customer, openShop, order, type Shop } from './shop.ts';
import { webhookReceiver } from './webhooks/receiver.ts';
import { checkSubscriptions } from './webhooks/subscriptions.ts';

/** The Shopify plug-in: source side only. */
export const shopify = defineVendor({
  name: 'shopify',
  title: 'Shopify',
  settings: settingsSchema,
  secrets: secretsSchema,
  movedSettings: [{ from: 'adjustmentPolicy', to: 'source.order.adjustmentPolicy' }],
  oauth: signIn,
  budget: ({ budget }) => ({ ...budget, points: true }),
  client: { open: openShop, close: (shop) => shop.close() },
  source: defineSource({
    test: (shop: Shop, call) => testConnection(shop.client, shop.settings, call),
    scopes: SCOPES,
    entities: { order, customer },
    values: {
      warehouse: listLocations,
      paymentGateway: valuesOf('paymentGateway'),
      paymentTerms: valuesOf('paymentTerms'),
      shipVia: valuesOf('shipVia'),
      channel: valuesOf('channel'),
      tax: valuesOf('tax'),
    },
    webhook: { ...webhookReceiver, checkSubscriptions },
  }),
  target: null,
});

export type { ShopifySecrets, ShopifySettings } from './config.ts';
