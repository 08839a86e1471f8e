import { inspect } from 'node:util';
import { expect } from 'vitest';
import { VendorError } from '../vendor-error.ts';

/**
 * The VendorError that the promise rejects with. @throws any other rejection, or an error that shows the value it
 * resolved to
 */
export async function failure(promise: Promise<unknown>): Promise<VendorError> {
  const error = await promise.then(
    (value) => new Error(`expected a VendorError, got ${JSON.stringify(value)?.slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof VendorError) return error;
  throw error;
}

/** Fails when a text of `secrets` appears in `shown`, plain, encoded for URLs or in base64. */
export function expectNoSecrets(secrets: unknown, shown: unknown): void {
  const text = inspect(shown, {
    depth: 10,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
    showHidden: true,
  });
  // A request carries them in JSON, so what repeats it may hold them escaped, whatever else it does to them.
  for (const secret of listTexts(secrets).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])) {
    for (const spelling of [secret, encodeURIComponent(secret), ...listBase64(secret)])
      expect(text.includes(spelling), 'a secret is shown').toBe(false);
  }
}

/** Base64 of a text wherever it stands in what was encoded, without the characters that its neighbours change. */
function listBase64(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    return encoded.slice([0, 2, 3][offset], Math.floor(((offset + Buffer.byteLength(text)) * 8) / 6));
  });
}

function listTexts(secrets: unknown): string[] {
  if (typeof secrets === 'string') return [secrets];
  return typeof secrets === 'object' && secrets !== null ? Object.values(secrets).flatMap(listTexts) : [];
}
