import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SecretsUnavailable } from '../errors.ts';

const KEY_BYTES = 32;
const OTHERS = 0o077;

/** The key that wraps the data keys of all sealed values, with its fingerprint. Never print `bytes`. */
export interface MasterKey {
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** The keys that a process opens sealed values with. The store's record says under which of them it seals. */
export interface MasterKeys {
  readonly current: MasterKey;
  /** The key before, as long as values are sealed under it; null = none. */
  readonly previous: MasterKey | null;
}

export interface MasterKeySource {
  /** 32 bytes in base64; wins over the file. */
  readonly ENTREPOT_MASTER_KEY: string | null;
  readonly ENTREPOT_KEY_FILE: string;
  readonly ENTREPOT_PREVIOUS_MASTER_KEY: string | null;
  readonly ENTREPOT_PREVIOUS_KEY_FILE: string | null;
}

/**
 * Reads the master keys from the environment or their files; creates the file of the current one (mode 0600) when there is none.
 * @param learnSecret receives each spelling of each key as text, so that logs can mask it
 * @throws SecretsUnavailable when one is not 32 bytes of base64, others can read its file, or the previous key's file is missing
 */
export function loadMasterKeys(source: MasterKeySource, learnSecret: (text: string) => void = () => {}): MasterKeys {
  const current = findCurrentKey(source);
  const previous = findPreviousKey(source);
  for (const { bytes } of previous === null ? [current] : [current, previous])
    for (const spelling of ['base64', 'base64url', 'hex'] as const) learnSecret(bytes.toString(spelling));
  // The same key twice is one key: nothing distinguishes values "under the previous one" then.
  return { current, previous: previous?.keyId === current.keyId ? null : previous };
}

function findCurrentKey({ ENTREPOT_MASTER_KEY: text, ENTREPOT_KEY_FILE: file }: MasterKeySource): MasterKey {
  return text === null ? (readKeyFile(file) ?? createKeyFile(file)) : parseMasterKey(text, 'ENTREPOT_MASTER_KEY');
}

function findPreviousKey(source: MasterKeySource): MasterKey | null {
  const { ENTREPOT_PREVIOUS_MASTER_KEY: text, ENTREPOT_PREVIOUS_KEY_FILE: file } = source;
  if (text !== null) return parseMasterKey(text, 'ENTREPOT_PREVIOUS_MASTER_KEY');
  if (file === null) return null;
  const key = readKeyFile(file);
  if (key !== null) return key;
  throw new SecretsUnavailable(
    `there is no key file ${file}: ENTREPOT_PREVIOUS_KEY_FILE names the file of the key before, which is never made`,
  );
}

/** @throws SecretsUnavailable when `text` is not 32 bytes in base64 */
export function parseMasterKey(text: string, where: string): MasterKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text.trim()) || bytes.length !== KEY_BYTES) {
    throw new SecretsUnavailable(
      `${where} does not hold 32 bytes in base64. Make one with: head -c 32 /dev/urandom | base64`,
    );
  }
  return { bytes, keyId: createHash('sha256').update('entrepot master key').update(bytes).digest('hex').slice(0, 12) };
}

function readKeyFile(file: string): MasterKey | null {
  let mode: number;
  try {
    mode = statSync(file).mode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SecretsUnavailable(`key file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if ((mode & OTHERS) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw new SecretsUnavailable(
      `key file ${file} has mode ${shown}: others than its owner may use it. Run: chmod 600 ${file} (and replace the key if it may have been read)`,
    );
  }
  try {
    return parseMasterKey(readFileSync(file, 'utf8'), `key file ${file}`);
  } catch (error) {
    if (error instanceof SecretsUnavailable) throw error;
    throw new SecretsUnavailable(`key file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Several processes start concurrently: each writes a file of its own, and the first to link its file under the final name wins. */
function createKeyFile(file: string): MasterKey {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const handle = openSync(draft, 'wx', 0o600);
    writeSync(handle, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    fsyncSync(handle);
    closeSync(handle);
    // The umask only removes bits from 0600; an owner without them could not read the key back.
    chmodSync(draft, 0o600);
  } catch (error) {
    throw new SecretsUnavailable(
      `key file ${file} cannot be made: ${(error as Error).message}. Set ENTREPOT_KEY_FILE to a place that can be written, or ENTREPOT_MASTER_KEY`,
      { cause: error },
    );
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const key = readKeyFile(file);
  if (key === null) throw new SecretsUnavailable(`key file ${file} disappeared while it was made: start again`);
  return key;
}
