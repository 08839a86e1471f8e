import type { BrokerRecord } from '@entrepot/broker';
import {
  type AttemptReport,
  type Confirmation,
  type ConfirmedDocument,
  type EntityName,
  formatConfirmation,
  formatEventHeaders,
  formatLaneHeaders,
  type LaneHeaders,
  laneTopic,
  type Report,
} from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf } from '@entrepot/mapping';
import { OpenClients } from '@entrepot/runtime-kit/clients';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { BudgetModel, breakerModel, VirtualClock } from '@entrepot/runtime-kit/testing';
import type { Flow, LaneLease } from '@entrepot/store';
import { KeyLocks, type TargetDefinition } from '@entrepot/vendor-kit';
import { createMemoryVault } from '@entrepot/vendor-kit/testing';
import { handleLaneRecord, type LaneRecordParts } from '../../src/delivery/deliver.ts';
import { Outages } from '../../src/lane/holds.ts';
import { Lanes } from '../../src/lane/lanes.ts';
import { LANE_TIMES } from '../../src/lane/owner.ts';
import { type Configuration, type LaneStore, type Links, Outage, type TargetConnection } from '../../src/ports.ts';
import { FirstAttempts } from '../../src/router/route.ts';
import { LatestStateModel } from '../../src/testing/latest-state-model.ts';
import { LinkModel } from '../../src/testing/link-model.ts';
import type { ModelRecord } from '../../src/testing/model-record.ts';
import { StateModel } from '../../src/testing/state-model.ts';
import { TargetModel } from '../../src/testing/target-model.ts';

export const VENDOR = 'model';
const SILENT_LOG = { debug() {}, info() {}, warn() {}, error() {} };

interface StoredLane {
  epoch: number;
  owner: string | null;
  untilMs: number;
  session: string | null;
}

/** Everything outside the processes: database, target, Kafka's lane and reports. Outlives every crash. */
export class World {
  readonly clock = new VirtualClock();
  readonly target = new TargetModel(this.clock);
  readonly links = new LinkModel();
  readonly budgets = new BudgetModel(this.clock);
  readonly states = new StateModel(() => this.clock.nowMicros() / 1_000);
  readonly reports: Report[] = [];
  readonly records: BrokerRecord[] = [];
  /** Offsets whose handling has ended, as committed. */
  readonly finished = new Set<bigint>();
  readonly latestStates = new LatestStateModel();
  readonly published = new Map<string, { readonly version: number; readonly contentHash: string }>();
  readonly lanes = new Map<string, StoredLane>();
  readonly flows = new Map<string, Flow>();
  readonly connections = new Map<string, TargetConnection>();
  readonly connectionListeners = new Set<Parameters<Configuration['onConnectionChange']>[0]>();
  readonly laneChanges: string[] = [];
  readonly laneReasons: (string | null)[] = [];
  /** Of the owner that told each of them. */
  readonly laneEpochs: number[] = [];
  /** What opening the connection fails with, by turns; null = it opens. */
  readonly openingFaults: (Error | null)[] = [];
  /** Database calls fail until then. */
  databaseDownUntilMs = 0;
  /** Changes what the target's vendor declares. */
  adapt = (definition: TargetDefinition): TargetDefinition => definition;
  /** Report sends fail until then. */
  brokerDownUntilMs = 0;

  constructor(settings: Partial<FlowSettings> = {}) {
    this.setConnection({ id: 'erp', label: 'ERP', vendor: VENDOR, active: true, accessRevision: 1, attention: null });
    for (const entity of ['order', 'customer'] as const) {
      this.flows.set(`${entity}:shop:erp`, {
        id: `${entity}:shop:erp`,
        entity,
        from: 'shop',
        to: 'erp',
        tenant: 'default',
        active: true,
        settings: { ...flowSettingsSchemaOf(entity).parse({}), ...settings },
        revision: 1,
        mappingRevision: 1,
        problems: [],
        usable: true,
      });
    }
  }

  setConnection(connection: TargetConnection): void {
    const before = this.connections.get(connection.id) ?? null;
    this.connections.set(connection.id, connection);
    for (const listener of [...this.connectionListeners]) listener(before, connection);
  }

  /** Appends a lane record, as the router would; its version counts as published. */
  append(
    entity: EntityName,
    record: ModelRecord,
    lane: Partial<LaneHeaders> = {},
    repeats: number | null = null,
  ): BrokerRecord {
    const key = `shop/${record.id}`;
    const eventId = `${entity}-${record.id}-${record.version}-${record.content}`;
    const headers = {
      ...formatEventHeaders({
        eventId,
        entity,
        connection: 'shop',
        vendor: 'shop-vendor',
        sourceId: record.id,
        number: null,
        version: record.version,
        contentHash: `${record.content}/${record.cancelled ?? false}`,
        publishedAtMicros: 1_000,
        deleted: record.deleted,
        snapshot: false,
        repeats,
        origin: null,
        traceparent: null,
      }),
      ...formatLaneHeaders({
        deliveryId: eventId,
        flow: `${entity}:shop:erp`,
        flowRevision: 1,
        to: 'erp',
        attempt: 1,
        force: false,
        operationId: null,
        routedAtMicros: null,
        ...lane,
      }),
    };
    const appended = this.#appendRecord({ key, value: Buffer.from(JSON.stringify(record)), headers });
    const newest = this.published.get(`${entity}/${key}`);
    const { entrepot_hash: contentHash } = headers;
    if (newest === undefined || newest.version <= record.version)
      this.published.set(`${entity}/${key}`, { version: record.version, contentHash: contentHash ?? '' });
    return appended;
  }

  /** Appends what the target's own connector read, to the order of the shop unless told otherwise. */
  confirm(document: ConfirmedDocument, rest: Partial<Confirmation> = {}): BrokerRecord {
    return this.#appendRecord(
      formatConfirmation({ to: 'erp', entity: 'order', sourceKey: 'shop/1', document, ...rest }),
    );
  }

  #appendRecord(record: Pick<BrokerRecord, 'key' | 'value' | 'headers'>): BrokerRecord {
    const offset = BigInt(this.records.length);
    const appended = { topic: laneTopic(VENDOR), partition: 0, offset, ...record, timestampMs: 0 };
    this.records.push(appended);
    return appended;
  }

  attempts(): AttemptReport[] {
    return this.reports.filter((report) => report.kind === 'attempt');
  }

  outcomes(): string[] {
    return this.attempts().map(({ outcome }) => outcome);
  }
}

/** When a process dies: at its n-th call to the world, before or after the call took effect. */
export interface CrashPoint {
  readonly call: number;
  readonly when: 'before' | 'after';
}

const NEVER = new Promise<never>(() => {});

/** One process of the sink in the world: real lanes and pipeline on modelled ports, mortal at every call it makes. */
export class SinkProcess {
  readonly #world: World;
  readonly name: string;
  readonly #crash: CrashPoint | null;
  readonly #clock: Clock;
  #calls = 0;
  #dead = false;
  #pausedUntilMs = 0;
  #die: () => void = () => {};
  readonly died: Promise<'died'>;
  readonly stopping = new AbortController();
  readonly parts: LaneRecordParts;
  readonly lanes: Lanes;

  constructor(world: World, name: string, crash: CrashPoint | null = null) {
    this.#world = world;
    this.name = name;
    this.#crash = crash;
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
    const { clock } = world;
    this.#clock = {
      nowMicros: () => clock.nowMicros(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => (this.#dead ? NEVER : clock.sleep(ms, signal).then(() => this.#alive(undefined))),
    };
    const outages = new Outages(this.#clock, async (of) => {
      const downUntilMs = of === 'database' ? world.databaseDownUntilMs : of === 'broker' ? world.brokerDownUntilMs : 0;
      if (clock.monotonicMs() < downUntilMs) throw new Error('still down');
    });
    const configuration = this.#configuration();
    this.lanes = new Lanes({
      clock: this.#clock,
      store: this.#laneStore(),
      configuration,
      connectionsOn: () => ['erp'],
      vendor: {
        client: world.target.client({ wrap: (_call, work) => this.#call(work) }),
        budget: () => ({ concurrency: 8, requests: [], points: false }),
        source: null,
        target: world.adapt(world.target.definition()),
      },
      clients: new OpenClients({
        instance: `${name} ${clock.nowMicros()}`,
        // The modelled target has none.
        credentials: { vault: () => createMemoryVault() },
        shares: world.budgets,
        clock: this.#clock,
        log: SILENT_LOG,
      }),
      asOutage: (error) => error,
      breaker: breakerModel(clock),
      outages,
      owner: name,
      times: LANE_TIMES,
      log: SILENT_LOG,
      onState: (_connection, { state, reason }, epoch) => {
        world.laneChanges.push(state);
        world.laneReasons.push(reason);
        world.laneEpochs.push(epoch);
      },
      observeCall: () => {},
      budgetWaits: { observe: () => {} },
    });
    this.parts = {
      vendor: VENDOR,
      clock: this.#clock,
      links: this.#links(),
      published: {
        newest: async (entity, connection, id) => world.published.get(`${entity}/${connection}/${id}`) ?? null,
      },
      states: world.states,
      latestStates: {
        collect: (...args) => this.#database(() => world.latestStates.collect(...args)),
        isComplete: () => this.#database(() => world.latestStates.isComplete()),
      },
      configuration,
      codec: {
        decode: async (_entity, value) => {
          const record = JSON.parse(value.toString()) as ModelRecord;
          return { source: { connection: 'shop', id: record.id }, ...record } as never;
        },
      },
      reports: {
        send: (_key, report) =>
          this.#call(async () => {
            if (clock.monotonicMs() < world.brokerDownUntilMs) throw new Outage('broker', new Error('down'));
            world.reports.push(report);
          }),
      },
      outages,
      firstAttempts: new FirstAttempts(this.#clock),
      locks: new KeyLocks(),
      lanes: this.lanes,
      observe: { ended() {}, held() {}, unreadable() {}, confirmed() {} },
    };
  }

  get calls(): number {
    return this.#calls;
  }

  /** Stops it like SIGSTOP does: nothing it was about to do happens until then, and then it happens. */
  pauseUntil(ms: number): void {
    this.#pausedUntilMs = ms;
  }

  kill(): void {
    this.#dead = true;
    this.#die();
  }

  /** Delivers everything unfinished: keys at once, one key in order. Resolves 'died' when it crashed meanwhile. */
  async work(records: readonly BrokerRecord[] = this.#world.records): Promise<'done' | 'died'> {
    const { finished } = this.#world;
    const byKey = new Map<string, BrokerRecord[]>();
    for (const record of records) {
      const key = `${record.headers.ce_type}|${record.key}`;
      byKey.set(key, [...(byKey.get(key) ?? []), record]);
    }
    const all = [...byKey.values()].map(async (queue) => {
      for (const record of queue) {
        if (finished.has(record.offset)) continue;
        await handleLaneRecord(this.parts, record, this.stopping.signal);
        if (!this.#dead) finished.add(record.offset);
      }
    });
    return Promise.race([Promise.all(all).then(() => 'done' as const), this.died]);
  }

  async stop(): Promise<void> {
    await this.lanes.stop(0);
    this.parts.outages.stop();
  }

  #alive<T>(value: T): T | Promise<never> {
    return this.#dead ? NEVER : value;
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dead) return NEVER;
    this.#calls += 1;
    const dies = this.#crash?.call === this.#calls ? this.#crash.when : null;
    if (dies === 'before') this.kill();
    if (this.#dead) return NEVER;
    await this.#waitWhilePaused();
    if (dies !== 'after') return this.#alive(await work().catch((error: unknown) => Promise.reject(error)));
    // The request leaves, and takes effect without anybody left to hear of it.
    void work().catch(() => {});
    await this.#world.clock.sleep(2, new AbortController().signal);
    this.kill();
    return NEVER;
  }

  async #waitWhilePaused(): Promise<void> {
    const { clock } = this.#world;
    const restMs = this.#pausedUntilMs - clock.monotonicMs();
    if (restMs > 0) await clock.sleep(restMs, new AbortController().signal);
  }

  #database<T>(work: () => Promise<T>): Promise<T> {
    return this.#call(async () => {
      const { clock } = this.#world;
      // Some time passes, so that other work comes between two writes of one delivery.
      await clock.sleep(0.5, new AbortController().signal);
      const { databaseDownUntilMs } = this.#world;
      if (clock.monotonicMs() < databaseDownUntilMs) throw new Outage('database', new Error('down'));
      return work();
    });
  }

  #links(): Links {
    const { links } = this.#world;
    return {
      get: (key) => this.#database(() => links.get(key)),
      findByTargetId: (...args) => this.#database(() => links.findByTargetId(...args)),
      findByReference: (...args) => this.#database(() => links.findByReference(...args)),
      recordIntent: (...args) => this.#database(() => links.recordIntent(...args)),
      clearIntent: (...args) => this.#database(() => links.clearIntent(...args)),
      recordDocument: (...args) => this.#database(() => links.recordDocument(...args)),
      recordDelivered: (...args) => this.#database(() => links.recordDelivered(...args)),
    };
  }

  #laneStore(): LaneStore {
    const { lanes, clock } = this.#world;
    const ends = new WeakMap<LaneLease, { untilMs: number }>();
    const owns = (lease: LaneLease): StoredLane | null => {
      const lane = lanes.get(lease.connection);
      return lane !== undefined && lane.epoch === lease.epoch && lane.owner === lease.owner ? lane : null;
    };
    return {
      acquire: (connection, owner, ttlMs) =>
        this.#database(async () => {
          const lane = lanes.get(connection) ?? { epoch: 0, owner: null, untilMs: 0, session: null };
          const now = clock.monotonicMs();
          if (lane.owner !== null && lane.owner !== owner && lane.untilMs > now) return null;
          const taken = { ...lane, epoch: lane.epoch + 1, owner, untilMs: now + ttlMs };
          lanes.set(connection, taken);
          const end = { untilMs: now + ttlMs };
          const remainingMs = (): number => end.untilMs - clock.monotonicMs();
          const lease = {
            connection,
            owner,
            epoch: taken.epoch,
            remainingMs,
            outlives: (ms: number) => remainingMs() >= ms,
          };
          ends.set(lease, end);
          return lease;
        }),
      renew: (lease, ttlMs) =>
        this.#database(async () => {
          const lane = owns(lease);
          const end = ends.get(lease);
          if (lane === null || end === undefined) return false;
          lane.untilMs = clock.monotonicMs() + ttlMs;
          end.untilMs = lane.untilMs;
          return true;
        }),
      release: (lease) =>
        this.#database(async () => {
          const lane = owns(lease);
          if (lane !== null) Object.assign(lane, { owner: null, untilMs: 0 });
        }),
      readSession: (connection) => this.#database(async () => lanes.get(connection)?.session ?? null),
      writeSession: (lease, token) =>
        this.#database(async () => {
          const lane = owns(lease);
          if (lane !== null) lane.session = token;
          return lane !== null;
        }),
    };
  }

  #configuration(): Configuration {
    const world = this.#world;
    return {
      connection: (id) => world.connections.get(id) ?? null,
      flow: (id) => world.flows.get(id) ?? null,
      flowsFrom: (entity, from) =>
        [...world.flows.values()].filter((flow) => flow.entity === entity && flow.from === from),
      onConnectionChange: (listener) => {
        world.connectionListeners.add(listener);
        return () => void world.connectionListeners.delete(listener);
      },
      open: async (id) => {
        const connection = world.connections.get(id);
        if (connection === undefined) throw new Error('no such connection');
        const fault = world.openingFaults.shift() ?? null;
        if (fault !== null) throw fault;
        return { id, label: connection.label, settings: {}, secrets: {}, revision: connection.accessRevision };
      },
      setAttention: (id, attention) =>
        this.#database(async () => {
          const connection = world.connections.get(id);
          if (connection !== undefined) world.setConnection({ ...connection, attention });
        }),
      lanePartition: async () => 0,
    };
  }
}
