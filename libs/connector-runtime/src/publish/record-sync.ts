import type { Publisher } from '@entrepot/broker';
import { createEntity, type EntityName, type ErrorDetail, UNMAPPED_TOPIC, type Via } from '@entrepot/canonical';
import { type Clock, WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import { NO_TRACES, type Tracer } from '@entrepot/runtime-kit/tracing';
import type { Logger } from '@entrepot/service-kit';
import { type PublishedKey, publishedId } from '@entrepot/store';
import type { Absence, Fetched } from '@entrepot/vendor-kit';
import { holdWhileUnavailable } from '../hold.ts';
import type { ConnectorMetrics } from '../metrics.ts';
import type { Read, ReadPriority } from '../sources/read-queue.ts';
import type { ConfirmDocuments } from './confirm-documents.ts';
import { createKeyCoalescer, createRecentReads } from './reads.ts';
import {
  createRecordPublisher,
  type PublishableRead,
  type RecordPublisherOptions,
  type RepublishOutcome,
  type StandingState,
} from './record-publisher.ts';
import { formatUnmapped, NOT_VISIBLE } from './report-unmapped.ts';

/** Why a record is looked at. */
export interface SyncTrigger {
  readonly via: Via;
  /** True on backfills: consumers take it at spare rate. */
  readonly snapshot: boolean;
  readonly traceparent: string | null;
  /** What caused the read, for logs. */
  readonly cause: string;
  /** A sweep did not find the record among all ids: not found by its id either, it is deleted. */
  readonly swept?: boolean;
  /** Publish the newest version even if it is published already. */
  readonly again?: boolean;
  /** Probably no version of the record is published yet: insert optimistically. */
  readonly likelyNew?: boolean;
  /**
   * When the source announced the change, by the shared clock: a read that began later has seen it. Absent for
   * removals.
   */
  readonly toldAtMicros?: number;
}

export type SyncOutcome =
  | { readonly result: 'published' | 'unchanged'; readonly eventId: string; readonly version: number }
  | { readonly result: 'not-found' }
  | { readonly result: 'unmapped'; readonly error: ErrorDetail };

/** Brings one record of a source to the entity topic: the one path of webhooks, polls, refreshes and backfills. */
export interface RecordSync {
  /**
   * Resolves when Kafka has acknowledged the record's present state, or it is published already, or it is reported as
   * unmapped, and the documents that it confirms are passed on. Waits as long as a dependency is unavailable. Triggers that arrive while the record is being read share
   * one further run. A trigger whose change an earlier read has seen shares that read's outcome.
   * @throws ConnectionClosed · the stop signal's reason
   */
  sync(address: PublishedKey, trigger: SyncTrigger): Promise<SyncOutcome>;
  /** As {@link RecordPublisher.republish}; waits while a dependency is unavailable. @throws the stop signal's reason */
  republish(state: StandingState, admit: () => Promise<void>): Promise<RepublishOutcome>;
  readonly pending: number;
}

export interface RecordSyncOptions extends RecordPublisherOptions {
  readonly vendor: string;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly metrics: ConnectorMetrics;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  /** Reads a record; waits while the connection is held. */
  read(address: PublishedKey, priority: ReadPriority): Promise<Read>;
  /** Passes on the documents that a record shows to be of ours. */
  readonly confirm: ConfirmDocuments;
  /** What it means that a record of this entity is not found. */
  absenceOf(entity: EntityName): Absence;
  /**
   * A record counts as absent when two reads miss it, at least this far apart: sources answer from replicas that lag.
   * Default 1,000.
   */
  readonly absenceConfirmMs?: number;
  readonly tracer?: Tracer;
  readonly clock?: Pick<Clock, 'sleep'>;
  /** Between 0 and 1: spreads what would come back together. */
  readonly random?: () => number;
}

const MAX_READS = 50;
/** Pause before a record is read again whose write by us has not ended; longer with each read. */
const WRITE_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;

export function createRecordSync(options: RecordSyncOptions): RecordSync {
  const { log, metrics, signal, tracer = NO_TRACES, clock = WALL_CLOCK, random = Math.random } = options;
  const absenceConfirmMs = options.absenceConfirmMs ?? 1_000;
  const publisher = createRecordPublisher(options, {
    onOvertaken(key) {
      const address = { connection: key.connection, entity: key.entity, sourceId: key.sourceId };
      log.warn(
        { connection: key.connection, entity: key.entity },
        'an older version was appended late: publishing the newest again',
      );
      sync(address, { via: 'REFRESH', snapshot: false, traceparent: null, cause: 'overtaken', again: true }).catch(
        (err: unknown) => log.warn({ err, connection: key.connection }, 'the newest version was not published again'),
      );
    },
  });
  const addresses = new Map<string, PublishedKey>();
  const recentReads = createRecentReads<SyncOutcome>();

  const coalescer = createKeyCoalescer<SyncTrigger, SyncOutcome>(
    (key, trigger) => {
      const address = addresses.get(key) as PublishedKey;
      return tracer.span('sync', trigger.traceparent, { ...factsOf(address), via: trigger.via }, (traceparent) =>
        run(address, { ...trigger, traceparent }),
      );
    },
    // Passes the waiting change on to the reader: a hint has priority over a backfill.
    (earlier, later) => ({
      ...mergeTold(earlier, later),
      via: earlier.snapshot && !later.snapshot ? later.via : earlier.via,
      snapshot: earlier.snapshot && later.snapshot,
      traceparent: earlier.traceparent ?? later.traceparent,
      cause: earlier.cause,
      again: earlier.again === true || later.again === true,
      swept: earlier.swept === true || later.swept === true,
    }),
  );

  async function run(address: PublishedKey, trigger: SyncTrigger): Promise<SyncOutcome> {
    // The read that this one waited for may have begun after the announcement: reads wait long where limits are tight.
    const seen = findSeen(publishedId(address), trigger);
    if (seen !== undefined) return seen;
    let absences = 0;
    for (let reads = 1; ; reads += 1) {
      // Second reads of absent records run in their own queue: they never delay records that exist.
      const priority = absences > 0 ? 'again' : trigger.snapshot ? 'bulk' : 'live';
      const { fetched, ...times } = await tracer.span('fetch', trigger.traceparent, factsOf(address), () =>
        options.read(address, priority),
      );
      signal.throwIfAborted();
      if (fetched.status === 'unmapped') {
        await confirm(address, fetched);
        return refuse(address, fetched.number, fetched.error);
      }
      if (fetched.status === 'not-found') {
        absences += 1;
        if (absences === 1) {
          await clock.sleep(absenceConfirmMs, signal);
          continue;
        }
        const known = await hold('reading the last version', () => options.published.get(address));
        if (known === null) return { result: 'not-found' };
        const absence = options.absenceOf(address.entity);
        if (absence === 'unknown' || (absence === 'sweep' && trigger.swept !== true))
          return refuse(address, null, NOT_VISIBLE);
      }
      const outcome = await tracer.span('publish', trigger.traceparent, factsOf(address), (traceparent) =>
        hold('publishing', () => publisher.publish(describeRead(address, { ...trigger, traceparent }, fetched, times))),
      );
      if (outcome.result !== 'read-again') await confirm(address, fetched);
      if (outcome.result === 'refused')
        return refuse(address, fetched.status === 'found' ? fetched.number : null, outcome.error);
      if (outcome.result === 'read-later') {
        await clock.sleep(Math.min(MAX_PAUSE_MS, WRITE_PAUSE_MS * reads), signal);
        continue;
      }
      if (outcome.result !== 'read-again') {
        const { connection, entity } = address;
        metrics[outcome.result].inc({ connection, entity, via: trigger.via });
        if (outcome.origin !== null) metrics.echoed(address);
        if (fetched.status === 'found') recentReads.note(publishedId(address), times.readBeganAtMicros, outcome);
        return outcome;
      }
      // Another replica published a later read; our next read is later still. More than a few repetitions mean clocks
      // that disagree.
      if (reads % 10 === 0)
        log.warn({ ...address, reads }, 'a record is read again and again: do the replicas share a clock?');
      if (reads >= MAX_READS)
        throw new Error(
          `${publishedId(address)} was read ${reads} times without becoming newer than what is published`,
        );
      // One millisecond more: timers may fire slightly early, which would cost one more read of the source.
      const tooEarlyMs = Math.ceil((outcome.fromMicros - options.nowMicros()) / 1_000) + 1;
      await clock.sleep(Math.min(MAX_PAUSE_MS, Math.max(5 * reads, tooEarlyMs)), signal);
    }
  }

  function describeRead(
    address: PublishedKey,
    trigger: SyncTrigger,
    fetched: Exclude<Fetched, { status: 'unmapped' }>,
    times: Omit<Read, 'fetched'>,
  ): PublishableRead {
    const { connection, entity, sourceId } = address;
    const { via, snapshot, traceparent, again = false, likelyNew = false } = trigger;
    const common = {
      connection,
      vendor: options.vendor,
      entityName: entity,
      sourceId,
      via,
      snapshot,
      traceparent,
      again,
      likelyNew,
      ...times,
    };
    if (fetched.status === 'not-found') {
      // The last state of a deleted record: its identity, and that it is deleted.
      const source = { connection, vendor: options.vendor, id: sourceId };
      const deleted = createEntity(entity, { source, deleted: true });
      return { ...common, entity: deleted, number: null, stampMicros: null, deleted: true, states: [] };
    }
    const { entity: record, number, stampMicros, states = [] } = fetched;
    return { ...common, entity: record, number, stampMicros, deleted: record.deleted, states };
  }

  /**
   * After publishing, whatever came of it (nothing, where the record cannot be mapped), and before the sync ends: its cursor or offset moves then, and a crash before
   * has it read and confirmed again.
   */
  async function confirm({ connection }: PublishedKey, fetched: Fetched): Promise<void> {
    if (fetched.status === 'not-found') return;
    const { confirms = [] } = fetched;
    if (confirms.length > 0) await hold('confirming', () => options.confirm(connection, confirms));
  }

  async function refuse(address: PublishedKey, number: string | null, error: ErrorDetail): Promise<SyncOutcome> {
    const report = formatUnmapped(address, { vendor: options.vendor, number, error, atMicros: options.nowMicros() });
    await hold('reporting', () => options.publisher.send(UNMAPPED_TOPIC, report));
    metrics.unmapped(address);
    return { result: 'unmapped', error };
  }

  function hold<T>(what: string, work: () => Promise<T>): Promise<T> {
    return holdWhileUnavailable(work, {
      signal,
      clock,
      random,
      onRetry: (err, delayMs) => log.warn({ err, delayMs }, `${what} is not possible now, the record waits`),
    });
  }

  function findSeen(key: string, { toldAtMicros }: SyncTrigger): SyncOutcome | undefined {
    return toldAtMicros === undefined ? undefined : recentReads.findSince(key, toldAtMicros);
  }

  async function sync(address: PublishedKey, trigger: SyncTrigger): Promise<SyncOutcome> {
    const key = publishedId(address);
    const seen = findSeen(key, trigger);
    if (seen !== undefined) return seen;
    addresses.set(key, address);
    try {
      return await coalescer.run(key, trigger);
    } finally {
      if (!coalescer.has(key)) addresses.delete(key);
    }
  }

  return {
    get pending() {
      return coalescer.size;
    },
    sync,
    republish: (state, admit) => hold('publishing once more', () => publisher.republish(state, admit)),
  };
}

/** A read covers both triggers only if it has seen the later one; a trigger that requires a read still requires it. */
function mergeTold(earlier: SyncTrigger, later: SyncTrigger): Pick<SyncTrigger, 'toldAtMicros'> {
  if (earlier.toldAtMicros === undefined || later.toldAtMicros === undefined) return {};
  return { toldAtMicros: Math.max(earlier.toldAtMicros, later.toldAtMicros) };
}

/** What a span says of a record: never its id or content. */
function factsOf({ connection, entity }: PublishedKey) {
  return { connection, entity };
}
