import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SecretsUnavailable } from '../errors.ts';
import type { MasterKey } from './master-key.ts';

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
  readonly purpose: 'secrets' | 'session';
}

export function sealText(key: MasterKey, text: string, context: SealContext): string {
  const bound = bindTo(key.keyId, context);
  const dataKey = randomBytes(KEY_BYTES);
  const wrapped = encrypt(key.bytes, dataKey, bound);
  const value = encrypt(dataKey, Buffer.from(text, 'utf8'), bound);
  dataKey.fill(0);
  return [FORMAT, key.keyId, wrapped.toString('base64url'), value.toString('base64url')].join('.');
}

/** @throws SecretsUnavailable when it was sealed under another key, for something else, or was altered */
export function unsealText(key: MasterKey, sealed: string, context: SealContext): string {
  const what = `${context.purpose} of connection ${context.connection}`;
  const [format, keyId = '', wrapped, value] = sealed.split('.');
  if (format !== FORMAT || wrapped === undefined || value === undefined) {
    throw new SecretsUnavailable(`the ${what} are not in a known format: enter them again`);
  }
  if (keyId !== key.keyId) {
    throw new SecretsUnavailable(
      `the ${what} were sealed under master key ${keyId}, this process has ${key.keyId}: give it that key, or enter them again`,
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
