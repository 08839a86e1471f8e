import { createHmac, randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';

/** What the page takes; anything else is refused. */
const PARAMETERS = ['client_id', 'scope', 'redirect_uri', 'state'];
const CODE_LIFE_MS = 60_000;

/** `redirectTo`: the owner of the shop agreed; else the page shows the message. */
export type AuthorizeAnswer = { readonly redirectTo: string } | { readonly message: string };

/** The authorization page, whose owner always agrees at once. */
export function authorize(stores: readonly Store[], query: string, nowMs: number): AuthorizeAnswer {
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) return refuse('invalid_request', `Unexpected parameter: ${unknown.join(', ')}`);
  const store = stores.find((candidate) => candidate.clientId === parameters.get('client_id'));
  if (store === undefined) return refuse('application_cannot_be_found', 'The application cannot be found');
  const scopes = (parameters.get('scope') ?? '').split(',');
  if (!scopes.every((scope) => /^(read|write)_[a-z_]+$/.test(scope)))
    return refuse('invalid_scope', 'A scope does not exist');
  const redirectUrl = parameters.get('redirect_uri') ?? '';
  if (!store.redirectUrls.includes(redirectUrl) && !isLocal(redirectUrl))
    return refuse('invalid_request', 'The redirect_uri is not whitelisted');
  const code = randomUUID().replaceAll('-', '');
  store.codes.set(code, nowMs + CODE_LIFE_MS);
  return { redirectTo: `${redirectUrl}?${signedAnswer(store, code, parameters.get('state'), nowMs)}` };
}

/** The query of the redirect, signed with the app's client secret as its other parameters stand, sorted and encoded. */
function signedAnswer(store: Store, code: string, state: string | null, nowMs: number): string {
  const host = Buffer.from(`${store.domain}/admin`).toString('base64url');
  const signed = new URLSearchParams({ code, host, shop: store.domain });
  if (state !== null) signed.set('state', state);
  signed.set('timestamp', String(Math.floor(nowMs / 1_000)));
  signed.sort();
  const hmac = createHmac('sha256', store.clientSecret).update(signed.toString()).digest('hex');
  return `${signed.toString()}&hmac=${hmac}`;
}

/** Exception of the sandbox: an address of this machine need not be listed. */
function isLocal(redirectUrl: string): boolean {
  return URL.canParse(redirectUrl) && ['127.0.0.1', 'localhost'].includes(new URL(redirectUrl).hostname);
}

function refuse(error: string, message: string): AuthorizeAnswer {
  return { message: `Oauth error ${error}: ${message}` };
}
