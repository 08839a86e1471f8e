import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FileSiteOptions {
  /** Below it lie `in`, `work`, `done`, `failed` and `out`; made where they are missing. */
  readonly root: string;
  /** What the import does with a file: the line of the log for each row, and whether the file counts as failed. */
  importFile(name: string, bytes: Buffer): { readonly failed: boolean; readonly log: readonly string[] };
  /** Lets another user of the machine work in a folder: an SFTP server's. */
  handOver?(folder: string): void;
}

/** One import that a site has made. */
export interface ImportedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * A site that exchanges files, as its scheduler and its jobs do: it takes one file a time from `in`, works on it, moves it to `done` or `failed` and
 * writes a log beside it; it leaves exports in `out`. Whatever it took counts, a file that came twice counts twice: it has no idempotency.
 */
export interface FileSite {
  /** Everything that was imported, in order. */
  readonly imported: readonly ImportedFile[];
  /** Ways of sites, to be switched on: see each. */
  readonly faults: FileSiteFaults;
  /** Takes the first file of `in`, if there is one, and leaves it in `work`. */
  begin(): void;
  /** Ends what was begun: file moved, log written. */
  finish(): void;
  /** Leaves an export; `bytes` of it at first where it is short, all of it by the returned function. */
  leave(name: string, content: string | Buffer, short?: { readonly bytes: number }): () => void;
  /** Back to the first state. */
  reset(): void;
}

export interface FileSiteFaults {
  /** The job stands still: nothing is taken. */
  isDown: boolean;
  /** The log is written without its last line. */
  cutsLog: boolean;
  /** The file is moved, and no log comes. */
  losesLog: boolean;
}

const FOLDERS = ['in', 'work', 'done', 'failed', 'out'] as const;
/** Behind the last row of a log: without it, it is not whole. */
export const LOG_END = 'END';

export function createFileSite(options: FileSiteOptions): FileSite {
  const { root } = options;
  const imported: ImportedFile[] = [];
  const faults: FileSiteFaults = { isDown: false, cutsLog: false, losesLog: false };
  const makeFolders = (): void => {
    for (const folder of FOLDERS) {
      mkdirSync(join(root, folder), { recursive: true });
      options.handOver?.(join(root, folder));
    }
  };
  makeFolders();
  return {
    imported,
    faults,
    begin() {
      if (faults.isDown || readdirSync(join(root, 'work')).length > 0) return;
      const name = readdirSync(join(root, 'in'))
        .filter((each) => !each.endsWith('.tmp'))
        .sort()[0];
      if (name === undefined) return;
      imported.push({ name, bytes: readFileSync(join(root, 'in', name)) });
      renameSync(join(root, 'in', name), join(root, 'work', name));
    },
    finish() {
      for (const name of readdirSync(join(root, 'work'))) {
        const { failed, log } = options.importFile(name, readFileSync(join(root, 'work', name)));
        const folder = failed ? 'failed' : 'done';
        renameSync(join(root, 'work', name), join(root, folder, name));
        if (faults.losesLog) continue;
        const lines = faults.cutsLog ? log : [...log, LOG_END];
        writeFileSync(join(root, folder, nameLog(name)), lines.map((line) => `${line}\r\n`).join(''));
      }
    },
    leave(name, content, short) {
      const bytes = Buffer.from(content);
      const path = join(root, 'out', name);
      const complete = (): void => writeFileSync(path, bytes);
      if (short === undefined) complete();
      else writeFileSync(path, bytes.subarray(0, short.bytes));
      return complete;
    },
    reset() {
      imported.length = 0;
      Object.assign(faults, { isDown: false, cutsLog: false, losesLog: false });
      for (const folder of FOLDERS) {
        if (existsSync(join(root, folder))) rmSync(join(root, folder), { recursive: true });
      }
      makeFolders();
    },
  };
}

/** `SO_1.csv` → `SO_1.log` */
export function nameLog(file: string): string {
  return `${file.replace(/\.[^.]*$/, '')}.log`;
}
