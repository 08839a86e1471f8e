import type { BrokerRecord, Publisher } from '@entrepot/broker';
import {
  bulkLaneTopic,
  type Coordinates,
  type EntityName,
  type EntityOf,
  type EventHeaders,
  entityOfTopic,
  eventKey,
  formatLaneHeaders,
  formatLaneKey,
  laneTopic,
  pickEventHeaders,
  type RecordFacts,
  type RoutedReport,
  type RoutingDecision,
} from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { NO_TRACES, type Tracer } from '@entrepot/runtime-kit/tracing';
import type { Flow } from '@entrepot/store';
import type { KeyLocks } from '@entrepot/vendor-kit';
import type { Outages } from '../lane/holds.ts';
import {
  type Codec,
  type Configuration,
  type LatestStates,
  type Links,
  type Reports,
  TooLarge,
  Undecodable,
} from '../ports.ts';
import { describeTooLarge, detailOfBug, detailOfUndecodable } from '../problems.ts';
import { readEntityOf, readEvent, readFacts } from '../records.ts';
import { eraseState, type KeptStates, keepState } from '../states/kept-states.ts';
import { decideForFlow, decideOnRepetition, describeProblemOf, describeRouting } from './decide.ts';

export interface RouterParts {
  readonly vendor: string;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'flowsFrom' | 'lanePartition'>;
  readonly links: Pick<Links, 'get'>;
  readonly codec: Codec;
  readonly latestStates: Pick<LatestStates, 'keep' | 'erase'>;
  readonly kept: KeptStates;
  /** Throws {@link Outage} when Kafka does not acknowledge. */
  readonly publisher: Pick<Publisher, 'send'>;
  readonly reports: Reports;
  readonly outages: Outages;
  readonly locks: KeyLocks;
  /** Of the lanes of this process. */
  readonly firstAttempts: Pick<FirstAttempts, 'expect'>;
  readonly tracer?: Tracer;
  readonly observe: (decision: RoutingDecision['result'] | 'unreadable' | 'no-flow', entity: EntityName | null) => void;
}

/**
 * Records run concurrently: {@link routeRecord} keeps the order of a key, and a waiting report delays none behind it.
 */
export function routerKey({ topic, partition, offset }: BrokerRecord): string {
  return `${topic}/${partition}/${offset}`;
}

/**
 * Handles one record of an entity topic: decides once for every flow of this vendor, appends the matches to the lanes,
 * and reports all decisions, unless a delivery's first attempt has reported them meanwhile. Resolves when a report with
 * the decisions is acknowledged. Waits out outages of registry, database and broker; reports an unreadable record and
 * skips it. Rejects only when `signal` aborts.
 */
export async function routeRecord(parts: RouterParts, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  const { outages, reports, observe, tracer = NO_TRACES } = parts;
  const inOrder = record.key === null ? routerKey(record) : `${record.topic}|${record.key}`;
  const routed = await parts.locks.run([inOrder], async () => {
    await outages.pass(signal);
    return tracer.span('route', record.headers.traceparent ?? null, { topic: record.topic }, () =>
      outages.waitOut(() => routeOnce(parts, record), signal),
    );
  });
  if (routed === null) return;
  const { report, expected } = routed;
  try {
    if (expected === null || !(await expected.isTold(signal)))
      await outages.waitOut(() => reports.send(record.key, report), signal);
  } finally {
    expected?.drop();
  }
  if (report.problem !== undefined) observe('unreadable', entityOfTopic(record.topic));
  for (const { result } of report.decisions) observe(result, report.entity);
}

/**
 * Reports a record whose routing threw: a bug of ours. During an outage of the broker it rejects, and the caller calls
 * again.
 */
export async function reportUnroutable(parts: RouterParts, record: BrokerRecord, error: unknown): Promise<void> {
  const event = readEvent(record);
  const report = describeProblemOf(parts, record, detailOfBug(error), 'problem' in event ? null : event);
  await parts.reports.send(record.key, report);
  parts.observe('unreadable', entityOfTopic(record.topic));
}

/** The reports due for a record; `expected`: its first attempt reports them, if it is quick enough. */
interface Routed {
  readonly report: RoutedReport;
  readonly expected: ExpectedAttempt | null;
}

/** Null: the record needs no report. */
async function routeOnce(parts: RouterParts, record: BrokerRecord): Promise<Routed | null> {
  // A tombstone erases a record from the topic; it is no event. Targets learn of a deletion from the state before it.
  if (record.value === null) {
    const entity = entityOfTopic(record.topic);
    if (entity !== null) await eraseState(parts, record, entity);
    return null;
  }
  const event = readEvent(record);
  if ('problem' in event) return { report: describeProblemOf(parts, record, event.problem, null), expected: null };
  const flows = parts.configuration.flowsFrom(event.entity, event.connection);
  const keeps = parts.kept.keeps(event.entity, event.connection);
  if (flows.length === 0) parts.observe('no-flow', event.entity);
  if (flows.length === 0 && !keeps) return null;
  const decided: RoutingDecision[] = [];
  let facts: RecordFacts;
  try {
    const readEntity = readOnce(() => readEntityOf(parts.codec, event, record.value ?? Buffer.alloc(0)));
    facts = await readFacts(event, record, readEntity);
    // Before it is appended: its own plan is based on nothing older.
    if (keeps) await keepState(parts, record, event, facts);
    if (flows.length === 0) return null;
    for (const flow of flows) {
      const decision = await decide(parts, event, facts, readEntity, flow);
      if (decision !== null) decided.push(decision);
    }
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return { report: describeProblemOf(parts, record, detailOfUndecodable(error), event), expected: null };
  }
  return append(parts, { record, event, facts }, decided);
}

function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

/** A record of an entity topic, as far as it is read. */
interface Read {
  readonly record: BrokerRecord;
  readonly event: EventHeaders;
  readonly facts: RecordFacts;
}

async function append(parts: RouterParts, read: Read, decided: readonly RoutingDecision[]): Promise<Routed> {
  const { record, event } = read;
  const [first] = decided;
  // Only where one delivery is the whole report. The bulk lane may take its time.
  const isSole = decided.length === 1 && first?.result === 'matched' && !event.snapshot;
  const expected = isSole ? parts.firstAttempts.expect(first.to, first.deliveryId) : null;
  try {
    const { decisions, tooLarge } = await appendMatched(parts, read, decided, isSole);
    if (tooLarge === null) return { report: describeRouting(parts, record, event, decisions), expected };
    expected?.drop();
    const report = describeProblemOf(parts, record, describeTooLarge(tooLarge), event, decisions);
    return { report, expected: null };
  } catch (error) {
    expected?.drop();
    throw error;
  }
}

async function appendMatched(
  parts: RouterParts,
  read: Read,
  decided: readonly RoutingDecision[],
  isSole: boolean,
): Promise<{ readonly decisions: readonly RoutingDecision[]; readonly tooLarge: TooLarge | null }> {
  const decisions: RoutingDecision[] = [];
  let tooLarge: TooLarge | null = null;
  for (const decision of decided) {
    try {
      const isMatched = decision.result === 'matched';
      decisions.push(isMatched ? { ...decision, lane: await appendToLane(parts, read, decision, isSole) } : decision);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      // The later matches are appended nevertheless: their headers may leave the event room.
      tooLarge = error;
    }
  }
  return { decisions, tooLarge };
}

async function decide(
  parts: RouterParts,
  event: EventHeaders,
  facts: RecordFacts,
  readEntity: () => Promise<EntityOf<EntityName>>,
  flow: Flow,
): Promise<RoutingDecision | null> {
  const sourceKey = eventKey(event.connection, event.sourceId);
  const getLink = () => parts.links.get({ target: flow.to, entity: event.entity, sourceKey });
  // An open intent counts: the document may exist by now, and its later states must reach it.
  const isLinked = async (): Promise<boolean> => ((await getLink())?.documents.length ?? 0) > 0;
  return event.repeats === null
    ? decideForFlow({ event, facts, readEntity, flow, isLinked })
    : decideOnRepetition(event, flow, await getLink());
}

/** Appends the record's own bytes and headers to the target connection's partition of the lane. */
async function appendToLane(
  parts: RouterParts,
  { record, event, facts }: Read,
  decision: RoutingDecision,
  isSole: boolean,
): Promise<Coordinates> {
  const partition = await parts.configuration.lanePartition(decision.to);
  const topic = event.snapshot ? bulkLaneTopic(parts.vendor) : laneTopic(parts.vendor);
  const { deliveryId, flow, flowRevision, to } = decision;
  const routedAtMicros = isSole ? parts.clock.nowMicros() : null;
  const first = { attempt: 1, force: false, operationId: null, routedAtMicros };
  const lane = formatLaneHeaders({ deliveryId, flow, flowRevision, to, ...first });
  const headers = {
    ...pickEventHeaders(record.headers),
    ...formatLaneKey(event.connection, facts.orderingKey),
    ...lane,
  };
  return parts.publisher.send(topic, { key: record.key, value: record.value, headers, partition });
}

/**
 * How long a routing waits for the first attempt to report it: a delivery on hold shows within this time and the
 * ledger's own delay.
 */
export const ROUTING_PATIENCE_MS = 1_000;

/** A delivery whose first report the router waits for. */
export interface ExpectedAttempt {
  /**
   * @returns whether the lane of this process has reported the delivery, and with it the routing, in time
   * @throws the signal's reason when it aborts: the router's record is then read again
   */
  isTold(signal: AbortSignal): Promise<boolean>;
  /** Nothing was appended: nothing is waited for. */
  drop(): void;
}

/** Why patience ended: a reason of its own would be made for each order, with its stack. */
const ENDED = new Error('the wait for the first attempt is over');

/**
 * Where the router's decision meets the lane's first attempt in the same process: a routing that the attempt has
 * reported needs no report of its own. Waits only where that can help: not for a lane whose last first attempt came too
 * late (it is held, slow, or another process's).
 */
export class FirstAttempts {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, () => void>();
  /** By target connection: how long after its routing the last first attempt was reported, ms. */
  readonly #lags = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * To be called before the delivery is appended to its lane, which may be quicker than the append's answer.
   * @returns null when the routing is to be reported right away
   */
  expect(to: string, deliveryId: string): ExpectedAttempt | null {
    if ((this.#lags.get(to) ?? 0) > ROUTING_PATIENCE_MS) return null;
    const told = new Promise<true>((resolve) => this.#waiting.set(deliveryId, () => resolve(true)));
    const drop = (): void => void this.#waiting.delete(deliveryId);
    return {
      drop,
      isTold: async (signal) => {
        const waited = new AbortController();
        const either = AbortSignal.any([signal, waited.signal]);
        const patience = this.#clock.sleep(ROUTING_PATIENCE_MS, either).then(() => false);
        try {
          const isTold = await Promise.race([told, patience]);
          if (!isTold) this.#lags.set(to, Number.POSITIVE_INFINITY);
          return isTold;
        } finally {
          drop();
          waited.abort(ENDED);
          patience.catch(() => {});
        }
      },
    };
  }

  /** The lane's report about a delivery, with its routing, is acknowledged. */
  told(to: string, deliveryId: string, routedAtMicros: number): void {
    this.#lags.set(to, (this.#clock.nowMicros() - routedAtMicros) / 1_000);
    this.#waiting.get(deliveryId)?.();
  }
}
