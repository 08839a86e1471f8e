import type { Broker } from '@entrepot/broker';
import { ATTEMPT_TOPIC, type EntityName, LEDGER_GROUP, toJson, UNMAPPED_TOPIC } from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';
import { type Clock, NO_TRACES, type Tracer } from '@entrepot/runtime-kit';
import type { Logger, Metrics } from '@entrepot/service-kit';
import { type Store, showsAwaited, type ToldTrouble } from '@entrepot/store';
import { listEntities, type Vendor } from '@entrepot/vendor-kit';
import { Guesses } from './access/guesses.ts';
import { Refusals } from './access/refusals.ts';
import type { Actor } from './access/tokens.ts';
import { Lists } from './api/paging.ts';
import type { DeliveryContext, DeliveryRow, ShownPayload } from './api/views.ts';
import { writeAudit } from './audit.ts';
import { findUnaccounted, type UnaccountedReport } from './failures/unaccounted.ts';
import { asUnaccounted, UnreadHintsWatch } from './failures/unread-hints.ts';
import { Ingest } from './ingest/ingest.ts';
import { createLedgerMetrics, type LedgerMetrics, showUnreadHints } from './metrics.ts';
import type { OperationPorts } from './operations/request-operation.ts';
import { CommandAnswers } from './reprocess/command-answers.ts';
import { committedLaneOffset, countLaneBacklog, findLane } from './reprocess/lane-offsets.ts';
import type { LinkMarking, RequestPorts } from './reprocess/request-ports.ts';
import { sendRefresh } from './reprocess/requests.ts';
import { type Scheduler, type SchedulerPorts, startScheduler } from './reprocess/scheduler.ts';
import { sendOne } from './reprocess/send-delivery.ts';
import { Settings } from './settings/settings.ts';
import { type Delivery, retryRulesOf } from './states/delivery.ts';
import type { Message } from './states/message.ts';
import { type LedgerStore, openLedgerStore } from './store/collections.ts';
import { watchOpenDeliveries } from './store/open-deliveries.ts';
import type { VendorPorts } from './vendors/ask-vendor.ts';
import { ValueLists } from './vendors/list-values.ts';

const CATCH_UP_TIMEOUT_MS = 5_000;
const HINT_LIMIT_MS = 900_000;

export interface LedgerParts {
  readonly store: Store;
  readonly broker: Broker;
  readonly codec: Codec;
  readonly vendors: readonly Vendor[];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Pick<Clock, 'nowMicros'>;
  readonly tracer?: Tracer;
  /** The consumer group that takes reports in. */
  readonly groupId?: string;
  /** Hints that are not read so long after they came are unaccounted for. Default 15 minutes. */
  readonly hintLimitMs?: number;
  /** Signs the cursors of lists; the same in all processes and after a restart. */
  readonly cursorKey: Uint8Array;
}

/** The ledger as its handlers, timers and API see it. */
export interface Ledger {
  readonly store: LedgerStore;
  readonly groupId: string;
  readonly metrics: LedgerMetrics;
  readonly ingest: Ingest;
  readonly requests: RequestPorts;
  readonly settings: Settings;
  /** What operations on sources need. */
  readonly operations: OperationPorts;
  /** What questions to vendors need. */
  readonly vendors: VendorPorts;
  readonly values: ValueLists;
  readonly lists: Lists;
  readonly guesses: Guesses;
  readonly refusals: Refusals;
  readonly scheduler: Scheduler;
  /** What each delivery is shown with: its flow's tries, its lane's state. */
  deliveryContexts(deliveries: readonly DeliveryRow[]): Promise<(delivery: DeliveryRow) => DeliveryContext>;
  /** The canonical record of a message, or why it cannot be shown. */
  showPayload(message: Message | null): Promise<ShownPayload>;
  now(): Date;
  /** Runs an action for a person and records it, even when it is refused. */
  audited<T>(
    actor: Actor | undefined,
    action: string,
    subject: string,
    reason: string | null,
    details: Readonly<Record<string, unknown>>,
    work: (by: string) => Promise<T>,
  ): Promise<T>;
  findUnaccounted(): Promise<UnaccountedReport>;
  /** Waits until every report written before now is ingested; false when that takes too long. */
  catchUp(): Promise<boolean>;
  /** Records in the lanes of a target connection that its sink has not passed. */
  countLaneBacklog(connection: string): Promise<number>;
  listServiceTroubles(): Promise<ToldTrouble[]>;
  /** @throws when the database does not answer */
  ping(): Promise<void>;
  openApi(): unknown;
  /** @param describe builds the description of the API; it is called once, on the first request for it */
  setOpenApi(describe: () => unknown): void;
  close(): Promise<void>;
}

/** Puts the ledger together. Nothing consumes or sends yet but the scheduler. */
export async function createLedger(parts: LedgerParts): Promise<Ledger> {
  const { store, broker, codec, vendors, log, groupId = LEDGER_GROUP } = parts;
  const catchUp = () => waitUntilIngested(broker, groupId);
  const ledgerStore = openLedgerStore(store.mongoose);
  const metrics = createLedgerMetrics(parts.metrics);
  const publisher = await broker.publisher({ deadlineMs: 10_000, writesLanes: true });
  const now = () => new Date(parts.clock.nowMicros() / 1_000);
  const vendorOf = (connection: string) => store.connections.find(connection)?.vendor ?? null;

  const schedulerPorts: SchedulerPorts = {
    store: ledgerStore,
    publisher,
    metrics,
    log,
    now,
    findLane: (id) => findLane(store, id),
    flowRevision: (flow) => store.flows.find(flow)?.revision ?? 0,
    committedLaneOffset: (topic, partition) => committedLaneOffset(broker, topic, partition),
    catchUp,
    repeatRefresh: (delivery, outstanding) =>
      sendRefresh(requests, delivery, outstanding.operationId, outstanding.requestedBy),
  };
  const send = (delivery: Delivery) => sendOne(schedulerPorts, delivery);
  const requests: RequestPorts = {
    store: ledgerStore,
    publisher,
    vendorOf,
    send,
    now,
    markLink: (delivery, kind, by, reason) => markLink(store, delivery, kind, by, reason, now()),
    clearMark: async (delivery) => {
      await store.links.clearMark(linkKeyOf(delivery), delivery._id);
    },
  };
  const scheduler = startScheduler(schedulerPorts);
  const unreadHints = new UnreadHintsWatch({
    broker,
    vendors: vendors.filter(({ source }) => source !== null).map(({ name }) => name),
    limitMs: parts.hintLimitMs ?? HINT_LIMIT_MS,
    log,
    now,
  });
  showUnreadHints(parts.metrics, unreadHints);
  const ingest = new Ingest({
    store: ledgerStore,
    connections: store.connections,
    flows: store.flows,
    isThere: (delivery, awaited) => showsAwaited(store.links, delivery, awaited),
    linkedDocuments: async (target, entity, sourceKey) =>
      (await store.links.get({ target, entity: entity as EntityName, sourceKey }))?.documents ?? [],
    commandAnswers: new CommandAnswers({ store: ledgerStore, send, now }),
    wakeScheduler: () => scheduler.wake(),
    tracer: parts.tracer ?? NO_TRACES,
    metrics,
    log,
    now,
  });
  const refusals = new Refusals(ledgerStore, log, now);
  const vendorPorts: VendorPorts = { store, vendors, log, now: () => now().getTime() };
  let openApi: unknown;
  let describeApi = (): unknown => ({});
  const stopTelling = store.serviceTroubles.follow('ledger', () => ingest.newerReports.list(), log);
  const stopWatching = watchOpenDeliveries(ledgerStore, metrics.openDeliveries, log);
  return {
    store: ledgerStore,
    groupId,
    metrics,
    ingest,
    requests,
    scheduler,
    lists: new Lists(parts.cursorKey),
    guesses: new Guesses(() => now().getTime()),
    refusals,
    now,
    settings: new Settings({ store, ledgerStore, vendors, unreadHints }),
    operations: { store, ledgerStore, vendors, now },
    vendors: vendorPorts,
    values: new ValueLists(vendorPorts),
    deliveryContexts: (deliveries) => readContexts(store, ledgerStore, deliveries),
    showPayload: (message) => showPayload(codec, message),
    audited: (actor, action, subject, reason, details, work) =>
      writeAudit(ledgerStore, now, { actor, action, subject, reason, details }, work),
    findUnaccounted: () => runUnaccounted(store, ledgerStore, broker, vendors, unreadHints, catchUp),
    catchUp,
    countLaneBacklog: (connection) => countLaneBacklog(broker, store, connection),
    listServiceTroubles: () => store.serviceTroubles.list(),
    ping: () => store.ping(),
    openApi: () => {
      openApi ??= describeApi();
      return openApi;
    },
    setOpenApi: (describe) => {
      describeApi = describe;
      openApi = undefined;
    },
    close: async () => {
      stopWatching();
      await unreadHints.stop();
      await stopTelling();
      await scheduler.stop();
      await refusals.close();
      await publisher.close();
    },
  };
}

function linkKeyOf(delivery: Delivery) {
  return { target: delivery.to, entity: delivery.entity, sourceKey: `${delivery.from}/${delivery.sourceId}` };
}

async function markLink(
  store: Store,
  delivery: Delivery,
  kind: 'discarded' | 'resolved',
  by: string,
  reason: string,
  now: Date,
): Promise<LinkMarking> {
  const mark = { deliveryId: delivery._id, kind, by, reason, atMicros: now.getTime() * 1000 };
  const written = await store.links.mark(linkKeyOf(delivery), mark);
  if (!written.set) return written.existing?.kind === kind ? 'marked' : 'closed';
  return written.finishing ? 'finishing' : 'marked';
}

async function readContexts(store: Store, ledgerStore: LedgerStore, deliveries: readonly DeliveryRow[]) {
  const targets = [...new Set(deliveries.map((delivery) => delivery.to))];
  const lanes = new Map(
    (await ledgerStore.laneStatus.find({ _id: { $in: targets } }).toArray()).map((lane) => [lane._id, lane]),
  );
  return (delivery: DeliveryRow): DeliveryContext => ({
    maxAttempts: retryRulesOf(store.flows.find(delivery.flow)).attempts,
    lane: lanes.get(delivery.to) ?? null,
  });
}

async function showPayload(codec: Codec, message: Message | null): Promise<ShownPayload> {
  if (message === null) return { payload: null, payloadProblem: 'The event has not reached the ledger yet.' };
  if (message.bytes === null) return { payload: null, payloadProblem: 'No event was published for this record.' };
  try {
    const { entityName, entity } = await codec.decode(message.bytes);
    return { payload: toJson(entityName, entity), payloadProblem: null };
  } catch (error) {
    return { payload: null, payloadProblem: error instanceof Error ? error.message : String(error) };
  }
}

async function runUnaccounted(
  store: Store,
  ledgerStore: LedgerStore,
  broker: Broker,
  vendors: readonly Vendor[],
  unreadHints: UnreadHintsWatch,
  catchUp: () => Promise<boolean>,
): Promise<UnaccountedReport> {
  return findUnaccounted({
    store: ledgerStore,
    sinks: vendors.flatMap((vendor) =>
      vendor.target === null ? [] : [{ vendor: vendor.name, entities: listEntities(vendor.target.entities) }],
    ),
    flowsTo: (vendor, entity) =>
      store.flows
        .snapshot()
        .filter((flow) => flow.entity === entity && store.connections.find(flow.to)?.vendor === vendor),
    readCommitted: (groupId, topic) => broker.committedOffsets(groupId, topic),
    listUnreadHints: async () => (await unreadHints.look()).map(asUnaccounted),
    catchUp,
  });
}

/** Waits until the group has finished the present contents of the report topics. */
async function waitUntilIngested(broker: Broker, groupId: string): Promise<boolean> {
  const deadline = Date.now() + CATCH_UP_TIMEOUT_MS;
  for (const topic of [ATTEMPT_TOPIC, UNMAPPED_TOPIC]) {
    const ends = await broker.endOffsets(topic);
    while (true) {
      const committed = await broker.committedOffsets(groupId, topic);
      if ([...ends].every(([partition, end]) => end === 0n || (committed.get(partition) ?? 0n) >= end)) break;
      if (Date.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return true;
}
