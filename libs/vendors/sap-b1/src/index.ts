import type { Vendor } from '@entrepot/vendor-kit';
import { type SapB1Secrets, type SapB1Settings, secretsSchema, settingsSchema } from './config.ts';
import { sapB1Target } from './target.ts';

export type { SapB1Secrets, SapB1Settings } from './config.ts';
export type { CustomerPlan } from './map/customer/plan.ts';
export type { OrderPlan } from './map/order/plan.ts';
export type { CustomerSettings, OrderSettings } from './map/settings.ts';

/** SAP Business One through its Service Layer. */
export const sapB1: Vendor<SapB1Settings, SapB1Secrets> = {
  name: 'sap-b1',
  title: 'SAP Business One',
  settings: settingsSchema as Vendor<SapB1Settings, SapB1Secrets>['settings'],
  secrets: secretsSchema,
  source: null,
  target: sapB1Target,
};
