import type { Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { ConnectionView, DocumentDraft, MapOutcome, TargetDependency } from '@entrepot/vendor-kit';
import { type SapB1Settings, settingsSchema } from '../src/config.ts';
import { type AnyOrderPlan, type OrderMapContext, type OrderPlan } from '../src/entities/order/map/plan.ts';
import { listOrderDependencies } from '../src/entities/order/order.ts';
import { orderSettingsSchema } from '../src/entities/order/settings.ts';
import type { CompanyProfile } from '../src/map/company-profile.ts';
import { PLACED_AT } from './orders-for-tests.ts';

const PROFILE: CompanyProfile = {
  localCurrency: 'USD',
  priceDigits: 2,
  percentDigits: 4,
  quantityDigits: 3,
  taxRates: { EX: '0', VAT7: '7', CA725: '7.25', TX825: '8.25', NY: '8.875', VAT19: '19', VAT20: '20' },
};

export function dependenciesOf(order: Order, flow: FlowSettings<'order'>): TargetDependency[] {
  return listOrderDependencies(order, orderSettingsSchema.parse(flow.target));
}

export function contextFor(
  flow: FlowSettings<'order'>,
  settings: Record<string, unknown> = {},
  more: Partial<OrderMapContext> = {},
): OrderMapContext {
  const connection: ConnectionView<SapB1Settings> = {
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
    settings: orderSettingsSchema.parse(flow.target),
    resolved: [],
    profile: PROFILE,
    sourceKey: 'shop/1001',
    existing: () => null,
    collected: () => [],
    now: () => PLACED_AT / 1000,
    ...more,
  };
}

export function planOf(outcome: MapOutcome<DocumentDraft<AnyOrderPlan>>): OrderPlan {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error, null, 2));
  return outcome.documents[0]?.body as OrderPlan;
}

export function errorOf(outcome: MapOutcome<DocumentDraft<AnyOrderPlan>>) {
  if (outcome.ok) throw new Error('mapped, though it should not be');
  return outcome.error;
}
