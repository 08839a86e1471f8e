import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** An SFTP server that offers no extension, as old and small ones do: a plain rename onto a name that is taken fails without saying why. */
export interface PlainServer {
  readonly port: number;
  readonly hostKey: string;
  readonly files: Map<string, Buffer>;
  close(): void;
}

export async function startPlainServer(): Promise<PlainServer> {
  const key = ssh2.utils.generateKeyPairSync('ed25519');
  const parsed = ssh2.utils.parseKey(key.private);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('no key');
  const files = new Map<string, Buffer>();
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => serveFiles(acceptSftp(), files));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64')}`,
    files,
    close: () => {
      for (const client of clients) client.end();
      server.close();
    },
  };
}

function serveFiles(sftp: ssh2.SFTPWrapper, files: Map<string, Buffer>): void {
  const handles: string[] = [];
  const pathOf = (handle: Buffer): string => handles[handle.readUInt32BE(0)] ?? '';
  const status = (id: number, ok: boolean, code: number = STATUS_CODE.FAILURE): void =>
    sftp.status(id, ok ? STATUS_CODE.OK : code);
  const show = (id: number, path: string) => {
    const bytes = files.get(path);
    if (bytes === undefined) return status(id, false, STATUS_CODE.NO_SUCH_FILE);
    sftp.attrs(id, { mode: 0o100644, uid: 0, gid: 0, size: bytes.length, atime: 0, mtime: 0 });
  };
  sftp.on('OPEN', (id, path, flags) => {
    if (flags & OPEN_MODE.TRUNC) files.set(path, Buffer.alloc(0));
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(handles.push(path) - 1);
    sftp.handle(id, handle);
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const before = files.get(pathOf(handle)) ?? Buffer.alloc(0);
    files.set(pathOf(handle), Buffer.concat([before.subarray(0, offset), data]));
    status(id, true);
  });
  sftp.on('FSETSTAT', (id) => status(id, true));
  sftp.on('CLOSE', (id) => status(id, true));
  sftp.on('STAT', show);
  sftp.on('LSTAT', show);
  sftp.on('REMOVE', (id, path) => status(id, files.delete(path)));
  sftp.on('RENAME', (id, from, to) => {
    const bytes = files.get(from);
    if (bytes === undefined || files.has(to)) return status(id, false);
    files.set(to, bytes);
    files.delete(from);
    status(id, true);
  });
}
