import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CredentialVault, createSharedCredential, keepFirst, VendorError } from '../src/index.ts';
import { createMemoryVault } from '../src/testing/index.ts';

interface Token {
  readonly token: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

const schema: z.ZodType<Token> = z.object({ token: z.string(), renewAtMs: z.number(), endsAtMs: z.number() });
const MINUTE = 60_000;
const RENEW_WITHIN_MS = 20_000;

/** A vendor that rotates tokens, and processes that share one; time passes by `sleep` and `wait` alone. */
function openWorld() {
  let nowMs = 0;
  const vault = createMemoryVault(() => nowMs);
  const asked: string[] = [];
  /** What the vendor takes: the valid token. */
  let valid = 'first';
  let given = 0;
  /** What happens to the next renewals, one after the other; then all goes well. */
  const fates: ('lost-before' | 'lost-after' | 'throttled' | 'stopped')[] = [];
  /** What happens while the asking process is stopped. */
  let meanwhile = async (): Promise<void> => {};
  /** The vendor takes the former token, too, until the new one is used. */
  let former: string | null = null;
  const grace = { on: true };

  const renew = async (token: Token | null): Promise<Token> => {
    asked.push(token?.token ?? 'none');
    const fate = fates.shift();
    if (fate === 'lost-before') throw new VendorError('timeout', 'no answer', { answerUnknown: true });
    if (fate === 'stopped') await meanwhile();
    if (fate === 'throttled') throw new VendorError('throttled', 'slow down');
    const isFormer = grace.on && token?.token === former;
    if (token?.token !== valid && !isFormer)
      throw new VendorError('unauthorized', 'The token is not valid', { advice: 'Check the client.' });
    given += 1;
    former = token.token;
    valid = `token ${given}`;
    if (fate === 'lost-after') throw new VendorError('unavailable', 'cut off');
    return { token: valid, renewAtMs: nowMs + 54 * MINUTE, endsAtMs: nowMs + 60 * MINUTE };
  };
  const process = (through: CredentialVault = vault) =>
    createSharedCredential<Token>({
      vault: through,
      schema,
      lifeOf: (token) => token,
      renew,
      adviceWhenLost: 'Sign in again.',
      renewWithinMs: RENEW_WITHIN_MS,
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
  return {
    vault,
    asked,
    fates,
    grace,
    process,
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** The vendor takes no token that it gave. */
    forgetAll: () => {
      valid = 'none';
    },
    stopFor: (happens: () => Promise<void>) => {
      meanwhile = happens;
      fates.push('stopped');
    },
    /** As a sign-in leaves it: due for renewal. */
    signIn: async (token = 'first') => {
      valid = token;
      const { revision } = await vault.read();
      await vault.write(keepFirst({ token, renewAtMs: nowMs, endsAtMs: nowMs }), revision);
    },
    kept: async () => JSON.parse((await vault.read()).value ?? 'null') as { credential: Token; renewal: unknown },
  };
}

const kindOf = async (work: Promise<unknown>): Promise<VendorError> => {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (error instanceof VendorError) return error;
  throw new Error(`no vendor error: ${String(error)}`);
};

describe('a shared credential', () => {
  it('is renewed once for all processes and callers, and written before it is used', async () => {
    const world = openWorld();
    await world.signIn();
    const [one, two] = [world.process(), world.process()];
    const read = await Promise.all([one.read(), one.read(), two.read(), two.read()]);
    expect(read.map(({ token }) => token)).toEqual(['token 1', 'token 1', 'token 1', 'token 1']);
    expect(world.asked).toEqual(['first']);
    expect(await world.kept()).toMatchObject({ credential: { token: 'token 1' }, renewal: null });
  });

  it.each(['lost-before', 'lost-after'] as const)('survives a lost answer: %s the vendor renewed it', async (fate) => {
    const world = openWorld();
    await world.signIn();
    world.fates.push(fate);
    const process = world.process();
    const lost = await kindOf(process.read());
    // The caller's own request was not sent: no doubt about it.
    expect([lost.kind, lost.answerUnknown]).toEqual([fate === 'lost-before' ? 'timeout' : 'unavailable', false]);
    expect((await world.kept()).renewal).toMatchObject({ tries: 1 });
    expect((await process.read()).token).toMatch(/^token \d$/);
    expect(world.asked).toEqual(['first', 'first']);
  });

  it('is renewed by another process when the one that began is gone, not sooner than its time is over', async () => {
    const world = openWorld();
    await world.signIn();
    world.fates.push('lost-after');
    await kindOf(world.process().read());
    const began = world.asked.length;
    const successor = world.process();
    const reading = successor.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.asked).toHaveLength(began);
    expect((await reading).token).toBe('token 2');
    expect(world.asked).toEqual(['first', 'first']);
  });

  it('is that of the process which took over, when one was stopped between its intent and its request', async () => {
    const world = openWorld();
    await world.signIn();
    const other = world.process();
    let isStopped = true;
    const stopped = world.process({
      read: () => world.vault.read(),
      write: async (value, revision) => {
        const isWritten = await world.vault.write(value, revision);
        if (!isStopped) return isWritten;
        isStopped = false;
        world.wait(RENEW_WITHIN_MS + 5_000);
        await other.read();
        return isWritten;
      },
    });
    expect((await stopped.read()).token).toBe('token 1');
    // Asked once more by the former token, the vendor would end the other's.
    expect(world.asked).toEqual(['first']);
    expect(await world.kept()).toMatchObject({ credential: { token: 'token 1' }, renewal: null });
  });

  it('is asked for by a process that was stopped when nobody took over, and nothing counts as lost', async () => {
    const world = openWorld();
    await world.signIn('stolen');
    let isStopped = true;
    const stopped = world.process({
      read: () => world.vault.read(),
      write: async (value, revision) => {
        const isWritten = await world.vault.write(value, revision);
        if (isStopped) world.wait(RENEW_WITHIN_MS + 5_000);
        isStopped = false;
        return isWritten;
      },
    });
    world.forgetAll();
    expect((await kindOf(stopped.read())).advice).toBe('Check the client.');
    expect(world.asked).toEqual(['stolen']);
  });

  it('is that of the process which took over, when the request of a stopped one is refused', async () => {
    const world = openWorld();
    await world.signIn();
    const other = world.process();
    world.stopFor(async () => {
      world.wait(RENEW_WITHIN_MS + 5_000);
      await other.read();
      // Used meanwhile: the vendor refuses the former one.
      world.grace.on = false;
    });
    expect((await world.process().read()).token).toBe('token 1');
    expect(world.asked).toEqual(['first', 'first']);
    expect((await world.kept()).renewal).toBeNull();
  });

  it('takes a person only once the former token was tried again and refused, and says what was lost', async () => {
    const world = openWorld();
    await world.signIn();
    world.grace.on = false;
    world.fates.push('lost-after');
    const process = world.process();
    await kindOf(process.read());
    const refused = await kindOf(process.read());
    expect([refused.kind, refused.advice]).toEqual(['unauthorized', 'Sign in again.']);
    expect(refused.message).toMatch(/answer to the renewal before was lost/);
    expect(world.asked).toEqual(['first', 'first']);
    // Refused without a loss before, the vendor's own advice stands.
    await world.signIn('other');
    await world.vault.write(
      keepFirst({ token: 'stolen', renewAtMs: 0, endsAtMs: 0 }),
      (await world.vault.read()).revision,
    );
    expect((await kindOf(process.read())).advice).toBe('Check the client.');
    await world.signIn('anew');
    expect((await process.read()).token).toMatch(/^token/);
  });

  it('serves until it ends while its early renewal fails, which is tried again after a pause only', async () => {
    const world = openWorld();
    await world.signIn();
    const process = world.process();
    await process.read();
    world.wait(55 * MINUTE);
    world.fates.push('lost-before', 'throttled', 'lost-before');
    for (const call of [1, 2, 3]) expect((await process.read()).token, `call ${call}`).toBe('token 1');
    expect(world.asked).toEqual(['first', 'token 1']);
    world.wait(MINUTE / 2);
    expect((await process.read()).token).toBe('token 1');
    expect(world.asked).toEqual(['first', 'token 1', 'token 1']);
    world.wait(6 * MINUTE);
    expect((await kindOf(process.read())).kind).toBe('timeout');
    expect((await process.read()).token).toBe('token 2');
  });

  it('serves other processes until it ends while one renews it', async () => {
    const world = openWorld();
    await world.signIn();
    await world.process().read();
    world.wait(55 * MINUTE);
    world.fates.push('lost-after');
    // Begins, and is gone: what it asked by is still good for a while.
    await world.process().read();
    expect((await world.process().read()).token).toBe('token 1');
    expect(world.asked).toEqual(['first', 'token 1']);
  });

  it('is another one after the vendor refused it: that of another process, else a renewed one', async () => {
    const world = openWorld();
    await world.signIn();
    const [one, two] = [world.process(), world.process()];
    const token = await one.read();
    await two.read();
    one.refuse(token);
    expect((await one.read()).token).toBe('token 2');
    two.refuse(token);
    expect((await two.read()).token).toBe('token 2');
    expect(world.asked).toEqual(['first', 'token 1']);
  });

  it('is not used before it is written, and is written later when the store was away', async () => {
    const world = openWorld();
    await world.signIn();
    let isAway = false;
    const through: CredentialVault = {
      read: world.vault.read,
      write: async (value, revision) => {
        if (isAway) throw new Error('the store is away');
        // Away once the intent is written: what the vendor gives cannot be kept.
        isAway = JSON.parse(value).renewal !== null;
        return world.vault.write(value, revision);
      },
    };
    const process = world.process(through);
    await expect(process.read()).rejects.toThrow('the store is away');
    await expect(process.read()).rejects.toThrow('the store is away');
    isAway = false;
    expect((await process.read()).token).toBe('token 1');
    expect(world.asked).toEqual(['first']);
    expect(await world.kept()).toMatchObject({ credential: { token: 'token 1' }, renewal: null });
  });

  it('gives way to a person who signed in meanwhile', async () => {
    const world = openWorld();
    await world.signIn();
    const process = world.process({
      read: world.vault.read,
      write: async (value, revision) => {
        const written = await world.vault.write(value, revision);
        if (JSON.parse(value).renewal !== null) {
          const fresh = { token: 'signed in', renewAtMs: 10 * MINUTE, endsAtMs: 20 * MINUTE };
          await world.vault.write(keepFirst(fresh), (await world.vault.read()).revision);
        }
        return written;
      },
    });
    expect((await process.read()).token).toBe('signed in');
  });

  it('of a former shape, or of none, is asked for as if there were none', async () => {
    const world = openWorld();
    const process = world.process();
    expect((await kindOf(process.read())).kind).toBe('unauthorized');
    await world.vault.write('no JSON', (await world.vault.read()).revision);
    expect((await kindOf(process.read())).kind).toBe('unauthorized');
    expect(world.asked).toEqual(['none', 'none']);
  });
});

it('what is kept of another account stays while this one has none: settings may be corrected', async () => {
  const vault = createMemoryVault();
  const ownedBy = (account: string) =>
    createSharedCredential<{ readonly account: string }>({
      vault,
      schema: z.object({ account: z.literal(account) }),
      lifeOf: () => ({ renewAtMs: Number.POSITIVE_INFINITY, endsAtMs: Number.POSITIVE_INFINITY }),
      renew: async () => {
        throw new VendorError('unauthorized', 'Nobody has signed in');
      },
      adviceWhenLost: '',
      renewWithinMs: RENEW_WITHIN_MS,
      now: Date.now,
    });
  await vault.write(keepFirst({ account: 'right' }), 0);
  expect((await kindOf(ownedBy('wrong').read())).message).toBe('Nobody has signed in');
  expect(await ownedBy('right').read()).toEqual({ account: 'right' });
});

it('a session is logged in where none is kept, and shared by both sides', async () => {
  const vault = createMemoryVault();
  let logins = 0;
  const side = () =>
    createSharedCredential<{ readonly session: string }>({
      vault,
      schema: z.object({ session: z.string() }),
      lifeOf: () => ({ renewAtMs: Number.POSITIVE_INFINITY, endsAtMs: Number.POSITIVE_INFINITY }),
      renew: async () => {
        logins += 1;
        return { session: `session ${logins}` };
      },
      adviceWhenLost: '',
      renewWithinMs: RENEW_WITHIN_MS,
      now: Date.now,
    });
  const [source, target] = [side(), side()];
  expect([await source.read(), await target.read()]).toEqual([{ session: 'session 1' }, { session: 'session 1' }]);
  source.refuse({ session: 'session 1' });
  expect([await source.read(), logins]).toEqual([{ session: 'session 2' }, 2]);
});
