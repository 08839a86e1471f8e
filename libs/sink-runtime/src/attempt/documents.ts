import { type FieldProblem, isSameDocument, parseEventKey } from '@entrepot/canonical';
import { evaluateFields, evaluateLineFields } from '@entrepot/mapping';
import {
  type DocumentKey,
  type FoundDocument,
  type MapOutcome,
  type NaturalKey,
  nameDocument,
  type OpenEntity,
  type PlannedDocument,
  type ResolvedDependency,
  VendorError,
} from '@entrepot/vendor-kit';
import { NOT_CARRIED_OVER, TARGET_KEPT, TARGET_OVERWRITTEN } from '../notes.ts';
import { describeDifference } from '../problems.ts';
import type { LinkEdit, LinkVersion } from './link-edit.ts';
import { type AttemptResult, type AttemptScope, endAttempt, isDone, joinResults } from './outcomes.ts';
import type { WatchedStates } from './watched-states.ts';
import { writeDocument } from './write-document.ts';

/** A planned document, and what became of it. */
export interface DocumentEnd {
  readonly planned: PlannedDocument;
  readonly result: AttemptResult;
}

/** Codes of notes on documents that were brought to their plan. */
const NOTES_OF_PLANNED: readonly (string | null)[] = [NOT_CARRIED_OVER, TARGET_KEPT, TARGET_OVERWRITTEN];

/** A record's documents in the target, as an attempt knows them. */
export interface RecordDocuments {
  readonly target: OpenEntity;
  readonly edit: LinkEdit;
  readonly watched: WatchedStates | null;
}

/** Maps the record to the documents that it wants in the target. */
export async function planDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  resolved: readonly ResolvedDependency[],
): Promise<MapOutcome<PlannedDocument>> {
  const { access } = scope;
  const profile = await scope.call('companyProfile', (call) => access.target.companyProfile(call));
  const { settings } = scope.flow;
  const { entity } = scope.delivery.event;
  const collected = target.collect(scope.entity, settings);
  return target.map(scope.entity, {
    flow: settings,
    fields: await evaluateFields(settings, entity, scope.entity),
    lineFields: await evaluateLineFields(settings, entity, scope.entity),
    resolved,
    profile,
    sourceKey: edit.key.sourceKey,
    existing: (document) => edit.existing(document),
    ...(collected.length === 0 ? {} : { collected: await scope.collect(collected) }),
    now: () => scope.clock.nowMicros() / 1_000,
  });
}

/** The version that the attempt brings, and the mapping it goes by. */
export function versionOf({ delivery, flow }: AttemptScope): LinkVersion {
  return { version: delivery.event.version, mappingRevision: flow.mappingRevision };
}

/** Writes the documents in the planned order; stops at the first one that cannot be brought to its plan. */
export async function writeDocuments(
  scope: AttemptScope,
  { target, edit, watched }: RecordDocuments,
  documents: readonly PlannedDocument[],
  naturalKeys: readonly NaturalKey[],
): Promise<DocumentEnd[]> {
  const ends: DocumentEnd[] = [];
  const findNewer = (): Promise<number | null> => findNewerVersion(scope, edit);
  const version = versionOf(scope);
  const mode = scope.flow.settings.writeMode;
  const find = scope.access.target.finder(scope.delivery.event.entity);
  for (const planned of documents) {
    const natural = naturalKeys.find(({ document }) => isSameDocument(document, planned));
    const adoptable = async (): Promise<FoundDocument[]> => {
      const partner = await findPartner(scope, { target, edit, watched }, planned);
      if (partner !== null) return [partner];
      return natural === undefined || find === null ? [] : scope.call('match', (call) => find(natural.key, call));
    };
    const result = await writeDocument(scope, { target, edit, planned, mode, version, findNewer, adoptable, watched });
    ends.push(joinNote(planned, result, watched));
    if (!isDone(result)) break;
  }
  return ends;
}

/** The plan as it was written, with what was decided about changes on both sides. */
function joinNote(planned: PlannedDocument, result: AttemptResult, watched: WatchedStates | null): DocumentEnd {
  if (watched === null || !isDone(result)) return { planned, result };
  const { planned: written, note } = watched.written(planned);
  return { planned: written, result: note === null ? result : joinResults([result, { ...result, error: note }]) };
}

/**
 * The target's own record that this one was made from by the flow that goes the other way: nobody creates it a second
 * time.
 */
async function findPartner(
  scope: AttemptScope,
  { target, watched }: RecordDocuments,
  planned: PlannedDocument,
): Promise<FoundDocument | null> {
  if (watched === null || planned.subId !== null) return null;
  const targetId = watched.findPartner(planned) ?? (await findReverse(scope, planned));
  return targetId === null ? null : scope.call('read', (call) => target.read(planned, targetId, call));
}

/** The source record of a link whose document in its target is our record; null when there is none, or several. */
async function findReverse({ links, delivery, flow }: AttemptScope, { role }: DocumentKey): Promise<string | null> {
  const { entity, connection, sourceId } = delivery.event;
  const reverse = await links.findByTargetId(connection, { role }, sourceId);
  const partners = reverse
    .filter((link) => link.entity === entity)
    .map(({ sourceKey }) => parseEventKey(sourceKey))
    .filter((source) => source.connection === flow.to);
  return partners.length === 1 ? (partners[0]?.id ?? null) : null;
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

/**
 * Reads back every document that was written and compares it with its plan: state, mapped fields and totals, within the
 * flow's tolerance. Where the flow wants no verification, only what the target did not say is read: numbers that people know documents by, and lines.
 * @param result how the attempt ends unless a difference is found
 */
export async function verifyDocuments(
  scope: AttemptScope,
  { target, edit, watched }: RecordDocuments,
  ends: readonly DocumentEnd[],
  result: AttemptResult,
): Promise<AttemptResult> {
  const there = ends.filter(({ planned, result }) => isAsPlanned(result) && edit.state(planned) !== null);
  const verifies = watched !== null || (scope.flow.settings.verify ?? target.verifyByDefault);
  if (!verifies || there.length === 0) {
    await readUnsaid(scope, target, edit, there);
    return result;
  }
  const problems: FieldProblem[] = [];
  for (const { planned, result } of there) {
    const current = await readBack(scope, target, edit, planned);
    noteNumber(edit, planned, current);
    edit.noteLines(planned, current.lines);
    edit.noteStateHash(planned, target.stateHash(planned, current));
    // Differences that remain because of the target's state, and have no effect.
    const isLeft = result.error?.code === NOT_CARRIED_OVER;
    const expected = new Set(isLeft ? result.error?.fields.map(({ path }) => path) : []);
    const differing = target.compare(planned, current, scope.flow.settings).filter(({ path }) => !expected.has(path));
    await watched?.noteReadBack(planned, current);
    problems.push(...differing);
  }
  if (problems.length > 0) return endAttempt('mismatch', { error: describeDifference(problems) });
  // "Verified" says that the target equals the source: not where a difference was left.
  return result.error === null ? endAttempt('verified') : result;
}

/** Whether the document is to equal its plan: not one that the flow leaves as it is, nor one that it does not make. */
function isAsPlanned({ error }: AttemptResult): boolean {
  return error === null || NOTES_OF_PLANNED.includes(error.code);
}

/**
 * Without verification: reads the number of a created document, and the lines of one that was written, when neither plan nor answer
 * contains them. The write itself is done.
 */
async function readUnsaid(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  ends: readonly DocumentEnd[],
): Promise<void> {
  for (const { planned } of ends) {
    const document = edit.document(planned);
    if (edit.state(planned) !== undefined || document === null || document.targetId === null) continue;
    if (document.targetNumber !== null && !edit.linesUnsaid.has(nameDocument(planned))) continue;
    const { targetId } = document;
    try {
      const current = await scope.call('read', (call) => target.read(planned, targetId, call));
      if (current === null) continue;
      noteNumber(edit, planned, current);
      edit.noteLines(planned, current.lines);
    } catch (error) {
      // Without a number, people know the document by its id; its lines come with the next reading. An error here must not fail a write that succeeded.
      if (!(error instanceof VendorError)) throw error;
    }
  }
}

function noteNumber(edit: LinkEdit, planned: PlannedDocument, current: FoundDocument): void {
  const document = edit.document(planned);
  if (document !== null && document.targetId === current.targetId && document.targetNumber !== current.targetNumber)
    edit.noteDocument(planned, current);
}

async function readBack(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  planned: PlannedDocument,
): Promise<FoundDocument> {
  const known = edit.state(planned);
  if (known !== undefined && known !== null) return known;
  const targetId = edit.document(planned)?.targetId ?? null;
  const current =
    targetId === null
      ? ((await scope.call('find', (call) => target.find(planned, call)))[0] ?? null)
      : await scope.call('read', (call) => target.read(planned, targetId, call));
  if (current !== null) return current;
  throw new VendorError('unexpected', `The ${planned.role} was written, but cannot be read back yet`, {
    code: 'not-readable',
    advice: 'Nothing, unless it lasts: then look for the document in the target.',
  });
}
