import { createHash } from 'node:crypto';
import { createMasker, type Masker } from '@entrepot/service-kit/masking';
import type { CallBudget, ClientBudget } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import { createGuard, guardErrors } from '../masking.ts';

/** Where a person is sent to, and by what the answer is known. */
export interface SignInRequest {
  /** Comes back in the answer, unguessable. */
  readonly state: string;
  /** Where the vendor sends the person back to. */
  readonly redirectUrl: string;
  /** Of PKCE (S256), for vendors that know it. */
  readonly codeChallenge: string;
}

/** What the vendor sent the person back with. */
export interface SignInAnswer {
  /** The query of the redirect, by name, `state` included. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly redirectUrl: string;
  readonly codeVerifier: string;
}

/** What a vendor gets to complete a sign-in. */
export interface SignInContext<Settings = unknown, Secrets = unknown> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly masker: Masker;
  readonly openCall: ClientBudget['openCall'];
  now(): number;
}

/** Sign-in by a person on the vendor's own pages: the authorization code grant of OAuth 2.0. */
export interface OAuthSignIn<Settings = unknown, Secrets = unknown> {
  /** False when a connection with these settings signs in otherwise. */
  isUsed(settings: Settings): boolean;
  /** @throws VendorError when something is missing that a person must enter first */
  authorizeUrl(connection: ConnectionView<Settings, Secrets>, request: SignInRequest): string;
  /**
   * Checks the answer and gets the credential for it.
   * @returns what the vault keeps
   * @throws VendorError `rejected` when the answer is not the vendor's, or says no · `unauthorized`
   */
  complete(context: SignInContext<Settings, Secrets>, answer: SignInAnswer): Promise<string>;
}

/** A sign-in of one connection, its errors without secrets. */
export interface OpenSignIn {
  authorizeUrl(request: Omit<SignInRequest, 'codeChallenge'> & { readonly codeVerifier: string }): string;
  complete(answer: SignInAnswer): Promise<string>;
}

/** @returns null when the connection signs in otherwise */
export function openSignIn(
  oauth: OAuthSignIn | null,
  { connection, now, budget }: Pick<SignInContext, 'connection' | 'now'> & { readonly budget: CallBudget },
): OpenSignIn | null {
  if (oauth === null || !oauth.isUsed(connection.settings)) return null;
  const masker = createMasker(connection.secrets);
  return {
    authorizeUrl: ({ codeVerifier, ...request }) =>
      guardErrors(masker, () =>
        oauth.authorizeUrl(connection, {
          ...request,
          codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        }),
      ),
    complete: (answer) => {
      for (const secret of [answer.codeVerifier, answer.parameters.code])
        if (secret !== undefined) masker.learn(secret);
      return createGuard(
        masker,
        budget,
      )(() => oauth.complete({ connection, masker, openCall: (signal) => budget.call(signal), now }, answer));
    },
  };
}
