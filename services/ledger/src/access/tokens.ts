import { createHash, randomBytes } from 'node:crypto';
import { newTimeId } from '../states/time-id.ts';
import type { ApiToken, LedgerStore } from '../store/collections.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
/** viewer reads · operator also repairs · admin also changes settings and tokens */
export type Role = (typeof ROLES)[number];

export interface Actor {
  readonly tokenId: string;
  readonly label: string;
  readonly role: Role;
}

export function mayAct(actor: Actor, needed: Role): boolean {
  return ROLES.indexOf(actor.role) >= ROLES.indexOf(needed);
}

/** Tokens are random and long, so a plain hash keeps them: there is nothing to guess. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function makeToken(): string {
  return `ent_${randomBytes(24).toString('base64url')}`;
}

/** @returns who the token stands for; null when nobody */
export async function findActor(store: LedgerStore, token: string): Promise<Actor | null> {
  const found = await store.tokens.findOne({ hash: hashToken(token) });
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
  };
  await store.tokens.insertOne(stored);
  return { token, stored };
}

/**
 * Makes sure that an admin token exists. One from the environment is taken as it is; without one and without any admin token, one is made.
 * @returns the newly made token, to be shown once; null when none was made
 */
export async function ensureAdminToken(
  store: LedgerStore,
  configured: string | null,
  now: Date,
): Promise<string | null> {
  if (configured !== null) {
    // Exchanging the variable takes the token before it back.
    await store.tokens.deleteMany({ createdBy: 'environment', hash: { $ne: hashToken(configured) } });
    await store.tokens.updateOne(
      { hash: hashToken(configured) },
      {
        $setOnInsert: {
          _id: newTimeId(now.getTime()),
          label: 'ENTREPOT_ADMIN_TOKEN',
          role: 'admin',
          createdAt: now,
          createdBy: 'environment',
        },
      },
      { upsert: true },
    );
    return null;
  }
  if ((await store.tokens.countDocuments({ role: 'admin' }, { limit: 1 })) > 0) return null;
  return (await createToken(store, 'first admin', 'admin', 'start', now)).token;
}
