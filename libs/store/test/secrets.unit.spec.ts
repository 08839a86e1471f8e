import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMasterKeys, parseMasterKey, SecretsUnavailable } from '../src/index.ts';
import { sealText, unsealText } from '../src/secrets/seal.ts';

const key = parseMasterKey(Buffer.alloc(32, 1).toString('base64'), 'test');
const keys = { current: key, previous: null };
const context = { connection: 'shop', purpose: 'secrets' } as const;

describe('sealed values', () => {
  it('open to what was sealed, and never look alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = sealText(key, text, context);
        expect(unsealText(keys, sealed, context)).toBe(text);
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
      () => unsealText(keys, sealed, { ...context, connection: 'shop2' }),
      () => unsealText(keys, sealed, { ...context, purpose: 'session' }),
      () => unsealText({ current: otherKey, previous: null }, sealed, context),
      () => unsealText({ current: otherKey, previous: null }, sealed.replace(key.keyId, otherKey.keyId), context),
      () => unsealText(keys, 'v9.x', context),
      () => unsealText(keys, '', context),
      ...[2, 3].map((part) => () => {
        const bytes = Buffer.from(parts[part] ?? '', 'base64url');
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        unsealText(keys, parts.with(part, bytes.toString('base64url')).join('.'), context);
      }),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(SecretsUnavailable);
      expect(attempt).not.toThrow(/hunter2/);
    }
  });
});

const NO_PREVIOUS = { ENTREPOT_PREVIOUS_MASTER_KEY: null, ENTREPOT_PREVIOUS_KEY_FILE: null };

describe('master key', () => {
  const newFile = () => join(mkdtempSync(join(tmpdir(), 'key-')), 'deep', 'master.key');
  const load = (file: string, text: string | null = null) =>
    loadMasterKeys({ ...NO_PREVIOUS, ENTREPOT_MASTER_KEY: text, ENTREPOT_KEY_FILE: file }).current;

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
    const source = { ...NO_PREVIOUS, ENTREPOT_MASTER_KEY: null, ENTREPOT_KEY_FILE: file };
    const { bytes } = loadMasterKeys(source, (text) => learned.push(text)).current;
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

describe('the previous master key', () => {
  const current = Buffer.alloc(32, 3).toString('base64');
  const former = key.bytes.toString('base64');
  const load = (previous: Partial<Record<'ENTREPOT_PREVIOUS_MASTER_KEY' | 'ENTREPOT_PREVIOUS_KEY_FILE', string>>) => {
    const learned: string[] = [];
    const source = { ENTREPOT_MASTER_KEY: current, ENTREPOT_KEY_FILE: '', ...NO_PREVIOUS, ...previous };
    return { loaded: loadMasterKeys(source, (text) => learned.push(text)), learned };
  };

  it('comes from the environment or its file, opens what it sealed, and is masked in logs', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'key-')), 'former.key');
    writeFileSync(file, `${former}\n`, { mode: 0o600 });
    const sealed = sealText(key, 'hunter2', context);
    for (const given of [{ ENTREPOT_PREVIOUS_MASTER_KEY: former }, { ENTREPOT_PREVIOUS_KEY_FILE: file }]) {
      const { loaded, learned } = load(given);
      expect(unsealText(loaded, sealed, context)).toBe('hunter2');
      expect(learned).toEqual(expect.arrayContaining([former, current]));
    }
    expect(() => unsealText(load({}).loaded, sealed, context)).toThrow(/ENTREPOT_PREVIOUS_MASTER_KEY/);
  });

  it('is never made, and the same key twice is one', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'key-')), 'none.key');
    expect(() => load({ ENTREPOT_PREVIOUS_KEY_FILE: file })).toThrow(/never made/);
    expect(existsSync(file)).toBe(false);
    expect(load({ ENTREPOT_PREVIOUS_MASTER_KEY: current }).loaded.previous).toBeNull();
  });
});
