import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkFileAccess, fileSettingsShape } from '../../src/files/index.ts';
import { addressSettingsShape } from '../../src/index.ts';

const schema = z
  .strictObject({ ...fileSettingsShape, ...addressSettingsShape })
  .superRefine((settings, context) => checkFileAccess(context, settings));
const sftp = {
  by: 'sftp',
  host: 'files.example.com',
  user: 'entrepot',
  hostKey: `SHA256:${'a'.repeat(43)}`,
};
const faults = (files: object, allowedAddresses: string[] = []) =>
  (schema.safeParse({ files, allowedAddresses }).error?.issues ?? []).map(({ path, message }) => [
    path.join('.'),
    message,
  ]);

it('takes a folder of this machine, and a server with its key', () => {
  expect(faults({ by: 'folder', root: 'sage/abc' })).toEqual([]);
  expect(faults(sftp)).toEqual([]);
  expect(faults({ ...sftp, root: '/srv/sage' })).toEqual([]);
  expect(faults({ ...sftp, host: '10.0.0.5' }, ['private'])).toEqual([]);
});

it.each([
  [{ by: 'folder', root: '../etc' }, 'files.root', 'no folder below the root'],
  [{ by: 'folder', root: '/etc' }, 'files.root', 'no folder below the root'],
  [{ ...sftp, hostKey: null }, 'files.hostKey', 'is needed'],
  [{ ...sftp, hostKey: 'MD5:aa:bb' }, 'files.hostKey', 'ssh-keygen'],
  [{ ...sftp, user: null }, 'files.user', 'is needed'],
  [{ ...sftp, host: '10.0.0.5' }, 'files.host', 'allowedAddresses'],
  [{ ...sftp, host: 'localhost' }, 'files.host', 'allowedAddresses'],
  [{ ...sftp, host: '169.254.169.254' }, 'files.host', 'link-local'],
])('refuses %j', (files, path, words) => {
  expect(faults(files)).toEqual([[path, expect.stringContaining(words)]]);
});
