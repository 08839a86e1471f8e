import type { Logger } from '@entrepot/service-kit';
import type { Connection, Flow, Store } from '@entrepot/store';
import { InvalidSettings, NotInStore, SecretsUnavailable, StoreConflict } from '@entrepot/store';
import {
  type ConnectionView,
  detachedCall,
  InvalidBaseUrl,
  openSource,
  SIGN_IN_CHECK,
  type Source,
  type Target,
  type TestCheck,
  type TestReport,
  type Vendor,
  VendorError,
} from '@entrepot/vendor-kit';
import { Problem } from './problem.ts';
import type { LedgerStore } from './store/collections.ts';

const TEST_TIMEOUT_MS = 20_000;

export interface SettingsPorts {
  readonly store: Store;
  readonly ledgerStore: LedgerStore;
  readonly vendors: readonly Vendor[];
  readonly log: Logger;
}

/** Connections and flows as the API shows and changes them. All errors come out as {@link Problem}. */
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
    return connections.map((connection) => this.viewConnection(connection, lanes));
  }

  async listFlows() {
    return (await this.ports.store.flows.list()).map(viewFlow);
  }

  async changeConnection(id: string, revision: number, patch: Parameters<Store['connections']['update']>[2]) {
    const changed = await asProblem(() => this.ports.store.connections.update(id, revision, patch));
    return this.viewConnection(changed, await this.ports.ledgerStore.laneStatus.find({ _id: id }).toArray());
  }

  async changeFlow(id: string, revision: number, patch: Parameters<Store['flows']['update']>[2]) {
    return viewFlow(await asProblem(() => this.ports.store.flows.update(id, revision, patch)));
  }

  exportYaml(): Promise<string> {
    return this.ports.store.configuration.exportYaml();
  }

  importYaml(text: string) {
    return asProblem(() => this.ports.store.configuration.importYaml(text));
  }

  /** Asks source and target side of the vendor. Accepted credentials clear what needed attention, which lets a stopped lane go on. */
  async testConnection(id: string): Promise<TestReport> {
    const view = await this.openForTest(id);
    if ('failed' in view) return { ok: false, checks: [view.failed] };
    const vendorName = this.ports.store.connections.find(id)?.vendor;
    const vendor = this.ports.vendors.find((candidate) => candidate.name === vendorName);
    if (vendor === undefined) {
      throw new Problem(
        409,
        'unknown-vendor',
        'Vendor is not installed',
        `This installation has no vendor "${vendorName}".`,
      );
    }
    const checks: TestCheck[] = [];
    if (vendor.source !== null) checks.push(...(await this.testSource(vendor, view)));
    if (vendor.target !== null) checks.push(...(await this.testTarget(vendor, view)));
    const ok = checks.every((check) => check.ok);
    // A lane that stopped for refused credentials may go on once they are accepted, whatever else the test finds.
    const signIns = checks.filter((check) => check.name === SIGN_IN_CHECK);
    const signsIn = signIns.length > 0 && signIns.every((check) => check.ok);
    if (ok || signsIn) await this.ports.store.connections.setAttention(id, null);
    return { ok, checks };
  }

  /** Settings that cannot be used are what a test is there to find. */
  private async openForTest(id: string): Promise<ConnectionView | { readonly failed: TestCheck }> {
    try {
      return await this.ports.store.connections.open(id);
    } catch (error) {
      if (!(error instanceof InvalidSettings)) throw problemOf(error);
      const message = error.problems
        .map(({ path, message: words }) => `${path}: ${words ?? 'is not valid'}`)
        .join('; ');
      const advice = 'Correct the settings of the connection, or enter the secrets that are missing.';
      return { failed: { name: 'settings', ok: false, message, advice } };
    }
  }

  private async testSource(vendor: Vendor, connection: ConnectionView): Promise<readonly TestCheck[]> {
    let source: Source | undefined;
    try {
      if (vendor.source === null) return [];
      source = openSource(vendor.source, {
        connection,
        log: this.ports.log,
        now: Date.now,
        raiseAttention: () => {},
        reportThrottled: () => {},
      });
      return (await source.test(AbortSignal.timeout(TEST_TIMEOUT_MS))).checks;
    } catch (error) {
      return [this.failedCheck('source', error)];
    } finally {
      await this.closeTested(source);
    }
  }

  private async testTarget(vendor: Vendor, connection: ConnectionView): Promise<readonly TestCheck[]> {
    // A session of its own: the lane's owner keeps the one that is stored.
    const sessionVault = { read: async () => null, write: async () => {} };
    let target: Target | undefined;
    try {
      target = vendor.target?.open({ connection, log: this.ports.log, now: Date.now, sessionVault });
      return (await target?.test(detachedCall(AbortSignal.timeout(TEST_TIMEOUT_MS))))?.checks ?? [];
    } catch (error) {
      return [this.failedCheck('target', error)];
    } finally {
      await this.closeTested(target);
    }
  }

  /** What was tested has been answered by then. */
  private async closeTested(opened: Source | Target | undefined): Promise<void> {
    await opened
      ?.close()
      .catch((err: unknown) => this.ports.log.warn({ err }, 'what was tested did not close cleanly'));
  }

  private failedCheck(name: string, error: unknown): TestCheck {
    if (error instanceof InvalidBaseUrl) {
      const advice = "Correct the connection's URL, or name the address in its allowedAddresses.";
      return { name, ok: false, message: error.message, advice };
    }
    if (!(error instanceof VendorError)) {
      this.ports.log.error({ err: error, side: name }, 'a connection test broke down');
      const message = `A defect in Entrepot stopped the test: ${error instanceof Error ? error.message : String(error)}`;
      return { name, ok: false, message, advice: "Report it with the error in the ledger's log." };
    }
    return { name, ok: false, message: error.message, ...(error.advice === null ? {} : { advice: error.advice }) };
  }

  private viewConnection(
    connection: Connection,
    lanes: readonly { _id: string; state: string; reason: string | null; atMicros: number }[],
  ) {
    const lane = lanes.find((status) => status._id === connection.id);
    const { problems, accessRevision: _access, ...shown } = connection;
    return {
      ...shown,
      attention: connection.attention ?? describeProblems(problems),
      throttled: viewThrottled(connection),
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

/** What an older release saved and this one refuses, in words; null when there is no such thing. */
function describeProblems(problems: Connection['problems'] | Flow['problems']): string | null {
  if (problems.length === 0) return null;
  const fields = problems.map(({ path, message }) => `${path}: ${message ?? 'is not valid'}`).join('; ');
  return `Saved by an earlier release, and refused if it were saved now: ${fields}. Correct it.`;
}

/** Its connector says so again and again while it lasts: a note that has grown old is of one that is gone. */
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

/** The store's errors in the API's words. */
async function asProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw problemOf(error);
  }
}

function problemOf(error: unknown): unknown {
  if (error instanceof InvalidSettings) {
    return new Problem(
      400,
      'invalid-settings',
      'Settings are not valid',
      error.message,
      error.problems.map(({ path, message }) => ({ path, message: message ?? 'is not valid' })),
    );
  }
  if (error instanceof NotInStore) return new Problem(404, 'not-found', 'Not there', error.message);
  if (error instanceof StoreConflict)
    return new Problem(409, 'conflict', 'Changed meanwhile, or in use', error.message);
  if (error instanceof SecretsUnavailable) {
    return new Problem(409, 'secrets-unavailable', 'Secrets cannot be read', error.message);
  }
  return error;
}
