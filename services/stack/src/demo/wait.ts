const POLL_MS = 150;

/** It did not come true in time; the message says what was waited for and what was seen last. */
export class WaitedTooLong extends Error {
  override readonly name = 'WaitedTooLong';
}

/**
 * Looks again and again until `look` gives something.
 * @param what for the error, e.g. "the order to be verified"
 * @throws WaitedTooLong after `timeoutMs`
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  timeoutMs = 30_000,
  describeLast?: () => string,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      const last = describeLast === undefined ? '' : ` Seen last: ${describeLast()}.`;
      throw new WaitedTooLong(`Waited ${timeoutMs / 1000} s for ${what}, in vain.${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
