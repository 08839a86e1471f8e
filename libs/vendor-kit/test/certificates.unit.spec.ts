import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificates } from '../src/index.ts';

const [first = '', second = ''] = rootCertificates;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const faultOf = (pem: string) => certificates('CA').safeParse(pem).error?.issues[0]?.message ?? null;

describe('certificates in settings', () => {
  it.each([
    ['one', first],
    ['several, with comments around them', `# root\n${first}\n# the next\n${second}\n`],
  ])('are taken: %s', (_what, pem) => expect(faultOf(pem)).toBeNull());

  it.each([
    ['nothing', '', /must be a certificate in PEM/],
    ['plain text', 'my certificate', /must be a certificate in PEM/],
    [
      'garbage between the lines',
      '-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----',
      /no certificate/,
    ],
    ['one that is cut off', first.slice(0, 200), /must be a certificate in PEM/],
    ['a second one that is cut off', `${first}\n${second.slice(0, 200)}`, /cut off/],
    ['a private key', `${first}\n${key}`, /private key/],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString(), /something else/],
  ])('are refused: %s', (_what, pem, words) => {
    expect(faultOf(pem)).toMatch(words);
    expect(faultOf(pem)).not.toContain(key.split('\n')[1]);
  });
});
