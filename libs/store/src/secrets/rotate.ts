import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { connectDatabase, type KeyRotationDocument, type StoreFactDocument } from '../database.ts';
import { isTakeable, leaseEnd, readMonotonicMs, startDeadline, withDeadline } from '../deadline.ts';
import { SecretsUnavailable } from '../errors.ts';
import { isDuplicateKey } from '../groups/conditional.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { MASTER_KEY_FACT, type SealPurpose, sealedPrefix, sealText, unsealText } from './seal.ts';
import { openSealedValues, SEALED_PLACES, type SealedValues } from './sealed-places.ts';

/** Sealed values of one kind, counted in the database. */
export interface SealedCount {
  /** For people, e.g. `secrets of connections`. */
  readonly title: string;
  readonly underCurrent: number;
  readonly underPrevious: number;
  /** Under a key that this process does not have: nothing opens them. */
  readonly underOther: number;
}

/** A value under the previous key that does not open with it. */
export interface UnopenedValue {
  readonly connection: string;
  readonly message: string;
  readonly advice: string;
}

export interface RotationOptions {
  readonly signal?: AbortSignal;
  /** Receives the owner of the lease while another process re-seals, and the counts after each group. */
  readonly report?: (progress: { readonly waitsFor: string } | readonly SealedCount[]) => void;
  /** How long another process waits for the lease of one that was killed. */
  readonly leaseMs?: number;
}

/** Re-seals all values under the current master key, for a command. */
export interface KeyRotation {
  readonly from: string;
  readonly to: string;
  count(): Promise<SealedCount[]>;
  /**
   * Records the current key as the one that is sealed under, and re-seals what is under the previous one. Each value is replaced by
   * compare-and-set, so that a process killed in the middle costs nothing, and the next run re-seals the rest.
   * @returns what still is under the previous key since it does not open; empty = done, the previous key may go
   */
  run(options?: RotationOptions): Promise<UnopenedValue[]>;
  close(): Promise<void>;
}

export interface RotatedStore {
  readonly uri: string;
  readonly database?: string;
  /** Within which a call of a service ends that began to seal before the key was recorded. */
  readonly longestCallMs?: number;
}

const GROUP = 50;
const LEASE_MS = 10_000;
const LOOK_MS = 500;
const CALL_TIMEOUT_MS = 10_000;
const PURPOSES = Object.keys(SEALED_PLACES) as SealPurpose[];

/**
 * Connects to the database of a store.
 * @throws SecretsUnavailable when there is no previous key, or the store is sealed under neither; the driver's error when it cannot be reached
 */
export async function openKeyRotation(
  { uri, database, longestCallMs = CALL_TIMEOUT_MS }: RotatedStore,
  { current, previous }: MasterKeys,
): Promise<KeyRotation> {
  if (previous === null) {
    throw new SecretsUnavailable(
      'there is no previous master key to rotate from: set ENTREPOT_PREVIOUS_MASTER_KEY or ENTREPOT_PREVIOUS_KEY_FILE to the key that ' +
        'the store is sealed under, and ENTREPOT_MASTER_KEY or ENTREPOT_KEY_FILE to another, new one',
    );
  }
  const { mongoose, db, collections } = await connectDatabase(uri, database);
  try {
    const keys = { current, previous };
    await withDeadline(checkRecordedKey(collections.facts, keys), CALL_TIMEOUT_MS);
    const places = PURPOSES.map((purpose) => ({ purpose, values: openSealedValues(db, purpose) }));
    const count = () => withDeadline(countAll(places, keys), CALL_TIMEOUT_MS);
    return {
      from: previous.keyId,
      to: current.keyId,
      count,
      run: (options = {}) => rotate({ ...collections, places, keys, longestCallMs, count }, options),
      close: () => mongoose.close(true),
    };
  } catch (error) {
    await mongoose.close(true);
    throw error;
  }
}

interface TwoKeys {
  readonly current: MasterKey;
  readonly previous: MasterKey;
}

interface Place {
  readonly purpose: SealPurpose;
  readonly values: SealedValues;
}

interface Rotation {
  readonly facts: mongo.Collection<StoreFactDocument>;
  readonly keyRotations: mongo.Collection<KeyRotationDocument>;
  readonly places: readonly Place[];
  readonly keys: TwoKeys;
  readonly longestCallMs: number;
  count(): Promise<SealedCount[]>;
}

async function checkRecordedKey(facts: Rotation['facts'], { current, previous }: TwoKeys): Promise<void> {
  const recorded = (await facts.findOne({ _id: MASTER_KEY_FACT }))?.value;
  if (recorded === undefined || recorded === current.keyId || recorded === previous.keyId) return;
  throw new SecretsUnavailable(
    `the store is sealed under master key ${recorded}, and this process has ${current.keyId} and, as the previous one, ` +
      `${previous.keyId}: give it ${recorded} as the previous key`,
  );
}

async function countAll(places: readonly Place[], { current, previous }: TwoKeys): Promise<SealedCount[]> {
  return Promise.all(
    places.map(async ({ purpose, values }) => {
      const [all, underCurrent, underPrevious] = await Promise.all([
        values.count(),
        values.count(sealedPrefix(current)),
        values.count(sealedPrefix(previous)),
      ]);
      const underOther = Math.max(0, all - underCurrent - underPrevious);
      return { title: SEALED_PLACES[purpose].title, underCurrent, underPrevious, underOther };
    }),
  );
}

async function rotate(rotation: Rotation, options: RotationOptions): Promise<UnopenedValue[]> {
  const { facts, keyRotations, keys, places, longestCallMs, count } = rotation;
  const { signal = new AbortController().signal, report = () => {}, leaseMs = LEASE_MS } = options;
  const lease = await takeLease(keyRotations, keys, { signal, report, leaseMs });
  try {
    // From here on all processes seal under the current key; those that run look at the record before each sealing.
    await facts.updateOne(
      { _id: MASTER_KEY_FACT, value: keys.previous.keyId },
      { $set: { value: keys.current.keyId } },
    );
    // A process that read the record before it changed may seal under the previous key until then.
    const settledAt = readMonotonicMs() + longestCallMs;
    for (;;) {
      const isSettled = readMonotonicMs() >= settledAt;
      const unopened: UnopenedValue[] = [];
      for (const { values } of places) {
        for (let after = ''; ; ) {
          signal.throwIfAborted();
          lease.check();
          const group = await withDeadline(values.next(sealedPrefix(keys.previous), after, GROUP), CALL_TIMEOUT_MS);
          const last = group.at(-1);
          if (last === undefined) break;
          after = last.context.connection;
          for (const value of group) {
            const failure = await withDeadline(resealValue(values, value, keys), CALL_TIMEOUT_MS);
            if (failure !== null) unopened.push(failure);
          }
          report(await count());
        }
      }
      const remaining = (await count()).reduce((sum, { underPrevious }) => sum + underPrevious, 0);
      // More than do not open: a process has sealed since.
      if (remaining <= unopened.length && isSettled) {
        if (remaining === 0) await keyRotations.updateOne({ _id: keys.current.keyId }, [{ $set: { doneAt: '$$NOW' } }]);
        return unopened;
      }
      await sleep(LOOK_MS, undefined, { signal });
    }
  } finally {
    await lease.release();
  }
}

/** @returns why it does not open; null = re-sealed, or replaced by another process, which sealed it under the current key */
async function resealValue(
  values: SealedValues,
  value: Awaited<ReturnType<SealedValues['next']>>[number],
  { current, previous }: TwoKeys,
): Promise<UnopenedValue | null> {
  const { context, sealed } = value;
  try {
    await values.replace(
      value,
      sealText(current, unsealText({ current: previous, previous: null }, sealed, context), context),
    );
    return null;
  } catch (error) {
    if (!(error instanceof SecretsUnavailable)) throw error;
    return { connection: context.connection, message: error.message, advice: SEALED_PLACES[context.purpose].advice };
  }
}

/** Waits until no other process re-seals, and keeps the lease by renewals. */
async function takeLease(
  rotations: Rotation['keyRotations'],
  { current, previous }: TwoKeys,
  { signal, report, leaseMs }: Required<RotationOptions>,
) {
  const owner = `${hostname()} (process ${process.pid}, ${randomUUID().slice(0, 8)})`;
  const begun = { from: previous.keyId, owner: null, leaseUntil: new Date(0), startedAt: new Date(), doneAt: null };
  await rotations
    .updateOne({ _id: current.keyId }, { $setOnInsert: begun }, { upsert: true })
    .catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
  const owned = { _id: current.keyId, owner };
  let sentAt = readMonotonicMs();
  const take = () =>
    rotations.updateOne({ _id: current.keyId, ...isTakeable(owner) }, [
      { $set: { owner: { $literal: owner }, leaseUntil: leaseEnd(leaseMs) } },
    ]);
  while ((await take()).matchedCount === 0) {
    report({ waitsFor: (await rotations.findOne({ _id: current.keyId }))?.owner ?? 'another process' });
    await sleep(LOOK_MS, undefined, { signal });
    sentAt = readMonotonicMs();
  }
  const deadline = startDeadline(sentAt, leaseMs);
  const renew = async (): Promise<void> => {
    const renewedAt = readMonotonicMs();
    const { matchedCount } = await rotations.updateOne(owned, [{ $set: { leaseUntil: leaseEnd(leaseMs) } }]);
    if (matchedCount === 1) deadline.prolong(renewedAt, leaseMs);
    else deadline.end();
  };
  const timer = setInterval(() => void renew().catch(() => {}), leaseMs / 3).unref();
  return {
    check: (): void => {
      if (deadline.remainingMs() <= 0) throw new Error('the lease of the rotation was lost: another process goes on');
    },
    release: async (): Promise<void> => {
      clearInterval(timer);
      await rotations.updateOne(owned, { $set: { owner: null, leaseUntil: new Date(0) } }).catch(() => {});
    },
  };
}
