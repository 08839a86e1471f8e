import { randomUUID } from 'node:crypto';
import type { ErrorDetail } from '@entrepot/canonical';
import { createSilentLogger } from '@entrepot/service-kit';
import { openStore, parseMasterKey, type Store } from '@entrepot/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRows } from '../src/api/records/record-rows.ts';
import type { Delivery } from '../src/states/delivery.ts';
import type { RecordMessage } from '../src/states/message.ts';
import {
  applyDelivery,
  applyMessage,
  IMPORT_STATUSES,
  type ImportStatus,
  type SourceRecord,
} from '../src/states/source-record.ts';
import { applyAttempt, supersede } from '../src/states/transitions.ts';
import { type LedgerStore, openLedgerStore } from '../src/store/collections.ts';
import { timeIdOf } from '../src/store/documents.ts';
import { LEDGER_COLLECTIONS } from '../src/store/migrations.ts';
import { sweep } from '../src/store/sweep.ts';
import { attemptReport, rejected } from './reports.ts';

const RULES = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 60_000, waitingRecheckMs: 60_000 };
const T0 = Date.UTC(2026, 5, 1);
const TARGETS = ['erp', 'warehouse'];
const OUTCOMES = ['verified', 'failed', 'waiting', 'unchanged', 'discarded', 'delivered'] as const;
const TROUBLE: ErrorDetail = { kind: 'source', code: 'totals', message: 'totals differ', advice: null, fields: [] };

const opened: Store[] = [];
const database = `ledger-${randomUUID().slice(0, 8)}`;
let store: LedgerStore;
let rows: ReadonlyMap<string, SourceRecord>;

async function start(): Promise<LedgerStore> {
  const current = parseMasterKey(Buffer.alloc(32, 7).toString('base64'), 'the test');
  const masterKeys = { current, previous: null };
  const uri = process.env.MONGODB_URI ?? '';
  opened.push(
    await openStore({
      uri,
      database,
      masterKeys,
      vendors: [],
      log: createSilentLogger(),
      migrates: LEDGER_COLLECTIONS,
    }),
  );
  return openLedgerStore(opened[0]?.mongoose as Store['mongoose']);
}

/** A store as 0.1.0 leaves it, written as it wrote it: message by message, delivery by delivery, and a row beside them. */
class Store010 {
  readonly messages: RecordMessage[] = [];
  readonly deliveries = new Map<string, Delivery>();
  readonly rows = new Map<string, SourceRecord>();
  #ms = T0;

  publish(sourceId: string, version: number, change: Partial<RecordMessage> = {}): RecordMessage {
    this.#ms += 1_000;
    const eventId = `event-${sourceId}-${version}`;
    const message: RecordMessage = {
      _id: timeIdOf(this.#ms, eventId),
      revision: 1,
      state: 'published',
      eventId,
      entity: 'order',
      connection: Number(sourceId) % 5 === 0 ? 'outlet' : 'shop',
      vendor: 'shopify',
      sourceId,
      number: `#${sourceId}`,
      version,
      contentHash: 'h',
      deleted: version === 3,
      snapshot: false,
      origin: null,
      record: null,
      bytes: null,
      headers: {},
      error: null,
      fingerprint: null,
      routedBy: [],
      undelivered: true,
      repairedByVersion: null,
      refs: [sourceId],
      at: new Date(this.#ms),
      ...change,
    };
    this.messages.push(message);
    this.#row(message, (row) => applyMessage(row, message));
    return message;
  }

  attempt(message: RecordMessage, to: string, outcome: (typeof OUTCOMES)[number]): void {
    this.#ms += 1_000;
    const { connection, sourceId, number, version, eventId } = message;
    const flow = `order:${connection}:${to}`;
    const report = attemptReport({
      ...{ flow, connection, sourceId, number, to, outcome },
      deliveryId: `${timeIdOf(message.at.getTime(), flow, sourceId, String(version))}`,
      eventId: eventId ?? '',
      version: version ?? 0,
      error: outcome === 'failed' ? rejected('no') : null,
      documents:
        outcome === 'verified' ? [{ ...DOCUMENT, targetId: `t${sourceId}`, targetNumber: `5${sourceId}` }] : [],
    });
    const delivery = applyAttempt(null, report, RULES, new Date(this.#ms));
    this.deliveries.set(delivery._id, delivery);
    this.#row(message, (row) => applyDelivery(row, delivery));
    this.messages[this.messages.indexOf(message)] = { ...message, routedBy: ['sap-b1'] };
    for (const older of this.deliveries.values())
      if (older.flow === flow && older.sourceId === sourceId)
        this.deliveries.set(older._id, supersede(older, version ?? 0, 'newer', new Date(this.#ms)));
  }

  async write(ledger: LedgerStore): Promise<void> {
    const without = (document: object, ...fields: readonly string[]) =>
      Object.fromEntries(Object.entries(document).filter(([field]) => !fields.includes(field))) as { _id: string };
    const collection = (name: string) => opened[0]?.mongoose.db?.collection<{ _id: string }>(name);
    expect(ledger.messages.collectionName).toBe('messages');
    await collection('messages')?.insertMany(this.messages.map((message) => without(message, 'undelivered')));
    await collection('deliveries')?.insertMany(
      [...this.deliveries.values()].map((delivery) => without(delivery, 'current', 'firstSeenAt')),
    );
    await collection('records')?.insertMany([...this.rows.values()].map((row) => ({ ...row, revision: 1, refs: [] })));
    await collection('schema')?.deleteMany({});
  }

  #row({ connection, sourceId }: RecordMessage, change: (row: SourceRecord | null) => SourceRecord): void {
    const id = `order|${connection}/${sourceId}`;
    this.rows.set(id, change(this.rows.get(id) ?? null));
  }
}

const DOCUMENT = { role: 'order', subId: null, externalRef: 'r', draft: false };

beforeAll(async () => {
  store = await start();
  const old = new Store010();
  for (let index = 1; index <= 90; index += 1) {
    const id = String(1_000 + index);
    const versions = 1 + (index % 3);
    for (let version = 1; version <= versions; version += 1) {
      const message = old.publish(id, version);
      // Every ninth has no flow at all; every fourth two.
      if (index % 9 === 0) continue;
      for (const to of index % 4 === 0 ? TARGETS : ['erp'])
        old.attempt(message, to, OUTCOMES[(index + version + to.length) % OUTCOMES.length] as 'verified');
    }
    if (index % 11 !== 0) continue;
    const trouble = { state: 'unmapped', eventId: null, version: null, error: TROUBLE, fingerprint: 'f' } as const;
    old.publish(id, 9, trouble);
  }
  await old.write(store);
  rows = old.rows;
  store = await start();
}, 60_000);

afterAll(async () => {
  await opened[0]?.mongoose.dropDatabase();
  await Promise.all(opened.map((each) => each.close()));
});

async function pageThrough(status?: ImportStatus, connection?: string): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for (let after: { at: Date; id: string } | null = null; ; ) {
    const page = await findRows(store, { entity: 'order', status, connection, after, limit: 7 });
    found.push(...page.map(({ record }) => record));
    const last = page.at(-1);
    if (last === undefined || page.length < 7) return found;
    after = last.place;
  }
}

describe('rows of a store that 0.1.0 filled', () => {
  it.each([undefined, ...IMPORT_STATUSES])('of status %s are as they were, each once, newest first', async (status) => {
    for (const connection of [undefined, 'outlet']) {
      const found = await pageThrough(status, connection);
      const wanted = [...rows.values()].filter(
        (row) =>
          (status === undefined || row.status === status) &&
          (connection === undefined || row.connection === connection),
      );
      expect(wanted.length).toBeGreaterThan(1);
      const byId = (list: readonly SourceRecord[]) => list.toSorted((a, b) => (a._id < b._id ? -1 : 1));
      expect(byId(found)).toEqual(byId(wanted));
      // With one target a row's place is the time of its last change.
      const times = found.filter(({ targets }) => Object.keys(targets).length < 2).map(({ updatedAt }) => updatedAt);
      expect(times).toEqual(times.toSorted((a, b) => b.getTime() - a.getTime()));
    }
  });

  it.each(['1013', '#1013', '51013', 't1013'])('are found by %s', async (q) => {
    const found = await findRows(store, { entity: 'order', q, after: null, limit: 10 });
    expect(found.map(({ record }) => record.sourceId)).toEqual(['1013']);
  });

  it('hold the newest deliveries alone, one a record and flow', async () => {
    const current = await store.deliveries.find({ current: true }).toArray();
    const names = current.map(({ from, sourceId, flow }) => `${from}|${sourceId}|${flow}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe([...rows.values()].reduce((sum, row) => sum + Object.keys(row.targets).length, 0));
    expect(await opened[0]?.mongoose.collection('records').countDocuments()).toBe(0);
  });

  it('keep when they were first seen, though what told so is past its retention', async () => {
    const old = [...rows.values()].find(
      (row) => row.version === 3 && row.status === 'imported' && Object.keys(row.targets).length === 1,
    );
    if (old === undefined) throw new Error('no such row');
    const of = { connection: old.connection, sourceId: old.sourceId };
    const newest = await store.messages.findOne({ ...of, version: 3 });
    await store.deliveries.updateMany({ from: of.connection, sourceId: of.sourceId }, { $set: { firstSeenAt: null } });
    await sweep(store, newest?.at ?? new Date(0));
    expect(await store.messages.countDocuments(of)).toBe(1);
    const [row] = await findRows(store, { entity: 'order', q: old.sourceId, after: null, limit: 1 });
    expect(row?.record.firstSeenAt).toEqual(old.firstSeenAt);
  });
});
