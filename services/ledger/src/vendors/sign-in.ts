import type { ConnectionBudget } from '@entrepot/runtime-kit/budget';
import { SecretsUnavailable } from '@entrepot/store';
import { type OpenSignIn, openSignIn } from '@entrepot/vendor-kit';
import { Problem } from '../problem.ts';
import { findVendor, openBudget, type VendorPorts } from './ask-vendor.ts';
import { describeDefect, explainRefusal, explainUnusable } from './vendor-problems.ts';

export interface BegunSignIn {
  /** The vendor's page. */
  readonly url: string;
  readonly until: string;
}

/** Begins the sign-in of a connection on its vendor's page. @throws Problem */
export async function beginSignIn(ports: VendorPorts, id: string, redirectUrl: string): Promise<BegunSignIn> {
  const { signIn } = await openForSignIn(ports, id);
  const begun = await ports.store.credentials.beginSignIn(id, redirectUrl);
  const url = await asked(ports, id, async () => signIn.authorizeUrl({ ...begun, redirectUrl }));
  return { url, until: begun.until.toISOString() };
}

/**
 * Completes the sign-in that the vendor answered: keeps the credential, and lets the connection go on.
 * @param answer the address that the browser was sent back to
 * @throws Problem
 */
export async function completeSignIn(ports: VendorPorts, id: string, answer: string): Promise<void> {
  const { signIn, budget } = await openForSignIn(ports, id);
  const returned = new URL(answer);
  const parameters = readParameters(returned);
  const begun = await ports.store.credentials.endSignIn(id, parameters.state ?? '').catch((error: unknown) => {
    if (!(error instanceof SecretsUnavailable)) throw error;
    throw new Problem(
      409,
      'sign-in-unreadable',
      'The sign-in cannot be read',
      'What was kept of this sign-in was sealed under another master key, or altered. Begin a new one.',
    );
  });
  if (begun === null) {
    throw new Problem(
      409,
      'no-such-sign-in',
      'No such sign-in',
      'This connection has no sign-in with the state of this address: it was used, is older than ten minutes, or another one was begun since. Begin a new one.',
    );
  }
  const { redirectUrl, codeVerifier } = begun;
  if (pageOf(returned) !== pageOf(new URL(redirectUrl))) {
    throw new Problem(
      400,
      'wrong-redirect',
      'Not the address of the sign-in',
      `The vendor was to send the browser to ${redirectUrl}. Begin a new sign-in.`,
      [{ path: 'answer', message: `must begin with ${redirectUrl}?` }],
    );
  }
  const value = await asked(ports, id, () => signIn.complete({ parameters, redirectUrl, codeVerifier })).finally(() =>
    budget.close(),
  );
  await ports.store.credentials.keepSignedIn(id, value);
}

/** Its budget is drawn on as the sign-in is completed. */
async function openForSignIn(
  ports: VendorPorts,
  id: string,
): Promise<{ readonly signIn: OpenSignIn; readonly budget: ConnectionBudget }> {
  const connection = await ports.store.connections.open(id).catch((error: unknown) => {
    throw explainUnusable(error);
  });
  const { oauth, title } = findVendor(ports, id);
  const budget = openBudget(ports, connection);
  const signIn = openSignIn(oauth, { connection, now: ports.now, budget });
  if (signIn !== null) return { signIn, budget };
  throw new Problem(
    409,
    'signs-in-otherwise',
    'It signs in otherwise',
    `Connection "${id}" does not sign in on a page of ${title} by its settings: enter its secrets instead.`,
  );
}

async function asked<T>({ log }: VendorPorts, connection: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = explainRefusal(error, 'the sign-in');
    if (known !== null) throw known;
    log.error({ err: error, connection }, 'a sign-in broke down');
    throw describeDefect(error, 'the sign-in');
  }
}

function pageOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** The first value of each name: which of several a vendor signed is not known. */
function readParameters({ searchParams }: URL): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of searchParams) parameters[name] ??= value;
  return parameters;
}
