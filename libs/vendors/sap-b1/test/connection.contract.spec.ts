import type { VendorError } from '@entrepot/vendor-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretsSchema, settingsSchema } from '../src/config.ts';
import { values } from '../src/values.ts';
import { openCall, startTestSandbox, type TestSandbox } from './sandbox-for-tests.ts';

let test: TestSandbox;
beforeEach(async () => {
  test = await startTestSandbox();
});
afterEach(() => test.close());

describe('test of a connection', () => {
  it('says of each step how it is', async () => {
    const target = test.open();
    const report = await target.test(openCall());
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.checks.map((check) => check.name)).toEqual([
      'reachable',
      'sign-in',
      'field on marketing documents',
      'field on business partners',
      'orders',
      'drafts',
      'business partners',
      'items',
      'company',
      'tax codes',
    ]);
    await target.close();
  });

  it('names the field that is missing and how to make it', async () => {
    const target = test.open(test.connect({ udfExternalRef: 'U_WebOrder' }));
    const report = await target.test(openCall());
    const missing = report.checks.filter((check) => !check.ok);
    expect(missing.map((check) => check.message)).toEqual([
      'marketing documents (ORDR) have no user-defined field U_WebOrder',
      'business partners (OCRD) have no user-defined field U_WebOrder',
    ]);
    expect(missing[0]?.advice).toContain('User-Defined Fields');
    await target.close();
  });

  it('tells missing authorisation and the wrong tax field', async () => {
    await test.control('PATCH', '/settings', { permitted: false });
    const target = test.open(test.connect({ taxField: 'VatGroup' }));
    const report = await target.test(openCall());
    expect(report.checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['tax codes']);
    // Orders can be written without: whoever tests refused credentials must not fail for this.
    expect(report.checks.find((check) => check.name === 'company')).toMatchObject({
      ok: true,
      message: expect.stringContaining('not shown to us'),
      advice: expect.stringContaining('authorisation'),
    });
    expect(report.checks.at(-1)?.advice).toContain('TaxCode');
    expect(await target.companyProfile(openCall())).toMatchObject({ localCurrency: null, priceDigits: 2 });
    await target.close();
  });

  it('nobody there: the first step says it, the others are not tried', async () => {
    test.sandbox.faults.add({ fault: { type: 'down' } });
    const target = test.open();
    const report = await target.test(openCall());
    expect(report).toMatchObject({ ok: false, checks: [{ name: 'reachable', ok: false }] });
    await target.close();
  });
});

describe('company profile', () => {
  it('of a US company and of a VAT company', async () => {
    const us = test.open();
    expect(await us.companyProfile(openCall())).toMatchObject({
      localCurrency: 'USD',
      taxRates: { EX: '0', NY: '8.875' },
    });
    await us.close();
    const german = test.open(test.connect({ company: 'SBODEMODE', taxField: 'VatGroup' }));
    expect(await german.companyProfile(openCall())).toMatchObject({ localCurrency: 'EUR', taxRates: { A1: '19' } });
    await german.close();
  });

  it('asked for by many at once are read once; then tax codes after a minute, general settings after an hour', async () => {
    let nowMs = Date.now();
    const company = await startTestSandbox({ now: () => nowMs });
    const target = company.open();
    const profile = async (count: number) => {
      company.sandbox.faults.requests.clear();
      await Promise.all(Array.from({ length: count }, () => target.companyProfile(openCall())));
      const asked = company.sandbox.faults.requests.list().map(({ operation }) => operation);
      return asked.filter((operation) => operation !== 'Login').sort();
    };
    const [settings, taxCodes] = ['CompanyService_GetAdminInfo', 'SalesTaxCodes'];
    expect(await profile(8)).toEqual([settings, taxCodes]);
    nowMs += 59_000;
    expect(await profile(2)).toEqual([]);
    nowMs += 1_000;
    expect(await profile(2)).toEqual([taxCodes]);
    nowMs += 59 * 60_000;
    expect(await profile(2)).toEqual([settings, taxCodes]);
    await target.close();
    await company.close();
  });

  it('that were refused are asked for again after a minute', async () => {
    let nowMs = Date.now();
    const company = await startTestSandbox({ now: () => nowMs });
    await company.control('PATCH', '/settings', { permitted: false });
    const target = company.open();
    expect(await target.companyProfile(openCall())).toMatchObject({ localCurrency: null });
    await company.control('PATCH', '/settings', { permitted: true });
    nowMs += 60_000;
    expect(await target.companyProfile(openCall())).toMatchObject({ localCurrency: 'USD' });
    await target.close();
    await company.close();
  });
});

describe('values for the settings forms', () => {
  it('of every kind', async () => {
    const target = test.open();
    for (const kind of Object.keys(values)) {
      const listed = await target.listValues(kind, openCall());
      expect(listed.length, kind).toBeGreaterThan(0);
      expect(
        listed.every(({ value, label }) => value !== '' && label !== ''),
        kind,
      ).toBe(true);
    }
    expect(await target.listValues('warehouse', openCall())).toContainEqual({
      value: '01',
      label: 'Main warehouse',
    });
    const error = (await target.listValues('colours', openCall()).catch((reason: unknown) => reason)) as VendorError;
    expect(error.advice).toContain('warehouse');
    await target.close();
  });
});

describe('items', () => {
  it('found by SKU, also with a slash, a quote and a space', async () => {
    const itemCode = "A/B O'C #1";
    await test.control('POST', '/items', { itemCode });
    const target = test.open();
    expect(await target.match('product', itemCode, openCall())).toMatchObject([{ targetId: itemCode }]);
    expect(await target.match('product', 'NEW-MUG-2026', openCall())).toEqual([]);
    await target.close();
  });

  it('wanted by many at once are asked for once', async () => {
    const target = test.open();
    const hits = await Promise.all(Array.from({ length: 10 }, () => target.match('product', 'MUG-WHITE', openCall())));
    expect(hits.map(([hit]) => hit?.targetId)).toEqual(Array(10).fill('MUG-WHITE'));
    const asked = () => test.sandbox.faults.requests.list().filter(({ operation }) => operation === 'Items');
    expect(asked()).toHaveLength(1);
    // Nothing is remembered here: how long a hit is believed is for the writer to say.
    await target.match('product', 'MUG-WHITE', openCall());
    expect(asked()).toHaveLength(2);
    await target.close();
  });

  it('one that cannot be sold is refused with the cure', async () => {
    await test.control('POST', '/seed', { sets: { Items: [{ ItemCode: 'DEAD', Frozen: 'tYES', Valid: 'tNO' }] } });
    const target = test.open();
    const error = (await target.match('product', 'DEAD', openCall()).catch((reason: unknown) => reason)) as VendorError;
    expect(error).toMatchObject({ kind: 'rejected', code: 'item-not-sellable' });
    expect(error.advice).toContain('Activate item "DEAD"');
    await target.close();
  });

  it('lists longer than a page come whole and in order', async () => {
    const rows = Array.from({ length: 250 }, (_, index) => ({
      CardCode: `X${String(index).padStart(3, '0')}`,
      CardType: 'cCustomer',
      EmailAddress: 'many@example.com',
    }));
    await test.control('POST', '/seed', { sets: { BusinessPartners: rows } });
    const target = test.open();
    const hits = await target.match('customer', 'many@example.com', openCall());
    expect(hits.map((hit) => hit.targetId)).toEqual(rows.map((row) => row.CardCode));
    await target.close();
  });
});

describe('settings', () => {
  it('have the defaults of the demo, and refuse what is wrong with words', () => {
    const given = {
      baseUrl: 'http://127.0.0.1:7090/sap-b1',
      allowedAddresses: ['loopback'],
      company: 'SBODEMO',
      user: 'manager',
    };
    expect(settingsSchema.parse(given)).toMatchObject({
      servicePath: '/b1s/v2',
      taxField: 'TaxCode',
      udfExternalRef: 'U_EntrepotRef',
      timeZone: 'UTC',
    });
    expect(settingsSchema.safeParse({ ...given, timeZone: 'Berlin' }).success).toBe(false);
    expect(settingsSchema.safeParse({ ...given, baseUrl: 'ftp://x' }).success).toBe(false);
    expect(settingsSchema.safeParse({ ...given, password: 'x' }).success).toBe(false);
    expect(secretsSchema.safeParse({ password: '' }).success).toBe(false);
  });
});
