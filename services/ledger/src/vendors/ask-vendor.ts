import type { Logger } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { CallContext, ConnectionView, Source, Target, Vendor } from '@entrepot/vendor-kit';
import { detachedCall, openSource, openTarget } from '@entrepot/vendor-kit';
import { Problem } from '../problem.ts';

/** What questions to vendors need, besides the question. */
export interface VendorPorts {
  readonly store: Store;
  readonly vendors: readonly Vendor[];
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Timeout of a person's question. */
const ANSWER_TIMEOUT_MS = 20_000;

/** @throws Problem 409 when this installation has no such vendor, or no such connection any more */
export function findVendor({ store, vendors }: VendorPorts, connection: string): Vendor {
  const name = store.connections.find(connection)?.vendor;
  const vendor = vendors.find((candidate) => candidate.name === name);
  if (vendor !== undefined) return vendor;
  throw new Problem(409, 'unknown-vendor', 'Vendor is not installed', `This installation has no vendor "${name}".`);
}

/** Opens the source side of a connection for one question. */
export async function askSource<T>(
  ports: VendorPorts,
  definition: NonNullable<Vendor['source']>,
  connection: ConnectionView,
  ask: (source: Source, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const source = openSource(definition, {
    connection,
    log: ports.log,
    now: ports.now,
    raiseAttention: () => {},
    reportThrottled: () => {},
    credentials: ports.store.credentials.vault(connection.id),
  });
  return askAndClose(ports, source, () => ask(source, AbortSignal.timeout(ANSWER_TIMEOUT_MS)));
}

/** Opens the target side of a connection for one question, with a session of its own: the lane's owner keeps the stored one. */
export async function askTarget<T>(
  ports: VendorPorts,
  definition: NonNullable<Vendor['target']>,
  connection: ConnectionView,
  ask: (target: Target, call: CallContext) => Promise<T>,
): Promise<T> {
  const sessionVault = { read: async () => null, write: async () => {} };
  const credentials = ports.store.credentials.vault(connection.id);
  const target = openTarget(definition, { connection, log: ports.log, now: ports.now, sessionVault, credentials });
  return askAndClose(ports, target, () => ask(target, detachedCall(AbortSignal.timeout(ANSWER_TIMEOUT_MS))));
}

/** Closes after the answer: a failure to close does not change it. */
async function askAndClose<T>({ log }: VendorPorts, opened: Source | Target, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } finally {
    await opened.close().catch((err: unknown) => log.warn({ err }, 'a vendor that was asked did not close cleanly'));
  }
}
