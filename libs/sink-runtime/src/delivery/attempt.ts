import { describeRecord, type FieldProblem } from '@entrepot/canonical';
import { decideFlow, evaluateFields, evaluateLineFields, MappingError } from '@entrepot/mapping';
import type { LinkDocument, LinkKey } from '@entrepot/store';
import type { NaturalKey, OpenEntity, PlannedDocument, ResolvedDependency } from '@entrepot/vendor-kit';
import type { Delivery } from '../ports.ts';
import {
  describeDifference,
  describeNotCarriedOver,
  describePending,
  describeProblem,
  describeUnwritten,
} from '../problems.ts';
import { lookUpDependencies, resolveDependencies } from './dependencies.ts';
import { type AttemptResult, endAttempt, failAttempt } from './lane-record.ts';
import {
  decideFromLink,
  isRepetition,
  isSameDocument,
  LinkEdit,
  type LinkVersion,
  linkLock,
  naturalKeyLock,
} from './link-edit.ts';
import type { AttemptScope } from './scope.ts';
import { listNotCarriedOver, mustVerify, readNumbers, verifyDocuments, type WrittenPlan } from './verify.ts';
import { type DocumentResult, noteInFlightUpdate, writeDocument } from './write-document.ts';

/**
 * One attempt at one delivery: link → versions → dependencies → mapping → documents → verification → link. Returns how
 * it ended; throws the errors that {@link decideOnError} judges. In either case it writes what it learned of the target
 * to the link.
 */
export async function attemptDelivery(scope: AttemptScope): Promise<AttemptResult> {
  checkSettings(scope);
  const { delivery, access } = scope;
  const { entity } = delivery.event;
  const target = access.target.entity(entity);
  if (target === null) return failAttempt(describeUnwritten(entity));
  const key: LinkKey = { target: access.connection.id, entity, sourceKey: delivery.key };
  const naturalKeys = target.naturalKeys(scope.entity, scope.flow.settings);
  const locks = naturalKeys.map((each) => naturalKeyLock(key.target, entity, each.key));
  return scope.locks.run([linkLock(key), ...locks], async () => {
    // Requested in the same turn of the event loop: one database read fetches the links of the record and of its
    // dependencies.
    const looking = lookUpDependencies(scope, target);
    // Looked at only if the record's own link does not decide.
    looking.catch(() => undefined);
    const link = await scope.links.get(key);
    const decided =
      decideFromLink(link, delivery, scope.flow.mappingRevision) ?? decideDeleted(link, delivery.event.deleted);
    if (decided !== null) return decided;
    const edit = new LinkEdit(scope.links, key, link, {
      epoch: access.epoch,
      nowMicros: () => scope.clock.nowMicros(),
      deliveryId: delivery.lane.deliveryId,
    });
    if (link !== null && isRepetition(link, delivery)) return followVersion(edit, link, delivery);
    noteInFlightUpdate(scope, key, link);
    if (link === null || link.documents.length === 0) await checkFilter(scope);
    const dependencies = await resolveDependencies(scope, await looking);
    if (!dependencies.ok) return { ...dependencies.result, documents: edit.shownDocuments() };
    return deliverDocuments(scope, target, edit, link, dependencies.resolved, naturalKeys);
  });
}

/** @throws MappingError when the flow's settings, saved by an older release, cannot be used by this one */
function checkSettings({ flow }: AttemptScope): void {
  if (flow.usable) return;
  const faults = flow.problems.map(({ path, message }) => `${path} ${message ?? 'is not valid'}`).join('; ');
  throw new MappingError('flow-settings-invalid', `The settings of the flow cannot be used: ${faults}`, {
    advice: "Correct them in the flow's settings, then retry.",
    fields: flow.problems,
  });
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
  const { lineMap, targetStateHash } = link;
  // The mapping revision stays: later changes of the mapping are not in the target.
  const version = { version: event.version, mappingRevision: link.mappingRevision ?? 0 };
  await edit.conclude(version, event.contentHash, { lineMap, targetStateHash });
  return endAttempt('unchanged', { documents: edit.shownDocuments() });
}

/** A record deleted at its source that the target never had. */
function decideDeleted(link: LinkDocument | null, deleted: boolean): AttemptResult | null {
  if (!deleted) return null;
  if (link?.documents.some((document) => document.targetId !== null || document.intent !== null)) return null;
  return endAttempt('unchanged', {
    error: describeProblem(
      'source',
      'deleted-before-delivery',
      'Deleted at its source before it reached the target',
      null,
    ),
  });
}

async function deliverDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  link: LinkDocument | null,
  resolved: readonly ResolvedDependency[],
  naturalKeys: readonly NaturalKey[],
): Promise<AttemptResult> {
  const { access } = scope;
  const profile = await scope.call('companyProfile', (call) => access.target.companyProfile(call));
  const { settings } = scope.flow;
  const { entity } = scope.delivery.event;
  const mapped = target.map(scope.entity, {
    flow: settings,
    fields: await evaluateFields(settings, entity, scope.entity),
    lineFields: await evaluateLineFields(settings, entity, scope.entity),
    resolved,
    profile,
    sourceKey: edit.key.sourceKey,
    existing: (document) => edit.document(document)?.targetId ?? null,
    lineMap: link?.lineMap ?? [],
    now: () => scope.clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return failAttempt(mapped.error, edit.shownDocuments());
  const version = versionOf(scope);
  try {
    const written = await writeDocuments(scope, target, edit, mapped.documents, naturalKeys);
    const ended = endEarly(written);
    if (ended !== null) return { ...ended, documents: edit.shownDocuments() };
    const { result, targetStateHash } = await concludeDelivery(scope, target, edit, written);
    // Only a state that arrived as planned counts as "unchanged" next time; a mismatch is compared again.
    const contentHash = result.outcome === 'mismatch' ? '' : scope.delivery.event.contentHash;
    await edit.conclude(version, contentHash, { lineMap: mapped.lineMap, targetStateHash });
    return { ...result, documents: edit.shownDocuments() };
  } finally {
    await edit.flush();
  }
}

function versionOf({ delivery, flow }: AttemptScope): LinkVersion {
  return { version: delivery.event.version, mappingRevision: flow.mappingRevision };
}

/** Writes the documents in the planned order; stops at the first one that fails. */
async function writeDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  documents: readonly PlannedDocument[],
  naturalKeys: readonly NaturalKey[],
): Promise<WrittenPlan[]> {
  const written: WrittenPlan[] = [];
  const findNewer = (): Promise<number | null> => findNewerVersion(scope, edit);
  const version = versionOf(scope);
  const find = scope.access.target.finder(scope.delivery.event.entity);
  for (const planned of documents) {
    const natural = naturalKeys.find(({ document }) => isSameDocument(document, planned));
    const adoptable =
      natural === undefined || find === null ? null : () => scope.call('match', (call) => find(natural.key, call));
    const result = await writeDocument(scope, { target, edit, planned, version, findNewer, adoptable });
    written.push({ planned, result });
    if (!isWritten(result)) break;
  }
  return written;
}

/**
 * While the target holds nothing of the record, the router skips versions that no longer match (cancelled before
 * import). A version that matched earlier must then not be created. So the attempt, after writing its intent, asks
 * whether a newer version has been published; the router looks for the intent after the newer version was published.
 * One of the two always sees the other.
 */
async function findNewerVersion({ delivery, published }: AttemptScope, edit: LinkEdit): Promise<number | null> {
  const known = edit.documents().some((document) => document.targetId !== null);
  if (known || delivery.lane.force) return null;
  const { entity, connection, sourceId, version, contentHash } = delivery.event;
  const newest = await published.newest(entity, connection, sourceId);
  // A republished state goes to no target that lacks it: this delivery is the one that brings it.
  if (newest === null || newest.contentHash === contentHash) return null;
  return newest.version > version ? newest.version : null;
}

function isWritten({ status }: DocumentResult): boolean {
  return status === 'created' || status === 'applied' || status === 'unchanged' || status === 'absent';
}

function endEarly(written: readonly WrittenPlan[]): AttemptResult | null {
  const last = written.at(-1)?.result;
  switch (last?.status) {
    case 'in-doubt':
      return endAttempt('in-doubt', { error: last.error, notBeforeMicros: last.notBeforeMicros });
    case 'mismatch':
      return endAttempt('mismatch', { error: last.error });
    case 'refused':
      return failAttempt(last.error);
    case 'overtaken':
      return endAttempt('superseded', { supersededBy: last.by });
    case 'accepted':
      return endAttempt('accepted', { error: describePending(written.at(-1)?.planned) });
    default:
      return null;
  }
}

function endWithoutVerification(untouched: boolean, notCarriedOver: readonly FieldProblem[]): AttemptResult {
  const outcome = untouched ? 'unchanged' : 'delivered';
  return notCarriedOver.length === 0
    ? endAttempt(outcome)
    : endAttempt(outcome, { error: describeNotCarriedOver(notCarriedOver) });
}

async function concludeDelivery(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  written: readonly WrittenPlan[],
): Promise<{ readonly result: AttemptResult; readonly targetStateHash: string | null }> {
  const untouched = written.every(({ result }) => result.status === 'unchanged' || result.status === 'absent');
  const notCarriedOver = listNotCarriedOver(written);
  if (!mustVerify(scope, target) || written.every(({ result }) => result.status === 'absent')) {
    await readNumbers(scope, target, edit, written);
    return { result: endWithoutVerification(untouched, notCarriedOver), targetStateHash: null };
  }
  const { problems, stateHash } = await verifyDocuments(scope, target, edit, written);
  if (problems.length > 0)
    return { result: endAttempt('mismatch', { error: describeDifference(problems) }), targetStateHash: stateHash };
  // "Verified" says that the target equals the source: not where a difference was left.
  const result =
    notCarriedOver.length === 0 ? endAttempt('verified') : endWithoutVerification(untouched, notCarriedOver);
  return { result, targetStateHash: stateHash };
}
