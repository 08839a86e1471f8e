import { describeSettings } from '@entrepot/vendor-kit/testing';
import { describe, expect, it } from 'vitest';
import { secretsSchema } from '../src/config.ts';
import { shopify } from '../src/index.ts';

describeSettings('a connection to Shopify', shopify.settings);
describeSettings('the secrets of a connection to Shopify', secretsSchema);

const faultsOf = (settings: Record<string, unknown>) =>
  shopify.settings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('settings of a connection to Shopify', () => {
  it('take a shop by its name, and a sandbox whose address is named', () => {
    expect(faultsOf({ shop: 'demo.myshopify.com' })).toEqual([]);
    const baseUrl = 'http://127.0.0.1:7090/shopify';
    expect(faultsOf({ shop: 'demo.myshopify.test', baseUrl, allowedAddresses: ['loopback'] })).toEqual([]);
  });

  it.each([
    [{ shop: '127.0.0.1' }, /^shop: 127\.0\.0\.1 is not public \(loopback\).*allowedAddresses/],
    [{ shop: 'demo.myshopify.com', baseUrl: 'http://10.0.0.5' }, /^baseUrl: 10\.0\.0\.5 is not public \(private\)/],
    [{ shop: 'demo.myshopify.com', baseUrl: 'https://u:p@proxy.example.com' }, /^baseUrl: .*user name or password/],
    [{ shop: 'demo.myshopify.com', baseUrl: 'ftp://proxy.example.com' }, /^baseUrl: /],
    [
      { shop: 'demo.myshopify.com', webhookUrl: 'https://u:p@hooks.example.com/webhooks/shop' },
      /^webhookUrl: .*user name/,
    ],
    [{ shop: 'demo.myshopify.com', webhookUrl: 'hooks.example.com' }, /^webhookUrl: must be a URL/],
    [{ shop: 'demo.myshopify.com', allowedAddresses: ['0.0.0.0/0'] }, /^allowedAddresses\.0: is too wide/],
  ])('refuse %j', (settings, words) => expect(faultsOf(settings)[0]).toMatch(words));
});
