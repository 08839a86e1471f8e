import type { BrokerRecord } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  type ConfirmedDocument,
  type EntityName,
  type EntityOf,
  type Report,
} from '@entrepot/canonical';
import { formatInboxMessage, type RecordSync } from '@entrepot/connector-runtime/core';
import { BudgetModel, VirtualClock } from '@entrepot/runtime-kit/testing';
import { LinkModel, StateModel } from '@entrepot/sink-runtime/testing';
import type { CredentialVault, ShownState } from '@entrepot/vendor-kit';
import { Group } from '../infrastructure/group.ts';
import { Logs } from '../infrastructure/log.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import { Stored } from '../infrastructure/stores.ts';
import {
  BRANCH,
  ERP,
  OUTLET,
  SHOP,
  type SimEntity,
  type SimState,
  type TargetPlace,
  targetsOf,
} from '../models/records.ts';
import { type SharedRow, stateOfRow } from '../models/shared-products.ts';
import { showShared } from '../models/shared-target.ts';
import { SignIn } from '../models/sign-in.ts';
import { SourceSystem } from '../models/source-system.ts';
import { showLines, type TargetDocument } from '../models/target-document.ts';
import { type TargetClient, TargetSystem } from '../models/target-system.ts';
import { Checks } from '../oracle/checks.ts';
import { SharedChecks } from '../oracle/shared-checks.ts';
import { drawPlan, MAX_BEHIND_MICROS, type Plan, type TargetFault } from '../plan/plan.ts';
import { Random } from '../plan/random.ts';
import { Settings } from './configuration.ts';
import { Fulfilment } from './fulfilment.ts';
import { callOperator } from './operator.ts';
import { stampNow } from './stamps.ts';
import { describeTopics, ENTITY_TOPICS, INBOX_TOPIC, LANE_TOPICS } from './topics.ts';

/** What a read of a source returns. */
interface Shown {
  readonly state: SimState;
  readonly stampMicros: number | null;
  readonly confirms: readonly ConfirmedDocument[];
  readonly states: readonly ShownState[];
}

/** Receives the events of a run, line by line. */
export type Tell = (line: string) => void;

/** Everything outside the processes: broker, database, source, targets, and their faults. Outlives every crash. */
export class World {
  readonly random: Random;
  readonly plan: Plan;
  readonly clock = new VirtualClock();
  readonly logs: Logs;
  readonly links = new LinkModel();
  readonly budgets = new BudgetModel(this.clock);
  readonly states = new StateModel(() => this.clock.nowMicros() / 1_000);
  readonly stored = new Stored();
  readonly configuration: Settings;
  readonly shop = new SourceSystem(SHOP);
  readonly outlet = new SourceSystem(OUTLET);
  /** What people enter in the ERP. */
  readonly catalogue = new SourceSystem(ERP);
  readonly erp: TargetSystem;
  readonly branch: TargetSystem;
  /** The shop as it is written to. */
  readonly storefront: TargetSystem;
  readonly signIn: SignIn;
  readonly fulfilment: Fulfilment | null;
  readonly targets: readonly TargetPlace[];
  readonly outages = { database: false, broker: false, registry: false, erp: false };
  /** The publishing part of each replica of the connector, by its process. */
  readonly syncs = new Map<SimProcess, RecordSync>();
  readonly groups: { readonly inbox: Group; readonly router: Group; readonly lane: Group };
  /** The shop's customers, each with the last text that a person entered. */
  readonly customers = new Map<string, { readonly email: string; readonly content: string }>();
  readonly faults: string[] = [];
  /** Every report Kafka has acknowledged, in order. */
  readonly reports: Report[] = [];
  readonly checks: Checks;
  readonly sharedChecks: SharedChecks;
  /** No disturbance follows. */
  calm = false;
  /** Announced changes that are on their way to the inbox: what is made last would else be looked for before anybody can know it. */
  announced = 0;
  disturbedAtMs = 0;
  readonly #entities: EntityOf<EntityName>[] = [];
  /** Documents of ours that a record of the ERP shows. */
  readonly #confirmed = new Map<string, readonly ConfirmedDocument[]>();

  readonly #tell: Tell | undefined;

  constructor(seed: number, tell?: Tell) {
    this.#tell = tell;
    this.random = new Random(seed);
    this.plan = drawPlan(seed, this.random);
    this.targets = targetsOf(this.plan.scenarios);
    this.configuration = new Settings(this.plan.scenarios);
    this.logs = new Logs(describeTopics(this.targets), () => this.clock.monotonicMs());
    for (const topic of this.logs.topics())
      this.logs.onAppend(topic, (record) => this.note(() => describeRecord(record)));
    this.erp = new TargetSystem(this, ERP);
    this.branch = new TargetSystem(this, BRANCH);
    this.storefront = new TargetSystem(this, SHOP);
    this.signIn = new SignIn(this);
    const { fulfilment } = this.plan.scenarios;
    this.fulfilment = fulfilment === null ? null : new Fulfilment(this, fulfilment);
    const writtenAtMs = this.clock.monotonicMs();
    this.stored.credentials.set(ERP, { value: this.signIn.first, revision: 1, writtenAtMs });
    this.checks = new Checks(this);
    this.sharedChecks = new SharedChecks(this);
    this.logs.onAppend(ATTEMPT_TOPIC, ({ value }) => {
      const report = JSON.parse(String(value)) as Report;
      this.reports.push(report);
      this.checks.noteReport(report);
      this.sharedChecks.noteReport(report);
      if (report.kind === 'lane' && report.state === 'needs-attention') callOperator(this, report.connection);
    });
    const checked = (check: (record: BrokerRecord, offset: bigint) => void) => (topics: readonly string[]) =>
      new Group(this, topics, (place, before) => {
        if (place.offset < before) this.blame(`the commit of ${place.topic}/${place.partition} went back`);
        for (const record of this.logs
          .records(place.topic, place.partition)
          .slice(Number(before), Number(place.offset)))
          check(record, place.offset);
      });
    this.groups = {
      inbox: checked((record, offset) => this.checks.hintIsFollowed(record, offset))([INBOX_TOPIC]),
      router: checked((record) => this.checks.eventIsRouted(record))(ENTITY_TOPICS),
      lane: checked((record, offset) => this.checks.deliveryIsTold(record, offset))(LANE_TOPICS),
    };
  }

  /** Records a violation. */
  blame(what: string): void {
    if (this.faults.length < 20) this.faults.push(`${this.#seconds()} s: ${what}`);
    this.note(() => `FAULT: ${what}`);
  }

  /** Describes an event of a replayed run; costs nothing without a listener. */
  note(what: () => string): void {
    this.#tell?.(`${this.#seconds()} s  ${what()}`);
  }

  #seconds(): string {
    return ((this.clock.monotonicMs() - 1_000_000) / 1_000).toFixed(3);
  }

  encode(entity: EntityOf<EntityName>): Buffer {
    this.#entities.push(entity);
    return Buffer.from(String(this.#entities.length - 1));
  }

  decode(value: Buffer): EntityOf<EntityName> {
    return this.#entities[Number(value.toString())] as EntityOf<EntityName>;
  }

  /** The system of a connection that is written to. */
  system(connection: string): TargetSystem {
    const system = [this.erp, this.branch, this.storefront].find(({ name }) => name === connection);
    if (system === undefined) throw new Error(`nothing is written into ${connection}`);
    return system;
  }

  /** A process's way to a system. */
  openSystem(connection: string, process: SimProcess, vault: CredentialVault): TargetClient {
    const client = this.system(connection).open(process);
    return connection === ERP && this.plan.scenarios.tokens ? this.signIn.open(process, client, vault) : client;
  }

  /** What people do in a system, beside customers. */
  source(connection: string): SourceSystem {
    const source = [this.shop, this.outlet, this.catalogue].find((each) => each.connection === connection);
    if (source === undefined) throw new Error(`nobody works in ${connection}`);
    return source;
  }

  loseDatabase(forMs: number): void {
    const change = (isAway: boolean): void => {
      this.outages.database = isAway;
      this.disturbedAtMs = this.clock.monotonicMs();
    };
    this.note(() => `the database is away for ${Math.round(forMs)} ms`);
    change(true);
    this.clock.schedule(forMs, () => change(false));
  }

  /** Writes of ours, into all systems. */
  countWrites(): number {
    const systems = [this.erp, this.branch, this.storefront];
    return systems.reduce((sum, { writes, shared }) => sum + writes + shared.countWrites(), 0);
  }

  /** What a read of a source returns now. */
  readSource(connection: string, entity: SimEntity, id: string): Shown {
    if (entity !== 'customer') {
      const { stampMicros, changedAtMicros: _, ...state } = this.source(connection).current(entity, id);
      const row = (connection === ERP ? this.erp : this.storefront).shared.rows.get(id);
      const states = row === undefined ? [] : [showShared(row)];
      return { state, stampMicros, confirms: this.#confirmed.get(`${entity}/${id}`) ?? [], states };
    }
    const known = this.customers.get(id);
    if (known === undefined) throw new Error(`the shop has no customer ${id}`);
    const none = { cancelled: false, customer: null, sku: null, variant: null, parts: [] };
    return { state: { entity, id, ...known, ...none }, stampMicros: null, confirms: [], states: [] };
  }

  noteOrder(): void {
    this.fulfilment?.noteOrder();
  }

  noteEntered(entered: TargetDocument): void {
    const { id, ref, name, version, content, cancelled, lines } = entered;
    const [role = '', subId] = name.split('/');
    const shown = lines.length === 0 ? {} : { lines: showLines(entered) };
    const document = { reference: ref, role, subId: subId || null, targetId: id, number: id, ...shown };
    this.#confirmed.set(`order/${id}`, [document]);
    const none = { email: null, customer: null, sku: null, variant: null, parts: [] };
    const times = { stampMicros: null, changedAtMicros: this.clock.nowMicros() };
    this.note(() => `${ERP} enters ${ref} v${version} as ${id}`);
    this.catalogue.change({ entity: 'order', id, content, cancelled, ...none, ...times });
    this.announceChange(ERP, 'order', id);
  }

  noteShared(connection: string, row: SharedRow): void {
    this.note(() => `${connection} has ${JSON.stringify(row)}`);
    const source = [this.shop, this.catalogue].find((each) => each.connection === connection);
    if (source === undefined) return;
    source.change({ ...stateOfRow(row), ...stampNow(this) });
    this.announceChange(connection, 'product', row.id);
  }

  /** A source announces a change: not at all, once or several times, sooner or later. */
  announceChange(connection: string, entity: SimEntity, sourceId: string): void {
    const times = this.calm ? 1 : this.random.pick([0, 1, 1, 2, 3]);
    for (let time = 0; time < times; time += 1) {
      this.announced += 1;
      this.clock.schedule(this.random.chance(0.5) ? this.random.between(0, 50) : this.random.between(0, 3_000), () =>
        this.hint(connection, entity, sourceId, () => {
          this.announced -= 1;
        }),
      );
    }
  }

  /** A hint, as its receiver or a poll appends it to the inbox: repeated until it is acknowledged. */
  hint(connection: string, entity: SimEntity, sourceId: string, onAppended: () => void = () => {}): void {
    if (this.outages.broker) {
      this.clock.schedule(1_000, () => this.hint(connection, entity, sourceId, onAppended));
      return;
    }
    onAppended();
    // The time of the replica with the slowest clock.
    const receivedAtMicros = this.clock.nowMicros() - MAX_BEHIND_MICROS;
    const value = formatInboxMessage({
      connection,
      entity,
      sourceId,
      cause: 'simulated',
      deletion: false,
      // Random: the flag may save a look-up, and must not affect the result.
      creation: true,
      receivedAtMicros,
    });
    this.logs.append(INBOX_TOPIC, { key: `${connection}/${sourceId}`, value });
  }

  drawTargetFault(system: string, operation: string): TargetFault | null {
    if (system === ERP && this.outages.erp) return 'down';
    if (this.calm) return null;
    if (operation === 'create' && this.random.chance(this.plan.lateCreates)) return 'late';
    if (operation === 'update' && this.plan.lateUpdates > 0 && this.random.chance(this.plan.lateUpdates)) return 'late';
    if (!this.random.chance(this.plan.targetFault)) return null;
    const fault = this.random.pick(this.plan.faults);
    // Only writes can take effect without an answer, or conflict.
    const ofWrites = fault === 'late' || fault === 'conflict';
    return ofWrites && operation !== 'create' && operation !== 'update' ? null : fault;
  }
}

/** Formats a record as a line of a replay: reports and hints are JSON; for events and deliveries the headers are enough. */
function describeRecord({ topic, partition, offset, key, value, headers }: BrokerRecord): string {
  const said = value !== null && value[0] === '{'.charCodeAt(0) ? String(value) : JSON.stringify(headers, showBytes);
  return `${topic}/${partition}/${offset} ${key} ${said}`;
}

function showBytes(_name: string, value: unknown): unknown {
  const bytes = value as { type?: string; data?: number[] } | null;
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data ?? []).toString() : value;
}
