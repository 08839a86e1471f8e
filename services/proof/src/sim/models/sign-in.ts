import { type CredentialVault, createSharedCredential, keepFirst, VendorError } from '@entrepot/vendor-kit';
import { z } from 'zod';
import type { Conditions } from '../infrastructure/conditions.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import type { TargetClient } from './target-system.ts';

const grantSchema = z.object({
  access: z.string(),
  refresh: z.string(),
  renewAtMs: z.number(),
  endsAtMs: z.number(),
});
type Grant = z.infer<typeof grantSchema>;

/** A fraction of a run. The clocks of two processes differ by more. */
const LIFE_MS = 8_000;
const TIMEOUT_MS = 1_000;
/** Share of renewals whose process is stopped when it has said that it renews, and has not asked. */
const STOPS_BEFORE_RENEWAL = 0.15;

/**
 * The ERP's sign-in: access tokens that end soon, and refresh tokens that each renewal replaces. The former refresh token is taken until
 * one that replaced it is used, and neither it nor the others any more then.
 */
export class SignIn {
  readonly #world: Conditions;
  readonly #endsAtMs = new Map<string, number>();
  /** The last that was used. */
  #current: string;
  #replacements: string[] = [];
  #count = 0;

  constructor(world: Conditions) {
    this.#world = world;
    this.#current = this.#issue();
  }

  /** What a person's sign-in has left in the vault. */
  get first(): string {
    return keepFirst(this.#describe(this.#current, this.#world.clock.nowMicros() / 1_000));
  }

  /** @throws VendorError `unauthorized` */
  check(access: string): void {
    if (this.#world.clock.monotonicMs() >= (this.#endsAtMs.get(access) ?? 0))
      throw new VendorError('unauthorized', 'the access token has ended', { code: 'token-ended' });
    this.#use(access);
  }

  /** A process's way to the ERP, signed in by what all processes share. */
  open(process: SimProcess, client: TargetClient, vault: CredentialVault): TargetClient {
    const now = (): number => process.clock.nowMicros() / 1_000;
    const tokens = createSharedCredential<Grant>({
      vault,
      schema: grantSchema,
      lifeOf: (grant) => grant,
      renew: (grant) => this.#askFor(process, grant?.refresh ?? ''),
      adviceWhenLost: 'sign in again',
      renewWithinMs: TIMEOUT_MS,
      now,
      sleep: (ms) => process.clock.sleep(ms, new AbortController().signal),
    });
    const readTokens = async (): Promise<Grant> => {
      try {
        return await tokens.read();
      } catch (error) {
        if (error instanceof VendorError && error.kind === 'unauthorized')
          this.#world.blame(`${process.name} calls a person to sign in: ${error.message}`);
        throw error;
      }
    };
    return {
      ...client,
      request: async (operation, call, effect) => {
        for (let tries = 1; ; tries += 1) {
          const grant = await readTokens();
          const checked = (): ReturnType<typeof effect> => {
            this.check(grant.access);
            return effect();
          };
          try {
            return await client.request(operation, call, checked);
          } catch (error) {
            if (!(error instanceof VendorError) || error.code !== 'token-ended') throw error;
            tokens.refuse(grant);
            if (tries > 1) throw error;
          }
        }
      },
    };
  }

  async #askFor(process: SimProcess, refresh: string): Promise<Grant> {
    const { random, plan, outages } = this.#world;
    if (!this.#world.calm && random.chance(STOPS_BEFORE_RENEWAL)) {
      process.onFreeze(random.between(8_500, 14_000));
      await process.clock.sleep(0, new AbortController().signal);
    }
    const { calm } = this.#world;
    const isLost = !calm && random.chance(plan.scenarios.lostRenewals);
    const isDown = outages.erp;
    const answerMs = isLost ? TIMEOUT_MS : random.between(1, 200);
    const error = new VendorError('timeout', 'the renewal had no answer', { answerUnknown: true });
    return process.exchange({
      effectMs: isDown ? null : answerMs / 2,
      effect: () => this.#describe(this.#renew(process, refresh), process.clock.nowMicros() / 1_000),
      answerMs,
      ...(isLost || isDown ? { error } : {}),
    });
  }

  #renew(process: SimProcess, refresh: string): string {
    this.#world.note(() => `${process.name} renews by ${refresh}`);
    const by = [this.#current, ...this.#replacements].find((access) => refreshOf(access) === refresh);
    if (by === undefined) throw new VendorError('unauthorized', `the refresh token ${refresh} is used up`);
    this.#use(by);
    const replacement = this.#issue();
    this.#replacements.push(replacement);
    return replacement;
  }

  #use(access: string): void {
    if (!this.#replacements.includes(access)) return;
    for (const other of this.#replacements) if (other !== access) this.#endsAtMs.delete(other);
    this.#current = access;
    this.#replacements = [];
  }

  #issue(): string {
    this.#count += 1;
    const access = `access-${this.#count}`;
    this.#endsAtMs.set(access, this.#world.clock.monotonicMs() + LIFE_MS);
    return access;
  }

  #describe(access: string, nowMs: number): Grant {
    return { access, refresh: refreshOf(access), renewAtMs: nowMs + LIFE_MS / 2, endsAtMs: nowMs + LIFE_MS };
  }
}

function refreshOf(access: string): string {
  return access.replace('access', 'refresh');
}
