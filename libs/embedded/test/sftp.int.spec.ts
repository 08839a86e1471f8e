import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createMasker } from '@entrepot/service-kit/masking';
import { createTransport, type FileAccess, type FileExchange, openExchange } from '@entrepot/vendor-kit/files';
import { freeCall } from '@entrepot/vendor-kit/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOpenSsh } from '../src/testing/openssh.ts';

const server = await startOpenSsh();

/** Between client and server: what it does once it is told to cut is what a network may do. */
interface Wire {
  readonly port: number;
  /** From now on nothing of the client's arrives, and the connection is cut. */
  cutBefore(): void;
  /** From now on nothing of the server's comes back; the connection is cut when the server has answered. */
  cutAfter(): void;
  close(): void;
}

async function openWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'before' | 'after' = 'open';
  const destroyAll = (): void => sockets.forEach((socket) => void socket.destroy());
  const listener: Server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', destroyAll);
    }
    client.on('data', (bytes) => (mode === 'before' ? destroyAll() : upstream.write(bytes)));
    upstream.on('data', (bytes) => (mode === 'after' ? destroyAll() : client.write(bytes)));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    cutBefore: () => {
      mode = 'before';
    },
    cutAfter: () => {
      mode = 'after';
    },
    close: () => {
      destroyAll();
      listener.close();
    },
  };
}

describe.skipIf(server === null)("files over OpenSSH's server", () => {
  if (server === null) return;
  const exchanges: FileExchange[] = [];
  let wire: Wire;

  const open = (given: Partial<FileAccess> = {}, key = server.privateKey): FileExchange => {
    const access: FileAccess = {
      by: 'sftp',
      host: server.host,
      port: wire.port,
      user: server.user,
      hostKey: server.hostKey,
      root: server.folder,
      ...given,
    };
    const exchange = openExchange(createTransport(access, { privateKey: key }, ['loopback']), {
      name: 'Model',
      timeoutMs: 5_000,
      maxFileBytes: 1_000_000,
      masker: createMasker([]),
    });
    exchanges.push(exchange);
    return exchange;
  };
  const here = (...names: string[]): string => join(server.folder, ...names);
  const place = (folder: string, name = 'a.csv') => ({ folder, name });

  beforeAll(() => async () => {
    await server.stop();
  });
  beforeEach(async () => {
    wire = await openWire(server.port);
    for (const folder of ['in', 'done']) {
      rmSync(here(folder), { recursive: true, force: true });
      mkdirSync(here(folder));
      server.handOver(here(folder));
    }
  });
  afterEach(async () => {
    await Promise.all(exchanges.splice(0).map((each) => each.close()));
    wire.close();
  });

  it('are written whole under their name, listed, read and moved', async () => {
    const files = open();
    const call = freeCall();
    await files.write(place('in'), Buffer.from('one'), call);
    expect(readdirSync(here('in'))).toEqual(['a.csv']);
    expect(await files.list('in', call)).toEqual([{ name: 'a.csv', bytes: 3, modifiedAtMs: expect.any(Number) }]);
    expect((await files.read(place('in'), call)).toString()).toBe('one');
    await files.move(place('in'), place('done', 'b.csv'), call);
    expect([readdirSync(here('in')), readdirSync(here('done'))]).toEqual([[], ['b.csv']]);
  });

  it('may be empty', async () => {
    const files = open();
    await files.write(place('in'), Buffer.alloc(0), freeCall());
    expect(await files.read(place('in'), freeCall())).toEqual(Buffer.alloc(0));
  });

  it('replace what has their name where they are moved to, and nothing where they are written', async () => {
    const files = open();
    const call = freeCall();
    await files.write(place('in'), Buffer.from('one'), call);
    await expect(files.write(place('in'), Buffer.from('two'), call)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'file-exists',
      answerUnknown: false,
    });
    expect(readFileSync(here('in', 'a.csv'), 'utf8')).toBe('one');
    writeFileSync(here('done', 'a.csv'), 'old');
    await files.move(place('in'), place('done'), call);
    expect(readFileSync(here('done', 'a.csv'), 'utf8')).toBe('one');
  });

  it('are not asked of a server with another host key than the pinned one', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    await expect(open({ hostKey: other }).list('in', freeCall())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'host-key',
      answerUnknown: false,
    });
  });

  it('are not asked at an address that the connection does not allow', async () => {
    const access: FileAccess = {
      by: 'sftp',
      host: '127.0.0.1',
      port: wire.port,
      user: server.user,
      hostKey: server.hostKey,
      root: '',
    };
    const files = openExchange(createTransport(access, {}, []), {
      name: 'Model',
      timeoutMs: 1_000,
      maxFileBytes: 1,
      masker: createMasker([]),
    });
    await expect(files.list('', freeCall())).rejects.toMatchObject({ kind: 'unavailable', code: 'forbidden-address' });
  });

  it('say that the sign-in is refused', async () => {
    const files = openExchange(
      createTransport(
        { by: 'sftp', host: server.host, port: server.port, user: server.user, hostKey: server.hostKey, root: '' },
        { password: 'wrong' },
        ['loopback'],
      ),
      { name: 'Model', timeoutMs: 5_000, maxFileBytes: 1, masker: createMasker([]) },
    );
    await expect(files.list('', freeCall())).rejects.toMatchObject({
      kind: 'unauthorized',
      code: 'sign-in',
      answerUnknown: false,
    });
    await expect(open({}, 'no key').list('', freeCall())).rejects.toMatchObject({
      kind: 'unauthorized',
      code: 'sign-in',
    });
  });

  it('say what is not there, and what may not be done', async () => {
    const files = open();
    await expect(files.read(place('in'), freeCall())).rejects.toMatchObject({ kind: 'notFound', code: 'no-such-file' });
    chmodSync(here('in'), 0o500);
    await expect(files.write(place('in'), Buffer.from('x'), freeCall())).rejects.toMatchObject({
      kind: 'unauthorized',
      code: 'permission-denied',
      answerUnknown: false,
    });
  });

  /** A call that cuts the wire as its nth request is sent. */
  const cutting = (nth: number, cut: () => void) => {
    let sent = 0;
    return freeCall({
      beforeSend: () => {
        sent += 1;
        if (sent === nth) cut();
      },
    });
  };

  it('are not there at all, and leave no doubt, where the connection is cut while they are written', async () => {
    const files = open();
    await expect(files.write(place('in'), Buffer.from('one'), cutting(1, wire.cutBefore))).rejects.toMatchObject({
      kind: 'unavailable',
      answerUnknown: false,
    });
    expect(readdirSync(here('in')).filter((name) => !name.endsWith('.tmp'))).toEqual([]);
  });

  it('leave a doubt where the connection is cut at the rename, and the next try finishes', async () => {
    const files = open();
    await expect(files.write(place('in'), Buffer.from('one'), cutting(2, wire.cutBefore))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'connection-lost',
      answerUnknown: true,
    });
    expect(readdirSync(here('in'))).toEqual(['a.csv.tmp']);
    expect(await open({ port: server.port }).list('in', freeCall())).toEqual([]);
    await open({ port: server.port }).write(place('in'), Buffer.from('one'), freeCall());
    expect(readdirSync(here('in'))).toEqual(['a.csv']);
  });

  it('are there, in doubt, where the connection is cut before the answer to the rename', async () => {
    const files = open();
    const rename = cutting(2, wire.cutAfter);
    await expect(files.write(place('in'), Buffer.from('one'), rename)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'connection-lost',
      answerUnknown: true,
    });
    expect(readdirSync(here('in'))).toEqual(['a.csv']);
  });

  it('go on over a new connection after a cut one', async () => {
    const files = open({ port: server.port });
    await files.list('in', freeCall());
    const stopped = new AbortController();
    const call = freeCall({ signal: stopped.signal, beforeSend: () => stopped.abort() });
    await expect(files.list('in', call)).rejects.toMatchObject({ kind: 'unavailable', code: 'connection-lost' });
    expect(await files.list('in', freeCall())).toEqual([]);
  });
});
