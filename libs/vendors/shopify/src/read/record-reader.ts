import { VendorError } from '@entrepot/vendor-kit';
import type { GraphqlAnswer, ShopifyClient } from '../client.ts';
import type { NestedConnection } from './documents/nested.ts';
import { completeNestedPages } from './nested-pages.ts';
import { createRecordBatches } from './record-batches.ts';

export type ReadRecord<Wire> =
  | { readonly status: 'read'; readonly gid: string; readonly record: Wire; readonly denied: readonly string[] }
  | { readonly status: 'missing'; readonly gid: string; readonly denied: readonly string[] }
  | { readonly status: 'denied'; readonly gid: string; readonly message: string; readonly denied: readonly string[] };

export interface RecordQuery {
  readonly name: string;
  readonly document: string;
  /** Read the following pages of the record's lists. */
  readonly connections: ReadonlyMap<string, NestedConnection>;
  /** Reads one record's `updatedAt` again. */
  readonly stamp: { readonly name: string; readonly document: string };
}

export interface RecordReader {
  /**
   * Reads records by global id, every nested list to its end, each record as one consistent state.
   * @throws VendorError; `conflict` when a record kept changing while it was read
   */
  read<Wire extends { readonly id: string; readonly updatedAt: string }>(
    gids: readonly string[],
    query: RecordQuery,
    switches: Readonly<Record<string, boolean>>,
    signal: AbortSignal,
  ): Promise<ReadRecord<Wire>[]>;
}

/** How often a record that changed between two of its pages is read anew. */
const MAX_READS = 3;
/** Records kept when the budget ends; an order of 500 lines with everything on it is some 3 MB. */
const MOST_KEPT = 20;

export function createRecordReader(client: ShopifyClient): RecordReader {
  const batches = createRecordBatches(client);
  /** What was read whole before the budget ended: the next read goes on from there, or wide records would be read anew for ever. */
  const kept = new Map<string, ReadRecord<unknown>>();

  /** Adds what it reads to `records`, and gives the ids of those that changed meanwhile. */
  const readOnce = async <Wire extends { readonly id: string; readonly updatedAt: string }>(
    gids: readonly string[],
    query: RecordQuery,
    switches: Readonly<Record<string, boolean>>,
    signal: AbortSignal,
    records: ReadRecord<Wire>[],
  ): Promise<string[]> => {
    const changed: string[] = [];
    for await (const batch of batches.fetch<Wire>(gids, query, switches, signal)) {
      const read = batch.gids.map((gid, index) => judge<Wire>(gid, index, batch.answer));
      for (const one of read) {
        if (
          one.status === 'read' &&
          (await completeNestedPages(client, one.record, query.connections, switches, signal)) &&
          !(await isUnchanged(one.record, query, signal))
        )
          changed.push(one.gid);
        else records.push(one);
      }
    }
    return changed;
  };

  /** Pages read later may belong to a newer state than the first. */
  const isUnchanged = async (
    record: { readonly id: string; readonly updatedAt: string },
    query: RecordQuery,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { data } = await client.query<Record<string, { updatedAt: string } | null>>(
      { ...query.stamp, variables: { id: record.id } },
      signal,
    );
    return Object.values(data)[0]?.updatedAt === record.updatedAt;
  };

  /** Moves kept records that are still the newest state to `records`. */
  const takeKept = async <Wire extends { readonly id: string; readonly updatedAt: string }>(
    gids: readonly string[],
    query: RecordQuery,
    signal: AbortSignal,
    records: ReadRecord<Wire>[],
  ): Promise<void> => {
    for (const gid of gids) {
      const record = kept.get(gid) as ReadRecord<Wire> | undefined;
      kept.delete(gid);
      if (record?.status === 'read' && (await isUnchanged(record.record, query, signal))) records.push(record);
    }
    kept.clear();
  };

  return {
    read: async <Wire extends { readonly id: string; readonly updatedAt: string }>(
      gids: readonly string[],
      query: RecordQuery,
      switches: Readonly<Record<string, boolean>>,
      signal: AbortSignal,
    ) => {
      const records: ReadRecord<Wire>[] = [];
      try {
        await takeKept(gids, query, signal, records);
        let wanted = gids.filter((gid) => !records.some((record) => record.gid === gid));
        for (let read = 0; wanted.length > 0; read += 1) {
          if (read >= MAX_READS)
            throw new VendorError('conflict', `${wanted.length} record(s) kept changing while they were read`);
          wanted = await readOnce<Wire>(wanted, query, switches, signal, records);
        }
      } catch (error) {
        if (error instanceof VendorError && error.kind === 'throttled')
          for (const record of records.slice(0, MOST_KEPT)) kept.set(record.gid, record);
        throw error;
      }
      return records;
    },
  };
}

/** One node of an answer: there, missing, or refused as a whole; with the fields of it that were refused. */
function judge<Wire>(
  gid: string,
  index: number,
  answer: GraphqlAnswer<{ readonly nodes: readonly (Wire | null)[] }>,
): ReadRecord<Wire> {
  const record = answer.data.nodes[index] ?? null;
  const own = answer.denied.filter((one) => one.path[0] === 'nodes' && one.path[1] === index);
  const denied = [
    ...new Set(
      own.map((one) =>
        one.path
          .slice(2)
          .filter((part) => typeof part === 'string' && part !== 'nodes')
          .join('.'),
      ),
    ),
  ].filter((path) => path !== '');
  if (record !== null) return { status: 'read', gid, record, denied };
  const whole = own[0];
  return whole === undefined
    ? { status: 'missing', gid, denied }
    : { status: 'denied', gid, message: whole.message, denied };
}
