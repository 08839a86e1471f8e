import { type EntityName, entitySchemas } from '@entrepot/canonical';
import type { OpenBudget } from '@entrepot/runtime-kit/budget';
import type { Logger } from '@entrepot/service-kit';
import type { Change, Connection, Connections, PublishedKey } from '@entrepot/store';
import { type ConnectionView, listEntities, type SourceDefinition } from '@entrepot/vendor-kit';
import { createHold, type Hold, isInfrastructureError } from '../hold.ts';
import type { ConnectorMetrics } from '../metrics.ts';
import { createAttention } from './attention.ts';
import { type OpenedSource, openSource, type SourceOpenerOptions } from './opened-source.ts';
import { createFetchPlaces, createKeptProgress, type Read, type ReadPriority } from './read-queue.ts';
import { ConnectionClosed, createRecordReader, type RecordReader } from './record-reader.ts';
import { createThrottle, createThrottleNotes, type Throttle } from './throttle.ts';

/** An active connection of this connector's vendor. */
export interface OpenConnection {
  readonly id: string;
  readonly entities: readonly EntityName[];
  readonly hold: Hold;
  /** The current settings and secrets; null while they cannot be opened (attention says why). */
  view(): ConnectionView | null;
  source(): Pick<OpenedSource, 'source' | 'signal' | 'replaced'> | null;
  /** @throws ConnectionClosed when the vendor has no such entity */
  reader(entity: EntityName): RecordReader;
  /** Why reads wait for the vendor's limits; null while they do not. */
  throttledBecause(): string | null;
  /** Shows the operator what to do about the connection; null clears the message of that topic. Topics do not hide each other. */
  raiseAttention(topic: string, message: string | null): void;
  /** A webhook of it was taken. */
  noteWebhook(): void;
  /** When a webhook of it was last taken by this process, `performance.now()`; null before the first. */
  lastWebhookAtMs(): number | null;
  /** Aborts when the connection is switched off or removed. */
  readonly closed: AbortSignal;
}

/** The connections of one vendor, kept as the store has them: edits take effect without restart. */
export interface OpenConnections {
  /** Why a connection is not served: unknown (or of another vendor), or switched off. */
  find(id: string): OpenConnection | 'unknown' | 'inactive';
  /** Reads a record; waits while its connection is held. @throws ConnectionClosed when that is not served */
  read(address: PublishedKey, priority: ReadPriority): Promise<Read>;
  list(): OpenConnection[];
  /** Budgets that calls draw on now. */
  budgets(): OpenBudget[];
  /** Calls `listener` for each connection as it opens, those open already included. */
  onOpen(listener: (connection: OpenConnection) => void): void;
  close(): Promise<void>;
}

export interface OpenConnectionsOptions extends SourceOpenerOptions {
  readonly definition: SourceDefinition;
  readonly log: Logger;
  readonly connections: Connections;
  readonly metrics: ConnectorMetrics;
  nowMicros(): number;
}

/** Delay before a failed opening is retried: after a database outage, and after an error of its own. */
const REOPEN_SOON_MS = 2_000;
const REOPEN_MS = 30_000;

interface Holder extends OpenConnection {
  revision: number;
  currentView: ConnectionView | null;
  opened: OpenedSource | null;
  readonly readers: Map<EntityName, RecordReader>;
  readonly throttle: Throttle;
  readonly end: AbortController;
  /** Runs while an opening that failed waits to be tried again. */
  again: NodeJS.Timeout | undefined;
  /** Openings of one connection run one after the other. */
  work: Promise<void>;
  /** Sources that were replaced, and still have calls under way. */
  readonly leaving: Set<Promise<void>>;
}

/** Only released entities have a public topic. */
export function listServedEntities(definition: SourceDefinition): EntityName[] {
  return listEntities(definition.entities).filter((entity) => entitySchemas[entity].status === 'released');
}

export function createOpenConnections(options: OpenConnectionsOptions): OpenConnections {
  const { vendor, definition, connections, log, metrics } = options;
  const holders = new Map<string, Holder>();
  const listeners = new Set<(connection: OpenConnection) => void>();
  const entities = listServedEntities(definition);
  const closed = new AbortController();
  const attention = createAttention(connections, log, closed.signal);
  const kept = createKeptProgress();
  const notes = createThrottleNotes(connections, log);

  function createHolder(connection: Connection): Holder {
    const { id } = connection;
    const end = new AbortController();
    const readers = new Map<EntityName, RecordReader>();
    const throttle = createThrottle({
      listWaiting: () => [...readers.values()].flatMap((reader) => reader.listWaiting()),
      note: (throttled) => notes.write(id, throttled),
    });
    const hold = createHold({
      onUnauthorized: (message) => attention.raise(id, 'sign-in', message),
      onOutage: (message) => attention.raise(id, 'outage', message),
      onChange: (state) => {
        metrics.connectionHeld(id, state.held);
        throttle.report('hold', state.held && state.kind === 'throttled' ? state.reason : null);
        if (state.held) log.warn({ connection: id, kind: state.kind, reason: state.reason }, 'connection held');
        else log.info({ connection: id }, 'connection resumes');
      },
    });
    let lastWebhookAtMs: number | null = null;
    // Half of the calls at once: pages of wide records and polls find a place beside them.
    const fetchPlaces = createFetchPlaces(() => Math.ceil((holder.opened?.concurrency ?? 1) / 2));
    const holder: Holder = {
      id,
      entities,
      hold,
      revision: connection.accessRevision,
      currentView: null,
      opened: null,
      readers,
      throttle,
      end,
      again: undefined,
      closed: end.signal,
      throttledBecause: throttle.reason,
      noteWebhook: () => {
        lastWebhookAtMs = performance.now();
      },
      lastWebhookAtMs: () => lastWebhookAtMs,
      raiseAttention: (topic, message) => attention.raise(id, topic, message),
      work: Promise.resolve(),
      leaving: new Set(),
      view: () => holder.currentView,
      source: () => holder.opened,
      reader(entity) {
        const known = readers.get(entity);
        if (known !== undefined) return known;
        const declared = definition.entities[entity];
        if (declared === undefined || !entities.includes(entity))
          throw new ConnectionClosed(`${vendor.title} gives no ${entity} records`);
        const reader = createRecordReader({
          entity,
          hold,
          kept,
          batchSize: declared.batch.count,
          places: fetchPlaces,
          source: () => {
            const records = holder.opened?.source.entity(entity) ?? null;
            if (records === null || holder.opened === null) return null;
            const { signal, replaced } = holder.opened;
            return { records, signal, replaced };
          },
          nowMicros: options.nowMicros,
          observe: (seconds, outcome) => metrics.fetchSeconds.observe({ connection: id, entity, outcome }, seconds),
        });
        readers.set(entity, reader);
        return reader;
      },
    };
    return holder;
  }

  async function openHolder(holder: Holder): Promise<void> {
    replaceSource(holder);
    if (holder.end.signal.aborted) return;
    let view: ConnectionView | null = null;
    try {
      view = await connections.open(holder.id);
      holder.currentView = view;
      holder.opened = openSource(options, view, holder.end.signal, {
        raiseAttention: (message) => attention.raise(holder.id, 'source', message),
        reportShortage: (reason) => holder.throttle.report('budget', reason),
      });
      holder.revision = view.revision;
      log.info({ connection: holder.id, revision: view.revision }, 'source opened');
      attention.raise(holder.id, 'opening', null);
      holder.hold.release();
    } catch (err) {
      const isOurs = isInfrastructureError(err);
      reopenLater(holder, isOurs ? REOPEN_SOON_MS : REOPEN_MS);
      if (isOurs) {
        log.warn({ err, connection: holder.id }, 'source cannot be opened yet');
        return;
      }
      // What was revoked meanwhile, such as a webhook's secret, must not be used.
      holder.currentView = view;
      const message = err instanceof Error ? err.message : String(err);
      log.error({ err, connection: holder.id }, 'source cannot be opened');
      attention.raise(holder.id, 'opening', `The connection cannot be used: ${message}`);
    }
  }

  function reopenLater(holder: Holder, delayMs: number): void {
    clearTimeout(holder.again);
    if (holder.end.signal.aborted) return;
    // Changed meanwhile, it has been opened by then.
    holder.again = setTimeout(() => {
      if (holder.opened === null) reopen(holder);
    }, delayMs);
  }

  function reopen(holder: Holder): void {
    holder.work = holder.work.then(() => openHolder(holder));
  }

  /** Nothing new begins with it from here on; calls under way end in their own time. */
  function replaceSource(holder: Holder): void {
    const { opened, leaving } = holder;
    holder.opened = null;
    if (opened === null) return;
    const left = opened.replace().finally(() => leaving.delete(left));
    leaving.add(left);
  }

  function add(connection: Connection): void {
    const holder = createHolder(connection);
    holders.set(connection.id, holder);
    reopen(holder);
    for (const listener of listeners) listener(holder);
  }

  async function remove(holder: Holder): Promise<void> {
    holders.delete(holder.id);
    attention.forget(holder.id);
    holder.end.abort(new ConnectionClosed(`connection ${holder.id} was switched off`));
    clearTimeout(holder.again);
    for (const reader of holder.readers.values()) reader.close();
    holder.hold.close();
    holder.throttle.close();
    metrics.connectionGone(holder.id);
    await holder.work;
    replaceSource(holder);
    await Promise.all(holder.leaving);
  }

  function take({ id, before, after }: Change<Connection>): void {
    const holder = holders.get(id);
    const wanted = after !== null && after.vendor === vendor.name && after.active;
    if (!wanted) {
      if (holder !== undefined) void remove(holder);
      return;
    }
    if (holder === undefined) add(after);
    else if (after.accessRevision !== holder.revision) {
      holder.revision = after.accessRevision;
      attention.forget(id);
      reopen(holder);
    } else if (before?.attention != null && after.attention === null) {
      // A person tested the connection or settled the fault: try again. A fault that remains is raised again.
      attention.forget(id);
      const { opened, hold } = holder;
      const state = hold.state();
      if (opened !== null && !(state.held && state.kind === 'unauthorized')) {
        hold.release();
        return;
      }
      // A client may remember that its credentials were refused, so as not to lock the account.
      opened?.spend();
      reopen(holder);
    }
  }

  const stopListening = connections.onChange(take);
  for (const connection of connections.snapshot()) take({ id: connection.id, before: null, after: connection });

  function find(id: string): OpenConnection | 'unknown' | 'inactive' {
    const holder = holders.get(id);
    if (holder !== undefined) return holder;
    return connections.find(id)?.vendor === vendor.name ? 'inactive' : 'unknown';
  }

  return {
    find,
    async read({ connection: id, entity, sourceId }, priority) {
      const found = find(id);
      if (typeof found !== 'string') return found.reader(entity).read(sourceId, priority);
      throw new ConnectionClosed(
        found === 'unknown' ? `there is no ${vendor.title} connection ${id}` : `the connection ${id} is switched off`,
      );
    },
    list: () => [...holders.values()],
    budgets: () =>
      [...holders.values()].flatMap(({ id, opened }) =>
        opened === null ? [] : [{ connection: id, state: opened.budget.state }],
      ),
    onOpen(listener) {
      listeners.add(listener);
      for (const holder of holders.values()) listener(holder);
    },
    async close() {
      stopListening();
      listeners.clear();
      await Promise.all([...holders.values()].map(remove));
      await notes.written();
      closed.abort(new ConnectionClosed('the connector stops'));
    },
  };
}
