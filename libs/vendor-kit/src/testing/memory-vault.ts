import type { CredentialVault } from '../credentials/index.ts';
import type { SessionVault } from '../target/definition.ts';

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

/** Keeps the session of a lane's owner in memory. */
export function createSessionVault(): SessionVault {
  let kept: string | null = null;
  return {
    read: async () => kept,
    write: async (token) => {
      kept = token;
    },
  };
}
