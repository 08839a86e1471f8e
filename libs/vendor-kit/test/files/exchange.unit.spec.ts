import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Exchange } from '@entrepot/canonical';
import { createMasker } from '@entrepot/service-kit/masking';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openExchange } from '../../src/files/exchange.ts';
import { createFolder } from '../../src/files/folder.ts';
import type { FileTransport } from '../../src/files/transport.ts';
import { freeCall } from '../../src/testing/index.ts';

let allowed: string;
beforeEach(() => {
  allowed = join(mkdtempSync(join(tmpdir(), 'entrepot-files-')), 'allowed');
  mkdirSync(join(allowed, 'site', 'in'), { recursive: true });
});
afterEach(() => rmSync(dirname(allowed), { recursive: true }));

const open = (transport: FileTransport = createFolder('site', allowed), timeoutMs = 1_000) =>
  openExchange(transport, { name: 'Model', timeoutMs, maxFileBytes: 10, masker: createMasker(['s3cret-word']) });
const place = (name = 'a.csv', folder = 'in') => ({ folder, name });
const here = (...names: string[]) => join(allowed, 'site', ...names);

it('keeps files of a folder: what is being written is not listed, and never replaces one that is there', async () => {
  const files = open();
  writeFileSync(here('in', 'b.csv.tmp'), 'half');
  await files.write(place(), Buffer.from('one'), freeCall());
  expect((await files.list('in', freeCall())).map(({ name, bytes }) => ({ name, bytes }))).toEqual([
    { name: 'a.csv', bytes: 3 },
  ]);
  await expect(files.write(place(), Buffer.from('two'), freeCall())).rejects.toMatchObject({ code: 'file-exists' });
  expect((await files.read(place(), freeCall())).toString()).toBe('one');
});

it('leads nowhere else: not by a name, not by a link, not without leave', async () => {
  const files = open();
  await expect(files.read(place('../a'), freeCall())).rejects.toThrow('name');
  writeFileSync(join(allowed, '..', 'outside.txt'), 'x');
  symlinkSync(join(allowed, '..'), here('out'));
  await expect(files.read(place('outside.txt', 'out'), freeCall())).rejects.toMatchObject({
    code: 'forbidden-address',
  });
  symlinkSync(join(allowed, '..', 'outside.txt'), here('in', 'link.csv'));
  await expect(files.read(place('link.csv'), freeCall())).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(open(createFolder('site', undefined)).list('in', freeCall())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'forbidden-address',
  });
});

it('reads no file that is larger than the limit', async () => {
  writeFileSync(here('in', 'a.csv'), 'x'.repeat(11));
  await expect(open().read(place(), freeCall())).rejects.toMatchObject({ kind: 'unexpected', code: 'file-too-large' });
});

it('records sizes and hashes, never content', async () => {
  const seen: Exchange[] = [];
  const call = freeCall({ record: (each) => seen.push(each) });
  await open().write(place(), Buffer.from('content'), call);
  await open().read(place(), call);
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'WRITE file:///site/in/a.csv.tmp',
    'RENAME file:///site/in/a.csv.tmp',
    'READ file:///site/in/a.csv',
  ]);
  // sha256 of "content", by sha256sum.
  const facts = '7 bytes, sha256 ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73';
  expect([seen[0]?.requestBody, seen[2]?.responseBody]).toEqual([facts, facts]);
  expect(JSON.stringify(seen)).not.toContain('"content"');
});

it('changes nothing once the caller may no longer send, and says so in its words', async () => {
  const lost = new Error('the lease is over');
  const call = freeCall({
    beforeSend: () => {
      throw lost;
    },
  });
  await expect(open().write(place(), Buffer.from('x'), call)).rejects.toBe(lost);
  expect(readdirSync(here('in'))).toEqual([]);
  let asked = 0;
  const late = freeCall({
    beforeSend: () => {
      asked += 1;
      if (asked === 2) throw lost;
    },
  });
  await expect(open().write(place(), Buffer.from('x'), late)).rejects.toBe(lost);
  expect(readdirSync(here('in'))).toEqual(['a.csv.tmp']);
});

it('waits for the budget once a request, and frees it whatever comes of it', async () => {
  let admitted = 0;
  let left = 0;
  const call = freeCall({
    admit: async () => {
      admitted += 1;
      return () => {
        left += 1;
      };
    },
  });
  await open().write(place(), Buffer.from('x'), call);
  await open()
    .read(place('none.csv'), call)
    .catch(() => {});
  expect([admitted, left]).toEqual([3, 3]);
});

const hanging = (): FileTransport & { cuts: number } => {
  const transport = {
    ...createFolder('site', allowed),
    cuts: 0,
    rename: () => new Promise<never>(() => {}),
    list: () => new Promise<never>(() => {}),
    cut: () => {
      transport.cuts += 1;
    },
  };
  return transport;
};

it('gives up a call without an answer: a rename is in doubt then, a list is not', async () => {
  const transport = hanging();
  const files = open(transport, 50);
  await expect(files.write(place(), Buffer.from('x'), freeCall())).rejects.toMatchObject({
    kind: 'timeout',
    answerUnknown: true,
  });
  await expect(files.list('in', freeCall())).rejects.toMatchObject({ kind: 'timeout', answerUnknown: false });
  expect(transport.cuts).toBe(2);
});

it('stops where nobody waits any more', async () => {
  const stopped = new AbortController();
  const transport = hanging();
  const call = freeCall({ signal: stopped.signal, beforeSend: () => setTimeout(() => stopped.abort(), 10) });
  await expect(open(transport, 5_000).list('in', call)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(transport.cuts).toBe(1);
  const none = freeCall({ signal: AbortSignal.abort() });
  await expect(open().write(place(), Buffer.from('x'), none)).rejects.toMatchObject({ answerUnknown: false });
  expect(existsSync(here('in', 'a.csv.tmp'))).toBe(false);
});
