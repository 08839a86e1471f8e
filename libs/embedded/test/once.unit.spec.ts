import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillOnce, locateCache } from '../src/downloads/once.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'entrepot-once-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

it('fills a folder once, even when two ask at once', async () => {
  let fills = 0;
  const fill = async (temporary: string): Promise<void> => {
    fills += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(temporary, 'file'), 'whole');
  };
  const target = join(cache, 'kafka-1');
  await Promise.all([fillOnce(target, fill), fillOnce(target, fill)]);
  expect(fills).toBe(1);
  expect(readdirSync(cache)).toEqual(['kafka-1']);
});

it('leaves nothing behind when filling fails, and can be asked again', async () => {
  const target = join(cache, 'kafka-1');
  await expect(fillOnce(target, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(readdirSync(cache)).toEqual([]);
  await fillOnce(target, async () => {});
  expect(existsSync(target)).toBe(true);
});

it('takes over the lock of a process that is gone', async () => {
  const target = join(cache, 'kafka-1');
  const pidNobodyHas = 2 ** 22 + 1;
  writeFileSync(`${target}.lock`, String(pidNobodyHas));
  await fillOnce(target, async () => {});
  expect(readdirSync(cache)).toEqual(['kafka-1']);
});

it('keeps downloads outside the checkout', () => {
  expect(locateCache({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/entrepot');
});
