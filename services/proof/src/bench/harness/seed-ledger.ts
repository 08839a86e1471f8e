import type { AttemptReport, EventHeaders } from '@entrepot/canonical';
import { ENTITY_PARTITIONS, entityTopic, formatEventHeaders } from '@entrepot/canonical';
import {
  applyAttempt,
  applyRouting,
  type Delivery,
  LEDGER_COLLECTIONS,
  type LedgerStore,
  type Message,
  openLedgerStore,
  readEvent,
} from '@entrepot/ledger/recording';
import { createSilentLogger } from '@entrepot/service-kit';
import { openStore, parseMasterKey } from '@entrepot/store';
import { attemptReport, headersOf, routedReport } from './order-lives.ts';

const GROUP = 1_000;
/** One in a hundred fails, for one of this many reasons. */
const FAILED_EVERY = 100;
const REASONS = 20;
/** Interval between two orders: a million of them span about four months. */
const APART_MS = 10_000;
const RULES = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 60_000, waitingRecheckMs: 60_000 };

export interface LedgerSeed {
  /** Adds orders `from` to `until` with their deliveries, as if the ledger had recorded their lives. */
  fill(from: number, until: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the ledger's collections on a database to fill them directly: much faster than through Kafka. */
export async function openLedgerSeed(mongodbUri: string, value: Buffer, endsAtMs: number): Promise<LedgerSeed> {
  const current = parseMasterKey(Buffer.alloc(32, 7).toString('base64'), 'the bench');
  const store = await openStore({
    uri: mongodbUri,
    masterKeys: { current, previous: null },
    vendors: [],
    log: createSilentLogger(),
    migrates: LEDGER_COLLECTIONS,
  });
  const ledger = openLedgerStore(store.mongoose);
  return {
    async fill(from, until) {
      for (let start = from; start < until; start += GROUP) {
        const lives: OrderLife[] = [];
        for (let index = start; index < Math.min(until, start + GROUP); index += 1) {
          // Never younger than the records of the bench itself.
          lives.push(liveOf(headersOf(index, endsAtMs - (1_000_000 - index) * APART_MS), index, value));
        }
        await insert(ledger, lives);
      }
    },
    close: () => store.close(),
  };
}

interface OrderLife {
  readonly message: Message;
  readonly delivery: Delivery;
}

function liveOf(event: EventHeaders, index: number, value: Buffer): OrderLife {
  const at = new Date(event.publishedAtMicros / 1_000);
  const published = readEvent({
    topic: entityTopic('order'),
    partition: index % ENTITY_PARTITIONS,
    offset: BigInt(index),
    key: `${event.connection}/${event.sourceId}`,
    value,
    headers: formatEventHeaders(event),
    timestampMs: at.getTime(),
  });
  const message = { ...published, routedBy: ['sap-b1'], undelivered: false, revision: 2 };
  const routed = routedReport(event);
  const [decision] = routed.decisions;
  if (decision === undefined) throw new Error('a routing report without decision');
  const pending = applyRouting(null, routed, decision, at);
  const delivery = applyAttempt(pending, attemptReport(event, failureOf(index)), RULES, at);
  return { message, delivery: { ...delivery, revision: 2 } };
}

function failureOf(index: number): Partial<AttemptReport> {
  if (index % FAILED_EVERY !== 0) return {};
  const reason = (index / FAILED_EVERY) % REASONS;
  const error = {
    kind: 'rejected',
    code: `-50${reason}`,
    message: `Item "X${index}" is refused for reason ${reason}`,
    advice: 'Correct it at the source.',
    fields: [],
  };
  return { outcome: 'failed', documents: [], error };
}

async function insert(ledger: LedgerStore, lives: readonly OrderLife[]): Promise<void> {
  const options = { ordered: false, writeConcern: { w: 1, journal: false } };
  await Promise.all([
    ledger.messages.insertMany(
      lives.map(({ message }) => message),
      options,
    ),
    ledger.deliveries.insertMany(
      lives.map(({ delivery }) => delivery),
      options,
    ),
  ]);
}
