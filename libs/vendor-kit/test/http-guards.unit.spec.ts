import { describe, expect, it } from 'vitest';
import { guardedLookup } from '../src/http/address.ts';
import { isForbiddenAddress, maskBody, maskText, validateBaseUrl } from '../src/index.ts';

describe('base URLs', () => {
  it.each([
    'http://127.0.0.1:7090/shopify/',
    'https://10.0.0.5:50000',
    'https://demo.myshopify.com',
    'http://[::1]:8080',
  ])('takes %s', (url) => {
    expect(validateBaseUrl(url).href).toBeTruthy();
  });
  it.each([
    ['ftp://x', /http/],
    ['nonsense', /not a URL/],
    ['https://user:pw@erp', /secrets/],
    ['http://169.254.169.254/latest', /metadata/],
    ['http://2852039166/', /metadata/],
    ['http://0xA9FEA9FE/', /metadata/],
    ['http://[::ffff:169.254.169.254]/', /metadata/],
    ['http://[fe80::1]/', /metadata/],
    ['http://metadata.google.internal/', /metadata/],
    ['http://0.0.0.0/', /no host/],
    ['https://erp/?x=1', /query/],
  ])('refuses %s', (url, words) => {
    expect(() => validateBaseUrl(url)).toThrow(words);
  });
  it('judges addresses as they resolve', async () => {
    expect(isForbiddenAddress('169.254.1.1')).toBe(true);
    expect(isForbiddenAddress('192.168.1.1')).toBe(false);
    const error = await new Promise<Error | null>((resolve) =>
      guardedLookup('169.254.169.254', { all: true }, (e) => resolve(e)),
    );
    expect(error?.message).toMatch(/metadata/);
    const ok = await new Promise<Error | null>((resolve) => guardedLookup('localhost', {}, (e) => resolve(e)));
    expect(ok).toBeNull();
  });
});

describe('masking', () => {
  it.each([
    ['{"password": "a\\"b", "x": 1}', '{"password": "***", "x": 1}'],
    ['{"access_token":"abc"}', '{"access_token":"***"}'],
    ['{"body":"{\\"client_secret\\":\\"abc\\"}"}', '{"body":"{\\"client_secret\\":\\"***\\"}"}'],
    ['grant_type=x&client_secret=abc&y=1', 'grant_type=x&client_secret=***&y=1'],
    ['<login><password>abc</password></login>', '<login><password>***</password></login>'],
    ['Authorization: Bearer abcdefghijk', 'Authorization: Bearer ***'],
    ['pan 4111111111111111 end', 'pan ***1111 end'],
    ['"passwordCut": "never end', '"passwordCut": "***'],
    ['gid://shopify/Order/5123456789012', 'gid://shopify/Order/5123456789012'],
    ['{"total":"199.00","quantity":2}', '{"total":"199.00","quantity":2}'],
  ])('%s', (given, masked) => {
    expect(maskText(given)).toBe(masked);
  });
  it('cuts long bodies after masking', () => {
    const long = `${'a'.repeat(16 * 1024 - 10)}"token":"supersecretvalue"${'b'.repeat(3_000)}`;
    const masked = maskBody(long) ?? '';
    expect(masked).not.toContain('supersec');
    expect(masked.length).toBeLessThan(16 * 1024 + 60);
  });
});
