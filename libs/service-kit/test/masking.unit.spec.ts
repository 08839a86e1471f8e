import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, NAMES_ONLY } from '../src/masking/index.ts';

const SECRET = 'Tr0ub4dor&"3\\ü/x+';

/** How servers repeat what they were sent. */
const SPELLINGS: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  json: (value) => JSON.stringify({ said: value }),
  'json in json': (value) => JSON.stringify({ body: JSON.stringify({ said: value }) }),
  'json of ASCII only': (value) =>
    JSON.stringify(value).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'json of PHP': (value) => JSON.stringify(value).replaceAll('/', '\\/'),
  url: (value) => `https://erp.test/?q=${encodeURIComponent(value)}`,
  'url, small letters': (value) => encodeURIComponent(value).replace(/%../g, (byte) => byte.toLowerCase()),
  'url, twice': (value) => encodeURIComponent(encodeURIComponent(value)),
  form: (value) => new URLSearchParams({ q: value }).toString(),
  html: (value) =>
    `<p>${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll("'", '&#39;')}</p>`,
  base64: (value) => Buffer.from(value).toString('base64'),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  'in a Basic header': (value) => `Basic ${Buffer.from(`manager:${value}`).toString('base64')}`,
  'in a body as base64': (value) => Buffer.from(`ab${value}cd`).toString('base64'),
  hexadecimal: (value) => Buffer.from(value).toString('hex'),
};

describe('a known value', () => {
  it.each(Object.entries(SPELLINGS))('is masked as %s', (_name, spell) => {
    const masked = createMasker({ password: SECRET }).mask(`before ${spell(SECRET)} after`);
    expect(masked).toMatch(/^before .*after$/s);
    // The plainest part of it, which no spelling but base64 and hexadecimal changes.
    expect(masked).not.toContain('Tr0ub4dor');
    expect(masked).toContain('***');
    const repeated = spell(SECRET).match(/[A-Za-z0-9+/=_-]{16,}/g) ?? [];
    for (const run of repeated) expect(masked).not.toContain(run);
  });

  it('of any letters is masked in every spelling', () => {
    const value = fc.oneof(
      fc.stringMatching(/^[!-~äß€ ]{12,40}$/),
      // Where the end of one escape and the beginning of the next look alike.
      fc.stringMatching(/^x(\\|%|&|25|u00|amp;|ä|\n|"|\/|[!-~]){12,24}$/),
    );
    fc.assert(
      fc.property(
        value.filter((text) => text.trim() === text),
        fc.constantFrom(...Object.keys(SPELLINGS)),
        (secret, spelling) => {
          const spelt = SPELLINGS[spelling]?.(secret) ?? '';
          const masked = createMasker([secret]).mask(`a ${spelt} z`);
          expect(masked).not.toContain(secret);
          expect(masked).toContain('***');
          if (spelling.startsWith('base64')) expect(masked).not.toContain(spelt.replace(/=+$/, ''));
        },
      ),
      {
        examples: [
          ['ß  ß \\ä !ä!!€ä€ß€!€', 'json of ASCII only'],
          ['sieben%25drei-end', 'url'],
          ['sieben&amp;dr-end', 'html'],
          ['-- key\nAb1\tCd2\n--', 'json in json'],
        ],
      },
    );
  });

  it.each([
    ['a backslash before what is escaped', 'Trieb\\ä-werk', 'json of ASCII only', 'a "***" z'],
    ['a percent sign before the digits of its own code', 'sieben%25drei', 'url', 'a https://erp.test/?q=*** z'],
    ['an ampersand before its own name', 'sieben&amp;drei', 'html', 'a <p>***</p> z'],
    ['lines', 'first-line\nsecond', 'json', 'a {"said":"***"} z'],
  ])('with %s is masked to its end', (_what, secret, spelling, masked) => {
    expect(createMasker([secret]).mask(`a ${SPELLINGS[spelling]?.(secret)} z`)).toBe(masked);
  });

  it('is found at any depth, and in the company of others', () => {
    const masker = createMasker({
      accessToken: 'token-1-of-the-shop',
      webhookSecrets: ['hook-a-1234', 'hook-b-1234'],
      none: null,
    });
    expect(masker.mask('token-1-of-the-shop, hook-a-1234 and hook-b-1234')).toBe('***, *** and ***');
  });

  it('that was learned later is masked; only the last ones are kept in mind', () => {
    const masker = createMasker([]);
    masker.learn('5f1c-session');
    expect(masker.mask('cookie 5f1c-session is unknown')).toBe('cookie *** is unknown');
    for (let n = 100; n < 160; n += 1) masker.learn(`b1-session-${n}x`);
    expect(masker.mask('5f1c-session, b1-session-159x')).toBe('5f1c-session, ***');
  });

  it.each([
    ['at the end', 'refused: {"q":"CANARY-SA'],
    ['before dots', 'refused: CANARY-SAP… (cut)'],
    ['before three dots', 'refused: CANARY-S... and so on'],
    ['before what we add ourselves', 'SAP: wrong login CANARY-SAP-1 (-5002, logging in)'],
    ['in quotes', 'near "CANARY"'],
  ])('that somebody cut off is masked %s', (_where, text) => {
    const masked = createMasker(['CANARY-SAP-1234567890']).mask(text);
    expect(masked).not.toContain('CANARY');
  });

  it('is masked before a text is cut, so that no beginning of it is left', () => {
    const masker = createMasker([SECRET]);
    for (let room = 1; room < 40; room += 1) {
      const cut = masker.cut(`${'x'.repeat(20)} ${SECRET} and more words`, 20 + room);
      expect(cut).not.toMatch(/Tr0/);
    }
  });
});

describe('texts stay readable', () => {
  it.each([
    ['a word of the value', 'sandbox', 'the sandboxes of SAP', 'the sandboxes of SAP'],
    ['a word that is the value', 'sandbox', 'login manager/sandbox failed', 'login manager/*** failed'],
    ['a short value', 'SAP', 'SAP: no such item 1', 'SAP: no such item 1'],
    ['a short value in its place', 'SAP', "SAP: wrong password 'SAP'", "SAP: wrong password '***'"],
    ['a digit', '1', 'order 1 of 12, token is 1', 'order 1 of 12, token is ***'],
    ['an empty value', '', 'all well', 'all well'],
    ['a word the value begins with', 'Password123', 'Password is wrong', 'Password is wrong'],
    ['the other cases of a word', 'manager', 'Managers and MANAGER', 'Managers and MANAGER'],
  ])('%s', (_what, secret, text, expected) => {
    expect(createMasker([secret]).mask(text)).toBe(expected);
  });

  it.each([
    'Basic authentication is off',
    'the token: expired',
    '10000000 (13 lines), shop/1001, 2026-11-30T09:45:55.000Z',
    'entrepot.internal.lane.sap-b1/0/17',
    '{"Comments":"call 555 0100","DocTotal":199.00}',
  ])('%s', (text) => {
    expect(NAMES_ONLY.mask(text)).toBe(text);
  });
});

describe('what its name shows to be a secret', () => {
  it.each([
    ['{"a":"{\\"b\\":\\"{\\\\\\"SessionId\\\\\\":\\\\\\"abc\\\\\\"}\\"}"}', 'abc'],
    ["{'Password': 'abc'}", 'abc'],
    ['Cookie: B1SESSION=abc; ROUTEID=.node1', 'abc'],
    ['X-Shopify-Access-Token: abc', 'abc'],
    ['{"headers":{"authorization":"Token abc"}}', 'abc'],
    ['mongodb://entrepot:abc@db.test:27017/', 'abc'],
    ['"SessionId":"abc', 'abc'],
  ])('%s', (text, secret) => {
    expect(NAMES_ONLY.mask(text)).not.toContain(secret);
    expect(NAMES_ONLY.mask(text)).toContain('***');
  });

  it('costs no more than moments in long texts of any kind', () => {
    const kinds = ['a', 'a-', '{"a":', '<a ', '\\', '%', '4111 ', 'Cookie: ', '"token":"', 'x=', "'", '&amp;', '%25'];
    const masker = createMasker([
      'CANARY-SAP-1234567890',
      'aaaaaaaaaaaaaaaaaaaa!',
      '\\\\\\\\\\\\\\\\\\x',
      '%25%25%25%25%25%25%25x',
      '&amp;&amp;&amp;&amp;&amp;x',
    ]);
    for (const kind of kinds) {
      const text = kind.repeat(20_000 / kind.length);
      const startedAt = performance.now();
      masker.mask(text);
      expect(performance.now() - startedAt, kind).toBeLessThan(5_000);
    }
  });
});

describe('bodies', () => {
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
    expect(NAMES_ONLY.mask(given)).toBe(masked);
  });
  it('cuts long bodies after masking', () => {
    const long = `${'a'.repeat(16 * 1024 - 10)}"token":"supersecretvalue"${'b'.repeat(3_000)}`;
    const masked = NAMES_ONLY.cut(long, 16 * 1024);
    expect(masked).not.toContain('supersec');
    expect(masked.length).toBeLessThan(16 * 1024 + 60);
  });
});
