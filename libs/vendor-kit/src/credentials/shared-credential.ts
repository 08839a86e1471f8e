import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { VendorError } from '../vendor-error.ts';
import type { CredentialVault, KeptCredential } from './vault.ts';

/** When a credential is renewed, and when it is of no use any more; milliseconds since the epoch, infinite = never. */
export interface CredentialLife {
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

export interface SharedCredentialOptions<Credential> {
  readonly vault: CredentialVault;
  /** Reads what is kept; what it refuses (of another account, of a former shape) counts as none. */
  readonly schema: z.ZodType<Credential>;
  lifeOf(credential: Credential): CredentialLife;
  /**
   * Asks the vendor for the next one. It may be asked twice by the same credential, where the first answer was lost.
   * @param credential null: none is kept; what only a person can get is refused as `unauthorized`
   * @throws VendorError `unauthorized` when the vendor refuses the credential, or whoever asks for it
   */
  renew(credential: Credential | null): Promise<Credential>;
  /** What a person does when a credential is refused after the answer to its renewal was lost. */
  readonly adviceWhenLost: string;
  /** Longest time that `renew` takes; after it another process may renew. */
  readonly renewWithinMs: number;
  now(): number;
  /** Left out: a timer. */
  sleep?(ms: number): Promise<void>;
}

/** A credential that all processes of a connection share. One of them renews it at a time. */
export interface SharedCredential<Credential> {
  /** The one to use. @throws VendorError when there is none to be had; what the vault throws */
  read(): Promise<Credential>;
  /** Reports that the vendor refused it: the next read gives another one. */
  refuse(credential: Credential): void;
}

/** Between two looks at a renewal of another process. */
const LOOK_MS = 200;
/** A process that renews needs some time besides to write its intent and what it got. */
const WRITE_RESERVE_MS = 5_000;
/** Between two early renewals of one process that fail: calls go on with what there is, and the vendor is not asked before each. */
const PAUSE_MS = 30_000;

/** A renewal that was begun and of which no end is known: it is written before the vendor is asked. */
const renewalSchema = z.object({ by: z.string(), tries: z.number() });
type Renewal = z.infer<typeof renewalSchema>;
/** What the vault holds. A credential of another account stays in it until a renewal of ours replaces it: settings may be corrected. */
const keptSchema = z.object({ credential: z.unknown(), renewal: renewalSchema.nullable() });

/**
 * Renewal that survives a lost answer. Before the vendor is asked, the intent is written into the vault by compare-and-set: that is the
 * lease of the one process that asks, and says to whoever comes after a crash that the vendor may have changed the credential already. The
 * former credential is tried once more then; refused, it takes a person. What the vendor gave is used only once it is written.
 */
export function createSharedCredential<Credential>(
  options: SharedCredentialOptions<Credential>,
): SharedCredential<Credential> {
  const { vault, lifeOf, now, sleep = waitFor } = options;
  const leaseMs = options.renewWithinMs + WRITE_RESERVE_MS;
  const self = randomUUID();
  let current: Credential | null = null;
  let refused: Credential | null = null;
  let underWay: Promise<Credential> | null = null;
  /** Given by the vendor, and not known to be written: the vault did not answer. */
  let unwritten: { readonly credential: Credential; readonly revision: number } | null = null;
  let pausedUntilMs = 0;

  const parse = ({ value }: KeptCredential) => {
    const kept = keptSchema.safeParse(value === null ? null : readJson(value));
    if (!kept.success) return { held: null, credential: null, renewal: null };
    const own = options.schema.safeParse(kept.data.credential);
    return { held: kept.data.credential, credential: own.success ? own.data : null, renewal: kept.data.renewal };
  };
  const isRefused = (credential: Credential): boolean => refused !== null && isDeepStrictEqual(credential, refused);
  const isUsable = (credential: Credential): boolean => !isRefused(credential) && now() < lifeOf(credential).endsAtMs;
  const isFresh = (credential: Credential): boolean => isUsable(credential) && now() < lifeOf(credential).renewAtMs;
  const write = (credential: unknown, renewal: Renewal | null, revision: number) =>
    vault.write(JSON.stringify({ credential, renewal }), revision);

  const renewUnder = async (
    { held, credential }: Pick<ReturnType<typeof parse>, 'held' | 'credential'>,
    tries: number,
    revision: number,
  ): Promise<Credential | null> => {
    let next: Credential;
    try {
      next = await options.renew(credential);
    } catch (error) {
      if (isLost(error)) throw withoutDoubt(error);
      // The vendor has answered: nothing is open any more. Where another process renewed meanwhile (this one was stopped in between), what
      // was refused is used up, and the other's counts.
      if (!(await write(held, null, revision))) return null;
      throw tries > 1 ? describeLoss(error, options.adviceWhenLost) : error;
    }
    unwritten = { credential: next, revision };
    return (await flush()) ? next : null;
  };
  /** @returns false when another process wrote meanwhile, so that its credential counts */
  const flush = async (): Promise<boolean> => {
    if (unwritten === null) return true;
    const { credential, revision } = unwritten;
    const written = await write(credential, null, revision);
    unwritten = null;
    return written;
  };

  const obtain = async (): Promise<Credential> => {
    let isUnsent = false;
    for (;;) {
      await flush();
      const kept = await vault.read();
      const { held, credential, renewal } = parse(kept);
      if (credential !== null && isFresh(credential)) return credential;
      const usable = credential !== null && isUsable(credential) ? credential : null;
      if (renewal !== null && renewal.by !== self && kept.ageMs < leaseMs) {
        if (usable !== null) return usable;
        await sleep(LOOK_MS);
        continue;
      }
      if (usable !== null && now() < pausedUntilMs) return usable;
      const tries = (renewal?.tries ?? 0) + (isUnsent ? 0 : 1);
      const begunMs = now();
      if (!(await write(held, { by: self, tries }, kept.revision))) continue;
      // Stopped in between: another process may have renewed by now, and a late request would end what the vendor gave it.
      isUnsent = now() - begunMs >= WRITE_RESERVE_MS;
      if (isUnsent) continue;
      try {
        const renewed = await renewUnder({ held, credential }, tries, kept.revision + 1);
        if (renewed !== null) return renewed;
      } catch (error) {
        // Renewed early: what is there serves until it ends.
        if (usable === null || !(error instanceof VendorError)) throw error;
        pausedUntilMs = now() + PAUSE_MS;
        return usable;
      }
    }
  };

  return {
    read: async () => {
      if (current !== null && isFresh(current)) return current;
      underWay ??= obtain().finally(() => {
        underWay = null;
      });
      current = await underWay;
      return current;
    },
    refuse: (credential) => {
      refused = credential;
    },
  };
}

/** The first credential of a connection, as its vault keeps it: what a completed sign-in returns. */
export function keepFirst(credential: unknown): string {
  return JSON.stringify({ credential, renewal: null });
}

/** True when the vendor may have renewed it though no usable answer came. */
function isLost(error: unknown): error is VendorError {
  if (!(error instanceof VendorError)) return false;
  return error.answerUnknown || error.kind === 'unavailable' || error.kind === 'timeout';
}

/** The doubt is about the renewal alone: nothing of the caller's request was sent. */
function withoutDoubt(error: VendorError): VendorError {
  if (!error.answerUnknown) return error;
  const { kind, message, code, httpStatus, retryAfterMs, advice, fields } = error;
  return new VendorError(kind, message, {
    code,
    fields,
    cause: error,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(advice === null ? {} : { advice }),
  });
}

function describeLoss(error: unknown, advice: string): unknown {
  if (!(error instanceof VendorError) || error.kind !== 'unauthorized') return error;
  return new VendorError(
    'unauthorized',
    `${error.message}. The answer to the renewal before was lost, and what it was asked by was tried once more`,
    {
      code: error.code,
      advice,
      cause: error,
      ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
    },
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function waitFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
