import { type CallContext, type Reading, type ReadProgress, VendorError } from '@entrepot/vendor-kit';
import {
  type GraphqlAnswer,
  type GraphqlQuery,
  isThrottled,
  MAX_REFUSALS,
  type ShopifyClient,
  type WireConnection,
} from '../api/client.ts';
import { fromGid } from '../fields.ts';
import { createNestedPages, type NestedConnection, type PageAnswer, type UnfinishedList } from './nested-pages.ts';

export type ReadRecord<Wire> =
  | { readonly status: 'read'; readonly gid: string; readonly record: Wire; readonly denied: readonly string[] }
  | { readonly status: 'missing'; readonly gid: string; readonly denied: readonly string[] }
  | { readonly status: 'denied'; readonly gid: string; readonly message: string; readonly denied: readonly string[] };

export type ReadSoFar<Wire> =
  | ReadRecord<Wire>
  | { readonly status: 'unfinished'; readonly gid: string; readonly progress: ReadProgress | null };

export interface RecordQuery {
  readonly name: string;
  readonly document: string;
  /** Read the following pages of the record's lists. */
  readonly connections: ReadonlyMap<string, NestedConnection>;
  /** Reads one record's `updatedAt` again. */
  readonly stamp: { readonly name: string; readonly document: string };
}

export interface Stamped {
  readonly id: string;
  readonly updatedAt: string;
}

export interface RecordReader {
  /**
   * Reads records by global id, every nested list to its end, each record as one consistent state. Returns as soon as
   * some record is complete, or when the budget is used up for now.
   * @throws VendorError when nothing was achieved; `conflict` when a record kept changing while it was read
   */
  read<Wire extends Stamped>(
    gids: readonly string[],
    query: RecordQuery,
    switches: Readonly<Record<string, boolean>>,
    call: CallContext,
    reading: Reading | undefined,
  ): Promise<ReadSoFar<Wire>[]>;
}

/** How often a record that changed between two of its pages is read anew. */
const MAX_READS = 3;
/**
 * Stamps have whole seconds: the stamp distinguishes a state read this long after it from any later state. A state read
 * sooner is checked once more after this time, before more is read: that one read then covers every change announced
 * meanwhile.
 */
const SETTLED_AFTER_MS = 2_000;

/** A record on its way; kept by the runtime between two reads. */
interface Begun {
  /** The part read so far; null when the record changed meanwhile and must be read from its beginning. */
  record: Stamped | null;
  denied: readonly string[];
  lookedAtMs: number;
  looks: number;
  pages: number;
  bytes: number;
  /** How often it changed while it was read. */
  changes: number;
}

export function createRecordReader(client: ShopifyClient, now: () => number): RecordReader {
  const batches = createRecordBatches(client);
  const pages = createNestedPages();

  const isUnsettled = ({ record, lookedAtMs, looks, pages: read }: Begun): boolean =>
    record !== null &&
    read === 0 &&
    looks === 1 &&
    lookedAtMs - Date.parse(record.updatedAt) < SETTLED_AFTER_MS &&
    now() - lookedAtMs >= SETTLED_AFTER_MS;

  return {
    async read<Wire extends Stamped>(
      gids: readonly string[],
      query: RecordQuery,
      switches: Readonly<Record<string, boolean>>,
      call: CallContext,
      reading: Reading | undefined,
    ) {
      const begun = new Map<string, Begun>();
      const whole: ReadRecord<Wire>[] = [];
      let achieved = false;

      /** The first answer of as many records as the budget allows. */
      const look = async (wanted: readonly string[]): Promise<number> => {
        let lookedAtMs = now();
        const begins = (batch: readonly string[]): void => {
          lookedAtMs = now();
          reading?.begins(batch.map(fromGid));
        };
        const { gids: batch, answer } = await batches.look<Wire>(wanted, query, switches, begins, call);
        achieved = true;
        for (const [index, gid] of batch.entries()) {
          const one = judge<Wire>(gid, index, answer);
          const before = begun.get(gid);
          begun.delete(gid);
          if (one.status !== 'read' || findUnfinished(one.record) === null) whole.push(one);
          else
            begun.set(gid, {
              record: one.record,
              denied: one.denied,
              lookedAtMs,
              looks: (before?.looks ?? 0) + 1,
              pages: 0,
              bytes: JSON.stringify(one.record).length,
              changes: before?.changes ?? 0,
            });
        }
        return batch.length;
      };

      /**
       * Sends one more query for a record that is wider than its first answer. False when the budget has no points for
       * it now.
       */
      const readOn = async (gid: string, state: Begun, record: Wire): Promise<boolean> => {
        const unfinished = findUnfinished(record);
        const page = unfinished === null ? null : pages.next(unfinished, query.connections, switches);
        const next = page?.query ?? { ...query.stamp, variables: { id: record.id }, use: 'page' };
        // What is complete is returned immediately; the rest comes again and waits for its turn then.
        const grant = achieved ? client.reserveNow(next, call) : undefined;
        if (grant === null) return false;
        try {
          const { data, bytes } = await client.query<PageAnswer & StampAnswer>(next, call, grant);
          achieved = true;
          if (page !== null) {
            page.add(data);
            state.pages += 1;
            state.bytes += bytes;
          } else if (Object.values<Stamped | null>(data)[0]?.updatedAt === record.updatedAt) {
            // Pages read later may belong to a newer state than the first: the stamp says that they do not.
            begun.delete(gid);
            whole.push({ status: 'read', gid, record, denied: state.denied });
          } else Object.assign(state, { record: null, pages: 0, bytes: 0, changes: state.changes + 1 });
        } catch (error) {
          // Repeated with a smaller page; a page that took too long has used up this read's time.
          if (!(error instanceof VendorError) || page?.shrink(error) !== true || error.kind === 'timeout') throw error;
        }
        return true;
      };

      for (const gid of gids) {
        const progress = reading?.progress.get(fromGid(gid));
        if (progress === undefined) continue;
        const state = progress.state as Begun;
        if (state.changes >= MAX_READS) throw new VendorError('conflict', 'The record kept changing while it was read');
        begun.set(gid, state);
      }
      try {
        const wanted = gids.filter((gid) => {
          const state = begun.get(gid);
          return state === undefined || state.record === null || isUnsettled(state);
        });
        const looked = wanted.length === 0 ? 0 : await look(wanted);
        // Records not read yet may be small: they go before the rest of the wide ones.
        while (looked === wanted.length && whole.length === 0) {
          const next = findLeastRead(begun);
          if (next === null || !(await readOn(next.gid, next.state, next.state.record as Wire))) break;
        }
      } catch (error) {
        // Keep the results so far; the next read meets the failure again.
        if (!achieved || !(error instanceof VendorError)) throw error;
      }
      const done = new Set(whole.map(({ gid }) => gid));
      const rest = gids.filter((gid) => !done.has(gid));
      return [
        ...whole,
        ...rest.map((gid): ReadSoFar<Wire> => {
          const state = begun.get(gid);
          return { status: 'unfinished', gid, progress: state === undefined ? null : { bytes: state.bytes, state } };
        }),
      ];
    },
  };
}

type StampAnswer = Readonly<Record<string, Stamped | null>>;

/** The first list under `value` that has a next page; null when all are read to their end. Walks all of a record for each order: plain recursion, no copies of what it walks over. */
function findUnfinished(value: object): UnfinishedList | null {
  const owner = value as Record<string, unknown>;
  for (const field in owner) {
    const member = owner[field];
    if (typeof member !== 'object' || member === null) continue;
    if (isUnfinished(member)) return { owner, type: String(owner.__typename), field, connection: member };
    const found = findUnfinished(member);
    if (found !== null) return found;
  }
  return null;
}

function isUnfinished(value: object): value is WireConnection<unknown> {
  return 'pageInfo' in value && (value as WireConnection<unknown>).pageInfo.hasNextPage;
}

/** One page per record in turn: a record of few pages does not wait for one of many. */
function findLeastRead(begun: ReadonlyMap<string, Begun>): { readonly gid: string; readonly state: Begun } | null {
  let least: { readonly gid: string; readonly state: Begun } | null = null;
  for (const [gid, state] of begun)
    if (state.record !== null && (least === null || state.pages < least.state.pages)) least = { gid, state };
  return least;
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

/** A single query may cost 1,000 points; a margin for what grows between two queries. */
const TARGET_COST = 900;
const FIRST_BATCH = 3;
const MAX_BATCH = 50;
/** Assumed of a record before Shopify said what one costs. */
const UNKNOWN_COST = 100;

function createRecordBatches(client: ShopifyClient) {
  let batchSize = FIRST_BATCH;
  let costPerRecord = UNKNOWN_COST;
  return {
    /**
     * Asks for the first records in one query: for as many as a single query may cost and as the budget has when it is our turn. Learns
     * from every answer what a record costs.
     * @param begins called right before the query is sent
     * @throws VendorError; `rejected` (MAX_COST_EXCEEDED) only when a single record is already too costly
     */
    async look<Node>(
      gids: readonly string[],
      query: Omit<GraphqlQuery, 'variables' | 'use'>,
      variables: object,
      begins: (gids: readonly string[]) => void,
      call: CallContext,
    ) {
      for (let refusals = 0; ; ) {
        const most = Math.min(batchSize, gids.length);
        const grant = await client.budget.acquire({
          use: 'look',
          least: Math.ceil(costPerRecord),
          most: Math.ceil(costPerRecord * most),
          signal: call.signal,
        });
        const batch = gids.slice(0, Math.max(1, Math.min(most, Math.floor(grant.points / costPerRecord))));
        begins(batch);
        try {
          const answer = await client.query<{ nodes: readonly (Node | null)[] }>(
            { ...query, use: 'look', variables: { ...variables, ids: batch } },
            call,
            grant,
          );
          if (answer.requestedCost !== null && answer.requestedCost > 0) {
            costPerRecord = answer.requestedCost / batch.length;
            batchSize = Math.min(MAX_BATCH, Math.max(1, Math.floor(TARGET_COST / costPerRecord)));
          }
          return { gids: batch, answer };
        } catch (error) {
          const cost = client.lastCost(query.name);
          if (isThrottled(error) && cost !== null && refusals < MAX_REFUSALS) {
            // Refused, but its cost is now known: ask for fewer records per query.
            refusals += 1;
            costPerRecord = cost / batch.length;
            continue;
          }
          if (!(error instanceof VendorError) || error.code !== 'MAX_COST_EXCEEDED' || batch.length === 1) throw error;
          batchSize = Math.ceil(batch.length / 2);
        }
      }
    },
  };
}
