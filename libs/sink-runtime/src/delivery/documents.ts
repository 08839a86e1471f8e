import type { FieldProblem } from '@entrepot/canonical';
import { evaluateFields, evaluateLineFields } from '@entrepot/mapping';
import {
  type FoundDocument,
  type NaturalKey,
  type OpenEntity,
  type PlannedDocument,
  type ResolvedDependency,
  VendorError,
} from '@entrepot/vendor-kit';
import { describeDifference, describeNotCarriedOver, describePending } from '../problems.ts';
import { type AttemptResult, endAttempt, failAttempt } from './lane-record.ts';
import { isSameDocument, type LinkEdit, type LinkVersion } from './link-edit.ts';
import type { AttemptScope } from './scope.ts';
import { type DocumentResult, endByDocument, writeDocument } from './write-document.ts';

interface WrittenPlan {
  readonly planned: PlannedDocument;
  readonly result: DocumentResult;
}

interface Verification {
  readonly problems: readonly FieldProblem[];
  /** Hash of the first document's state in the target, for the echo guard. */
  readonly stateHash: string | null;
}

/**
 * Brings the record's documents to their plan: mapping → documents in the planned order → verification → link. What it
 * learned of the target is written to the link even if it throws.
 */
export async function deliverDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
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
    existing: (document) => edit.existing(document),
    now: () => scope.clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return failAttempt(mapped.error, edit.shownDocuments());
  const version = versionOf(scope);
  try {
    const written = await writeDocuments(scope, target, edit, mapped.documents, naturalKeys);
    const ended = endEarly(written);
    if (ended !== null) return { ...ended, documents: edit.shownDocuments() };
    for (const { planned, result } of written)
      if (result.status === 'applied' || result.status === 'unchanged')
        edit.noteLines(planned, result.current?.lines ?? planned.lines);
    const { result, targetStateHash } = await concludeDelivery(scope, target, edit, written);
    // Only a state that arrived as planned counts as "unchanged" next time; a mismatch is compared again.
    const contentHash = result.outcome === 'mismatch' ? '' : scope.delivery.event.contentHash;
    await edit.conclude(version, contentHash, targetStateHash);
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
  const last = written.at(-1);
  if (last === undefined) return null;
  const { planned, result } = last;
  if (result.status === 'overtaken') return endAttempt('superseded', { supersededBy: result.by });
  if (result.status === 'accepted') return endAttempt('accepted', { error: describePending(planned) });
  return endByDocument(result);
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

/** Whether this delivery is read back: as the flow says, else as the target does by default. */
function mustVerify(scope: AttemptScope, target: OpenEntity): boolean {
  return scope.flow.settings.verify ?? target.verifyByDefault;
}

/** Reads back what was written and compares it with the plan: mapped fields and totals, within the flow's tolerance. */
async function verifyDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  written: readonly WrittenPlan[],
): Promise<Verification> {
  const problems: FieldProblem[] = [];
  let stateHash: string | null = null;
  for (const { planned, result } of written) {
    if (result.status === 'absent') continue;
    const current = await readBack(scope, target, edit, planned, result);
    noteNumber(edit, planned, current);
    edit.noteLines(planned, current.lines);
    stateHash ??= target.stateHash(planned, current);
    const expected = new Set(listNotCarriedOver([{ planned, result }]).map(({ path }) => path));
    problems.push(...target.compare(planned, current, scope.flow.settings).filter(({ path }) => !expected.has(path)));
  }
  return { problems, stateHash };
}

/** Differences that remain because of the target's state and have no effect. */
function listNotCarriedOver(written: readonly WrittenPlan[]): FieldProblem[] {
  return written.flatMap(({ result }) => ('notCarriedOver' in result ? [...(result.notCarriedOver ?? [])] : []));
}

/**
 * Without verification: reads the number of the created document when the target's answer did not contain it. The write
 * itself is done.
 */
async function readNumbers(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  written: readonly WrittenPlan[],
): Promise<void> {
  for (const { planned, result } of written) {
    const document = edit.document(planned);
    if (result.status !== 'created' || document === null || document.targetId === null) continue;
    if (document.targetNumber !== null) continue;
    const { targetId } = document;
    try {
      const current = await scope.call('read', (call) => target.read(planned, targetId, call));
      if (current !== null) noteNumber(edit, planned, current);
    } catch (error) {
      // Without a number, people know the document by its id. An error here must not fail a write that succeeded.
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
  result: DocumentResult,
): Promise<FoundDocument> {
  if (result.status === 'unchanged' && result.current !== null) return result.current;
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
