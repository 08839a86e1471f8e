import { describeRecord, type FieldProblem } from '@entrepot/canonical';
import { decideFlow } from '@entrepot/mapping';
import type { LinkDocument, LinkKey } from '@entrepot/store';
import type { NaturalKey, OpenEntity } from '@entrepot/vendor-kit';
import { describeSides, NOT_IN_TARGET } from '../notes.ts';
import type { Delivery } from '../ports.ts';
import { describeProblem, describeUnwritten, settingsError } from '../problems.ts';
import { resolveDependencies } from './dependencies.ts';
import { planDocuments, verifyDocuments, versionOf, writeDocuments } from './documents.ts';
import { noteInFlightUpdate } from './find-document.ts';
import { LinkEdit } from './link-edit.ts';
import {
  type LookedUpDependency,
  linkLock,
  lookOnly,
  lookUpDependencies,
  naturalKeyLock,
  queueLock,
  readUnderLock,
} from './linked.ts';
import {
  type AttemptResult,
  type AttemptScope,
  endAttempt,
  failAttempt,
  isDone,
  joinResults,
  showDocument,
} from './outcomes.ts';
import { WatchedStates } from './watched-states.ts';

/**
 * One attempt at one delivery: link → versions → dependencies → mapping → documents → verification → link. Returns how
 * it ended; throws the errors that {@link decideOnError} judges. In either case it writes what it learned of the target
 * to the link.
 */
export async function attemptDelivery(scope: AttemptScope): Promise<AttemptResult> {
  if (!scope.flow.usable) throw settingsError(scope.flow);
  const { delivery, access } = scope;
  const { entity } = delivery.event;
  const target = access.target.entity(entity);
  if (target === null) return failAttempt(describeUnwritten(entity));
  const key: LinkKey = { target: access.connection.id, entity, sourceKey: delivery.key };
  const naturalKeys = target.naturalKeys(scope.entity, scope.flow.settings);
  const locks = naturalKeys.map((each) => naturalKeyLock(key.target, entity, each.key));
  return scope.locks.run([queueLock(key.target, delivery.queue), linkLock(key), ...locks], async () => {
    // Requested in the same turn of the event loop: one database read fetches the links of the record and of its
    // dependencies.
    const looking = lookUpDependencies(scope, target);
    // Looked at only if the record's own link does not decide.
    looking.catch(() => undefined);
    const link = await readUnderLock(scope.links, access, key);
    const decided =
      decideFromLink(link, delivery, scope.flow.mappingRevision) ?? decideDeleted(link, delivery.event.deleted);
    if (decided !== null) return target.fieldGroups === null ? decided : tellDecided(scope, link, decided);
    const edit = new LinkEdit(scope.links, key, link, {
      epoch: access.epoch,
      unwritten: access.unwritten,
      nowMicros: () => scope.clock.nowMicros(),
      deliveryId: delivery.lane.deliveryId,
    });
    if (link !== null && isRepetition(link, delivery)) return followVersion(edit, link, delivery);
    noteInFlightUpdate(scope, key, link);
    if (link === null || link.documents.length === 0) await checkFilter(scope);
    const result = await bringDocuments(scope, target, edit, await looking, naturalKeys);
    return { ...result, documents: edit.shownDocuments(target.confirmation) };
  });
}

/** Brings the record's documents to their plan. What it learned of the target is written to the link even if it throws. */
async function bringDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  lookedUp: readonly LookedUpDependency[],
  naturalKeys: readonly NaturalKey[],
): Promise<AttemptResult> {
  const needed = mayBeWritten(scope, edit) ? lookedUp : lookOnly(lookedUp);
  const dependencies = await resolveDependencies(scope, needed, edit.documents().length > 0);
  if (!dependencies.ok) return dependencies.result;
  const plan = await planDocuments(scope, target, edit, dependencies.resolved);
  if (!plan.ok) return failAttempt(plan.error);
  const { fieldGroups } = target;
  const watched = fieldGroups === null ? null : await WatchedStates.open(scope, target, fieldGroups, edit);
  const newer = (await watched?.findNewer()) ?? null;
  if (newer !== null) return endAttempt('superseded', { supersededBy: newer });
  try {
    const ends = await writeDocuments(scope, { target, edit, watched }, plan.documents, naturalKeys);
    const written = joinResults(ends.map(({ result }) => result));
    if (!isDone(written)) return written;
    const result = await verifyDocuments(scope, { target, edit, watched }, ends, written);
    // What differs, or is not there yet, is tried again with the next retry: only the rest counts as "unchanged" then.
    const isOpen = result.outcome === 'mismatch' || ends.some((end) => end.result.error?.code === NOT_IN_TARGET);
    await edit.conclude(versionOf(scope), isOpen ? '' : scope.delivery.event.contentHash);
    return result;
  } finally {
    await edit.flush();
  }
}

/** Whether the flow writes the record, as far as its link tells: if not, nothing is made for it, and nothing awaited. */
function mayBeWritten({ flow }: AttemptScope, edit: LinkEdit): boolean {
  const { writeMode } = flow.settings;
  return writeMode === 'update-only' ? edit.documents().length > 0 : writeMode !== 'link-only';
}

/**
 * Re-evaluates the filter only so that an expression error becomes a failed delivery.
 * @throws MappingError when the expression fails
 */
async function checkFilter({ flow, entity, delivery }: AttemptScope): Promise<void> {
  if (flow.settings.filter === null) return;
  const facts = describeRecord(delivery.event.entity, entity);
  await decideFlow(flow.settings, delivery.event.entity, facts, async () => entity, { linked: false });
}

/**
 * The target holds this state already, from the version before: only the link moves to the new version, as if it had
 * been delivered.
 */
async function followVersion(edit: LinkEdit, link: LinkDocument, { event }: Delivery): Promise<AttemptResult> {
  // The mapping revision stays: later changes of the mapping are not in the target.
  const version = { version: event.version, mappingRevision: link.mappingRevision ?? 0 };
  await edit.conclude(version, event.contentHash);
  return endAttempt('unchanged', { documents: edit.shownDocuments(null) });
}

/** What was decided about changes on both sides is reported, also where the process that concluded the delivery did not live to do so. */
async function tellDecided(
  { flow, delivery, states }: AttemptScope,
  link: LinkDocument | null,
  result: AttemptResult,
): Promise<AttemptResult> {
  if (link === null || result.outcome !== 'unchanged' || result.error !== null) return result;
  const ids = link.documents.flatMap(({ role, targetId }) => (targetId === null ? [] : [{ role, targetId }]));
  const stored = await Promise.all(ids.map((id) => states.get({ connection: flow.to, ...id })));
  const decided = stored
    .flatMap((state) => state?.decided ?? [])
    .filter(({ source, version }) => source === flow.from && version === delivery.event.version);
  const nameFields = (groups: readonly string[]): FieldProblem[] => groups.map((path) => ({ path }));
  const lost = nameFields(decided.flatMap((each) => each.lost));
  return { ...result, error: describeSides(lost, nameFields(decided.flatMap((each) => each.overwritten))) };
}

/** A record deleted at its source that the target never had. */
function decideDeleted(link: LinkDocument | null, deleted: boolean): AttemptResult | null {
  if (!deleted) return null;
  if (link?.documents.some(({ targetId, intent, draft }) => targetId !== null || intent !== null || draft)) return null;
  return endAttempt('unchanged', {
    error: describeProblem(
      'source',
      'deleted-before-delivery',
      'Deleted at its source before it reached the target',
      null,
    ),
  });
}

/**
 * What the link alone decides, before any call: a person's mark, a newer version delivered, or nothing to do. Null:
 * continue. `force` (an operator's retry) sends an unchanged state again, but never overwrites a newer version.
 */
function decideFromLink(link: LinkDocument | null, delivery: Delivery, mappingRevision: number): AttemptResult | null {
  if (link === null) return null;
  const mark = link.marks.find((candidate) => candidate.deliveryId === delivery.lane.deliveryId);
  if (mark !== undefined) {
    return endAttempt(mark.kind, {
      error: describeProblem('mark', mark.kind, `${mark.kind} by ${mark.by}: ${mark.reason}`, null),
    });
  }
  const { version, contentHash } = delivery.event;
  if (link.deliveredVersion === null || link.deliveredVersion < version) return null;
  if (link.deliveredVersion > version) return endAttempt('superseded', { supersededBy: link.deliveredVersion });
  // Equal versions of different content exist (a source without change stamps, a publisher that crashed): only equal content is unchanged.
  const unchanged = link.deliveredHash === contentHash && link.mappingRevision === mappingRevision;
  if (!unchanged || delivery.lane.force) return null;
  return endAttempt('unchanged', { documents: link.documents.map(showDocument) });
}

/**
 * True for a republished state whose content the target holds completely: a send of another version first empties the
 * link's hash. An operator's forced retry is sent regardless.
 */
function isRepetition(link: Pick<LinkDocument, 'deliveredHash'>, { event, lane }: Delivery): boolean {
  return event.repeats !== null && link.deliveredHash === event.contentHash && !lane.force;
}
