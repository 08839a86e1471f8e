import { type Customer, createCustomer, type Order, type Sparse } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../src/config.ts';
import type { CustomerPlan } from '../src/entities/customer/map/plan.ts';
import { mapCustomer } from '../src/entities/customer/map.ts';
import { customerSettingsSchema } from '../src/entities/customer/settings.ts';
import { UNKNOWN_COMPANY } from '../src/map/company-profile.ts';
import { dependenciesOf } from './map-for-tests.ts';
import { makeFlow, makeOrder, prerequisiteFlow } from './orders-for-tests.ts';

const settings = settingsSchema.parse({
  baseUrl: 'https://sap.example.com:50000',
  company: 'SBODEMO',
  user: 'manager',
});
const orderFlow = makeFlow({ customers: { mode: 'create' } });
const customerFlow = makeFlow({}, { target: {} });

function fieldsOf(customer: Customer, flow: FlowSettings<'order'>): Readonly<Record<string, unknown>> {
  const outcome = mapCustomer(customer, {
    connection: { id: 'erp', label: 'ERP', revision: 1, settings, secrets: {} },
    flow,
    settings: customerSettingsSchema.parse(flow.target),
    resolved: [],
    profile: UNKNOWN_COMPANY,
    sourceKey: `shop/${customer.source.id}`,
    existing: () => null,
    collected: () => [],
    now: () => 0,
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const plan = outcome.documents[0]?.body as CustomerPlan;
  return plan.fields;
}

/** What an order makes of its customer. */
function fieldsByOrder(more: Sparse<Order>, flow = orderFlow) {
  const order = makeOrder({ lines: [{ price: '1.00' }], more });
  const dependency = dependenciesOf(order, flow).find(({ entity }) => entity === 'customer');
  return fieldsOf(dependency?.prerequisite as Customer, prerequisiteFlow(flow));
}

const customerOf = (more: Sparse<Customer>) =>
  createCustomer({ source: { connection: 'shop', vendor: 'shopify', id: '77', version: 1 }, kind: 'PERSON', ...more });
const fieldsByCustomer = (more: Sparse<Customer>, flow = customerFlow) => fieldsOf(customerOf(more), flow);

const marine = {
  firstName: 'Kim',
  lastName: 'Park',
  company: 'Park Marine Ltd',
  lines: ['2 Pier'],
  phone: '+14155550111',
};

describe('one name for a partner', () => {
  it('a company at the address does not rename the person, whichever comes last, guest or registered', () => {
    const nobody = { customer: null, guest: true };
    for (const buyer of [{ customer: { id: '77', name: 'Kim Park' } }, nobody])
      expect(fieldsByOrder({ ...buyer, email: 'kim2@park.example', billTo: marine, shipTo: marine }).CardName).toBe(
        'Kim Park',
      );
    const registered = {
      firstName: 'Kim',
      lastName: 'Park',
      name: 'Kim Park',
      addresses: [{ ...marine, isDefault: true }],
    };
    expect(fieldsByCustomer({ ...registered, company: 'Park Marine Ltd', note: 'calls at noon' }).CardName).toBe(
      'Kim Park',
    );
  });

  it("by the flow's wish the company's name comes first, in both flows", () => {
    const record = { nameFrom: 'company' };
    const creating = makeFlow({ customers: { mode: 'create' } }, { prerequisites: { customer: { target: record } } });
    expect(fieldsByOrder({ billTo: marine, shipTo: marine }, creating).CardName).toBe('Park Marine Ltd');
    expect(
      fieldsByCustomer(
        { name: 'Kim Park', addresses: [{ ...marine, isDefault: true }] },
        makeFlow({}, { target: record }),
      ).CardName,
    ).toBe('Park Marine Ltd');
  });

  it('where there is no person, the company', () => {
    const office = { company: 'Park Marine Ltd', lines: ['2 Pier'] };
    expect(fieldsByOrder({ customer: null, billTo: office, shipTo: office }).CardName).toBe('Park Marine Ltd');
    expect(fieldsByCustomer({ email: 'office@park.example', addresses: [office] }).CardName).toBe('Park Marine Ltd');
  });

  it('a telephone alone is name and telephone in both flows; what nothing is known of has its id', () => {
    const phone = '+14155550123';
    const bare = { email: null, billTo: null, shipTo: null };
    expect(fieldsByCustomer({ phone })).toMatchObject({ CardName: phone, Phone1: phone });
    expect(fieldsByOrder({ ...bare, customer: { id: '77', name: phone } })).toMatchObject({
      CardName: phone,
      Phone1: phone,
    });
    expect(fieldsByCustomer({ note: 'walk in' })).toMatchObject({ CardName: '77', Phone1: null });
    for (const name of ['Unknown', null])
      expect(fieldsByOrder({ ...bare, customer: { id: '77', name } })).toMatchObject({ CardName: '77', Phone1: null });
  });

  it('a name that is only the e-mail address is none', () => {
    const email = 'kim2@park.example';
    expect(fieldsByOrder({ email, customer: { id: '77', name: email }, billTo: marine, shipTo: null }).CardName).toBe(
      'Kim Park',
    );
    expect(fieldsByCustomer({ email, name: email, addresses: [marine] }).CardName).toBe('Kim Park');
    expect(fieldsByCustomer({ email, name: email }).CardName).toBe(email);
  });

  it('the telephone: own (which the order gives), else of the main address, else of another one', () => {
    const [first, second] = [
      { ...marine, phone: '+1 1' },
      { ...marine, phone: '+1 2', isDefault: true },
    ];
    expect(fieldsByCustomer({ phone: '+1 0', addresses: [first, second] }).Phone1).toBe('+1 0');
    expect(fieldsByCustomer({ addresses: [first, second] }).Phone1).toBe('+1 2');
    expect(fieldsByCustomer({ addresses: [first, { ...marine, phone: null, isDefault: true }] }).Phone1).toBe('+1 1');
    expect(fieldsByOrder({ phone: null, billTo: { ...marine, phone: null }, shipTo: first }).Phone1).toBe('+1 1');
    expect(fieldsByOrder({ phone: '+1 9', billTo: second, shipTo: first }).Phone1).toBe('+1 9');
    expect(fieldsByOrder({ phone: '+1 9', billTo: null, shipTo: null }).Phone1).toBe('+1 9');
  });

  it('the same customer has the same name in both flows, whatever is known of it', () => {
    const maybe = (...values: string[]) => fc.constantFrom(null, ...values);
    const known = fc.record({
      person: fc.constantFrom(null, ['Kim', 'Park'] as const),
      email: maybe('kim2@park.example'),
      phone: maybe('+14155550123'),
      address: fc.option(
        fc.record({
          firstName: maybe('Lee'),
          lastName: maybe('Park'),
          company: maybe('Park Marine Ltd'),
          phone: maybe('+14155550199'),
        }),
      ),
      nameFrom: fc.constantFrom('person', 'company'),
    });
    fc.assert(
      fc.property(known, ({ person, email, phone, address, nameFrom }) => {
        const name = person === null ? null : person.join(' ');
        const [firstName, lastName] = person ?? [null, null];
        const where = address === null ? null : { ...address, lines: ['2 Pier'], isDefault: true };
        const byCustomer = fieldsByCustomer(
          {
            name,
            firstName,
            lastName,
            email,
            phone,
            company: where?.company ?? null,
            addresses: where === null ? [] : [where],
          },
          makeFlow({}, { target: { nameFrom } }),
        );
        const byOrder = fieldsByOrder(
          // What a shop shows of a customer: its name, else what else it knows.
          { customer: { id: '77', name: name ?? email ?? phone }, email, phone, billTo: where, shipTo: where },
          makeFlow({ customers: { mode: 'create' } }, { prerequisites: { customer: { target: { nameFrom } } } }),
        );
        expect(byOrder).toMatchObject({ CardName: byCustomer.CardName, Phone1: byCustomer.Phone1 });
        expect(byCustomer.CardName).toMatch(/\S/);
      }),
    );
  });
});
