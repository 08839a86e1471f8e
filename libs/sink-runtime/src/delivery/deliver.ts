import type { BrokerRecord } from '@entrepot/broker';
import { type Exchange, type FoundCounterpart, isConfirmation } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { NO_TRACES, type Tracer } from '@entrepot/runtime-kit/tracing';
import { backoffMs } from '@entrepot/service-kit/backoff';
import type { KeyLocks } from '@entrepot/vendor-kit';
import { attemptDelivery } from '../attempt/attempt.ts';
import {
  type AttemptResult,
  type AttemptScope,
  buildAttemptReport,
  decideOnError,
  failAttempt,
  type Tries,
} from '../attempt/outcomes.ts';
import type { Outages } from '../lane/holds.ts';
import type { Lane, LaneEntry } from '../lane/lane.ts';
import type { Lanes } from '../lane/lanes.ts';
import type {
  Codec,
  Configuration,
  Delivery,
  LatestStates,
  Links,
  PublishedVersions,
  Reports,
  TargetStates,
} from '../ports.ts';
import { describeForeign, describeLost } from '../problems.ts';
import { NotADelivery, readDelivery, readEntityOf } from '../records.ts';
import { collectStates } from '../states/collect.ts';
import { type ConfirmDeps, confirmRecord } from './confirm-record.ts';
import { reportDeadLetter } from './dead-letter.ts';

export interface DeliverParts {
  readonly tracer?: Tracer;
  readonly vendor: string;
  readonly clock: Clock;
  readonly links: Links;
  readonly published: PublishedVersions;
  readonly states: TargetStates;
  readonly latestStates: Pick<LatestStates, 'collect' | 'isComplete'>;
  readonly configuration: Pick<Configuration, 'flow' | 'flowsFrom' | 'connection'>;
  readonly codec: Codec;
  readonly reports: Reports;
  readonly outages: Outages;
  /** Told of each acknowledged report that names the routing: the router of this process waits for it. */
  readonly firstAttempts: { told(to: string, deliveryId: string, routedAtMicros: number): void };
  readonly locks: KeyLocks;
  readonly lanes: Pick<Lanes, 'of'>;
  readonly observe: DeliveryObserver;
}

export interface DeliveryObserver {
  ended(delivery: Delivery, result: AttemptResult, durationMs: number): void;
  held(delivery: Delivery, why: unknown): void;
  unreadable(record: BrokerRecord, why: NotADelivery): void;
}

/** Longest wait in place for an unanswered write; a longer one is left to the ledger's schedule. */
const MAX_PARKING_MS = 180_000;
const LOOK = { firstMs: 500, longestMs: 5_000 } as const;
/** Exchanges kept of one handling; a report carries fewer. */
const MAX_EXCHANGES = 60;
/** How often a waiting delivery restarts immediately because its dependency appeared meanwhile. */
const MAX_RELOOKS = 3;

export type LaneRecordParts = DeliverParts & ConfirmDeps;

/**
 * Handles one lane record, a delivery or a confirmation, to its end: resolves when Kafka has acknowledged its report, so that its offset may
 * be committed. Rejects only when `signal` aborts; the lane's next owner then reads the record again.
 */
export function handleLaneRecord(parts: LaneRecordParts, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  return isConfirmation(record.headers) ? confirmRecord(parts, record, signal) : deliverRecord(parts, record, signal);
}

/** Handles one that confirms nothing, as {@link handleLaneRecord} does. */
export async function deliverRecord(parts: DeliverParts, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  let delivery: Delivery;
  try {
    delivery = readDelivery(record, parts.vendor);
  } catch (error) {
    if (!(error instanceof NotADelivery)) throw error;
    return reportDeadLetter(parts, record, error, signal);
  }
  await new Handling(parts, delivery, signal).run();
}

/** Handles one delivery; {@link tell} alone reports one that is ended without an attempt. */
export class Handling {
  readonly #parts: DeliverParts;
  readonly #delivery: Delivery;
  readonly #signal: AbortSignal;
  readonly #exchanges: Exchange[] = [];
  #counterparts: FoundCounterpart[] = [];
  readonly #startedAtMicros: number;
  readonly #startedMs: number;
  #epoch = 0;
  #sequence = 0;
  #transient = 0;
  #unavailable = 0;
  #successesAtFirst: number | null = null;
  #relooks = 0;
  #toldDoubtUntil: number | null = null;
  /** Look-ups in a row while the answer of one write is missing. */
  #looks = 0;

  constructor(parts: DeliverParts, delivery: Delivery, signal: AbortSignal) {
    this.#parts = parts;
    this.#delivery = delivery;
    this.#signal = signal;
    this.#startedAtMicros = parts.clock.nowMicros();
    this.#startedMs = parts.clock.monotonicMs();
  }

  async run(): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted();
      const result = this.#decideWithoutLane() ?? (await this.#tryInLane());
      if (result === null) continue;
      if (await this.#concludes(result)) return;
    }
  }

  /** What needs no target: a flow or connection that is gone. */
  #decideWithoutLane(): AttemptResult | null {
    const { configuration } = this.#parts;
    const { lane } = this.#delivery;
    const flow = configuration.flow(lane.flow);
    if (flow === null) return failAttempt(describeLost('flow', lane.flow, 'deleted'));
    if (!flow.active) return failAttempt(describeLost('flow', lane.flow, 'switched off'));
    if (configuration.connection(lane.to) === null) return failAttempt(describeLost('connection', lane.to, 'deleted'));
    // A lane of another sink would never open, and the record would wait for ever.
    const { entity, connection } = this.#delivery.event;
    const isOfFlow = flow.entity === entity && flow.from === connection && flow.to === lane.to;
    return isOfFlow ? null : failAttempt(describeForeign(flow.id));
  }

  /** One try; null: begin anew. */
  async #tryInLane(): Promise<AttemptResult | null> {
    const lane = this.#parts.lanes.of(this.#delivery.lane.to);
    const entry = await lane.enter(this.#signal);
    if (entry === null) return null;
    try {
      this.#epoch = entry.session.epoch;
      const { tracer = NO_TRACES } = this.#parts;
      const { event, lane: of } = this.#delivery;
      const facts = { deliveryId: of.deliveryId, connection: of.to, entity: event.entity, attempt: of.attempt };
      return await tracer.span('attempt', event.traceparent, facts, (own) => this.#attempt(entry, tracer, own));
    } catch (error) {
      this.#signal.throwIfAborted();
      // An error of a call that the session's end cut off is no verdict on target or record.
      if (entry.session.signal.aborted) return null;
      return await this.#judge(error, lane);
    } finally {
      lane.leave(entry);
    }
  }

  async #attempt({ session }: LaneEntry, tracer: Tracer, traceparent: string | null): Promise<AttemptResult> {
    const { vendor, clock, links, published, states, latestStates, configuration, codec, locks } = this.#parts;
    const delivery = this.#delivery;
    const flow = configuration.flow(delivery.lane.flow);
    if (flow === null) return failAttempt(describeLost('flow', delivery.lane.flow, 'deleted'));
    const entity = await readEntityOf(codec, delivery.event, delivery.value);
    const signal = AbortSignal.any([this.#signal, session.signal]);
    this.#counterparts = [];
    const scope: AttemptScope = {
      clock,
      links,
      published,
      states,
      configuration,
      locks,
      access: session,
      delivery,
      flow,
      entity,
      signal,
      noteCounterpart: (found) => void this.#counterparts.push(found),
      collect: (keys) => collectStates({ vendor, codec, latestStates }, keys),
      call: (name, run, onSend) =>
        tracer.span('call', traceparent, { connection: delivery.lane.to, operation: name }, () =>
          session.call({
            name,
            bulk: delivery.bulk,
            signal,
            record: (exchange) => this.#keep(exchange),
            ...(onSend === undefined ? {} : { onSend }),
            run,
          }),
        ),
    };
    return attemptDelivery(scope);
  }

  /**
   * Keeps the latest only: a delivery that retries for days against a target that is down must not gather all of them.
   */
  #keep(exchange: Exchange): void {
    this.#exchanges.push(exchange);
    if (this.#exchanges.length > MAX_EXCHANGES) this.#exchanges.shift();
  }

  async #judge(error: unknown, lane: Lane): Promise<AttemptResult | null> {
    const { clock, outages, observe } = this.#parts;
    const tries: Tries = {
      transient: this.#transient,
      unavailable: this.#unavailable,
      laneWorks: this.#successesAtFirst !== null && lane.successes > this.#successesAtFirst,
    };
    const disposition = decideOnError(error, tries);
    if (disposition.do === 'finish') return disposition.result;
    observe.held(this.#delivery, error);
    if (disposition.do === 'hold') {
      outages.note({ of: disposition.of, message: disposition.words });
      return null;
    }
    if (disposition.counts === 'transient') this.#transient += 1;
    if (disposition.counts === 'unavailable') {
      this.#unavailable += 1;
      this.#successesAtFirst ??= lane.successes;
    }
    if (disposition.delayMs > 0) await clock.sleep(disposition.delayMs, this.#signal);
    return null;
  }

  /** Reports a result; false: the delivery goes on in place. */
  async #concludes(result: AttemptResult): Promise<boolean> {
    if (result.outcome === 'in-doubt') return this.#parkInDoubt(result);
    await this.tell(result);
    return result.outcome !== 'waiting' || !(await this.#appearedMeanwhile(result));
  }

  /** Repeats the look-up until the unanswered write shows, or can no longer show. */
  async #parkInDoubt(result: AttemptResult): Promise<boolean> {
    const { clock } = this.#parts;
    const until = result.notBeforeMicros ?? clock.nowMicros();
    if (this.#toldDoubtUntil !== until) {
      this.#toldDoubtUntil = until;
      this.#looks = 0;
      await this.tell(result);
    }
    const remainingMs = Math.max(0, (until - clock.nowMicros()) / 1_000);
    if (remainingMs > MAX_PARKING_MS) return true;
    this.#looks += 1;
    await clock.sleep(Math.min(remainingMs, backoffMs(LOOK, this.#looks)), this.#signal);
    return false;
  }

  /**
   * The wait is registered by now, so a later delivery of the dependency releases it. This second look finds one
   * delivered between the first look and the registration, so no release is missed.
   */
  async #appearedMeanwhile(result: AttemptResult): Promise<boolean> {
    if (this.#relooks >= MAX_RELOOKS) return false;
    for (const isThere of result.awaited) {
      if (!(await this.#parts.outages.waitOut(isThere, this.#signal))) continue;
      this.#relooks += 1;
      return true;
    }
    return false;
  }

  /** Sends a report; returns when Kafka has it. */
  async tell(result: AttemptResult): Promise<void> {
    const { vendor, clock, configuration, reports, outages, firstAttempts, observe } = this.#parts;
    const { lane } = this.#delivery;
    const flow = configuration.flow(lane.flow);
    this.#sequence += 1;
    const report = buildAttemptReport(this.#delivery, result, {
      sinkVendor: vendor,
      epoch: this.#epoch,
      sequence: this.#sequence,
      flowRevision: flow?.revision ?? lane.flowRevision,
      mappingRevision: flow?.mappingRevision ?? 0,
      startedAtMicros: this.#startedAtMicros,
      endedAtMicros: clock.nowMicros(),
      exchanges: this.#exchanges,
      counterparts: this.#counterparts,
    });
    await outages.waitOut(() => reports.send(this.#delivery.key, report), this.#signal);
    if (lane.routedAtMicros !== null) firstAttempts.told(lane.to, lane.deliveryId, lane.routedAtMicros);
    observe.ended(this.#delivery, result, clock.monotonicMs() - this.#startedMs);
  }
}
