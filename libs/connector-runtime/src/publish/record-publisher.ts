import { randomUUID } from 'node:crypto';
import { type OutgoingRecord, type Publisher, RecordTooLarge } from '@entrepot/broker';
import {
  completeSource,
  contentHash,
  describeRecord,
  type EntityName,
  type EntityOf,
  type ErrorDetail,
  type EventHeaders,
  entityTopic,
  eventId,
  eventKey,
  formatEventHeaders,
  formatFacts,
  type Via,
} from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';
import { type Published, type PublishedKey, publishedId } from '@entrepot/store';
import type { ShownState } from '@entrepot/vendor-kit';
import type { EchoGuard } from './echo-guard.ts';
import { decideRepetition, decideVersion, isLaterRead, type LastVersion } from './reads.ts';
import { describeRefusal, describeTooLarge, isRefusal } from './report-unmapped.ts';

/** Everything about one read that its publication needs. */
export interface PublishableRead {
  readonly connection: string;
  readonly vendor: string;
  readonly entityName: EntityName;
  readonly sourceId: string;
  /** As its mapper left it: version 0, no hash. */
  readonly entity: EntityOf;
  readonly number: string | null;
  readonly stampMicros: number | null;
  readonly readBeganAtMicros: number;
  readonly readEndedAtMicros: number;
  readonly deleted: boolean;
  /** What the record shows of documents that are written in its system. */
  readonly states: readonly ShownState[];
  readonly via: Via;
  readonly snapshot: boolean;
  readonly traceparent: string | null;
  /** See `ReadVersion.again`. */
  readonly again: boolean;
  /** Optimistic insert: assumes no version exists; a duplicate key falls back to read and compare-and-set. */
  readonly likelyNew: boolean;
}

export type PublishOutcome =
  | {
      readonly result: 'published' | 'unchanged';
      readonly eventId: string;
      readonly version: number;
      /** Whose write the published state is; null where it is news. */
      readonly origin: string | null;
    }
  /** Our own write to the record is under way; a read that begins then or later may see its end. */
  | { readonly result: 'read-later'; readonly fromMicros: number }
  /** A read that begins then or later is not too early. */
  | { readonly result: 'read-again'; readonly fromMicros: number }
  /** Cannot be an event: does not fit its schema, or is too large. */
  | { readonly result: 'refused'; readonly error: ErrorDetail };

export interface RecordPublisherOptions {
  readonly published: Published;
  readonly publisher: Publisher;
  readonly codec: Codec;
  readonly echoes: EchoGuard;
  nowMicros(): number;
  /** A confirmation could not be written. Harmless: the version is published once more. */
  onUnconfirmed(error: unknown): void;
}

export interface RecordPublisherEvents {
  /**
   * Another replica intended a newer version between our intention and Kafka's acknowledgement (this process was
   * stopped, or slow). Our older version may now follow it in the topic, where compaction would keep ours. The newest
   * version must be published once more.
   */
  onOvertaken(key: PublishedKey): void;
}

export interface RecordPublisher {
  /**
   * Publishes a read as a new version, if it is one: intended in the store (compare-and-set), acknowledged by Kafka, confirmed. A crash
   * in between publishes the same version for the same content again, and a higher one for other content.
   * @throws infrastructure errors (store, registry, Kafka): nothing is lost by reading and calling again
   */
  publish(read: PublishableRead): Promise<PublishOutcome>;
  /**
   * Republishes a state that stands in the topic, in this build's schema: a new version of the same content, unless the
   * state is no longer the last one. Does not read the source.
   * @param admit awaited before anything is written, when it is known that the state is the last one
   * @throws infrastructure errors: call again
   */
  republish(state: StandingState, admit: () => Promise<void>): Promise<RepublishOutcome>;
}

/** A state as it was read from its topic. */
export interface StandingState {
  readonly event: EventHeaders;
  /** Whole, in the shape of this build's schema. */
  readonly entity: EntityOf;
}

export type RepublishOutcome =
  | { readonly result: 'republished'; readonly version: number }
  /** A newer state is published or in flight, or the last state is unknown. */
  | { readonly result: 'passed' }
  | { readonly result: 'refused'; readonly error: ErrorDetail };

export function createRecordPublisher(options: RecordPublisherOptions, events: RecordPublisherEvents): RecordPublisher {
  const { published, publisher } = options;
  /** Clock domain of this process's read times: the clock of another process may differ. */
  const reader = randomUUID();
  /**
   * Versions that Kafka has acknowledged and whose confirmation in the store is in flight. No caller waits for it, but
   * this process knows.
   */
  const acknowledged = new Map<string, number>();

  async function readLast(key: PublishedKey): Promise<LastVersion | null> {
    return withAcknowledged(key, await published.get(key));
  }

  function withAcknowledged(key: PublishedKey, last: LastVersion | null): LastVersion | null {
    return last !== null && acknowledged.get(publishedId(key)) === last.version
      ? { ...last, state: 'confirmed' }
      : last;
  }

  function confirm(key: PublishedKey, version: number): void {
    const id = publishedId(key);
    acknowledged.set(id, version);
    published
      .confirm(key, version)
      .then((confirmed) => confirmed || events.onOvertaken(key))
      .catch((error: unknown) => options.onUnconfirmed(error))
      .finally(() => {
        if (acknowledged.get(id) === version) acknowledged.delete(id);
      });
  }

  async function publish(read: PublishableRead): Promise<PublishOutcome> {
    const { connection, entityName, sourceId, stampMicros, readBeganAtMicros, readEndedAtMicros, deleted } = read;
    const key = { connection, entity: entityName, sourceId };
    const hash = contentHash(entityName, read.entity);
    const identify = (version: number): string =>
      eventId({ entity: entityName, connection, id: sourceId, version, contentHash: hash });

    const noted = { readEndedAtMicros, reader };
    let last = read.likelyNew ? null : await readLast(key);
    for (;;) {
      const given = { contentHash: hash, stampMicros, readBeganAtMicros, reader, again: read.again };
      let decision = decideVersion(last, given);
      if (decision.action === 'read-again') return { result: 'read-again', fromMicros: decision.fromMicros };
      const judged = read.states.length === 0 ? null : await options.echoes.judge(read);
      if (judged?.result === 'read-again') return { result: 'read-later', fromMicros: judged.fromMicros };
      // Somebody undid a write of ours before it was read: the other side has to hear of it.
      if (decision.action === 'none' && judged?.isNews === true)
        decision = decideVersion(last, { ...given, restored: true });
      if (decision.action === 'read-again') return { result: 'read-again', fromMicros: decision.fromMicros };
      if (decision.action === 'none') {
        // Note the read. Otherwise a slow replica that read an earlier, different state would publish it afterwards,
        // and no later read would correct it.
        const isNews = last !== null && isLaterRead(last, noted);
        if (!isNews || (await published.noteRead(key, decision.version, noted)))
          return { result: 'unchanged', eventId: identify(decision.version), version: decision.version, origin: null };
        last = await readLast(key);
        continue;
      }
      const { version } = decision;

      const origin = judged?.origin ?? null;
      // Before the intent: a record that cannot be encoded must not use up a version.
      const entity = completeSource(read.entity, {
        version,
        contentHash: hash,
        via: read.via,
        observedAt: readBeganAtMicros,
        origin,
      });
      const event = { ...describeEvent(read, version, hash), number: read.number, origin };
      const made = await makeRecord(entity, event, options.codec);
      if (!made.ok) return { result: 'refused', error: made.error };

      const intended = await published.intend(key, { expected: last, version, contentHash: hash, ...noted, deleted });
      if (!intended.ok) {
        last = withAcknowledged(key, intended.current);
        continue;
      }
      if (judged !== null) await options.echoes.noteShown(read, version);
      try {
        await publisher.send(entityTopic(entityName), made.record);
      } catch (error) {
        if (error instanceof RecordTooLarge) return { result: 'refused', error: describeTooLarge(error) };
        throw error;
      }
      confirm(key, version);
      return { result: 'published', eventId: identify(version), version, origin };
    }
  }

  function describeEvent(read: PublishableRead, version: number, hash: string) {
    const { connection, vendor, entityName, sourceId, deleted, snapshot, traceparent } = read;
    const identity = { entity: entityName, connection, version, contentHash: hash };
    return {
      ...identity,
      eventId: eventId({ ...identity, id: sourceId }),
      vendor,
      sourceId,
      publishedAtMicros: options.nowMicros(),
      deleted,
      snapshot,
      repeats: null,
      traceparent,
    };
  }

  async function republish(state: StandingState, admit: () => Promise<void>): Promise<RepublishOutcome> {
    const { event, entity } = state;
    const key = { connection: event.connection, entity: event.entity, sourceId: event.sourceId };
    let last = await readLast(key);
    for (let admitted = false; ; ) {
      const version = decideRepetition(last, event);
      if (last === null || version === null) return { result: 'passed' };
      if (!admitted) {
        await admit();
        admitted = true;
        last = await readLast(key);
        continue;
      }
      const { source } = entity;
      const whole = completeSource(entity, { ...source, version, contentHash: event.contentHash });
      const identity = { ...key, id: event.sourceId, version, contentHash: event.contentHash };
      const repeated = {
        ...event,
        eventId: eventId(identity),
        version,
        publishedAtMicros: options.nowMicros(),
        snapshot: true,
        repeats: event.version,
        traceparent: null,
      };
      const made = await makeRecord(whole, repeated, options.codec);
      if (!made.ok) return { result: 'refused', error: made.error };
      if (version > last.version) {
        // Not a read: a read that began before this, and after the last one, saw no less than the repeated state.
        const { deleted } = event;
        const { readEndedAtMicros, reader = null } = last;
        const intent = { expected: last, version, contentHash: event.contentHash, readEndedAtMicros, reader, deleted };
        const intended = await published.intend(key, intent);
        if (!intended.ok) {
          last = withAcknowledged(key, intended.current);
          continue;
        }
      }
      try {
        await publisher.send(entityTopic(event.entity), made.record);
      } catch (error) {
        if (error instanceof RecordTooLarge) return { result: 'refused', error: describeTooLarge(error) };
        throw error;
      }
      confirm(key, version);
      return { result: 'republished', version };
    }
  }

  return { publish, republish };
}

/**
 * Writes a whole state, its source completed, with its headers, by which it is routed and recorded without being read.
 * @returns why it cannot be an event, where it does not fit its schema
 * @throws infrastructure errors
 */
async function makeRecord(
  entity: EntityOf,
  event: EventHeaders,
  codec: Pick<Codec, 'encode'>,
): Promise<
  { readonly ok: true; readonly record: OutgoingRecord } | { readonly ok: false; readonly error: ErrorDetail }
> {
  let value: Buffer;
  try {
    value = await codec.encode(event.entity, entity);
  } catch (error) {
    if (isRefusal(error)) return { ok: false, error: describeRefusal(error) };
    throw error;
  }
  const key = eventKey(event.connection, event.sourceId);
  const headers = { ...formatEventHeaders(event), ...formatFacts(describeRecord(event.entity, entity)) };
  return { ok: true, record: { key, value, headers } };
}
