import type { EntityName } from '@entrepot/canonical';
import type { mongo } from 'mongoose';
import { DELIVERY_STATES, type DeliveryState, OPEN_STATES, searchTerm, searchTerms } from '../../states/delivery.ts';
import type { Message, MessageFacts, RecordFacts } from '../../states/message.ts';
import {
  ATTENTION_STATES,
  composeRecord,
  IMPORTED_STATES,
  type ImportStatus,
  NOT_WANTED_STATES,
  type ShownDelivery,
  type SourceRecord,
} from '../../states/source-record.ts';
import type { LedgerStore } from '../../store/collections.ts';
import { OPEN_TROUBLE, ROWS, SEARCH, TROUBLED_ROWS } from '../../store/indexes.ts';

export interface RowsWanted {
  readonly entity: EntityName;
  readonly status?: ImportStatus | undefined;
  readonly connection?: string | undefined;
  /** A search term: only records with this term in a message or delivery. */
  readonly q?: string | undefined;
  /** After this place; null: from the newest on. */
  readonly after: Place | null;
  readonly limit: number;
}

/** Position of a row in the list: time and id of the document that lists it; newest first, equal times by id. */
export interface Place {
  readonly at: Date;
  readonly id: string;
}

export interface ListedRow {
  readonly place: Place;
  readonly record: SourceRecord;
}

interface Source {
  readonly connection: string;
  readonly sourceId: string;
}

interface Found extends Place, Source {}

/** The documents that list a row: the newest deliveries in some states, messages without a delivery, messages in trouble. */
interface Classes {
  readonly states: readonly DeliveryState[];
  readonly undelivered: boolean;
  readonly troubled: boolean;
}

const CLASSES: Readonly<Record<ImportStatus | 'any', Classes>> = {
  any: { states: DELIVERY_STATES, undelivered: true, troubled: true },
  attention: { states: ATTENTION_STATES, undelivered: false, troubled: true },
  imported: { states: IMPORTED_STATES, undelivered: false, troubled: false },
  'not-wanted': { states: NOT_WANTED_STATES, undelivered: false, troubled: false },
  open: {
    states: OPEN_STATES.filter((state) => !ATTENTION_STATES.includes(state)),
    undelivered: true,
    troubled: false,
  },
};

/** Documents read beyond a page's size: some belong to records listed elsewhere, or not at all. */
const SPARE = 20;
const MAX_LOOKED = 1_000;
/** Maximum of records that a search term may match. */
const MAX_SEARCHED = 1_000;

/**
 * Rows of records, newest first. A record's row is not stored; it is composed here of the record's messages and deliveries: the list walks
 * the documents that stand for their records, by indexes in the order of time, and reads whole only those on its page.
 */
export async function findRows(store: LedgerStore, wanted: RowsWanted): Promise<ListedRow[]> {
  return wanted.q === undefined || wanted.q === '' ? walkRows(store, wanted) : searchRows(store, wanted, wanted.q);
}

async function walkRows(store: LedgerStore, wanted: RowsWanted): Promise<ListedRow[]> {
  const classes = CLASSES[wanted.status ?? 'any'];
  const rows: ListedRow[] = [];
  let look = wanted.limit + SPARE;
  for (let after = wanted.after; ; look = MAX_LOOKED) {
    const found = await findStanding(store, wanted, classes, after, look);
    const read = await readWhole(store, wanted.entity, found);
    for (const each of found) {
      const { record, first } = read.get(nameOf(each))?.list(classes) ?? { record: null, first: null };
      // Listed once, by the first of its documents; older versions may still stand for it for a moment.
      if (record === null || first?.id !== each.id) continue;
      if (wanted.status === undefined || record.status === wanted.status) rows.push({ place: each, record });
    }
    const last = found.at(-1);
    if (rows.length >= wanted.limit || last === undefined || found.length < look) return rows.slice(0, wanted.limit);
    after = last;
  }
}

/** The next documents that rows are listed by. */
async function findStanding(
  store: LedgerStore,
  { entity, connection }: RowsWanted,
  { states, undelivered, troubled }: Classes,
  after: Place | null,
  look: number,
): Promise<Found[]> {
  const ofConnection = connection === undefined ? {} : { connection };
  const messages = (filter: mongo.Filter<Message>, hint: string) =>
    store.messages
      .find(
        { ...filter, entity, ...ofConnection, ...behind('at', after) },
        { projection: { at: 1, connection: 1, sourceId: 1 }, hint },
      )
      .sort({ at: -1, _id: 1 })
      .limit(look)
      .map(({ _id, ...rest }): Found => ({ id: _id, ...rest }))
      .toArray();
  const deliveries = store.deliveries
    .find(
      {
        current: true,
        entity,
        // All of them named, too: one index then gives any choice in the order of time.
        state: { $in: [...states] },
        ...(connection === undefined ? {} : { from: connection }),
        ...behind('updatedAt', after),
      },
      { projection: { updatedAt: 1, from: 1, sourceId: 1 }, hint: ROWS },
    )
    .sort({ updatedAt: -1, _id: 1 })
    .limit(look)
    .map(({ _id, updatedAt, from, sourceId }): Found => ({ id: _id, at: updatedAt, connection: from, sourceId }))
    .toArray();
  const found = await Promise.all([
    deliveries,
    undelivered ? messages({ undelivered: true }, ROWS) : [],
    troubled ? messages(OPEN_TROUBLE, TROUBLED_ROWS) : [],
  ]);
  // A message may be both undelivered and in trouble.
  const once = new Map(found.flat().map((each) => [each.id, each]));
  return [...once.values()].sort(byPlace).slice(0, look);
}

/** Condition of the documents after a place. */
export function behind(field: 'at' | 'updatedAt', after: Place | null) {
  if (after === null) return {};
  // The bound stands outside the choice, so that the page begins where the last one ended instead of at the newest row.
  return { [field]: { $lte: after.at }, $or: [{ [field]: { $lt: after.at } }, { _id: { $gt: after.id } }] };
}

async function searchRows(store: LedgerStore, wanted: RowsWanted, q: string): Promise<ListedRow[]> {
  const { entity, connection, status, after, limit } = wanted;
  const refs = searchTerm(q);
  const projection = { connection: 1, from: 1, sourceId: 1 } as const;
  const options = { projection, hint: SEARCH };
  const [messages, deliveries] = await Promise.all([
    store.messages
      .find({ refs, entity, ...(connection === undefined ? {} : { connection }) }, options)
      .sort({ _id: -1 })
      .limit(MAX_SEARCHED)
      .toArray(),
    store.deliveries
      .find({ refs, entity, ...(connection === undefined ? {} : { from: connection }) }, options)
      .sort({ _id: -1 })
      .limit(MAX_SEARCHED)
      .toArray(),
  ]);
  const sources = [
    ...messages.map(({ connection, sourceId }) => ({ connection, sourceId })),
    ...deliveries.map(({ from, sourceId }) => ({ connection: from, sourceId })),
  ];
  const read = await readWhole(store, entity, sources);
  return [...read.values()]
    .flatMap((whole) => {
      const { record } = whole.list(CLASSES.any);
      return record === null ? [] : [{ place: { at: record.updatedAt, id: record._id }, record }];
    })
    .filter(({ place, record }) => {
      const isBehind = after === null || byPlace(after, place) < 0;
      return isBehind && (status === undefined || record.status === status);
    })
    .sort((a, b) => byPlace(a.place, b.place))
    .slice(0, limit);
}

/** All stored documents of some records, by {@link nameOf}. */
async function readWhole(
  store: LedgerStore,
  entity: EntityName,
  sources: readonly Source[],
): Promise<ReadonlyMap<string, WholeRecord>> {
  const whole = new Map(sources.map((source) => [nameOf(source), new WholeRecord(entity)]));
  if (whole.size === 0) return whole;
  const sourceIds = [...new Set(sources.map(({ sourceId }) => sourceId))];
  const connections = [...new Set(sources.map(({ connection }) => connection))];
  const bySource = { refs: { $in: searchTerms(sourceIds) }, entity, sourceId: { $in: sourceIds } };
  const light = { bytes: 0, headers: 0 } as const;
  const [messages, nameless, deliveries] = await Promise.all([
    store.messages
      .find({ ...bySource, connection: { $in: connections } }, { projection: light, hint: SEARCH })
      .toArray(),
    // Records with an unreadable id: no search term finds them.
    sourceIds.includes('')
      ? store.messages
          .find({ ...OPEN_TROUBLE, entity, connection: { $in: connections }, sourceId: '' }, { projection: light })
          .toArray()
      : [],
    store.deliveries
      .find({ ...bySource, from: { $in: connections } }, { projection: { attempts: 0 }, hint: SEARCH })
      .toArray(),
  ]);
  for (const message of [...messages, ...nameless] as MessageFacts[])
    whole.get(nameOf(message))?.messages.push(message);
  for (const delivery of deliveries as ShownDelivery[])
    whole.get(nameOf({ connection: delivery.from, sourceId: delivery.sourceId }))?.deliveries.push(delivery);
  return whole;
}

class WholeRecord {
  readonly messages: MessageFacts[] = [];
  readonly deliveries: ShownDelivery[] = [];
  readonly #entity: EntityName;

  constructor(entity: EntityName) {
    this.#entity = entity;
  }

  /** The record, and the first document that lists it. */
  list({ states, undelivered, troubled }: Classes): {
    readonly record: SourceRecord | null;
    readonly first: Place | null;
  } {
    const record = composeRecord(
      this.messages.map((message): RecordFacts => ({ ...message, entity: this.#entity })),
      this.deliveries,
    );
    const newest = new Set(Object.values(record?.targets ?? {}).map(({ deliveryId }) => deliveryId));
    const standing = [
      ...this.deliveries
        .filter(({ _id, state }) => newest.has(_id) && states.includes(state))
        .map(({ _id, updatedAt }) => ({ id: _id, at: updatedAt })),
      ...this.messages
        .filter((message) => (undelivered && message.undelivered) || (troubled && isTroubled(message)))
        .map(({ _id, at }) => ({ id: _id, at })),
    ];
    return { record, first: standing.sort(byPlace)[0] ?? null };
  }
}

function isTroubled({ fingerprint, repairedByVersion }: MessageFacts): boolean {
  return fingerprint !== null && fingerprint > '' && repairedByVersion === null;
}

function byPlace(a: Place, b: Place): number {
  return b.at.getTime() - a.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function nameOf({ connection, sourceId }: Source): string {
  return `${connection}/${sourceId}`;
}
