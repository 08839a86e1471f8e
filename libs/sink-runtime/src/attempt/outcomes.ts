import type {
  AttemptOutcome,
  AttemptReport,
  EntityName,
  EntityOf,
  ErrorDetail,
  Exchange,
  FoundCounterpart,
  RoutingPart,
  TargetDocument,
  WaitingKey,
} from '@entrepot/canonical';
import { MappingError } from '@entrepot/mapping';
import type { Clock } from '@entrepot/runtime-kit/clock';
import { backoffMs } from '@entrepot/service-kit/backoff';
import type { Flow, LinkDocument } from '@entrepot/store';
import { type CallContext, type CollectKey, type KeyLocks, type MapContext, VendorError } from '@entrepot/vendor-kit';
import { type CallName, LaneHeld, LaneInterrupted, type TargetAccess } from '../lane/access.ts';
import {
  type Configuration,
  type Delivery,
  type Links,
  Outage,
  type PublishedVersions,
  type TargetStates,
  Undecodable,
} from '../ports.ts';
import { describeIncomplete, detailOfBug, detailOfUndecodable } from '../problems.ts';
import { StatesIncomplete } from '../states/collect.ts';

/** What the delivery stages share: no hidden state, everything an attempt touches is here. */
export interface AttemptScope {
  readonly clock: Clock;
  readonly links: Links;
  readonly published: PublishedVersions;
  readonly states: TargetStates;
  readonly configuration: Pick<Configuration, 'flowsFrom' | 'flow'>;
  readonly locks: KeyLocks;
  readonly access: TargetAccess;
  readonly delivery: Delivery;
  readonly flow: Flow;
  readonly entity: EntityOf<EntityName>;
  readonly signal: AbortSignal;
  /** Shows people how a record that ours refers to was found. */
  noteCounterpart(found: FoundCounterpart): void;
  /** Reads the latest states that a plan is based on. @throws StatesIncomplete · MappingError · Undecodable · Outage */
  collect(keys: readonly CollectKey[]): Promise<MapContext['collected']>;
  /** Runs one operation of this attempt against the target. */
  call<T>(name: CallName, run: (call: CallContext) => Promise<T>, onSend?: () => void): Promise<T>;
}

/** What each stage of an attempt gives where the attempt ends with it; of the last one the deliver loop makes the report. */
export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  readonly error: ErrorDetail | null;
  readonly documents: readonly TargetDocument[];
  readonly waitingOn: readonly WaitingKey[];
  /** One for each awaited dependency that links can show: looks once more whether it is there. */
  readonly awaited: readonly (() => Promise<boolean>)[];
  readonly notBeforeMicros: number | null;
  readonly supersededBy: number | null;
}

const PLAIN: Omit<AttemptResult, 'outcome'> = {
  error: null,
  documents: [],
  waitingOn: [],
  awaited: [],
  notBeforeMicros: null,
  supersededBy: null,
};

export function endAttempt(outcome: AttemptOutcome, rest: Partial<Omit<AttemptResult, 'outcome'>> = {}): AttemptResult {
  return { ...PLAIN, ...rest, outcome };
}

export function failAttempt(error: ErrorDetail, documents: readonly TargetDocument[] = []): AttemptResult {
  return endAttempt('failed', { error, documents });
}

/** Something that was sent may still take effect. */
export function endInDoubt(notBeforeMicros: number, error: ErrorDetail): AttemptResult {
  return endAttempt('in-doubt', { error, notBeforeMicros });
}

/** The target holds the document as planned, or as it stays. */
export function isDone({ outcome }: AttemptResult): boolean {
  return outcome === 'delivered' || outcome === 'unchanged';
}

/** The result of an attempt that wrote several documents, of which all but the last are done: their notes go together. */
export function joinResults(results: readonly AttemptResult[]): AttemptResult {
  const last = results.at(-1);
  if (last !== undefined && !isDone(last)) return last;
  const outcome = results.some((each) => each.outcome === 'delivered') ? 'delivered' : 'unchanged';
  const [note, ...others] = results.flatMap(({ error }) => error ?? []);
  if (note === undefined) return endAttempt(outcome);
  const notes = [note, ...others];
  const message = [...new Set(notes.map((each) => each.message))].join('; ');
  return endAttempt(outcome, { error: { ...note, message, fields: notes.flatMap(({ fields }) => fields) } });
}

/** Waits before the two quick tries in place, for errors that may pass by themselves. */
const QUICK_TRY_DELAYS_MS: readonly number[] = [200, 1_000];
const QUICK_TRIES = QUICK_TRY_DELAYS_MS.length;
/**
 * How often a record may find the system unavailable while others succeed, before it counts as a fault of the record.
 */
const UNAVAILABLE_REPEATS = 5;
const REPEAT = { firstMs: 500, longestMs: 15_000 } as const;

/** What is known of the tries of one record in place. */
export interface Tries {
  /** Tries that ended with an error of the record. */
  readonly transient: number;
  /** Tries that found the system unavailable. */
  readonly unavailable: number;
  /** Whether any call of the lane succeeded since the first of them. */
  readonly laneWorks: boolean;
}

export type Disposition =
  /** Begin anew once the lane lets us; nothing is counted. */
  | { readonly do: 'repeat'; readonly delayMs: number; readonly counts: 'nothing' | 'unavailable' | 'transient' }
  /** The whole lane waits for a thing all lanes need. */
  | { readonly do: 'hold'; readonly of: Outage['of']; readonly words: string }
  | { readonly do: 'finish'; readonly result: AttemptResult };

/** The lane's gate decides when; this delay keeps a wrong decision from becoming a busy loop. */
const REPEAT_SOON: Disposition = { do: 'repeat', delayMs: 10, counts: 'nothing' };

/** Decides, from the error of one try and the tries before it, what becomes of the record. Pure. */
export function decideOnError(error: unknown, tries: Tries): Disposition {
  if (error instanceof LaneInterrupted || error instanceof LaneHeld) return REPEAT_SOON;
  if (error instanceof Outage) return { do: 'hold', of: error.of, words: error.message };
  if (error instanceof Undecodable) return finish(failAttempt(detailOfUndecodable(error)));
  if (error instanceof MappingError) return finish(failAttempt(error.toDetail()));
  if (error instanceof StatesIncomplete) return finish(waitForStates(error));
  if (!(error instanceof VendorError)) return finish(failAttempt(detailOfBug(error)));
  switch (error.kind) {
    case 'throttled':
    case 'unauthorized':
      // The call itself has put the lane on hold; the record comes again.
      return REPEAT_SOON;
    case 'unavailable':
    case 'timeout': {
      // It is an outage only when no call succeeds; a record that fails while others succeed has a fault of its own.
      const enough = error.kind === 'timeout' ? QUICK_TRIES : UNAVAILABLE_REPEATS;
      if (tries.laneWorks && tries.unavailable >= enough) return finish(endRetrying(error));
      const delayMs = backoffMs(REPEAT, tries.unavailable + 1);
      return { do: 'repeat', delayMs, counts: 'unavailable' };
    }
    case 'conflict':
    case 'unexpected': {
      const delayMs = QUICK_TRY_DELAYS_MS[tries.transient];
      if (delayMs === undefined) return finish(endRetrying(error));
      return { do: 'repeat', delayMs, counts: 'transient' };
    }
    case 'rejected':
    case 'notFound':
      return finish(failAttempt(error.toDetail()));
  }
}

function waitForStates({ pairs, message }: StatesIncomplete): AttemptResult {
  const waitingOn = pairs.map(({ entity, connection }) => ({ entity, sourceKey: null, match: `all of ${connection}` }));
  return endAttempt('waiting', { waitingOn, error: describeIncomplete(message) });
}

function endRetrying(error: VendorError): AttemptResult {
  return endAttempt('retrying', { error: error.toDetail() });
}

function finish(result: AttemptResult): Disposition {
  return { do: 'finish', result };
}

const MAX_EXCHANGES = 20;

/** What the handling of one lane record reports about itself. */
export interface AttemptFacts {
  readonly sinkVendor: string;
  readonly epoch: number;
  /** Counts the reports of one handling, so that each has its own id and a repeated report has the same. */
  readonly sequence: number;
  readonly flowRevision: number;
  readonly mappingRevision: number;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
  readonly exchanges: readonly Exchange[];
  readonly counterparts: readonly FoundCounterpart[];
}

export function buildAttemptReport(delivery: Delivery, result: AttemptResult, facts: AttemptFacts): AttemptReport {
  const { lane, event, record } = delivery;
  return {
    kind: 'attempt',
    reportId: `${record.topic}/${record.partition}/${record.offset}/${facts.epoch}/${facts.sequence}`,
    deliveryId: lane.deliveryId,
    flow: lane.flow,
    flowRevision: facts.flowRevision,
    mappingRevision: facts.mappingRevision,
    eventId: event.eventId,
    entity: event.entity,
    connection: event.connection,
    sourceId: event.sourceId,
    number: event.number,
    version: event.version,
    to: lane.to,
    lane: record,
    operationId: lane.operationId,
    attempt: lane.attempt,
    startedAtMicros: facts.startedAtMicros,
    endedAtMicros: facts.endedAtMicros,
    outcome: result.outcome,
    error: result.error,
    documents: result.documents,
    waitingOn: result.waitingOn,
    counterparts: facts.counterparts,
    notBeforeMicros: result.notBeforeMicros,
    supersededBy: result.supersededBy,
    exchanges: selectExchanges(result, facts.exchanges),
    traceparent: event.traceparent,
    routing: facts.sequence === 1 ? describeRouting(delivery, facts.sinkVendor) : null,
  };
}

function describeRouting({ lane, event }: Delivery, sinkVendor: string): RoutingPart | null {
  if (lane.routedAtMicros === null) return null;
  return { sinkVendor, publishedAtMicros: event.publishedAtMicros, flowRevision: lane.flowRevision };
}

/** The last ones; of a successful attempt only the writes, which are what a person may want to see. */
function selectExchanges({ outcome }: AttemptResult, exchanges: readonly Exchange[]): Exchange[] {
  const wentWell = outcome === 'delivered' || outcome === 'verified' || outcome === 'unchanged';
  const kept = wentWell ? exchanges.filter(({ method }) => method !== 'GET') : exchanges;
  return kept.slice(-MAX_EXCHANGES);
}

/** Waits for all before throwing the first error: nothing may go on working behind an attempt that has ended. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** A linked document as reports carry it. */
export function showDocument(document: LinkDocument['documents'][number]) {
  const { role, subId, externalRef, targetId, targetNumber, draft } = document;
  return { role, subId, externalRef, targetId, targetNumber, draft };
}
