import { randomUUID } from 'node:crypto';
import { ConnectionBudget } from '@entrepot/runtime-kit/budget';
import { createClock } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import type { CallContext, ConnectionView, Source, Target, Vendor } from '@entrepot/vendor-kit';
import { openSource, openTarget } from '@entrepot/vendor-kit';
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
  const { log, now } = ports;
  const budget = openBudget(ports, connection);
  const credentials = ports.store.credentials.vault(connection.id);
  const context = { connection, log, now, budget, credentials, raiseAttention: () => {} };
  const open = () => openSource(definition, context);
  return askAndClose(ports, budget, open, (source) => ask(source, AbortSignal.timeout(ANSWER_TIMEOUT_MS)));
}

/** Opens the target side of a connection for one question, with a session of its own: the lane's owner keeps the stored one. */
export async function askTarget<T>(
  ports: VendorPorts,
  definition: NonNullable<Vendor['target']>,
  connection: ConnectionView,
  ask: (target: Target, call: CallContext) => Promise<T>,
): Promise<T> {
  const { log, now } = ports;
  const sessionVault = { read: async () => null, write: async () => {} };
  const budget = openBudget(ports, connection);
  const credentials = ports.store.credentials.vault(connection.id);
  const open = () => openTarget(definition, { connection, log, now, budget, sessionVault, credentials });
  return askAndClose(ports, budget, open, (target) => ask(target, budget.call(AbortSignal.timeout(ANSWER_TIMEOUT_MS))));
}

/** A question counts at the vendor as the calls of connector and sink do. */
export function openBudget(ports: VendorPorts, connection: ConnectionView): ConnectionBudget {
  return new ConnectionBudget({
    connection: connection.id,
    holder: `ledger ${randomUUID()}`,
    limits: findVendor(ports, connection.id).budget(connection.settings),
    shares: ports.store.budgets,
    clock: createClock(),
    log: ports.log,
  });
}

/** Closes after the answer: a failure to close does not change it. */
async function askAndClose<T, Side extends Source | Target>(
  { log }: VendorPorts,
  budget: ConnectionBudget,
  open: () => Side,
  ask: (side: Side) => Promise<T>,
): Promise<T> {
  try {
    const side = open();
    try {
      return await ask(side);
    } finally {
      await side.close().catch((err: unknown) => log.warn({ err }, 'a vendor that was asked did not close cleanly'));
    }
  } finally {
    await budget.close();
  }
}
