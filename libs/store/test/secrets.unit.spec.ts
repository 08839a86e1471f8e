import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMasterKey, parseMasterKey, SecretsUnavailable } from '../src/index.ts';
import { sealText, unsealText } from '../src/secrets/seal.ts';

const key = parseMasterKey(Buffer.alloc(32, 1).toString('base64'), 'test');
const context = { connection: 'shop', purpose: 'secrets' } as const;

describe('sealed values', () => {
  it('open to what was sealed, and never look alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = sealText(key, text, context);
        expect(unsealText(key, sealed, context)).toBe(text);
        expect(sealText(key, text, context)).not.toBe(sealed);
      }),
      { numRuns: 50 },
    );
  });

  it('do not open elsewhere, for another purpose, under another key, or altered', () => {
    const sealed = sealText(key, 'hunter2-hunter2', context);
    const otherKey = parseMasterKey(Buffer.alloc(32, 2).toString('base64'), 'test');
    const parts = sealed.split('.');
    const attempts = [
      () => unsealText(key, sealed, { ...context, connection: 'shop2' }),
      () => unsealText(key, sealed, { ...context, purpose: 'session' }),
      () => unsealText(otherKey, sealed, context),
      () => unsealText(otherKey, sealed.replace(key.keyId, otherKey.keyId), context),
      () => unsealText(key, 'v9.x', context),
      () => unsealText(key, '', context),
      ...[2, 3].map((part) => () => {
        const bytes = Buffer.from(parts[part] ?? '', 'base64url');
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        unsealText(key, parts.with(part, bytes.toString('base64url')).join('.'), context);
      }),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(SecretsUnavailable);
      expect(attempt).not.toThrow(/hunter2/);
    }
  });
});

describe('master key', () => {
  const newFile = () => join(mkdtempSync(join(tmpdir(), 'key-')), 'deep', 'master.key');
  const load = (file: string, text: string | null = null) =>
    loadMasterKey({ ENTREPOT_MASTER_KEY: text, ENTREPOT_KEY_FILE: file });

  it('is made on first start, readable by its owner only, and the same from then on', () => {
    const file = newFile();
    const made = load(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(load(file).bytes.equals(made.bytes)).toBe(true);
    expect(load(newFile()).keyId).not.toBe(made.keyId);
  });

  it('from the environment wins, and no file is made', () => {
    const file = newFile();
    expect(load(file, key.bytes.toString('base64')).keyId).toBe(key.keyId);
    expect(existsSync(file)).toBe(false);
  });

  it('is told to whoever masks the log, in the spellings that it may be quoted in, wherever it stands', () => {
    const file = newFile();
    load(file);
    const learned: string[] = [];
    const { bytes } = loadMasterKey({ ENTREPOT_MASTER_KEY: null, ENTREPOT_KEY_FILE: file }, (text) =>
      learned.push(text),
    );
    expect(learned).toContain(readFileSync(file, 'utf8').trim());
    expect(learned).toEqual(expect.arrayContaining([bytes.toString('base64url'), bytes.toString('hex')]));
  });

  it('is refused when others may read its file', () => {
    const file = newFile();
    load(file);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file, mode);
      expect(() => load(file)).toThrow(new RegExp(`mode 0${mode.toString(8)}.*chmod 600`));
    }
    chmodSync(file, 0o600);
    const content = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o644);
    expect(() => load(file)).not.toThrow(content);
  });

  it('must be 32 bytes of base64; the text is not shown', () => {
    for (const text of ['short', Buffer.alloc(31).toString('base64'), `${'!'.repeat(44)}`, '']) {
      expect(() => parseMasterKey(text, 'ENTREPOT_MASTER_KEY')).toThrow(/ENTREPOT_MASTER_KEY does not hold 32 bytes/);
    }
    expect(() => parseMasterKey('hunter2', 'x')).not.toThrow(/hunter2/);
  });
});
