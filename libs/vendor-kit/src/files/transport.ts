/** A file of a folder, as its listing shows it. */
export interface FileEntry {
  readonly name: string;
  readonly bytes: number;
  /** Some servers tell whole seconds only. */
  readonly modifiedAtMs: number;
}

/**
 * What a place of files can do, one call at a time; paths are relative to its root, with `/` between names. Folders and SFTP servers
 * are transports; what they have in common (budget, deadlines, evidence, errors) is {@link openExchange}'s.
 */
export interface FileTransport {
  /** For messages and evidence: `sftp://user@host:22/root`. No secret. */
  readonly address: string;
  /** Makes the connection where there is none. */
  connect(timeoutMs: number): Promise<void>;
  list(folder: string): Promise<readonly FileEntry[]>;
  /** @throws FileFailure `too-large` before it is read */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /**
   * Makes or replaces a file, and returns once all of it is there.
   * @throws FileFailure `exists` where `unless` is there: the name that the file is to have
   */
  put(path: string, bytes: Buffer, unless: string): Promise<void>;
  /**
   * Gives a file its other name in one step. Where the place offers a rename that replaces what has that name already, `replace` is done by it;
   * elsewhere by a removal before the rename.
   */
  rename(from: string, to: string, replace: boolean): Promise<void>;
  /** Ends the connection; calls under way fail. The next `connect` makes another. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * - `lost`, `late`: no answer will come; the call may have been done
 * - `unreachable`, `address`, `host-key`, `sign-in`: nothing was asked
 * - `absent`, `denied`, `exists`, `full`, `too-large`, `failed`: the place's answer
 */
export type FileFault =
  | 'unreachable'
  | 'address'
  | 'host-key'
  | 'sign-in'
  | 'lost'
  | 'late'
  | 'absent'
  | 'denied'
  | 'exists'
  | 'full'
  | 'too-large'
  | 'failed';

/** What a transport throws. */
export class FileFailure extends Error {
  override readonly name = 'FileFailure';
  readonly fault: FileFault;

  constructor(fault: FileFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}
