import type { CredentialVault } from '../credentials/index.ts';

/** A vault in memory, whose age counts by `now`. */
export function createMemoryVault(now: () => number = Date.now): CredentialVault {
  let kept: { readonly value: string; readonly revision: number; readonly atMs: number } | null = null;
  return {
    read: async () => ({
      value: kept?.value ?? null,
      revision: kept?.revision ?? 0,
      ageMs: kept === null ? 0 : now() - kept.atMs,
    }),
    write: async (value, expectedRevision) => {
      if ((kept?.revision ?? 0) !== expectedRevision) return false;
      kept = { value, revision: expectedRevision + 1, atMs: now() };
      return true;
    },
  };
}
