import { createHash, randomBytes } from 'node:crypto';
import type { CredentialVault } from '@entrepot/vendor-kit';
import type { mongo } from 'mongoose';
import type { Collections } from '../database.ts';
import type { CredentialDocument } from '../documents.ts';
import { SecretsUnavailable } from '../errors.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import type { Sealer } from './seal.ts';

/** A sign-in on a vendor's pages that a person began. */
export interface BegunSignIn {
  /** Goes to the vendor and comes back; known to no one else, and kept as a hash. */
  readonly state: string;
  /** Of PKCE. */
  readonly codeVerifier: string;
  readonly until: Date;
}

/** A sign-in whose answer arrived. */
export interface ReturnedSignIn {
  readonly redirectUrl: string;
  readonly codeVerifier: string;
}

/** Credentials that vendors give connections, sealed, one a connection; and the sign-ins that fetch them. */
export interface Credentials {
  /** The vault of one connection, of the same content in every process. */
  vault(connection: string): CredentialVault;
  /** Begins a sign-in. A connection has one at a time: the newest. */
  beginSignIn(connection: string, redirectUrl: string): Promise<BegunSignIn>;
  /** Ends the sign-in of this state. @throws SecretsUnavailable when it does not open @returns null when there is none: unknown, begun anew, ended before, or older than ten minutes */
  endSignIn(connection: string, state: string): Promise<ReturnedSignIn | null>;
  /** Keeps what a person's sign-in brought, whatever a process renews at this moment, and lets the connection go on: both or neither. */
  keepSignedIn(connection: string, value: string): Promise<void>;
}

const SIGN_IN_MINUTES = 10;
/** 256 bits: nobody guesses one in ten minutes. */
const STATE_BYTES = 32;

interface CredentialsParts {
  readonly collections: Pick<Collections, 'credentials' | 'connections'>;
  readonly sealer: Sealer;
  transact<T>(work: (session: mongo.ClientSession) => Promise<T>): Promise<T>;
}

export function createCredentials({ collections, sealer, transact }: CredentialsParts): Credentials {
  const { credentials, connections } = collections;
  const contextOf = (connection: string) => ({ connection, purpose: 'credential' }) as const;

  const unsealOrNone = (connection: string, sealed: string | null): string | null => {
    if (sealed === null) return null;
    try {
      return sealer.unseal(sealed, contextOf(connection));
    } catch (error) {
      // As secrets that cannot be opened: a person signs in anew, and replaces it.
      if (error instanceof SecretsUnavailable) return null;
      throw error;
    }
  };

  return {
    vault: (connection) => ({
      async read() {
        const kept = await credentials.findOne<CredentialDocument & { ageMs: number }>(
          { _id: connection },
          { projection: { sealed: 1, revision: 1, ageMs: { $subtract: ['$$NOW', '$writtenAt'] } } },
        );
        if (kept === null) return { value: null, revision: 0, ageMs: 0 };
        return { value: unsealOrNone(connection, kept.sealed), revision: kept.revision, ageMs: Number(kept.ageMs) };
      },

      async write(value, expectedRevision) {
        const sealed = await sealer.seal(value, contextOf(connection));
        const change = { sealed: { $literal: sealed }, revision: expectedRevision + 1, writtenAt: '$$NOW' };
        try {
          // The first write inserts; where another process was first, the insert meets its `_id`.
          const { matchedCount, upsertedCount } = await credentials.updateOne(
            { _id: connection, revision: expectedRevision },
            [{ $set: { signIn: { $ifNull: ['$signIn', null] }, ...change } }],
            { upsert: expectedRevision === 0 },
          );
          return matchedCount + upsertedCount === 1;
        } catch (error) {
          if (isDuplicateKey(error)) return false;
          throw error;
        }
      },
    }),

    async beginSignIn(connection, redirectUrl) {
      const state = randomBytes(STATE_BYTES).toString('base64url');
      const codeVerifier = randomBytes(STATE_BYTES).toString('base64url');
      const sealed = await sealer.seal(codeVerifier, { connection, purpose: 'sign-in' });
      const begun = { stateHash: hashOf(state), sealed, redirectUrl };
      const none = { sealed: null, revision: 0, writtenAt: '$$NOW' };
      const kept = Object.fromEntries(
        Object.entries(none).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]),
      );
      const until = { $add: ['$$NOW', SIGN_IN_MINUTES * 60_000] };
      const after = await credentials.findOneAndUpdate(
        { _id: connection },
        [{ $set: { ...kept, signIn: { $mergeObjects: [{ $literal: begun }, { until }] } } }],
        { upsert: true, returnDocument: 'after' },
      );
      return { state, codeVerifier, until: after?.signIn?.until ?? new Date(0) };
    },

    async endSignIn(connection, state) {
      const before = await credentials.findOneAndUpdate(
        { _id: connection, 'signIn.stateHash': hashOf(state), $expr: { $gt: ['$signIn.until', '$$NOW'] } },
        { $set: { signIn: null } },
        { returnDocument: 'before' },
      );
      const begun = before?.signIn ?? null;
      if (begun === null) return null;
      const codeVerifier = sealer.unseal(begun.sealed, { connection, purpose: 'sign-in' });
      return { redirectUrl: begun.redirectUrl, codeVerifier };
    },

    keepSignedIn: (connection, value) =>
      transact(async (session) => {
        const sealed = await sealer.seal(value, contextOf(connection), session);
        const revision = { $add: [{ $ifNull: ['$revision', 0] }, 1] };
        const change = { sealed: { $literal: sealed }, revision, writtenAt: '$$NOW' };
        await credentials.updateOne(
          { _id: connection },
          [{ $set: { signIn: { $ifNull: ['$signIn', null] }, ...change } }],
          { upsert: true, session },
        );
        await connections.updateOne({ _id: connection }, { $set: { attention: null } }, { session });
      }),
  };
}

/** The state of 256 random bits is compared as a hash by the database, so that no time tells how much of a guess is right. */
function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}
