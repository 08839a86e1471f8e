import { boundDelayMs } from '@entrepot/canonical';
import { type CredentialVault, createSharedCredential, VendorError } from '@entrepot/vendor-kit';
import { z } from 'zod';
import type { TokenSource } from './client.ts';
import { type Grant, type GrantOptions, requestToken, SIGN_IN_ADVICE } from './token.ts';

/** A pair of expiring offline tokens, as the vault keeps it. */
export interface OfflineGrant {
  /** Whose it is: a connection that is led to another shop or app has none. */
  readonly shop: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
  readonly refreshToken: string;
  readonly refreshEndsAtMs: number;
}

export type Owner = Pick<OfflineGrant, 'shop' | 'clientId'>;

/** Six minutes of the hour: a token endpoint that is away for so long is not noticed. */
const RENEW_AFTER_SHARE = 0.9;
/** Where the answer does not say them. */
const DEFAULT_SECONDS = { access: 3_600, refresh: 90 * 86_400 } as const;

export interface OfflineTokenOptions extends GrantOptions {
  readonly shop: string;
  readonly vault: CredentialVault;
}

/**
 * Expiring offline tokens (`expiring=1`): the access token lives an hour, the refresh token 90 days, and each refresh gives a new pair.
 * Shopify takes the former refresh token until the new one is used ("More resilient refreshes", 28 Aug 2026), so that a refresh whose answer
 * was lost is asked for again.
 */
export function createOfflineTokens({ shop, vault, now, ...request }: OfflineTokenOptions): TokenSource {
  const { clientId, timeoutMs } = request;
  const shared = createSharedCredential<OfflineGrant>({
    vault,
    schema: grantSchemaOf({ shop, clientId }),
    lifeOf: ({ renewAtMs, endsAtMs }) => ({ renewAtMs, endsAtMs }),
    renew: async (grant) => {
      if (grant === null)
        throw new VendorError('unauthorized', 'Nobody has signed this connection in at Shopify', {
          advice: SIGN_IN_ADVICE,
        });
      if (now() >= grant.refreshEndsAtMs)
        throw new VendorError('unauthorized', 'The sign-in at Shopify has lapsed: it was not used for 90 days', {
          advice: SIGN_IN_ADVICE,
        });
      const parameters = { grant_type: 'refresh_token', refresh_token: grant.refreshToken };
      return readOfflineGrant({ shop, clientId }, await requestToken(request, parameters), now());
    },
    adviceWhenLost: SIGN_IN_ADVICE,
    renewWithinMs: timeoutMs,
    now,
  });
  let last: OfflineGrant | null = null;
  return {
    read: async () => {
      last = await shared.read();
      return last.accessToken;
    },
    forget: (token) => {
      if (last?.accessToken === token) shared.refuse(last);
      return true;
    },
  };
}

function grantSchemaOf({ shop, clientId }: Owner): z.ZodType<OfflineGrant> {
  return z.object({
    shop: z.literal(shop),
    clientId: z.literal(clientId),
    accessToken: z.string(),
    renewAtMs: z.number(),
    endsAtMs: z.number(),
    refreshToken: z.string(),
    refreshEndsAtMs: z.number(),
  });
}

/** @throws VendorError when a part is missing: Shopify gave a token that does not expire, or another system answered */
export function readOfflineGrant(owner: Owner, grant: Grant, nowMs: number): OfflineGrant {
  const { access_token: accessToken, refresh_token: refreshToken } = grant;
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string')
    throw new VendorError('unexpected', 'Shopify gave no expiring token: its answer has no refresh token');
  const lifeMs = boundDelayMs(readSeconds(grant.expires_in, DEFAULT_SECONDS.access) * 1_000);
  return {
    ...owner,
    accessToken,
    renewAtMs: nowMs + lifeMs * RENEW_AFTER_SHARE,
    endsAtMs: nowMs + lifeMs,
    refreshToken,
    refreshEndsAtMs: nowMs + readSeconds(grant.refresh_token_expires_in, DEFAULT_SECONDS.refresh) * 1_000,
  };
}

function readSeconds(given: unknown, otherwise: number): number {
  return typeof given === 'number' && given > 0 ? given : otherwise;
}
