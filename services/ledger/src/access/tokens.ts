import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken, LedgerStore } from '../store/collections.ts';
import { newTimeId } from '../store/documents.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
/** viewer reads · operator also repairs · admin also changes settings and tokens */
export type Role = (typeof ROLES)[number];

/** People choose this token, so its rules make it hard to guess; a request cannot carry a longer one, or one with blanks. */
export const ADMIN_TOKEN_SETTING = {
  description:
    'the first admin token of the API; without it, and without any in the store, one is made and printed once',
  type: 'string',
  secret: true,
  mustMatch: {
    pattern: /^[\x21-\x7e]{32,200}$/,
    advice: 'Use 32 to 200 letters, digits and signs, without blanks; make one with: openssl rand -base64 33',
  },
} as const;

export interface Actor {
  readonly tokenId: string;
  readonly label: string;
  readonly role: Role;
}

export function mayAct(actor: Actor, needed: Role): boolean {
  return ROLES.indexOf(actor.role) >= ROLES.indexOf(needed);
}

/** A plain hash is enough to keep tokens: they are random and too long to guess. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function makeToken(): string {
  return `ent_${randomBytes(24).toString('base64url')}`;
}

/** Of revoked tokens only the hash is kept. */
export const IN_FORCE = { revokedAt: null } as const;

/** @returns the actor of the token; null when the token is unknown or revoked */
export async function findActor(store: LedgerStore, token: string): Promise<Actor | null> {
  const found = await store.tokens.findOne({ hash: hashToken(token), ...IN_FORCE });
  return found === null ? null : { tokenId: found._id, label: found.label, role: found.role };
}

/** @returns the token itself, once; only its hash is kept */
export async function createToken(
  store: LedgerStore,
  label: string,
  role: Role,
  createdBy: string,
  now: Date,
): Promise<{ token: string; stored: ApiToken }> {
  const token = makeToken();
  const stored: ApiToken = {
    _id: newTimeId(now.getTime()),
    hash: hashToken(token),
    label,
    role,
    createdAt: now,
    createdBy,
    revokedAt: null,
  };
  await store.tokens.insertOne(stored);
  return { token, stored };
}

/**
 * Revokes a token for good: its hash stays marked as revoked, so that neither a start with it in the environment nor anything else admits
 * it again.
 * @returns false when there is no such token in force
 */
export async function revokeToken(store: LedgerStore, id: string, now: Date): Promise<boolean> {
  const { modifiedCount } = await store.tokens.updateOne({ _id: id, ...IN_FORCE }, { $set: { revokedAt: now } });
  return modifiedCount === 1;
}

export interface AdminToken {
  /** The newly created token, to be shown once; null when none was created. */
  readonly made: string | null;
  /** The environment's token was revoked: it admits no request. */
  readonly revoked: boolean;
}

/**
 * Ensures that an admin token exists: the environment's, unless it was revoked; creates one when there is neither that nor any in force.
 */
export async function ensureAdminToken(store: LedgerStore, configured: string | null, now: Date): Promise<AdminToken> {
  if (configured !== null) {
    const hash = hashToken(configured);
    // A changed variable invalidates the token it held before, until the variable holds that one again.
    await store.tokens.deleteMany({ createdBy: 'environment', hash: { $ne: hash }, ...IN_FORCE });
    await store.tokens.updateOne(
      { hash },
      {
        $setOnInsert: {
          _id: newTimeId(now.getTime()),
          label: 'ENTREPOT_ADMIN_TOKEN',
          role: 'admin',
          createdAt: now,
          createdBy: 'environment',
          revokedAt: null,
        },
      },
      { upsert: true },
    );
    return { made: null, revoked: (await findActor(store, configured)) === null };
  }
  if ((await store.tokens.countDocuments({ role: 'admin', ...IN_FORCE }, { limit: 1 })) > 0) {
    return { made: null, revoked: false };
  }
  return { made: (await createToken(store, 'first admin', 'admin', 'start', now)).token, revoked: false };
}
