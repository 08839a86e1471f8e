import { createHash, timingSafeEqual } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import Client from 'ssh2-sftp-client';
import { refuseHost } from '../address/base-url.ts';
import { createGuardedLookup, ForbiddenAddress } from '../address/lookup.ts';
import { FileFailure, type FileTransport } from './transport.ts';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
  readonly root: string;
  readonly allowedAddresses: readonly string[];
  readonly credentials: SftpCredentials;
}

export interface SftpCredentials {
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** A server's own keep-alive: a line that a firewall dropped silently is noticed between two calls. */
const KEEP_ALIVE_MS = 15_000;

interface Session {
  readonly client: Client;
  readonly socket: Socket;
  isLost: boolean;
}

/** A folder of an SFTP server. One session, kept between calls and made anew when it was lost. */
export function createSftp(options: SftpOptions): FileTransport {
  let session: Session | null = null;
  let cuts = 0;
  const at = (path: string): string => joinRoot(options.root, path);

  async function ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const used = session;
    if (used === null || used.isLost) throw new FileFailure('lost', 'the connection is gone');
    try {
      return await work(used.client);
    } catch (error) {
      throw describeAnswer(error, used.isLost || used.socket.destroyed);
    }
  }

  const cut = (): void => {
    cuts += 1;
    session?.socket.destroy();
    session = null;
  };

  return {
    address: `sftp://${options.user}@${options.host}:${options.port}${joinRoot('/', options.root)}`,
    async connect(timeoutMs) {
      if (session !== null && !session.isLost && !session.socket.destroyed) return;
      cut();
      const before = cuts;
      const opened = await openSession(options, timeoutMs);
      if (cuts !== before) {
        // Nobody waited for it any more; another may be there by now.
        opened.socket.destroy();
        throw new FileFailure('lost', 'it was stopped');
      }
      session = opened;
    },
    list: (folder) =>
      ask(async (client) =>
        (await client.list(at(folder)))
          .filter(({ type }) => type === '-')
          .map(({ name, size, modifyTime }) => ({ name, bytes: size, modifiedAtMs: modifyTime })),
      ),
    read: (path, maxBytes) =>
      ask(async (client) => {
        const { size } = await client.stat(at(path));
        if (size > maxBytes) throw new FileFailure('too-large', `it has ${size} bytes`);
        // Of nothing the library makes an empty list.
        if (size === 0) return Buffer.alloc(0);
        const bytes = await client.get(at(path));
        if (!Buffer.isBuffer(bytes)) throw new FileFailure('failed', 'the library gave no bytes');
        return bytes;
      }),
    put: (path, bytes, unless) =>
      ask(async (client) => {
        if ((await client.exists(at(unless))) !== false) throw new FileFailure('exists', 'the name is taken');
        await client.put(bytes, at(path));
        // The library takes the end of a cut connection for the end of the file.
        const { size } = await client.stat(at(path));
        if (size !== bytes.length) throw new FileFailure('lost', `${size} of ${bytes.length} bytes arrived`);
      }),
    rename: (from, to, replace) => ask((client) => renameAt(client, at(from), at(to), replace)),
    cut,
    async close() {
      const used = session;
      session = null;
      await used?.client.end().catch(() => {});
      used?.socket.destroy();
    },
  };
}

function joinRoot(root: string, path: string): string {
  if (path === '') return root === '' ? '.' : root;
  return root === '' ? path : `${root.replace(/\/$/, '')}/${path}`;
}

/**
 * Servers answer a plain rename onto a name that is taken with the code of any failure, and some replace it; so what must not be replaced is
 * looked for before it is written.
 */
async function renameAt(client: Client, from: string, to: string, replace: boolean): Promise<void> {
  try {
    await client.posixRename(from, to);
  } catch (error) {
    if (!/does not support/.test((error as Error).message)) throw error;
    if (replace && (await client.exists(to)) !== false) await client.delete(to, true);
    await client.rename(from, to);
  }
}

async function openSession(options: SftpOptions, timeoutMs: number): Promise<Session> {
  const refusal = refuseHost(options.host.toLowerCase(), options.allowedAddresses);
  if (refusal !== null) throw new FileFailure('address', refusal);
  const socket = await openSocket(options, timeoutMs);
  // What happens between calls ends the session; the next call makes another.
  const client = new Client('files', {
    error: () => socket.destroy(),
    end: () => socket.destroy(),
    close: () => socket.destroy(),
  });
  const session: Session = { client, socket, isLost: false };
  socket.once('close', () => {
    session.isLost = true;
  });
  let sawOtherKey = false;
  let wasRefused = false;
  client.on('error', (error: { level?: string }) => {
    wasRefused ||= error.level === 'client-authentication';
  });
  try {
    await client.connect({
      sock: socket,
      username: options.user,
      ...options.credentials,
      readyTimeout: timeoutMs,
      keepaliveInterval: KEEP_ALIVE_MS,
      hostVerifier: (key: Buffer) => {
        sawOtherKey = !isPinned(key, options.hostKey);
        return !sawOtherKey;
      },
    });
    return session;
  } catch (error) {
    socket.destroy();
    if (sawOtherKey) throw new FileFailure('host-key', 'it has another host key than the pinned one', error);
    if (wasRefused) throw new FileFailure('sign-in', 'it refused the user or the credentials', error);
    if (/privateKey|passphrase/i.test((error as Error).message)) {
      throw new FileFailure('sign-in', 'the private key cannot be read: its format or its passphrase is wrong', error);
    }
    throw new FileFailure('unreachable', 'no session came about', error);
  }
}

/** Connects to an address that was checked, so that no name leads elsewhere the second time. */
function openSocket({ host, port, allowedAddresses }: SftpOptions, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: createGuardedLookup(allowedAddresses) });
    const fail = (error: Error): void => {
      socket.destroy();
      const fault = error instanceof ForbiddenAddress ? 'address' : 'unreachable';
      reject(new FileFailure(fault, error.message, error));
    };
    const deadline = setTimeout(() => fail(new Error('it did not accept the connection in time')), timeoutMs);
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(deadline));
    socket.once('connect', () => {
      clearTimeout(deadline);
      socket.off('error', fail);
      // Questions and answers are short, and each waits for the one before it.
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function isPinned(key: Buffer, pinned: string): boolean {
  const expected = Buffer.from(pinned.replace(/^SHA256:/, ''), 'base64');
  const found = createHash('sha256').update(key).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** The library adds texts to the server's answers; the codes are the protocol's (SSH_FX_…), or its own words. */
function describeAnswer(error: unknown, isLost: boolean): FileFailure {
  if (error instanceof FileFailure) return error;
  const { code, message } = error as { code?: number | string; message: string };
  if (isLost) return new FileFailure('lost', 'the connection was lost', error);
  if (code === 2 || code === 'ENOENT' || code === 'ERR_NOT_EXIST')
    return new FileFailure('absent', 'no such file', error);
  if (code === 3) return new FileFailure('denied', 'permission denied', error);
  if (typeof code === 'number') return new FileFailure('failed', `SFTP status ${code}`, error);
  const words = /No response|Unexpected|ECONNRESET|Not connected|No SFTP/i.test(message) ? 'lost' : 'failed';
  return new FileFailure(words, 'no answer that can be read', error);
}
