import { isSecretName, type Masker } from '@entrepot/service-kit/masking';
import { learnCredentials } from '../masking.ts';

/** What the vault of a connection holds. */
export interface KeptCredential {
  /** Null = none, or one that cannot be opened any more: a person signs in anew. */
  readonly value: string | null;
  /** Rises by one with each write; 0 = never written. */
  readonly revision: number;
  /** Time since the last write, by the clock of the store: processes with clocks of their own agree on it. */
  readonly ageMs: number;
}

/**
 * Credentials that a vendor gives a connection and that change by themselves (tokens, sessions): one sealed value, shared by source and
 * target in whatever process they run. What a person enters is in the connection's secrets.
 */
export interface CredentialVault {
  read(): Promise<KeptCredential>;
  /** @returns false when its revision is another one by now: nothing was written */
  write(value: string, expectedRevision: number): Promise<boolean>;
}

/** Teaches the masker what passes: errors, logs and evidence show none of it. */
export function guardCredentials(vault: CredentialVault, masker: Masker): CredentialVault {
  const learn = (value: string): void => {
    for (const secret of listSecrets(value)) learnCredentials(masker, secret);
  };
  return {
    read: async () => {
      const kept = await vault.read();
      if (kept.value !== null) learn(kept.value);
      return kept;
    },
    write: (value, expectedRevision) => {
      learn(value);
      return vault.write(value, expectedRevision);
    },
  };
}

/** What has a secret's name in a value that is JSON; else the value itself. */
function listSecrets(value: string): readonly string[] {
  const secrets: string[] = [];
  try {
    JSON.parse(value, (name, part: unknown) => {
      if (typeof part === 'string' && isSecretName(name)) secrets.push(part);
      return part;
    });
    return secrets;
  } catch {
    return [value];
  }
}
