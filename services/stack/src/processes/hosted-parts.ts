import type { ServiceEntry } from './catalogue.ts';

/** A connector or sink inside of the host. */
export interface HostedPart {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  /** Where its health and metrics are. */
  readonly operationsUrl: string;
  /** False: its vendor has no connection yet; it starts with the first one. */
  readonly runs: boolean;
}

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** The variables that lead the parts to their ports. */
export function portVariablesOf({ port, portVariable, operations }: ServiceEntry): NodeJS.ProcessEnv {
  return {
    [portVariable]: String(port),
    ...(operations !== undefined && { [operations.portVariable]: String(operations.port) }),
  };
}

/**
 * Waits until every part whose vendor has a connection is ready: the host is ready before the ledger has loaded the first connections.
 * @throws Error when one of them is not ready in time
 */
export async function waitForParts(
  parts: readonly ServiceEntry[],
  adminUrl: string,
  token: string,
  signal?: AbortSignal,
): Promise<HostedPart[]> {
  if (parts.length === 0) return [];
  const deadline = Date.now() + READY_WITHIN_MS;
  const inUse = await listVendorsInUse(adminUrl, token);
  for (;;) {
    const ready = await Promise.all(parts.map(isReady));
    const waiting = parts.filter(({ vendor }, index) => !ready[index] && inUse.has(vendor ?? ''));
    if (waiting.length === 0) return parts.map((part, index) => describePart(part, ready[index] === true));
    signal?.throwIfAborted();
    if (Date.now() > deadline)
      throw new Error(`${waiting.map(({ name }) => name).join(', ')} did not get ready: see the log of the host.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function listVendorsInUse(adminUrl: string, token: string): Promise<Set<string>> {
  const response = await fetch(`${adminUrl}/v1/connections`, { headers: { authorization: `Bearer ${token}` } });
  // An admin token that was revoked: what runs is then shown as it is at this moment.
  if (!response.ok) return new Set();
  const { items } = (await response.json()) as { items: { vendor: string }[] };
  return new Set(items.map(({ vendor }) => vendor));
}

function describePart(part: ServiceEntry, runs: boolean): HostedPart {
  const { name, title, port } = part;
  return { name, title, port, operationsUrl: locateOperations(part), runs };
}

/** Where the health and metrics of a service are. */
export function locateOperations({ port, operations }: ServiceEntry): string {
  return `http://127.0.0.1:${operations?.port ?? port}`;
}

async function isReady(part: ServiceEntry): Promise<boolean> {
  return fetch(`${locateOperations(part)}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
