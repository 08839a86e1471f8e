import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAdminSchema, KNOWN_VERSIONS } from '@entrepot/sandbox-shopify';
import { execute, type GraphQLSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ACCESS_DOCUMENT, judgeScopes } from '../src/api/access.ts';
import { TEST_DOCUMENT } from '../src/api/connection-test.ts';
import { LOCATIONS_DOCUMENT, USED_DOCUMENT } from '../src/api/list-values.ts';
import { CHANGED_CUSTOMERS, customerQuery } from '../src/entities/customer/documents.ts';
import { CHANGED_ORDERS, orderQuery } from '../src/entities/order/documents.ts';
import { ALL_SCOPES, featuresOf, readVendorSchema, VENDOR_SCHEMA_FOLDER } from './admin-schemas.ts';

/** Every document that the source sends to a shop with this schema. */
function documentsFor(schema: GraphQLSchema): string[] {
  const features = featuresOf(schema);
  return [
    ACCESS_DOCUMENT,
    TEST_DOCUMENT,
    LOCATIONS_DOCUMENT,
    USED_DOCUMENT,
    CHANGED_ORDERS.document,
    CHANGED_CUSTOMERS.document,
    ...[orderQuery(features), customerQuery(features)].flatMap(({ document, connections, stamp }) => [
      document,
      stamp.document,
      ...[...connections.values()].map((nested) => nested.document),
    ]),
  ];
}

/** Up to 2026-07 the schemas deprecate these in favour of `smsMarketingConsent`, which they do not have. */
const WITHOUT_REPLACEMENT = /CustomerPhoneNumber\.marketing(State|UpdatedAt) is deprecated/;

/** What a schema has against a document: errors, and fields that the vendor has deprecated. */
function faultsOf(schema: GraphQLSchema): string[] {
  const rules = [...specifiedRules, NoDeprecatedCustomRule];
  const { smsConsent } = featuresOf(schema);
  return documentsFor(schema).flatMap((document) =>
    validate(schema, parse(document), rules)
      .map((error) => `${document.slice(0, 30)}: ${error.message}`)
      .filter((fault) => smsConsent || !WITHOUT_REPLACEMENT.test(fault)),
  );
}

describe('documents', () => {
  it.each([...KNOWN_VERSIONS])('are valid for %s as the sandbox has it and name nothing deprecated', (version) => {
    expect(faultsOf(buildAdminSchema(version))).toEqual([]);
  });

  it('ask for what only the newest version has, and of an older one for what it has', () => {
    expect(featuresOf(buildAdminSchema('2026-10'))).toEqual({
      variantBarcodes: true,
      smsConsent: true,
      exchangeFields: ['productId', 'variantId', 'variantSku', 'title', 'variantTitle'],
    });
    const older = featuresOf(buildAdminSchema('2026-01'));
    expect(older).toEqual({ variantBarcodes: false, smsConsent: false, exchangeFields: ['variantId'] });
    expect(orderQuery(older).document).toMatch(/variant @include\(if: \$withProducts\) { id barcode }/);
    expect(customerQuery(older).document).toContain(
      'defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }',
    );
  });

  const versions = existsSync(VENDOR_SCHEMA_FOLDER)
    ? readdirSync(VENDOR_SCHEMA_FOLDER).filter((name) => /^admin-.*\.graphql\.gz$/.test(name))
    : [];
  it.skipIf(versions.length === 0)(
    `are valid for the vendor's schemas (${versions.length} found) and name nothing deprecated`,
    () => {
      for (const name of versions) {
        const schema = readVendorSchema(join(VENDOR_SCHEMA_FOLDER, name));
        expect([name, faultsOf(schema)]).toEqual([name, []]);
      }
    },
  );
});

describe('fixtures', () => {
  const schema = buildAdminSchema();
  const features = featuresOf(schema);
  const folder = new URL('./fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.wire.json'));
  const { switches } = judgeScopes(ALL_SCOPES);

  it.each(names)('%s is an answer that the schema allows, with every field asked for', (name) => {
    expect(Object.values(switches)).not.toContain(false);
    const wire: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const document = parse((name.startsWith('order.') ? orderQuery(features) : customerQuery(features)).document);
    const result = execute({
      schema,
      document,
      rootValue: { nodes: [wire] },
      variableValues: { ids: ['x'], ...switches },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { nodes: [wire] } });
  });
});
