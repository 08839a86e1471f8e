import { type CallContext, KeyLocks } from '../call.ts';
import { VendorError } from '../vendor-error.ts';
import type { FileExchange } from './exchange.ts';

/** What a site says about one row of a job, in its log. */
export interface JobRow {
  /** What the vendor's files know the row by. */
  readonly key: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface JobOptions {
  /** For messages, e.g. `Sage 100`. */
  readonly name: string;
  readonly folders: {
    /** Where the site takes files. */
    readonly incoming: string;
    /** Where they are while it works on them; null = it takes them from `incoming` only when it has finished. */
    readonly working: string | null;
    readonly done: string;
    readonly failed: string;
  };
  /** Files of `incoming` and `working` that belong to this job of the site, of which it takes one at a time. */
  isOfJob(name: string): boolean;
  /** Where the site writes what became of a file: null = nowhere. Its folder is that of the file where it is left out. */
  readonly log: {
    readonly folder: string | null;
    nameOf(file: string): string;
    /** The rows that the log tells of; null: it is not whole yet. */
    read(log: Buffer): readonly JobRow[] | null;
  } | null;
  /** How long a file waits for the one before it, until it is looked again. */
  readonly retryAfterMs: number;
}

/**
 * What became of a job's file. `absent`: the site never had it. `rows` is null where the site says nothing about rows, or not yet.
 */
export type JobState =
  | { readonly status: 'absent' }
  | { readonly status: 'waiting' }
  | { readonly status: 'done' | 'failed'; readonly rows: readonly JobRow[] | null };

/** The files of one import job of a site: one at a time, and each once. */
export interface FileJobs {
  /** Looks where a file of this name is; the way to settle a doubt about {@link submit}. */
  look(file: string, call: CallContext): Promise<JobState>;
  /**
   * Gives the site a file, unless it has or had one of the name: the same name is the same job, so a repeat writes nothing.
   * @returns what became of it so far
   * @throws VendorError `throttled`, code `job-busy`, while another file of the job is under way
   */
  submit(file: string, bytes: Buffer, call: CallContext): Promise<JobState>;
}

export function createFileJobs(files: FileExchange, options: JobOptions): FileJobs {
  const { folders, log } = options;
  const locks = new KeyLocks();

  /** In the order in which a file goes, so that none is missed that moves on meanwhile. */
  async function find(file: string, call: CallContext): Promise<JobState & { readonly others: readonly string[] }> {
    const others: string[] = [];
    for (const folder of [folders.incoming, ...(folders.working === null ? [] : [folders.working])]) {
      const names = (await files.list(folder, call)).map(({ name }) => name).filter((name) => options.isOfJob(name));
      if (names.includes(file)) return { status: 'waiting', others };
      others.push(...names);
    }
    for (const status of ['done', 'failed'] as const) {
      const names = (await files.list(folders[status], call)).map(({ name }) => name);
      if (names.includes(file)) return { status, rows: await readLog(file, folders[status], call), others };
    }
    return { status: 'absent', others };
  }

  async function readLog(file: string, beside: string, call: CallContext): Promise<readonly JobRow[] | null> {
    if (log === null) return null;
    try {
      return log.read(await files.read({ folder: log.folder ?? beside, name: log.nameOf(file) }, call));
    } catch (error) {
      // The site moves the file first and writes its log then.
      if (error instanceof VendorError && error.kind === 'notFound') return null;
      throw error;
    }
  }

  return {
    look: async (file, call) => withoutOthers(await find(file, call)),
    submit: (file, bytes, call) =>
      locks.run([folders.incoming], async () => {
        const { others, ...found } = await find(file, call);
        if (found.status !== 'absent') return found;
        const [other] = others;
        if (other !== undefined) throw busyError(options, other);
        await files.write({ folder: folders.incoming, name: file }, bytes, call);
        return { status: 'waiting' };
      }),
  };
}

function withoutOthers({ others: _, ...state }: JobState & { readonly others: readonly string[] }): JobState {
  return state;
}

function busyError({ name, retryAfterMs }: JobOptions, other: string): VendorError {
  return new VendorError('throttled', `${name} has not finished the file ${other}, and takes one at a time`, {
    code: 'job-busy',
    retryAfterMs,
    advice: "If the file stays there, see whether the site's import job runs.",
  });
}
