import { defineTarget, defineVendor } from '@entrepot/vendor-kit';
import { openClient, type SapB1Types } from './client.ts';
import { readCompanyProfile } from './company.ts';
import { secretsSchema, settingsSchema } from './config.ts';
import { customer } from './entities/customer/customer.ts';
import { order } from './entities/order/order.ts';
import { findItems } from './entities/product.ts';
import { testConnection } from './test-connection.ts';
import { values } from './values.ts';

export type { SapB1Secrets, SapB1Settings } from './config.ts';
export type { CustomerPlan } from './entities/customer/map/plan.ts';
export type { CustomerSettings } from './entities/customer/settings.ts';
export type { OrderPlan } from './entities/order/map/plan.ts';
export type { OrderSettings } from './entities/order/settings.ts';

/** SAP Business One through its Service Layer. */
export const sapB1 = defineVendor({
  name: 'sap-b1',
  title: 'SAP Business One',
  settings: settingsSchema,
  secrets: secretsSchema,
  movedSettings: [{ from: 'maxConcurrency', to: 'budget.concurrency' }],
  budget: ({ budget }) => ({ ...budget, points: false }),
  client: { open: openClient, close: (client) => client.close() },
  source: null,
  target: defineTarget<SapB1Types>({
    test: testConnection,
    values,
    fence: ({ session }, vault, call) => session.fence(vault, call),
    companyProfile: readCompanyProfile,
    entities: { order, customer },
    references: { product: findItems },
  }),
});
