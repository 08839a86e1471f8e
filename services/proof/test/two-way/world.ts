import type { BrokerRecord, OutgoingRecord } from '@entrepot/broker';
import {
  type AttemptReport,
  deliveryId,
  type EntityName,
  type EntityOf,
  formatLaneHeaders,
  laneTopic,
  parseEventHeaders,
} from '@entrepot/canonical';
import { createEchoGuard, createRecordSync, type RecordSyncOptions } from '@entrepot/connector-runtime/core';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import { BudgetModel, breakerModel, VirtualClock } from '@entrepot/runtime-kit/testing';
import {
  FirstAttempts,
  handleLaneRecord,
  LANE_TIMES,
  type LaneRecordParts,
  Lanes,
  Outages,
} from '@entrepot/sink-runtime/core';
import { LatestStateModel, LinkModel, StateModel } from '@entrepot/sink-runtime/testing';
import { flowId, linkId, type PublishedDocument, publishedId } from '@entrepot/store';
import { KeyLocks } from '@entrepot/vendor-kit';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { ADDRESS, configure, createLeases, createVersions, makeFlow, type Truths } from './stores.ts';
import { defineSystems, System } from './system.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const NEVER = new AbortController().signal;
const TRIGGER = { via: 'HINT', snapshot: false, traceparent: null, cause: 'test' } as const;

/** A fraction from 0 to 1: the next chance of a run. */
export type Chance = () => number;

/** Two systems with a flow each way: the product's connector, guard, lanes and deliveries over models. */
export class TwoWay {
  readonly clock = new VirtualClock();
  readonly links = new LinkModel();
  readonly states = new StateModel(() => this.clock.nowMicros() / 1_000);
  readonly left: System;
  readonly right: System;
  readonly reports: AttemptReport[] = [];
  readonly echoes: string[] = [];
  readonly lookUps: string[] = [];
  readonly #chance: Chance;
  readonly #published = new Map<string, PublishedDocument>();
  readonly #working = new Set<Promise<void>>();
  /** Deliveries of one flow follow each other. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #sink: LaneRecordParts;
  readonly #lanes: Lanes;
  readonly #sync: ReturnType<typeof createRecordSync>;
  #offset = 0n;

  constructor(chance: Chance, truths: { readonly left?: Truths; readonly right?: Truths } = {}) {
    this.#chance = chance;
    const changed = (system: System, id: string): void => this.#hint(system.id, id);
    this.left = new System('left', (work) => this.#way(work), changed);
    this.right = new System('right', (work) => this.#way(work), changed);
    const { clock } = this;
    const outages = new Outages(clock, async () => {});
    const configuration = configure([makeFlow('left', 'right', truths.left), makeFlow('right', 'left', truths.right)]);
    this.#lanes = new Lanes({
      clock,
      store: createLeases(),
      configuration,
      connectionsOn: () => ['left', 'right'],
      vendor: {
        client: { open: ({ connection }) => this.#systemOf(connection.id), close: async () => {} },
        budget: () => ({ concurrency: 8, requests: [], points: false }),
        source: null,
        target: defineSystems(),
      },
      clients: new OpenClients({
        instance: 'sink',
        credentials: { vault: () => createMemoryVault() },
        shares: new BudgetModel(clock),
        clock,
        log: SILENT,
      }),
      asOutage: (error) => error,
      breaker: breakerModel(clock),
      outages,
      owner: 'sink',
      times: LANE_TIMES,
      log: SILENT,
      onState: () => {},
      observeCall: () => {},
      budgetWaits: { observe: () => {} },
    });
    this.#lanes.assign(0, [0], []);
    const { links, states } = this;
    this.#sink = {
      vendor: 'model',
      clock,
      latestStates: new LatestStateModel(),
      links: {
        get: (key) => this.#after(() => links.get(key)),
        findByTargetId: async (...args) => links.findByTargetId(...args),
        findByReference: async (...args) => links.findByReference(...args),
        recordIntent: (...args) => this.#after(() => links.recordIntent(...args)),
        clearIntent: (...args) => this.#after(() => links.clearIntent(...args)),
        recordDocument: (...args) => this.#after(() => links.recordDocument(...args)),
        recordDelivered: (...args) => this.#after(() => links.recordDelivered(...args)),
      },
      states: {
        get: (key) => this.#after(() => states.get(key)),
        ofRecord: (record) => this.#after(() => states.ofRecord(record)),
        replace: (...args) => this.#after(() => states.replace(...args)),
      },
      published: {
        newest: async (entity, connection, sourceId) =>
          this.#published.get(publishedId({ entity, connection, sourceId })) ?? null,
      },
      configuration,
      codec: {
        decode: async <E extends EntityName>(_entity: E, value: Buffer) => JSON.parse(value.toString()) as EntityOf<E>,
      },
      reports: {
        send: async (_key, report) => {
          if (report.kind === 'attempt') this.reports.push(report);
        },
      },
      outages,
      firstAttempts: new FirstAttempts(clock),
      locks: new KeyLocks(),
      lanes: this.#lanes,
      observe: { ended() {}, held() {}, unreadable() {}, confirmed() {} },
    };
    this.#sync = createRecordSync(this.#connector());
  }

  /** Waits until nothing changes any more. */
  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  pause(maxMs: number): Promise<void> {
    return this.clock.sleep(this.#chance() * maxMs, NEVER);
  }

  /** Ids of the documents that a record of one system is linked to in the other. */
  linked(from: string, id: string, to: string): readonly (string | null)[] {
    const link = this.links.links.get(linkId({ target: to, entity: 'customer', sourceKey: `${from}/${id}` }));
    return (link?.documents ?? []).map(({ targetId }) => targetId);
  }

  #connector(): RecordSyncOptions {
    const options = {
      vendor: 'model',
      published: createVersions(this.#published),
      publisher: { send: (_topic: string, record: OutgoingRecord) => this.#take(record), close: async () => {} },
      codec: { encode: async (_name: string, entity: unknown) => Buffer.from(JSON.stringify(entity)) },
      echoes: createEchoGuard({
        states: {
          ...this.states,
          get: async (key) => {
            this.lookUps.push(key.connection);
            await this.#pause();
            return this.states.get(key);
          },
          ofRecord: (record) => this.states.ofRecord(record),
          replace: (...args) => this.#after(() => this.states.replace(...args)),
        },
        links: {
          findByDocuments: async (target, documents) =>
            [...this.links.links.values()].filter(
              (link) =>
                link.target === target &&
                link.documents.some((each) =>
                  documents.some(
                    ({ targetId, reference }) => each.targetId === targetId || each.externalRef === reference,
                  ),
                ),
            ),
        },
        isTarget: () => true,
        nowMicros: () => this.clock.nowMicros(),
      }),
      confirm: async () => {},
      log: SILENT,
      metrics: new Proxy({}, { get: () => Object.assign(() => {}, { inc: () => {} }) }),
      nowMicros: () => this.clock.nowMicros(),
      signal: NEVER,
      absenceOf: () => 'deletes',
      onUnconfirmed: () => {},
      read: async ({ connection, sourceId }: { connection: string; sourceId: string }) => {
        const readBeganAtMicros = this.clock.nowMicros();
        await this.#pause();
        const record = this.#systemOf(connection).read(sourceId);
        await this.#pause();
        const stampMicros = null;
        const fetched =
          record === null
            ? { status: 'not-found', sourceId }
            : { status: 'found', sourceId, ...record, stampMicros, number: null };
        return { fetched, readBeganAtMicros, readEndedAtMicros: this.clock.nowMicros() };
      },
      clock: this.clock,
      random: this.#chance,
    };
    return options as unknown as RecordSyncOptions;
  }

  #hint(connection: string, sourceId: string): void {
    this.#work(async () => {
      await this.pause(400);
      await this.#sync.sync({ ...ADDRESS, connection, sourceId }, TRIGGER);
    });
  }

  async #take({ key, value, headers = {} }: OutgoingRecord) {
    await this.#pause();
    const given = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));
    const event = parseEventHeaders(given);
    const to = event.connection === 'left' ? 'right' : 'left';
    if (event.origin !== null) this.echoes.push(event.origin);
    if (event.origin !== to)
      this.#deliver(event.connection, to, { key: key ?? null, value: value as Buffer, headers: given });
    return { topic: '', partition: 0, offset: '0' };
  }

  #deliver(
    from: string,
    to: string,
    record: { key: string | null; value: Buffer; headers: Record<string, string> },
  ): void {
    const flow = flowId('customer', from, to);
    const before = this.#queues.get(flow) ?? Promise.resolve();
    const event = parseEventHeaders(record.headers);
    const run = before.then(async () => {
      for (let attempt = 1; ; attempt += 1) {
        await this.pause(300);
        this.#offset += 1n;
        const lane = {
          deliveryId: deliveryId(flow, event.eventId, event.publishedAtMicros),
          flow,
          flowRevision: 1,
          to,
          attempt,
          force: false,
          operationId: null,
          routedAtMicros: null,
        };
        const whole: BrokerRecord = {
          topic: laneTopic('model'),
          partition: 0,
          offset: this.#offset,
          timestampMs: 0,
          ...record,
          headers: { ...record.headers, ...formatLaneHeaders(lane) },
        };
        await handleLaneRecord(this.#sink, whole, NEVER);
        if (this.reports.at(-1)?.outcome !== 'retrying') return;
      }
    });
    this.#queues.set(flow, run);
    this.#work(() => run);
  }

  #work(run: () => Promise<void>): void {
    const work: Promise<void> = run().finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #way<T>(work: () => T): Promise<Awaited<T>> {
    await this.#pause();
    const done = await work();
    await this.#pause();
    return done;
  }

  async #after<T>(work: () => Promise<T>): Promise<T> {
    await this.#pause();
    return work();
  }

  #pause(): Promise<void> {
    return this.pause(30);
  }

  #systemOf(id: string): System {
    return id === 'left' ? this.left : this.right;
  }
}
