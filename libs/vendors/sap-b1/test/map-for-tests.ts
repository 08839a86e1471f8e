import type { FlowSettings } from '@entrepot/mapping';
import type { ConnectionView, MapContext, MapOutcome } from '@entrepot/vendor-kit';
import { settingsSchema } from '../src/config.ts';
import type { CompanyProfile } from '../src/map/company-profile.ts';
import type { OrderPlan } from '../src/map/order/plan.ts';
import { PLACED_AT } from './orders-for-tests.ts';

const PROFILE: CompanyProfile = {
  localCurrency: 'USD',
  priceDigits: 2,
  percentDigits: 4,
  quantityDigits: 3,
  taxRates: { EX: '0', VAT7: '7', CA725: '7.25', TX825: '8.25', NY: '8.875', VAT19: '19', VAT20: '20' },
};

export function contextFor(
  flow: FlowSettings,
  settings: Record<string, unknown> = {},
  more: Partial<MapContext> = {},
): MapContext {
  const connection: ConnectionView = {
    id: 'erp',
    label: 'ERP',
    revision: 1,
    settings: settingsSchema.parse({
      baseUrl: 'https://sap.example.com:50000',
      company: 'SBODEMO',
      user: 'manager',
      ...settings,
    }),
    secrets: {},
  };
  return {
    connection,
    flow,
    resolved: [],
    profile: PROFILE,
    sourceKey: 'shop/1001',
    existing: {},
    lineMap: [],
    now: () => PLACED_AT / 1000,
    ...more,
  };
}

export function planOf(outcome: MapOutcome): OrderPlan {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error, null, 2));
  return outcome.documents[0]?.body as OrderPlan;
}

export function errorOf(outcome: MapOutcome) {
  if (outcome.ok) throw new Error('mapped, though it should not be');
  return outcome.error;
}
