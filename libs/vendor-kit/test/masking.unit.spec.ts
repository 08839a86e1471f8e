import { describe, expect, it } from 'vitest';
import { maskBody, maskText } from '../src/index.ts';

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
