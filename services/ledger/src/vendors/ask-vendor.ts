import { randomUUID } from 'node:crypto';
import { ConnectionBudget } from '@entrepot/runtime-kit/budget';
import { createClock } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { Store } from '@entrepot/store';
import {
  type CallContext,
  type ConnectionView,
  openClient,
  type Vendor,
  type VendorClient,
} from '@entrepot/vendor-kit';
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

/**
 * Opens the client of a connection for one question, to whatever side, with a session of its own: the lane's owner keeps the
 * stored one. It closes after the answer: a failure to close does not change that.
 */
export async function askVendor<T>(
  ports: VendorPorts,
  connection: ConnectionView,
  ask: (client: VendorClient, call: CallContext) => Promise<T>,
): Promise<T> {
  const { log, now, store } = ports;
  const budget = openBudget(ports, connection);
  const credentials = store.credentials.vault(connection.id);
  try {
    const context = { connection, log, now, budget, credentials, raiseAttention: () => {} };
    const client = openClient(findVendor(ports, connection.id), context);
    try {
      return await ask(client, budget.call(AbortSignal.timeout(ANSWER_TIMEOUT_MS)));
    } finally {
      await client.close().catch((err: unknown) => log.warn({ err }, 'a vendor that was asked did not close cleanly'));
    }
  } finally {
    await budget.close();
  }
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
