import type { Connection, ConnectionInput, ConnectionPatch, Flow, FlowInput, FlowPatch, Store } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';
import { asProblem } from '../edge/store-problems.ts';
import type { UnreadHints, UnreadHintsWatch } from '../failures/unread-hints.ts';
import { Problem } from '../problem.ts';
import type { LedgerStore } from '../store/collections.ts';
import { viewBudget } from './view-budget.ts';

export interface SettingsPorts {
  readonly store: Store;
  readonly ledgerStore: LedgerStore;
  readonly vendors: readonly Vendor[];
  readonly unreadHints: Pick<UnreadHintsWatch, 'find'>;
}

/** Connections and flows as the API shows and changes them. All errors are `Problem`s. */
export class Settings {
  private readonly ports: SettingsPorts;

  constructor(ports: SettingsPorts) {
    this.ports = ports;
  }

  async listConnections() {
    const [connections, lanes] = await Promise.all([
      this.ports.store.connections.list(),
      this.ports.ledgerStore.laneStatus.find().toArray(),
    ]);
    return Promise.all(connections.map((connection) => this.viewConnection(connection, lanes)));
  }

  async listFlows() {
    return (await this.ports.store.flows.list()).map(viewFlow);
  }

  async createConnection(input: ConnectionInput) {
    if (
      this.ports.store.connections.find(input.id) === null &&
      (await this.ports.store.remembersConnection(input.id))
    ) {
      throw new Problem(
        409,
        'id-used-before',
        'The id belonged to another connection',
        `A connection "${input.id}" was removed, and what it wrote and published is kept: a new one would be taken for it. Choose another id.`,
        [{ path: 'id', message: 'belonged to a connection that was removed' }],
      );
    }
    return this.viewConnection(await asProblem(() => this.ports.store.connections.create(input)), []);
  }

  async changeConnection(id: string, revision: number, patch: ConnectionPatch) {
    const changed = await asProblem(() => this.ports.store.connections.update(id, revision, patch));
    return this.viewConnection(changed, await this.ports.ledgerStore.laneStatus.find({ _id: id }).toArray());
  }

  removeConnection(id: string, revision: number): Promise<void> {
    return asProblem(() => this.ports.store.connections.remove(id, revision));
  }

  async createFlow(input: FlowInput) {
    return viewFlow(await asProblem(() => this.ports.store.flows.create(input)));
  }

  async changeFlow(id: string, revision: number, patch: FlowPatch) {
    return viewFlow(await asProblem(() => this.ports.store.flows.update(id, revision, patch)));
  }

  removeFlow(id: string, revision: number): Promise<void> {
    return asProblem(() => this.ports.store.flows.remove(id, revision));
  }

  listTenants() {
    return this.ports.store.tenants.list();
  }

  createTenant(input: Parameters<Store['tenants']['create']>[0]) {
    return asProblem(() => this.ports.store.tenants.create(input));
  }

  changeTenant(id: string, revision: number, patch: Parameters<Store['tenants']['update']>[2]) {
    return asProblem(() => this.ports.store.tenants.update(id, revision, patch));
  }

  removeTenant(id: string, revision: number): Promise<void> {
    return asProblem(() => this.ports.store.tenants.remove(id, revision));
  }

  exportYaml(): Promise<string> {
    return this.ports.store.configuration.exportYaml();
  }

  importYaml(text: string) {
    return asProblem(() => this.ports.store.configuration.importYaml(text));
  }

  private async viewConnection(
    connection: Connection,
    lanes: readonly { _id: string; state: string; reason: string | null; atMicros: number }[],
  ) {
    const lane = lanes.find((status) => status._id === connection.id);
    const { problems, accessRevision: _access, ...shown } = connection;
    return {
      ...shown,
      attention: connection.attention ?? describeProblems(problems),
      throttled: viewThrottled(connection),
      unreadHints: viewUnreadHints(this.ports.unreadHints.find(connection.id)),
      budget: viewBudget(this.ports.vendors, connection, await this.ports.store.budgets.view(connection.id)),
      lane:
        lane === undefined
          ? null
          : { state: lane.state, reason: lane.reason, at: new Date(lane.atMicros / 1000).toISOString() },
    };
  }
}

function viewFlow({ problems, usable: _usable, ...flow }: Flow) {
  return { ...flow, attention: describeProblems(problems) };
}

/** Describes settings that an older release saved and this one refuses; null when there are none. */
function describeProblems(problems: Connection['problems'] | Flow['problems']): string | null {
  if (problems.length === 0) return null;
  const fields = problems.map(({ path, message }) => `${path}: ${message ?? 'is not valid'}`).join('; ');
  return `Saved by an earlier release, and refused if it were saved now: ${fields}. Correct it.`;
}

function viewUnreadHints(unread: UnreadHints | null) {
  if (unread === null) return null;
  const { hints, more, oldestAt, detail } = unread;
  return { hints, more, oldestAt: oldestAt.toISOString(), detail };
}

/** Its connector repeats the note while the limit lasts: an older note is outdated. */
const THROTTLED_FOR_MS = 60_000;

function viewThrottled({ active, throttled }: Connection) {
  if (!active || throttled === null || Date.now() - throttled.seenAt.getTime() > THROTTLED_FOR_MS) return null;
  const { since, reason, records, longest } = throttled;
  return {
    since: since.toISOString(),
    reason,
    records,
    longest: longest.map((record) => ({ ...record, since: record.since.toISOString() })),
  };
}
