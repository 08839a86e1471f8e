import { FileFailure, type FileTransport } from '../../src/files/transport.ts';

export interface MemoryFile {
  bytes: Buffer;
  modifiedAtMs: number;
}

/** A place of files in memory that a test lets fail. */
export interface MemoryPlace {
  readonly transport: { -readonly [K in keyof FileTransport]: FileTransport[K] };
  /** By path. */
  readonly files: Map<string, MemoryFile>;
  /** Called before each change; what it throws is what the caller sees, and nothing has happened. */
  before: (verb: 'put' | 'rename') => void;
  /** Called after each change: what it throws is an answer that got lost. */
  after: (verb: 'put' | 'rename') => void;
  names(folder: string): string[];
}

export function createMemoryPlace(now: () => number): MemoryPlace {
  const files = new Map<string, MemoryFile>();
  const listed = (folder: string) =>
    [...files]
      .filter(([path]) => path.slice(0, path.lastIndexOf('/')) === folder)
      .map(([path, file]) => ({
        name: path.slice(path.lastIndexOf('/') + 1),
        bytes: file.bytes.length,
        modifiedAtMs: file.modifiedAtMs,
      }));
  const find = (path: string): MemoryFile => {
    const file = files.get(path);
    if (file === undefined) throw new FileFailure('absent', 'no such file');
    return file;
  };
  const place: MemoryPlace = {
    files,
    before: () => {},
    after: () => {},
    names: (folder) => listed(folder).map(({ name }) => name),
    transport: {
      address: 'memory:',
      connect: async () => {},
      list: async (folder) => listed(folder),
      read: async (path, maxBytes) => {
        const { bytes } = find(path);
        if (bytes.length > maxBytes) throw new FileFailure('too-large', `it has ${bytes.length} bytes`);
        return bytes;
      },
      put: async (path, bytes, unless) => {
        if (files.has(unless)) throw new FileFailure('exists', 'the name is taken');
        place.before('put');
        files.set(path, { bytes, modifiedAtMs: now() });
        place.after('put');
      },
      rename: async (from, to) => {
        place.before('rename');
        files.set(to, find(from));
        files.delete(from);
        place.after('rename');
      },
      cut: () => {},
      close: async () => {},
    },
  };
  return place;
}
