import { constants, existsSync } from 'node:fs';
import { link, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { type FileEntry, FileFailure, type FileFault, type FileTransport } from './transport.ts';

/** Names the folder of this machine below which connections may have theirs; whoever runs the process decides. */
export const FOLDERS_VARIABLE = 'ENTREPOT_FILES_FOLDER';

/** A folder of this machine. No link leads out of `FOLDERS_VARIABLE`'s folder: callers of the API choose `root`, not the machine's files. */
export function createFolder(
  root: string,
  allowedFolder: string | undefined = process.env[FOLDERS_VARIABLE],
): FileTransport {
  const resolved = async (folder: string): Promise<string> => {
    if (allowedFolder === undefined || !isAbsolute(allowedFolder)) {
      throw new FileFailure('address', `folders of this machine are not open: ${FOLDERS_VARIABLE} names none`);
    }
    const allowed = await realpath(allowedFolder);
    const found = await realpath(join(allowed, root, folder));
    if (found !== allowed && !found.startsWith(allowed + sep)) {
      throw new FileFailure('address', `the folder lies outside of ${FOLDERS_VARIABLE}`);
    }
    return found;
  };
  const place = async (path: string): Promise<string> => {
    const at = path.lastIndexOf('/');
    return join(await resolved(path.slice(0, Math.max(at, 0))), path.slice(at + 1));
  };
  return {
    address: `file:///${root}`,
    connect: () => answer(() => resolved('')).then(() => {}),
    list: (folder) => answer(async () => listFolder(await resolved(folder))),
    read: (path, maxBytes) => answer(async () => readWhole(await place(path), maxBytes)),
    put: (path, bytes, unless) =>
      answer(async () => {
        if (existsSync(await place(unless))) throw new FileFailure('exists', 'the name is taken');
        await putWhole(await place(path), bytes);
      }),
    rename: (from, to, replace) =>
      answer(async () => {
        const [source, target] = [await place(from), await place(to)];
        if (replace) return rename(source, target);
        // Fails where the name is taken; a rename would replace it silently.
        await link(source, target);
        await rm(source);
      }),
    // A call on a folder ends by itself.
    cut: () => {},
    close: async () => {},
  };
}

async function listFolder(folder: string): Promise<readonly FileEntry[]> {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const entries = await Promise.all(
    files.map(async ({ name }) => {
      try {
        const { size, mtimeMs } = await stat(join(folder, name));
        return { name, bytes: size, modifiedAtMs: Math.trunc(mtimeMs) };
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      }
    }),
  );
  // Those that were taken away meanwhile are not there.
  return entries.filter((entry) => entry !== null);
}

async function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new FileFailure('too-large', `it has ${size} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function putWhole(path: string, bytes: Buffer): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
  try {
    await file.writeFile(bytes);
    // After a power cut a renamed file would otherwise be there, and empty.
    await file.sync();
  } finally {
    await file.close();
  }
}

const FAULTS: Readonly<Record<string, FileFault>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied',
  EEXIST: 'exists',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileFailure) throw error;
    const code = codeOf(error);
    throw new FileFailure(FAULTS[code] ?? 'failed', code, error);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
