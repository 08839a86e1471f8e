import { createHash } from 'node:crypto';
import type { Masker } from '@entrepot/service-kit/masking';
import type { CallContext } from '../call.ts';
import { describeEvidence } from '../masking.ts';
import { describeFileFailure } from './failures.ts';
import { pathOf, TEMPORARY_ENDING } from './paths.ts';
import { type FileEntry, FileFailure, type FileTransport } from './transport.ts';

export interface FileExchangeOptions {
  /** For messages, e.g. `Sage 100`. */
  readonly name: string;
  /** Longest wait for a connection, and for each call. */
  readonly timeoutMs: number;
  /** A larger file is not read. */
  readonly maxFileBytes: number;
  readonly masker: Masker;
}

/** Where a file stands: a folder below the root, and a name in it. */
export interface FilePlace {
  readonly folder: string;
  readonly name: string;
}

/**
 * The files of one connection, as a vendor lib works with them. Calls go one after another. Each waits for the connection's budget, asks
 * `call.beforeSend` immediately before anything is changed or asked, is recorded as evidence (sizes and hashes, never content), and fails as
 * `VendorError`.
 */
export interface FileExchange {
  /** Files of a folder by name, but for those that are being written by us. */
  list(folder: string, call: CallContext): Promise<readonly FileEntry[]>;
  read(place: FilePlace, call: CallContext): Promise<Buffer>;
  /**
   * Writes a file under a temporary name, and renames it once it is whole. What was cut off before the rename is replaced by the next try; only
   * the rename can leave a doubt.
   * @throws VendorError `conflict`, code `file-exists`: the name is taken
   */
  write(place: FilePlace, bytes: Buffer, call: CallContext): Promise<void>;
  /** Moves a file; what has the name already is replaced. */
  move(from: FilePlace, to: FilePlace, call: CallContext): Promise<void>;
  close(): Promise<void>;
}

/** One step of a call: what the place is asked once. */
interface Step<T> {
  readonly verb: string;
  readonly path: string;
  /** For messages, e.g. "writing the file in/a.csv". */
  readonly action: string;
  /** True when a call without answer may have changed what others see. */
  readonly commits: boolean;
  work(): Promise<T>;
  /** The answer as evidence. */
  show(answer: T): string;
  readonly sent?: string;
}

export function openExchange(transport: FileTransport, options: FileExchangeOptions): FileExchange {
  const { name: vendor, timeoutMs, maxFileBytes, masker } = options;
  let tail: Promise<unknown> = Promise.resolve();

  /** One after another: a session of the transport has one call at a time. */
  function queue<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  }

  async function perform<T>(step: Step<T>, call: CallContext): Promise<T> {
    let leave = (): void => {};
    let sent = false;
    const startedAtMs = Date.now();
    const startedAt = performance.now();
    const record = (answer: string | null): void =>
      call.record(
        describeEvidence(
          {
            method: step.verb,
            url: `${transport.address}/${step.path}`,
            status: null,
            requestBody: step.sent ?? null,
            responseBody: answer,
            startedAtMicros: startedAtMs * 1_000,
            durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
          },
          masker,
        ),
      );
    try {
      leave = await admit(call);
      await within(transport.connect(timeoutMs), call.signal);
      const refused = catchRefusal(() => call.beforeSend(timeoutMs));
      if (refused !== null) throw refused;
      sent = true;
      const answer = await within(step.work(), call.signal);
      record(step.show(answer));
      return answer;
    } catch (error) {
      if (error instanceof Refused) throw error.cause;
      if (sent) record(error instanceof FileFailure && error.fault !== 'lost' ? error.fault : null);
      throw describeFileFailure(error, { vendor, action: step.action, answerUnknown: sent && step.commits });
    } finally {
      leave();
    }
  }

  /** A call that takes too long, or that nobody waits for any more, is cut: what becomes of it at the place is not known. */
  async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    let giveUp = (_: FileFailure): void => {};
    const given = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const stop = (): void => giveUp(new FileFailure('lost', 'it was stopped'));
    const deadline = setTimeout(
      () => giveUp(new FileFailure('late', `it did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([work, given]);
    } catch (error) {
      if (error instanceof FileFailure && (error.fault === 'lost' || error.fault === 'late')) transport.cut();
      work.catch(() => {});
      throw error;
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    list: (folder, call) =>
      queue(() =>
        perform(
          {
            verb: 'LIST',
            path: folder,
            action: `listing the folder ${folder}`,
            commits: false,
            work: async () =>
              (await transport.list(folder))
                .filter(({ name }) => !name.endsWith(TEMPORARY_ENDING) && !name.startsWith('.'))
                .sort((a, b) => (a.name < b.name ? -1 : 1)),
            show: (entries) => entries.map(({ name, bytes }) => `${name} (${bytes} bytes)`).join('\n'),
          },
          call,
        ),
      ),
    read: ({ folder, name }, call) =>
      queue(() => {
        const path = pathOf(folder, name);
        return perform(
          {
            verb: 'READ',
            path,
            action: `reading the file ${path}`,
            commits: false,
            work: () => transport.read(path, maxFileBytes),
            show: describeBytes,
          },
          call,
        );
      }),
    write: ({ folder, name }, bytes, call) =>
      queue(async () => {
        const path = pathOf(folder, name);
        const temporary = path + TEMPORARY_ENDING;
        await perform(
          {
            verb: 'WRITE',
            path: temporary,
            action: `writing the file ${path}`,
            commits: false,
            work: () => transport.put(temporary, bytes, path),
            show: () => '',
            sent: describeBytes(bytes),
          },
          call,
        );
        await perform(rename(temporary, path, false), call);
      }),
    move: (from, to, call) =>
      queue(() => perform(rename(pathOf(from.folder, from.name), pathOf(to.folder, to.name), true), call)),
    close: () => queue(() => transport.close()),
  };

  function rename(from: string, to: string, replace: boolean): Step<void> {
    return {
      verb: 'RENAME',
      path: from,
      action: `renaming the file ${from} to ${to}`,
      commits: true,
      work: () => transport.rename(from, to, replace),
      show: () => '',
      sent: to,
    };
  }
}

/** What the caller refused, to be thrown as it is. */
class Refused extends Error {}

function catchRefusal(ask: () => void): Refused | null {
  try {
    ask();
    return null;
  } catch (cause) {
    return new Refused('refused', { cause });
  }
}

async function admit(call: CallContext): Promise<() => void> {
  try {
    return await call.admit();
  } catch (cause) {
    // Stopped while it waited: the step ends as stopped before anything is sent.
    if (call.signal.aborted) return () => {};
    throw new Refused('refused', { cause });
  }
}

/** Facts by which a file is known again; its content may be personal data. */
function describeBytes(bytes: Buffer): string {
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}
