import { loadVendors } from '@entrepot/vendors';
import { describe, expect, it } from 'vitest';
import { maskAnswer } from '../src/masking/viewer-masks.ts';
import { describeVendor, vendorSchema } from '../src/vendors/describe-vendor.ts';

const vendors = (await loadVendors()).map(describeVendor);

describe('what is shown of a vendor', () => {
  it.each(vendors)('$name: all that its schema names, and viewers see all of it', (shown) => {
    expect(vendorSchema.parse(shown)).toEqual(shown);
    expect(maskAnswer(vendorSchema, shown)).toEqual(shown);
  });

  it('both sides, each with what it declares', () => {
    expect(vendors.map(({ name, source, target }) => [name, source !== null, target !== null])).toEqual([
      ['shopify', true, false],
      ['sap-b1', false, true],
    ]);
    const [shop, erp] = vendors;
    expect(shop?.source).toMatchObject({
      entities: expect.arrayContaining([
        expect.objectContaining({ entity: 'order', absence: 'deletes', batch: { count: 50 }, pollIntervalMs: 60_000 }),
      ]),
      values: expect.arrayContaining(['warehouse', 'tax']),
      scopes: expect.arrayContaining([expect.objectContaining({ scope: 'read_orders', optional: false })]),
      webhook: { path: '/webhooks/{connection}', topics: expect.arrayContaining(['orders/create']) },
    });
    expect(erp?.target).toMatchObject({
      entities: expect.arrayContaining([expect.objectContaining({ entity: 'order', guard: 'session' })]),
      references: ['product'],
      values: expect.arrayContaining(['warehouse', 'tax']),
    });
  });

  it('the form of a flow into each of its entities lets people choose what may be done to documents', () => {
    const forms = vendors.flatMap(({ target }) => target?.entities ?? []).map(({ settings }) => settings);
    expect(forms.length).toBeGreaterThan(0);
    for (const form of forms)
      expect(form).toMatchObject({
        properties: {
          writeMode: {
            enum: ['upsert', 'create-only', 'update-only', 'link-only'],
            default: 'upsert',
            description: expect.stringContaining('link-only ='),
          },
        },
      });
  });
});
