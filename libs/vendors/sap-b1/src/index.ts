import { defineVendor } from '@entrepot/vendor-kit';
import { secretsSchema, settingsSchema } from './config.ts';
import { sapB1Target } from './target.ts';

export type { SapB1Secrets, SapB1Settings } from './config.ts';
export type { CustomerPlan } from './map/customer/plan.ts';
export type { OrderPlan } from './map/order/plan.ts';
export type { CustomerSettings, OrderSettings } from './map/settings.ts';

/** SAP Business One through its Service Layer. */
export const sapB1 = defineVendor({
  name: 'sap-b1',
  title: 'SAP Business One',
  settings: settingsSchema,
  secrets: secretsSchema,
  source: null,
  target: sapB1Target,
});
