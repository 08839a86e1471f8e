import { type ConnectionView, type ListedValue, VendorError } from '@entrepot/vendor-kit';
import { Problem } from '../problem.ts';
import { askVendor, findVendor, type VendorPorts } from './ask-vendor.ts';
import { describeDefect, explainRefusal, explainUnusable, wordsOf } from './vendor-problems.ts';

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
      if (error instanceof VendorError && error.code === 'unknown-kind')
        throw new Problem(404, 'unknown-kind', `No values of the kind "${kind}"`, wordsOf(error));
      const known = explainRefusal(error, 'the list');
      if (known !== null) throw known;
      this.ports.log.error({ err: error, connection: id, side, kind }, 'a list of values broke down');
      throw describeDefect(error, 'the list');
    }
  }

  private async askSide(
    id: string,
    connection: ConnectionView,
    side: Side,
    kind: string,
  ): Promise<readonly ListedValue[]> {
    const vendor = findVendor(this.ports, id);
    const absent = () => new Problem(404, 'no-such-side', 'Not this side', `${vendor.title} is no ${side} here.`);
    if (vendor[side] === null) throw absent();
    return askVendor(this.ports, connection, async ({ source, target }, call) => {
      if (side === 'source' && source !== null) return source.listValues(kind, call.signal);
      if (side === 'target' && target !== null) return target.listValues(kind, call);
      throw absent();
    });
  }
}
