import type { BrokerRecord } from '@entrepot/broker';
import {
  type AttemptReport,
  CONFIRMATION_OVERDUE,
  type EntityName,
  type EntityOf,
  entityTopic,
  parseEventHeaders,
  parseLaneHeaders,
  type Report,
} from '@entrepot/canonical';
import { parseInboxMessage } from '@entrepot/connector-runtime/core';
import { type Delivery, isFinal } from '@entrepot/ledger/states';
import type { Conditions } from '../infrastructure/conditions.ts';
import { contentOf, ERP, normalise, readRecord, SHOP, SIM_ENTITIES, type SimEntity } from '../models/records.ts';
import type { SourceSystem } from '../models/source-system.ts';
import type { TargetDocument } from '../models/target-document.ts';
import type { TargetSystem } from '../models/target-system.ts';
import { MAX_BEHIND_MICROS } from '../plan/plan.ts';
import { checkMade } from './fulfilment-checks.ts';

interface CheckConditions extends Conditions {
  readonly shop: SourceSystem;
  readonly outlet: SourceSystem;
  readonly catalogue: SourceSystem;
  source(connection: string): SourceSystem;
  readonly erp: TargetSystem;
  readonly branch: TargetSystem;
  readonly storefront: TargetSystem;
  system(connection: string): TargetSystem;
  /** The last text that a person entered in the shop, by customer. */
  readonly customers: ReadonlyMap<string, { readonly email: string; readonly content: string }>;
  decode(value: Buffer): EntityOf<EntityName>;
}

/** The ledger's contents at the end. */
interface LedgerState {
  readonly deliveries: ReadonlyMap<string, Delivery>;
  readonly corrections: ReadonlyMap<string, string>;
}

/** Invariants at each commit, and at the end. It reads logs and systems, never the beliefs of the code under test. */
export class Checks {
  readonly #world: CheckConditions;
  readonly #routed = new Set<string>();
  readonly #told = new Set<string>();

  constructor(world: CheckConditions) {
    this.#world = world;
  }

  noteReport(report: Report): void {
    if (report.kind === 'routed') {
      if (report.problem !== undefined) this.#world.blame(`unroutable: ${report.problem.message}`);
      this.#routed.add(nameEvent(report));
    }
    if (report.kind === 'confirmed') this.#told.add(report.reportId.replace('confirmed/', ''));
    if (report.kind === 'attempt') {
      if (report.routing !== null) this.#routed.add(nameEvent({ ...report, ...report.routing }));
      this.#told.add(placeOf(report.lane));
      if (report.outcome === 'verified') this.#isAsTold(report);
      const { error } = report;
      if (report.outcome === 'failed' && error?.code !== CONFIRMATION_OVERDUE)
        this.#world.blame(`${report.sourceId} v${report.version} failed: ${error?.message}`);
      else if (error?.kind === 'bug') this.#world.blame(`a bug: ${error.message}`);
    }
  }

  /** What is told as verified is in the target as it was written. */
  #isAsTold({ to, version, documents }: AttemptReport): void {
    const target = this.#world.system(to);
    for (const { targetId } of documents) {
      const document = target.documents.find(({ id }) => id === targetId);
      if (document?.garbledVersion === version)
        this.#world.blame(`${document.ref} v${version} is told as verified, though it holds ${document.content}`);
    }
  }

  /** A later uncommitted hint of the same record covers both. */
  hintIsFollowed(record: BrokerRecord, committed: bigint): void {
    const hint = parseInboxMessage(record.value);
    if (hint === null || hint.entity === 'customer') return;
    const { connection, sourceId } = hint;
    const entity = hint.entity as SimEntity;
    const receivedAtMicros = hint.receivedAtMicros + MAX_BEHIND_MICROS;
    const history = this.#world.source(connection).history(entity, sourceId);
    const known = history.findLastIndex(({ changedAtMicros }) => changedAtMicros <= receivedAtMicros);
    const since = new Set(history.slice(known).map(contentOf));
    const shown = this.#eventsOf(entity, connection, sourceId).some(({ state }) => since.has(contentOf(state)));
    const rest = this.#world.logs.records(record.topic, record.partition).slice(Number(committed));
    if (!shown && !rest.some(({ key }) => key === record.key))
      this.#world.blame(`the hint at ${record.offset} of ${sourceId} is committed, but no state since is published`);
  }

  /** The ERP's own orders go nowhere: they confirm what was written into it. */
  #isRouted({ topic, key }: BrokerRecord): boolean {
    return topic !== entityTopic('order') || !key?.startsWith(`${ERP}/`);
  }

  eventIsRouted(record: BrokerRecord): void {
    if (this.#isRouted(record) && !this.#routed.has(nameEvent(parseEventHeaders(record.headers))))
      this.#world.blame(`${placeOf(record)} is committed by the router, but its routing was never told`);
  }

  /** Of two copies of one delivery the later one may account for both. */
  deliveryIsTold(record: BrokerRecord, committed: bigint): void {
    if (this.#told.has(placeOf(record))) return;
    const { topic, partition, headers } = record;
    const id = parseLaneHeaders(headers)?.deliveryId;
    const copies = this.#world.logs
      .records(topic, partition)
      .slice(Number(record.offset) + 1)
      .filter((later) => parseLaneHeaders(later.headers)?.deliveryId === id);
    if (copies.some((later) => later.offset >= committed || this.#told.has(placeOf(later)))) return;
    this.#world.blame(`${placeOf(record)} is committed by the lane, but no outcome was told`);
  }

  /** When no work is left. */
  atEnd(ledger: LedgerState): void {
    const { shop, outlet, catalogue, erp, branch } = this.#world;
    for (const source of [shop, outlet])
      for (const { entity, id } of source.records()) this.#recordArrived(source, erp, entity, id, ledger);
    for (const { entity, id } of catalogue.records()) {
      if (entity === 'product') this.#recordArrived(catalogue, branch, entity, id, ledger);
      if (entity !== 'shipment' && entity !== 'invoice') continue;
      this.#newestIsPublished(catalogue, entity, id);
      checkMade(this.#world, catalogue.current(entity, id));
    }
    for (const [id, { email, content }] of this.#world.customers) this.#customerArrived(id, email, content);
    for (const delivery of ledger.deliveries.values())
      if (!isFinal(delivery.state))
        this.#world.blame(`delivery of ${delivery.sourceId} v${delivery.version} stays ${delivery.state}`);
    this.#eventsAreAccounted(ledger);
  }

  #recordArrived(source: SourceSystem, target: TargetSystem, entity: SimEntity, id: string, ledger: LedgerState): void {
    const world = this.#world;
    const { connection } = source;
    const newest = this.#newestIsPublished(source, entity, id);
    // What becomes of shared products has checks of its own.
    if (newest === null || (entity === 'product' && world.plan.scenarios.shared !== null)) return;
    const state = source.current(entity, id);
    const corrected = ledger.corrections.get(newest.headers.eventId);
    const { cancelled } = state;
    const arrived = (role: string | null, subId: string | null, content: string): TargetDocument | null => {
      const of = role === null ? `${entity} ${id}` : `${role} ${subId} of ${entity} ${id}`;
      return this.#documentArrived(target, { of, ref: referenceOf(connection, id, role, subId) }, content, cancelled);
    };
    const main = arrived(null, null, corrected ?? state.content);
    for (const { role, subId, content } of state.parts) arrived(role, subId, content);
    if (main === null || state.variant === null || state.cancelled) return;
    const { product, id: variant } = state.variant;
    const sold = world.erp.documents.find(({ ref }) => ref === referenceOf(SHOP, product, 'variant', variant));
    if (main.item !== sold?.id) world.blame(`order ${id} sells ${main.item}, not variant ${variant}, ${sold?.id}`);
  }

  /** Returns the newest event of a record; null when there is none. */
  #newestIsPublished(source: SourceSystem, entity: SimEntity, id: string): Published | null {
    const events = this.#eventsOf(entity, source.connection, id);
    const [first] = events;
    if (first === undefined) {
      this.#world.blame(`${entity} ${id} was never published`);
      return null;
    }
    const newest = events.reduce((a, b) => (b.headers.version >= a.headers.version ? b : a), first);
    this.#versionsFollowHistory(source, entity, id, events);
    const [shown, held] = [contentOf(newest.state), contentOf(source.current(entity, id))];
    if (shown !== held) this.#world.blame(`the newest event of ${entity} ${id} holds ${shown}, its source ${held}`);
    return newest;
  }

  /** One document, with the newest content. Returns it; null when a cancelled record has none. */
  #documentArrived(
    target: TargetSystem,
    { of, ref }: { readonly of: string; readonly ref: string },
    content: string,
    cancelled: boolean,
  ): TargetDocument | null {
    const world = this.#world;
    const documents = target.documents.filter((each) => each.ref === ref);
    const [document = null] = documents;
    if (documents.length > 1) world.blame(`${of} has ${documents.length} documents`);
    if (document === null) {
      if (!cancelled) world.blame(`${of} never arrived`);
      return null;
    }
    const wanted = target === world.erp ? normalise(content) : content;
    if (document.cancelled !== cancelled) world.blame(`${of}: cancelled is ${document.cancelled} in the target`);
    else if (!cancelled && document.content !== wanted)
      world.blame(`${of} holds ${document.content} in the target instead of ${wanted}`);
    return document;
  }

  /**
   * A higher version never shows an earlier state, even though the newest one would repair it: a target may have been written meanwhile.
   */
  #versionsFollowHistory(source: SourceSystem, entity: SimEntity, id: string, events: readonly Published[]): void {
    const history = source.history(entity, id);
    let reached = 0;
    for (const { headers, state } of events.toSorted((a, b) => a.headers.version - b.headers.version)) {
      const content = contentOf(state);
      const shown = history.findIndex((each, at) => at >= reached && contentOf(each) === content);
      if (shown < 0) {
        this.#world.blame(
          `version ${headers.version} of ${entity} ${id} holds ${content}, which had been changed before a lower one`,
        );
        return;
      }
      reached = shown;
    }
  }

  /** One document of each customer in each company, with the last text that a person entered: the ERP keeps it in its own letters. */
  #customerArrived(id: string, email: string, typed: string): void {
    const { erp, branch } = this.#world;
    for (const [system, wanted] of [[erp, normalise(typed)] as const, [branch, typed] as const]) {
      const documents = system.documents.filter((each) => each.entity === 'customer' && each.email === email);
      if (documents.length !== 1)
        this.#world.blame(`customer ${id} has ${documents.length} documents in the ${system.name}`);
      else if (documents[0]?.content !== wanted)
        this.#world.blame(`customer ${id} holds ${documents[0]?.content} in the ${system.name}, not ${wanted}`);
    }
  }

  #eventsAreAccounted(ledger: LedgerState): void {
    const eventsWithDelivery = new Set([...ledger.deliveries.values()].map(({ eventId }) => eventId));
    for (const entity of SIM_ENTITIES) {
      const hashes = new Map<string, string>();
      for (const record of this.#world.logs.all(entityTopic(entity))) {
        const { eventId, version, contentHash } = parseEventHeaders(record.headers);
        const known = hashes.get(`${record.key}@${version}`);
        if (known !== undefined && known !== contentHash)
          this.#world.blame(`${record.key} has two contents of version ${version}`);
        hashes.set(`${record.key}@${version}`, contentHash);
        if (this.#isRouted(record) && !eventsWithDelivery.has(eventId))
          this.#world.blame(`event ${record.key} v${version} has no delivery`);
      }
    }
  }

  #eventsOf(entity: SimEntity, connection: string, id: string): Published[] {
    return this.#world.logs
      .all(entityTopic(entity))
      .filter(({ key }) => key === `${connection}/${id}`)
      .map(({ headers, value }) => ({
        headers: parseEventHeaders(headers),
        state: readRecord(this.#world.decode(value as Buffer)).state,
      }));
  }
}

interface Published {
  readonly headers: ReturnType<typeof parseEventHeaders>;
  readonly state: ReturnType<typeof readRecord>['state'];
}

/** As the reference of a document is promised to be. */
function referenceOf(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join('/');
}

function nameEvent({ eventId, publishedAtMicros }: { eventId: string; publishedAtMicros: number }): string {
  return `${eventId}@${publishedAtMicros}`;
}

function placeOf({ topic, partition, offset }: { topic: string; partition: number; offset: bigint | string }): string {
  return `${topic}/${partition}/${offset}`;
}
