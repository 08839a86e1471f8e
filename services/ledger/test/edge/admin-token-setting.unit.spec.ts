import { declareConfig } from '@entrepot/service-kit';
import { describe, expect, it } from 'vitest';
import { ADMIN_TOKEN_SETTING, makeToken } from '../../src/access/tokens.ts';

const { readConfig } = declareConfig({ ENTREPOT_ADMIN_TOKEN: ADMIN_TOKEN_SETTING });
const read = (token: string) => readConfig({ ENTREPOT_ADMIN_TOKEN: token }).ENTREPOT_ADMIN_TOKEN;

describe('the admin token of the environment', () => {
  it.each(['short', 'x'.repeat(31), 'x'.repeat(201), `${'x'.repeat(20)} ${'x'.repeat(20)}`])(
    'is refused at the start as "%s", in words that do not repeat it',
    (token) => {
      expect(() => read(token)).toThrow(/ENTREPOT_ADMIN_TOKEN: .*32 to 200/);
      expect(() => read(token)).not.toThrow(token);
    },
  );

  it('is taken with 32 characters, as we make them, or left out', () => {
    for (const token of ['x'.repeat(32), makeToken()]) expect(read(token)).toBe(token);
    expect(read('')).toBeNull();
  });
});
