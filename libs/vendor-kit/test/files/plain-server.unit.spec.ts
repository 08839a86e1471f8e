import { createMasker } from '@entrepot/service-kit/masking';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTransport, type FileExchange, openExchange } from '../../src/files/index.ts';
import { freeCall } from '../../src/testing/index.ts';
import { type PlainServer, startPlainServer } from './plain-server.ts';

let server: PlainServer;
let files: FileExchange;

beforeAll(async () => {
  server = await startPlainServer();
  const { port, hostKey } = server;
  const access = { by: 'sftp' as const, host: '127.0.0.1', port, user: 'site', hostKey, root: '' };
  files = openExchange(createTransport(access, { password: 'any' }, ['loopback']), {
    name: 'Model',
    timeoutMs: 5_000,
    maxFileBytes: 1_000,
    masker: createMasker([]),
  });
});
afterAll(async () => {
  await files.close();
  server.close();
});
beforeEach(() => server.files.clear());

const listed = () => [...server.files].map(([path, bytes]) => [path, bytes.toString()]);

it('a server without posix-rename gets whole files by its plain rename', async () => {
  await files.write({ folder: 'in', name: 'a.csv' }, Buffer.from('one'), freeCall());
  expect(listed()).toEqual([['in/a.csv', 'one']]);
  await expect(files.write({ folder: 'in', name: 'a.csv' }, Buffer.from('two'), freeCall())).rejects.toMatchObject({
    kind: 'conflict',
  });
  expect(listed()).toEqual([['in/a.csv', 'one']]);
});

it('and a move replaces what is there by a removal first', async () => {
  server.files.set('out/a.csv', Buffer.from('new'));
  server.files.set('done/a.csv', Buffer.from('old'));
  await files.move({ folder: 'out', name: 'a.csv' }, { folder: 'done', name: 'a.csv' }, freeCall());
  expect(listed()).toEqual([['done/a.csv', 'new']]);
});

it('what arrived in part is not renamed', async () => {
  const { files: kept } = server;
  const set = kept.set.bind(kept);
  kept.set = (path, bytes) => set(path, bytes.subarray(0, 2));
  await expect(files.write({ folder: 'in', name: 'a.csv' }, Buffer.from('one'), freeCall())).rejects.toMatchObject({
    kind: 'unavailable',
    answerUnknown: false,
  });
  kept.set = set;
  expect([...kept.keys()]).toEqual(['in/a.csv.tmp']);
});
