import { type Customer, fromJson, toJson, validateEntity } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../src/config.ts';
import type { CustomerPlan } from '../src/entities/customer/map/plan.ts';
import { mapCustomer } from '../src/entities/customer/map.ts';
import { toPartnerBody } from '../src/entities/customer/read-write.ts';
import { customerSettingsSchema } from '../src/entities/customer/settings.ts';
import { customerOfOrder } from '../src/entities/order/order.ts';
import { UNKNOWN_COMPANY } from '../src/map/company-profile.ts';
import { readFixture } from './fixtures.ts';
import { makeCustomer, makeFlow, makeOrder } from './orders-for-tests.ts';

const source = { connection: 'shop', vendor: 'shopify', version: 1, contentHash: 'h' };

const CASES: Readonly<Record<string, () => { customer: Customer; flow: FlowSettings<'order'> }>> = {
  person: () => ({ customer: makeCustomer(), flow: makeFlow({}, { target: {} }) }),
  company: () => ({
    customer: makeCustomer({
      source: { ...source, id: '900', number: 'B2B-900' },
      kind: 'COMPANY',
      name: 'Example GmbH',
      taxRegistrations: [{ country: 'DE', kind: 'VAT', number: 'DE123456789' }],
      groups: [{ id: 'g1', name: 'Wholesale' }],
      terms: { name: 'Net 30', kind: 'NET', dueInDays: 30 },
      priceList: { id: 'pl2', name: 'Trade' },
    }),
    flow: makeFlow(
      {},
      {
        target: { cardCode: { pattern: '{number}' } },
        valueMaps: { customerGroup: { Wholesale: '101' }, paymentTerms: { 'Net 30': '1' }, priceList: { pl2: '2' } },
      },
    ),
  }),
  inactive: () => ({
    customer: makeCustomer({ status: 'INACTIVE', addresses: [], contacts: [] }),
    flow: makeFlow({}, { target: { cardCode: { series: 72 } } }),
  }),
  'guest-of-an-order': () => ({
    customer: customerOfOrder(
      makeOrder({ lines: [{ price: '1.00' }], more: { customer: null, guest: true } }),
      'guest-0123456789abcdef',
    ),
    flow: makeFlow({}, { target: { groupCode: 101 } }),
  }),
};

describe('customers as business partners: fixtures', () => {
  for (const [name, makeCase] of Object.entries(CASES)) {
    it(name, () => {
      const { customer: made, flow } = makeCase();
      const customer = fromJson(
        'customer',
        readFixture(`customer.${name}.canonical`, () => toJson('customer', made)),
      );
      expect(validateEntity('customer', customer)).toEqual([]);
      const settings = settingsSchema.parse({
        baseUrl: 'https://sap.example.com:50000',
        company: 'SBODEMO',
        user: 'manager',
      });
      const connection = { id: 'erp', label: 'ERP', revision: 1, settings, secrets: {} };
      const sourceKey = `shop/${customer.source.id}`;
      const outcome = mapCustomer(customer, {
        connection,
        flow,
        settings: customerSettingsSchema.parse(flow.target),
        resolved: [],
        profile: UNKNOWN_COMPANY,
        sourceKey,
        existing: () => null,
        collected: () => [],
        now: () => 0,
      });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
      const body = toPartnerBody(outcome.documents[0]?.body as CustomerPlan);
      expect(body).toEqual(readFixture(`customer.${name}.wire`, () => body));
    });
  }
});
