import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { StoreFactDocument } from '../database.ts';
import { SecretsUnavailable } from '../errors.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';

/**
 * Envelope encryption: each value under a random data key of its own (AES-256-GCM), the data key wrapped by the master key
 * (AES-256-GCM). Both are bound to what they belong to, so a blob copied to another place does not open.
 * Format: `v1.<key id>.<wrapped data key>.<value>`, each part nonce, tag, ciphertext in base64url.
 */
const FORMAT = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What a sealed value belongs to. */
export interface SealContext {
  readonly connection: string;
  readonly purpose: SealPurpose;
}

export type SealPurpose = 'secrets' | 'session' | 'credential' | 'sign-in';

/** What the sealed values under a key begin with. */
export function sealedPrefix({ keyId }: MasterKey): string {
  return `${FORMAT}.${keyId}.`;
}

export function sealText(key: MasterKey, text: string, context: SealContext): string {
  const bound = bindTo(key.keyId, context);
  const dataKey = randomBytes(KEY_BYTES);
  const wrapped = encrypt(key.bytes, dataKey, bound);
  const value = encrypt(dataKey, Buffer.from(text, 'utf8'), bound);
  dataKey.fill(0);
  return [FORMAT, key.keyId, wrapped.toString('base64url'), value.toString('base64url')].join('.');
}

/** @throws SecretsUnavailable when it was sealed under a key that is neither of these, for something else, or was altered */
export function unsealText({ current, previous }: MasterKeys, sealed: string, context: SealContext): string {
  const what = `${context.purpose} of connection ${context.connection}`;
  const [format, keyId = '', wrapped, value] = sealed.split('.');
  if (format !== FORMAT || wrapped === undefined || value === undefined) {
    throw new SecretsUnavailable(`the ${what} are not in a known format: enter them again`);
  }
  const key = [current, previous].find((candidate) => candidate?.keyId === keyId);
  if (key == null) {
    const known = previous === null ? current.keyId : `${current.keyId} and ${previous.keyId}`;
    throw new SecretsUnavailable(
      `the ${what} were sealed under master key ${keyId}, this process has ${known}: give it that key as ` +
        'ENTREPOT_PREVIOUS_MASTER_KEY or ENTREPOT_PREVIOUS_KEY_FILE, or enter them again',
    );
  }
  const bound = bindTo(keyId, context);
  try {
    const dataKey = decrypt(key.bytes, Buffer.from(wrapped, 'base64url'), bound);
    const text = decrypt(dataKey, Buffer.from(value, 'base64url'), bound).toString('utf8');
    dataKey.fill(0);
    return text;
  } catch {
    // Without the cause: it adds nothing, and no detail of a secret may travel with an error.
    throw new SecretsUnavailable(`the ${what} were altered or belong elsewhere: enter them again`);
  }
}

function bindTo(keyId: string, context: SealContext): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, context.connection, context.purpose]), 'utf8');
}

function encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, blob: Buffer, bound: Buffer): Buffer {
  const nonce = blob.subarray(0, NONCE_BYTES);
  const tag = blob.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bound)
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(blob.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}

type Facts = mongo.Collection<StoreFactDocument>;

/** Seals and opens the values of one store. */
export interface Sealer {
  /** Seals under the key that the store's record names, so that processes which know one key only can open it until all know both. */
  seal(text: string, context: SealContext, session?: mongo.ClientSession): Promise<string>;
  /** @throws SecretsUnavailable */
  unseal(sealed: string, context: SealContext): string;
}

/** `_id` of the fact that names the key which the store's values are sealed under. */
export const MASTER_KEY_FACT = 'master-key';

export function createSealer(facts: Facts, keys: MasterKeys): Sealer {
  return {
    async seal(text, context, session) {
      const fact = await facts.findOne({ _id: MASTER_KEY_FACT }, session === undefined ? {} : { session });
      return sealText(chooseKey(keys, fact?.value ?? keys.current.keyId), text, context);
    },
    unseal: (sealed, context) => unsealText(keys, sealed, context),
  };
}

/**
 * The first process records its key. A process without the recorded key fails at its start instead of at its first use of a secret; with
 * the recorded key as its previous one it works on, and `npm run keys:rotate` records the current one.
 */
export async function claimMasterKey(facts: Facts, keys: MasterKeys): Promise<void> {
  const noted = await facts.findOneAndUpdate(
    { _id: MASTER_KEY_FACT },
    { $setOnInsert: { value: keys.current.keyId } },
    { upsert: true, returnDocument: 'after' },
  );
  if (noted !== null) chooseKey(keys, noted.value);
}

/** @throws SecretsUnavailable when the process has no key of this id */
export function chooseKey({ current, previous }: MasterKeys, keyId: string): MasterKey {
  if (keyId === current.keyId) return current;
  if (keyId === previous?.keyId) return previous;
  const known = previous === null ? current.keyId : `${current.keyId} and, as the previous one, ${previous.keyId}`;
  throw new SecretsUnavailable(
    `the secrets in this store are sealed under master key ${keyId}, this process has ${known}: ` +
      'set ENTREPOT_MASTER_KEY or ENTREPOT_KEY_FILE to the key the store was first used with, or last rotated to; if it is lost, ' +
      'delete the document "master-key" of the collection "storeFacts" and enter the secrets of every connection again',
  );
}
