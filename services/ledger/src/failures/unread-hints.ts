import type { Broker, BrokerRecord, UnfinishedRecords } from '@entrepot/broker';
import { inboxGroupId, inboxTopic } from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import type { UnaccountedItem } from './unaccounted.ts';

/** Hints of one connection that are older than the limit and not read. */
export interface UnreadHints {
  readonly connection: string;
  /** At most so many; more when `more`. */
  readonly hints: number;
  /** Further ones stand behind those that were looked at. */
  readonly more: boolean;
  readonly oldestAt: Date;
  /** For people, with what to do. */
  readonly detail: string;
}

export interface UnreadHintsOptions {
  readonly broker: Pick<Broker, 'readUnfinished'>;
  /** Vendors that have a source. */
  readonly vendors: readonly string[];
  /** Younger hints are on their way. */
  readonly limitMs: number;
  readonly log: Logger;
  now(): Date;
}

const LOOK_EVERY_MS = 60_000;
/** Of each partition; a look holds as many at once. */
const MAX_LOOKED_AT = 1_000;

/** Looks at what connectors know and have not read yet, whether they run or not. */
export class UnreadHintsWatch {
  private readonly options: UnreadHintsOptions;
  private known = new Map<string, UnreadHints>();
  private looking: Promise<readonly UnreadHints[]> | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(options: UnreadHintsOptions) {
    this.options = options;
    this.timer = setInterval(() => this.lookSoon(), LOOK_EVERY_MS).unref();
    this.lookSoon();
  }

  /** What the last look found of a connection; null when it found nothing. */
  find(connection: string): UnreadHints | null {
    return this.known.get(connection) ?? null;
  }

  list(): readonly UnreadHints[] {
    return [...this.known.values()];
  }

  /** Looks now. Those who ask meanwhile share the look. */
  look(): Promise<readonly UnreadHints[]> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking?.catch(() => undefined);
  }

  private lookSoon(): void {
    this.look().catch((err: unknown) => this.options.log.debug({ err }, 'hints not looked at'));
  }

  private async lookOnce(): Promise<readonly UnreadHints[]> {
    const { broker, vendors, limitMs, log, now } = this.options;
    const found: UnreadHints[] = [];
    for (const vendor of vendors) {
      const unfinished = await broker.readUnfinished(inboxGroupId(vendor), inboxTopic(vendor), {
        beforeMs: now().getTime() - limitMs,
        most: MAX_LOOKED_AT,
      });
      found.push(...groupByConnection(vendor, unfinished));
    }
    const known = new Map(found.map((each) => [each.connection, each]));
    for (const { connection, hints, oldestAt, detail } of found)
      if (!this.known.has(connection)) log.warn({ connection, hints, oldestAt }, detail);
    for (const connection of this.known.keys())
      if (!known.has(connection)) log.info({ connection }, 'no hint waits beyond the limit any more');
    this.known = known;
    return found;
  }
}

/**
 * Returns the unread hints by connection. While the connector runs, only connections whose hint stands first in a partition count: hints behind
 * those of another connection may have been followed already.
 */
export function groupByConnection(vendor: string, { ranges, records, running }: UnfinishedRecords): UnreadHints[] {
  const first = new Map<number, BrokerRecord>();
  for (const record of records) if (!first.has(record.partition)) first.set(record.partition, record);
  const standing = new Set([...first.values()].map(connectionOf));
  const byConnection = new Map<string, { oldest: BrokerRecord; hints: number; partitions: Set<number> }>();
  for (const record of records) {
    const connection = connectionOf(record);
    if (connection === null || (running && !standing.has(connection))) continue;
    const known = byConnection.get(connection);
    if (known === undefined) {
      byConnection.set(connection, { oldest: record, hints: 1, partitions: new Set([record.partition]) });
      continue;
    }
    known.hints += 1;
    known.partitions.add(record.partition);
    if (record.timestampMs < known.oldest.timestampMs) known.oldest = record;
  }
  const cut = findCutPartitions(ranges, records);
  return [...byConnection].map(([connection, { oldest, hints, partitions }]) => {
    const more = [...partitions].some((partition) => cut.has(partition));
    const oldestAt = new Date(oldest.timestampMs);
    return {
      connection,
      hints,
      more,
      oldestAt,
      detail: describeUnread({ vendor, hints, more, oldest, running }),
    };
  });
}

/** As `/v1/unaccounted` shows them. */
export function asUnaccounted({ connection, detail }: UnreadHints): UnaccountedItem {
  return { kind: 'hint-not-read', id: connection, number: null, detail };
}

/** Partitions whose range goes on behind the last record that was read. */
function findCutPartitions(
  ranges: UnfinishedRecords['ranges'],
  records: UnfinishedRecords['records'],
): ReadonlySet<number> {
  const last = new Map(records.map(({ partition, offset }) => [partition, offset]));
  return new Set(
    ranges.filter(({ partition, to }) => (last.get(partition) ?? to) < to - 1n).map(({ partition }) => partition),
  );
}

/** The key of a hint is `<connection>/<id in the source>`; null for a foreign record, which its connector reports. */
function connectionOf({ key }: BrokerRecord): string | null {
  const end = key?.indexOf('/') ?? -1;
  return key === null || end <= 0 ? null : key.slice(0, end);
}

interface Described {
  readonly vendor: string;
  readonly hints: number;
  readonly more: boolean;
  readonly oldest: BrokerRecord;
  readonly running: boolean;
}

function describeUnread({ vendor, hints, more, oldest, running }: Described): string {
  const count = `${more ? 'more than ' : ''}${hints} ${hints === 1 ? 'change that is' : 'changes that are'}`;
  const since = `the oldest (${oldest.key}) since ${new Date(oldest.timestampMs).toISOString()}`;
  const advice = running
    ? `Its connector runs: \`attention\` and \`throttled\` of the connection say what it waits for. It reads them by itself once that is over`
    : `No connector of ${vendor} runs: start it, and it reads them by itself`;
  return `${count} known and not read, ${since}. ${advice}.`;
}
