import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createOrder,
  createOrderPayment,
  describeRecord,
  type EntityName,
  entitySchemas,
  formatFacts,
  fromJson,
  MAX_HEADER_CHARACTERS,
  parseFacts,
} from '../src/index.ts';

const FIXTURES = new URL('./fixtures/', import.meta.url);

describe('the facts of a record', () => {
  it.each(readdirSync(FIXTURES))('of %s fit a header, and are read as they were written', (file) => {
    const name = file.split('.')[0] as EntityName;
    expect(Object.keys(entitySchemas)).toContain(name);
    const entity = fromJson(name as 'order', JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')));
    const facts = describeRecord(name, entity);
    const headers = formatFacts(facts);
    expect(headers.entrepot_facts).toBeDefined();
    expect(parseFacts(name, headers)).toEqual(facts);
  });

  it('say nothing that the record does not, and none of its buyer', () => {
    const [order] = readdirSync(FIXTURES).filter((file) => file === 'order.shopify.canonical.json');
    const text = readFileSync(new URL(order as string, FIXTURES), 'utf8');
    const entity = fromJson('order', JSON.parse(text));
    const said = formatFacts(describeRecord('order', entity)).entrepot_facts ?? '';
    for (const personal of [entity.email, entity.phone, entity.customer?.name, entity.shipTo?.lastName])
      if (personal !== null && personal !== undefined) expect(said).not.toContain(personal);
    expect(said).toContain(entity.paymentStatus);
  });

  it('are left out where they do not fit a header, whatever an order holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 12 }), (gateways) => {
        const payments = gateways.map((gateway, index) => createOrderPayment({ id: `p${index}`, gateway }));
        const facts = describeRecord('order', createOrder({ payments } as never));
        const headers = formatFacts(facts);
        if (headers.entrepot_facts === undefined) return;
        expect(headers.entrepot_facts.length).toBeLessThanOrEqual(MAX_HEADER_CHARACTERS);
        expect(parseFacts('order', headers)).toEqual(facts);
      }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', '{"v":1,'],
    ['a number', '1'],
    ['no version', '{"deleted":false}'],
    ['an order without its payment', '{"v":1,"deleted":false,"order":{"test":false,"cancelled":false}}'],
    [
      'a way to pay that is none',
      '{"v":1,"deleted":false,"order":{"test":false,"cancelled":false,"channels":[],"paymentStatus":"PAID","paymentStatusRaw":null,"ways":[{}]}}',
    ],
  ])('are not believed where the header holds %s', (_what, text) => {
    expect(parseFacts('order', { entrepot_facts: text })).toBeNull();
  });
});
