import { InvalidSettings } from '@entrepot/store';
import { type ConnectionView, InvalidBaseUrl, type ListedValue, VendorError } from '@entrepot/vendor-kit';
import { problemOf } from '../edge/store-problems.ts';
import { Problem } from '../problem.ts';
import { askSource, askTarget, findVendor, type VendorPorts } from './ask-vendor.ts';

export type Side = 'source' | 'target';

/** Forms repeat the same question: the vendor is asked at most once in this time. */
const KEPT_MS = 60_000;
const MAX_KEPT = 200;

export interface ListedValues {
  readonly side: Side;
  readonly values: readonly ListedValue[];
  readonly readAtMs: number;
}

/** Reference data of vendors (warehouses, terms …), read with the credentials of a connection and cached for a minute. */
export class ValueLists {
  private readonly ports: VendorPorts;
  private readonly kept = new Map<string, Promise<ListedValues>>();

  constructor(ports: VendorPorts) {
    this.ports = ports;
  }

  /**
   * @param side of the connection's vendor that is asked
   * @throws Problem 404 for a kind that the vendor does not list · 409 when the connection cannot be used · 500 for a defect of the vendor lib ·
   * 503 while the vendor does not answer
   */
  async list(connection: string, side: Side, kind: string): Promise<ListedValues> {
    const access = this.ports.store.connections.find(connection)?.accessRevision ?? 0;
    const key = JSON.stringify([connection, access, side, kind]);
    const known = this.kept.get(key);
    if (known !== undefined) {
      const listed = await known;
      if (this.ports.now() - listed.readAtMs < KEPT_MS) return listed;
    }
    const asked = this.ask(connection, side, kind);
    this.kept.delete(key);
    this.kept.set(key, asked);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    // A failed question is not cached.
    asked.catch(() => this.kept.get(key) === asked && this.kept.delete(key));
    return asked;
  }

  private async ask(id: string, side: Side, kind: string): Promise<ListedValues> {
    const connection = await this.ports.store.connections.open(id).catch((error: unknown) => {
      throw explainUnusable(error);
    });
    try {
      const values = await this.askSide(id, connection, side, kind);
      return { side, values, readAtMs: this.ports.now() };
    } catch (error) {
      if (error instanceof Problem) throw error;
      const known = explainRefusal(error, kind);
      if (known !== null) throw known;
      this.ports.log.error({ err: error, connection: id, side, kind }, 'a list of values broke down');
      throw describeDefect(error);
    }
  }

  private async askSide(
    id: string,
    connection: ConnectionView,
    side: Side,
    kind: string,
  ): Promise<readonly ListedValue[]> {
    const { title, source, target } = findVendor(this.ports, id);
    if (side === 'source' && source !== null) {
      return askSource(this.ports, source, connection, (opened, signal) => opened.listValues(kind, signal));
    }
    if (side === 'target' && target !== null) {
      return askTarget(this.ports, target, connection, (opened, call) => opened.listValues(kind, call));
    }
    throw new Problem(404, 'no-such-side', 'Not this side', `${title} is no ${side} here.`);
  }
}

/** An error of the store, as the connection was opened. */
function explainUnusable(error: unknown): unknown {
  if (!(error instanceof InvalidSettings)) return problemOf(error);
  const errors = error.problems.map(({ path, message }) => ({ path, message: message ?? 'is not valid' }));
  const detail = 'Correct the settings of the connection, or enter the secrets that are missing.';
  return new Problem(409, 'connection-unusable', 'Connection cannot be used', detail, errors);
}

function describeDefect(error: unknown): Problem {
  const words = error instanceof Error ? error.message : String(error);
  const detail = `A defect in Entrepot stopped the list: ${words}. Report it with the error in the ledger's log.`;
  return new Problem(500, 'vendor-defect', 'The vendor lib broke down', detail);
}

/** @returns null for an error that no vendor lib may throw */
function explainRefusal(error: unknown, kind: string): Problem | null {
  if (error instanceof InvalidBaseUrl) {
    return new Problem(409, 'connection-unusable', 'Connection cannot be used', error.message);
  }
  if (!(error instanceof VendorError)) return null;
  const words = [error.message, error.advice].filter((part) => part !== null).join(' ');
  if (error.code === 'unknown-kind') {
    return new Problem(404, 'unknown-kind', `No values of the kind "${kind}"`, words);
  }
  switch (error.kind) {
    case 'unavailable':
    case 'timeout':
    case 'throttled': {
      const waitMs = error.retryAfterMs;
      const headers: Record<string, string> = {};
      if (waitMs !== undefined) headers['Retry-After'] = String(Math.ceil(waitMs / 1000));
      return new Problem(503, 'vendor-away', 'The vendor does not answer', words, [], headers);
    }
    case 'unauthorized':
      return new Problem(409, 'credentials-refused', 'The vendor refuses the credentials', words);
    default:
      return new Problem(409, 'vendor-refused', 'The vendor refuses the list', words);
  }
}
