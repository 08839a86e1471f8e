import { readdirSync, readFileSync } from 'node:fs';
import { buildAdminSchema } from '@entrepot/sandbox-shopify';
import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  CHANGED_CUSTOMERS_DOCUMENT,
  CUSTOMER_STAMP_DOCUMENT,
  CUSTOMERS_DOCUMENT,
} from '../src/read/customer-document.ts';
import { NESTED_CONNECTIONS } from '../src/read/nested-documents.ts';
import { CHANGED_ORDERS_DOCUMENT, ORDER_STAMP_DOCUMENT, ORDERS_DOCUMENT } from '../src/read/order-document.ts';

const schema = buildAdminSchema();
const folder = new URL('./fixtures/', import.meta.url);
const switches = {
  withProducts: true,
  withCustomers: true,
  withCompanies: true,
  withFulfilmentOrders: true,
  withReturns: true,
  withTerms: true,
  withLocations: true,
};

describe('documents', () => {
  it.each([
    ORDERS_DOCUMENT,
    ORDER_STAMP_DOCUMENT,
    CHANGED_ORDERS_DOCUMENT,
    CUSTOMERS_DOCUMENT,
    CUSTOMER_STAMP_DOCUMENT,
    CHANGED_CUSTOMERS_DOCUMENT,
    ...[...NESTED_CONNECTIONS.values()].map((nested) => nested.document),
  ])('%#: is valid', (document) => expect(validate(schema, parse(document))).toEqual([]));
});

describe('fixtures', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.wire.json'));
  it.each(names)('%s is an answer that the schema allows, with every field asked for', (name) => {
    const wire: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const document = parse(name.startsWith('order.') ? ORDERS_DOCUMENT : CUSTOMERS_DOCUMENT);
    const result = execute({
      schema,
      document,
      rootValue: { nodes: [wire] },
      variableValues: { ids: ['x'], ...switches },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { nodes: [wire] } });
  });
});
