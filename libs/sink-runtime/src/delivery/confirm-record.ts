import type { BrokerRecord } from '@entrepot/broker';
import {
  type Confirmation,
  type ConfirmedDocument,
  type ConfirmedReport,
  type EntityName,
  isInTarget,
  isSameDocument,
  parseConfirmation,
  parseEventKey,
  type TargetDocument,
} from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { LinkDocument, LinkKey } from '@entrepot/store';
import type { KeyLocks } from '@entrepot/vendor-kit';
import { linkLock, readUnderLock } from '../attempt/linked.ts';
import { showDocument } from '../attempt/outcomes.ts';
import { LaneInterrupted, type TargetAccess } from '../lane/access.ts';
import type { Outages } from '../lane/holds.ts';
import type { Lanes } from '../lane/lanes.ts';
import { type Configuration, type Links, Outage, type Reports } from '../ports.ts';
import { NotADelivery } from '../records.ts';
import { reportDeadLetter } from './dead-letter.ts';

export interface ConfirmDeps {
  readonly vendor: string;
  readonly clock: Clock;
  readonly links: Pick<Links, 'get' | 'recordDocument'>;
  readonly configuration: Pick<Configuration, 'connection'>;
  readonly reports: Reports;
  readonly outages: Outages;
  readonly locks: KeyLocks;
  readonly lanes: Pick<Lanes, 'of'>;
  readonly observe: ConfirmationObserver;
}

export interface ConfirmationObserver {
  confirmed(connection: string, entity: EntityName, result: ConfirmationResult): void;
  unreadable(record: BrokerRecord, why: NotADelivery): void;
}

/** Until the link is tried again after an outage, or under the lane's next epoch. */
const INTERRUPTED_MS = 100;

/** What a confirmation says of a link. */
export type ConfirmationResult = 'confirmed' | 'repeated' | 'unknown' | 'contradicting';

type Decision =
  | { readonly result: 'confirmed' | 'repeated'; readonly document: TargetDocument }
  /** No document of ours, or another one than the link has: nothing is changed. */
  | { readonly result: 'unknown' | 'contradicting'; readonly why: NotADelivery };

/**
 * Notes on the link that the target holds a document, as its connector read it there. Idempotent: a repeated confirmation changes nothing
 * and is reported again. What fits no link is reported as a dead letter. Resolves when the report is acknowledged; rejects only when
 * `signal` aborts.
 */
export async function confirmRecord(deps: ConfirmDeps, record: BrokerRecord, signal: AbortSignal): Promise<void> {
  const confirmation = parseConfirmation(record.key, record.headers);
  if (confirmation === null)
    return reportDeadLetter(deps, record, new NotADelivery('its confirmation cannot be read'), signal);
  const decision = await decideInLane(deps, confirmation, signal);
  const { to, entity } = confirmation;
  deps.observe.confirmed(to, entity, decision.result);
  if ('why' in decision) return reportDeadLetter(deps, record, decision.why, signal);
  const report = buildReport(record, confirmation, decision.document, deps.clock.nowMicros());
  await deps.outages.waitOut(() => deps.reports.send(confirmation.sourceKey, report), signal);
}

/** Waits for the lane, as deliveries do: only under its epoch may the link be changed. */
async function decideInLane(deps: ConfirmDeps, confirmation: Confirmation, signal: AbortSignal): Promise<Decision> {
  const { lanes, locks, clock, configuration, vendor, outages } = deps;
  const key: LinkKey = { target: confirmation.to, entity: confirmation.entity, sourceKey: confirmation.sourceKey };
  for (;;) {
    signal.throwIfAborted();
    // A lane of another sink, or of nobody, would never open.
    if (configuration.connection(confirmation.to)?.vendor !== vendor)
      return { result: 'unknown', why: new NotADelivery(`${confirmation.to} is no connection of this sink`) };
    const lane = lanes.of(confirmation.to);
    const entry = await lane.enter(signal);
    if (entry === null) continue;
    try {
      return await locks.run([linkLock(key)], () => changeLink(deps.links, entry.session, key, confirmation.document));
    } catch (error) {
      if (error instanceof Outage) outages.note(error);
      else if (!(error instanceof LaneInterrupted)) throw error;
    } finally {
      lane.leave(entry);
    }
    await clock.sleep(INTERRUPTED_MS, signal);
  }
}

async function changeLink(
  links: ConfirmDeps['links'],
  access: Pick<TargetAccess, 'epoch' | 'unwritten'>,
  key: LinkKey,
  confirmed: ConfirmedDocument,
): Promise<Decision> {
  const linked = findDocument(await readUnderLock(links, access, key), confirmed);
  if (linked === null) return { result: 'unknown', why: unknownReference(key, confirmed) };
  const { targetId, number, lines } = confirmed;
  const isThere = isInTarget(linked);
  if (isThere && linked.targetId !== targetId)
    return { result: 'contradicting', why: secondDocument(confirmed, linked.targetNumber ?? linked.targetId ?? '') };
  const document = { ...showDocument(linked), targetId, targetNumber: number ?? linked.targetNumber, draft: false };
  if (isThere && linked.targetNumber === document.targetNumber) return { result: 'repeated', document };
  const write = await links.recordDocument(
    key,
    {
      ...document,
      ...(linked.accepted && !isThere ? { accepted: null } : {}),
      ...(lines === undefined ? {} : { lines }),
    },
    access.epoch,
  );
  if (write.refused) throw new LaneInterrupted(`link ${key.entity} ${key.sourceKey} was written under a later epoch`);
  return { result: 'confirmed', document };
}

/** Role and reference must fit: systems copy a reference from an order to what follows from it. */
function findDocument(
  link: LinkDocument | null,
  confirmed: ConfirmedDocument,
): LinkDocument['documents'][number] | null {
  const fits = (each: LinkDocument['documents'][number]): boolean =>
    isSameDocument(each, confirmed) && each.externalRef === confirmed.reference;
  return link?.documents.find(fits) ?? null;
}

function unknownReference({ entity, sourceKey }: LinkKey, { reference, role, targetId }: ConfirmedDocument) {
  return new NotADelivery(
    `it confirms the ${role} ${targetId} with the reference ${reference}, which no document of the ${entity} ${sourceKey} has`,
    'Find out who gave that document our reference. Nothing was changed: a delivery that waits for its confirmation goes on waiting.',
  );
}

function secondDocument({ reference, role, targetId }: ConfirmedDocument, first: string) {
  return new NotADelivery(
    `it confirms the ${role} ${targetId} with the reference ${reference}, which the document ${first} has already`,
    'The target holds two documents with one reference: cancel or re-reference one of them there.',
  );
}

function buildReport(
  { topic, partition, offset }: BrokerRecord,
  { to, entity, sourceKey }: Confirmation,
  document: TargetDocument,
  atMicros: number,
): ConfirmedReport {
  const { connection, id } = parseEventKey(sourceKey);
  const reportId = `confirmed/${topic}/${partition}/${offset}`;
  return { kind: 'confirmed', reportId, entity, connection, sourceId: id, to, document, atMicros };
}
