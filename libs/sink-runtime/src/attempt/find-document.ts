import type { WriteMode } from '@entrepot/mapping';
import type { LinkDocument, LinkedDocument, LinkKey, PossibleHashes } from '@entrepot/store';
import { type FoundDocument, nameDocument } from '@entrepot/vendor-kit';
import { describeNotInTarget } from '../notes.ts';
import { describeDoubt, describeDuplicate, describeGone, describeSeveral } from '../problems.ts';
import { type AcceptableDocument, askHandle, endAccepted, followChange } from './accepted.ts';
import type { LinkVersion } from './link-edit.ts';
import { type AttemptResult, type AttemptScope, endAttempt, endInDoubt, failAttempt } from './outcomes.ts';
import type { WatchedStates } from './watched-states.ts';

/** What writing one document needs beside the attempt's scope. */
export interface DocumentTask extends AcceptableDocument {
  /** What may be done to it. */
  readonly mode: WriteMode;
  /** Announced before anything is sent; null for a prerequisite, which comes from a record of any age. */
  readonly version: LinkVersion | null;
  /** Asked between intent and create: the newer version that makes this one pointless, or null. */
  readonly findNewer: () => Promise<number | null>;
  /** An existing record to take over instead of creating one, e.g. the only customer with that e-mail. */
  readonly adoptable: (() => Promise<FoundDocument[]>) | null;
  /** What is known of the document on both sides; null where only the source's side counts. */
  readonly watched: WatchedStates | null;
}

/** Where the search for a document has led: to it, to its absence (null), or to the end of the attempt. */
export type Search =
  | {
      readonly current: FoundDocument | null;
      readonly lookedAtMicros: number;
      /** True: an earlier attempt at this version may have made it, and did not get the answer, or found a difference. */
      readonly isOwn?: boolean;
      /** True: the target had accepted this version's change, and says that it has taken effect. */
      readonly isApplied?: boolean;
      /** What earlier attempts may have created it as; null: none of them, or its states are not followed. */
      readonly sent?: PossibleHashes | null;
    }
  | { readonly ends: AttemptResult };

/** Whether the flow makes a document that the target lacks. */
function mayCreate({ mode }: DocumentTask): boolean {
  return mode === 'upsert' || mode === 'create-only';
}

/** Searches the document: by the link, by its reference, and last by its natural key. */
export async function findDocument(scope: AttemptScope, task: DocumentTask): Promise<Search> {
  const linked = task.edit.document(task.planned);
  const known = await readLinked(scope, task, linked);
  if (known !== null) return known;
  const answered = await pollHandle(scope, task, linked);
  if (answered !== null) return answered;
  const suspectUntil = readSuspicion(scope, task, linked);
  const expected = task.watched?.expected(task.planned) ?? null;
  if (linked?.draft !== true && mayCreate(task)) await task.edit.saveIntent(task.planned, task.version, expected);
  // An answer shows the state at the time of the request, however late it is read.
  const lookedAtMicros = scope.clock.nowMicros();
  const hits = await lookUp(scope, task);
  const found = settleHits(scope, task, hits, lookedAtMicros);
  const sent = linked?.intent?.expected ?? null;
  if (found !== null) return { ...found, isOwn: suspectUntil !== null && isAnnounced(task), sent };
  if (linked?.draft === true) {
    const ends = judgeAbsentDraft(scope, task, linked);
    if (ends !== null) return { ends };
    await task.edit.saveIntent(task.planned, task.version, expected);
  }
  if (suspectUntil !== null && task.target.confirmation?.by === 'inbound') return { ends: awaitTaken(scope, task) };
  if (suspectUntil !== null && lookedAtMicros < suspectUntil)
    return { ends: endInDoubt(suspectUntil, describeDoubt(task.planned)) };
  if (task.planned.desired === 'cancelled') {
    forgetIntent(scope, task);
    return { ends: leaveAbsent(task) };
  }
  const newer = mayCreate(task) ? await task.findNewer() : null;
  if (newer !== null) {
    forgetIntent(scope, task);
    return { ends: endAttempt('superseded', { supersededBy: newer }) };
  }
  const search = await findAdoptable(scope, task, lookedAtMicros);
  if (mayCreate(task) || 'ends' in search || search.current !== null) return search;
  forgetIntent(scope, task);
  return { ends: endAttempt('unchanged', { error: describeNotInTarget(task.planned, task.mode) }) };
}

function isAnnounced({ edit, version }: DocumentTask): boolean {
  return version !== null && edit.announcedBefore === version.version;
}

/** Reads the document that the link knows; null when it knows none, or an operator has it created anew. */
async function readLinked(
  scope: AttemptScope,
  task: DocumentTask,
  linked: LinkedDocument | null,
): Promise<Search | null> {
  if (linked === null || linked.targetId === null || linked.draft) return null;
  const { accepted } = linked;
  // Not by what is announced: an earlier version's change may still be noted after that.
  const isOurs = task.version !== null && accepted?.version === task.version.version;
  const change = accepted ? await followChange(scope, task, linked, isOurs) : 'ended';
  if (typeof change !== 'string') return { ends: change };
  const lookedAtMicros = scope.clock.nowMicros();
  const current = await readDocument(scope, task, linked.targetId);
  // Of several documents the link does not tell which one this version made.
  const isOwn = task.edit.documents().length === 1 && isAnnounced(task);
  if (current !== null) return { current, lookedAtMicros, isOwn, isApplied: change === 'applied' };
  if (task.planned.desired === 'cancelled') return { ends: leaveAbsent(task) };
  return mayCreateAnew(scope, task) ? null : { ends: failAttempt(describeGone(task.planned, linked)) };
}

/** Whether an operator wants a document created once more that the target says it has no more. */
function mayCreateAnew({ delivery }: AttemptScope, task: DocumentTask): boolean {
  return delivery.lane.force && mayCreate(task);
}

/**
 * Whether an operator has looked in vain for this very document, which the target took and does not show. Any retry would not do: of
 * several documents that are overdue one may be there, or be on its way, and nobody has looked for it.
 */
function isMissed({ delivery }: AttemptScope, task: DocumentTask): boolean {
  return delivery.lane.createAnew?.includes(task.planned.externalRef) === true && mayCreate(task);
}

/** Asks by the handle that the target gave; null where there is none. */
async function pollHandle(
  scope: AttemptScope,
  task: DocumentTask,
  linked: LinkedDocument | null,
): Promise<Search | null> {
  const lookedAtMicros = scope.clock.nowMicros();
  const answer = await askHandle(scope, task.target, linked?.accepted);
  if (answer === null) return null;
  if (answer.status === 'confirmed') return settleHits(scope, task, [answer.document], lookedAtMicros);
  if (answer.status === 'pending') {
    const ends = endAccepted(scope, task);
    return ends.outcome === 'failed' && isMissed(scope, task) ? null : { ends };
  }
  scope.access.unanswered.delete(documentKey(task));
  task.edit.noteRefused(task.planned);
  return { ends: failAttempt(answer.error) };
}

/**
 * Created once and accepted: absence now means refused or still to come, never "create another". Null: an operator has
 * it created anew, which takes effect only once its confirmation is overdue, where it has a deadline.
 */
function judgeAbsentDraft(scope: AttemptScope, task: DocumentTask, linked: LinkedDocument): AttemptResult | null {
  const { confirmation } = task.target;
  if (confirmation !== null || linked.targetId === null) {
    const ends = endAccepted(scope, task);
    const mayBeMissed = ends.outcome === 'failed' || confirmation === null;
    return mayBeMissed && isMissed(scope, task) ? null : ends;
  }
  if (mayCreateAnew(scope, task)) return null;
  return task.planned.desired === 'cancelled' ? leaveAbsent(task) : failAttempt(describeGone(task.planned, linked));
}

/**
 * What may have been sent counts as taken, since no look-up can tell: it is not sent again before its confirmation is
 * overdue, and then by a person alone.
 */
export function awaitTaken(scope: AttemptScope, task: DocumentTask): AttemptResult {
  scope.access.unanswered.delete(documentKey(task));
  task.edit.noteDocument(task.planned, { targetId: null, targetNumber: null, status: 'accepted' });
  return endAccepted(scope, task);
}

/** Searches the document by its natural key, to take it over instead of creating a second one. */
async function findAdoptable(scope: AttemptScope, task: DocumentTask, lookedAtMicros: number): Promise<Search> {
  const hits = (await task.adoptable?.()) ?? [];
  const existing = hits.filter((hit) => hit.state !== 'pending');
  if (existing.length > 1) return { ends: endAttempt('mismatch', { error: describeSeveral(task.planned, existing) }) };
  const [only] = existing;
  if (only !== undefined) noteFound(scope, task, only);
  return { current: only ?? null, lookedAtMicros };
}

/** Everything that carries the document's reference. */
export function lookUp(scope: AttemptScope, { target, planned }: DocumentTask): Promise<FoundDocument[]> {
  return scope.call('find', (call) => target.find(planned, call));
}

/** The document that carries the reference in the target; null when there is none. */
export function settleHits(
  scope: AttemptScope,
  task: DocumentTask,
  hits: readonly FoundDocument[],
  lookedAtMicros: number,
): Search | null {
  const documents = hits.filter((hit) => hit.state !== 'pending');
  const among = documents.length === 0 ? hits : documents;
  const [only] = among;
  if (only === undefined) return null;
  if (among.length > 1) return { ends: endAttempt('mismatch', { error: describeDuplicate(task.planned, among) }) };
  noteFound(scope, task, only);
  if (only.state === 'pending') return { ends: endAccepted(scope, task) };
  return { current: only, lookedAtMicros };
}

/**
 * The previous owner may have an update in flight (version announced, not concluded). Treats the target as unsettled
 * until `visibleWithinMs` after our epoch began. Called before the link is written: our epoch overwrites the one that
 * shows this.
 */
export function noteInFlightUpdate({ access }: AttemptScope, key: LinkKey, link: LinkDocument | null): void {
  if (link === null || link.epoch === access.epoch || link.deliveredVersion === null || link.deliveredHash !== '')
    return;
  access.unansweredUpdates.set(linkKeyOf(key), { sentAtMicros: access.sinceMicros, version: link.deliveredVersion });
}

/**
 * Until when "not found" does not count, because an earlier send may still take effect; null when nothing was sent.
 * Earlier epochs sent nothing after ours began (their lease had ended by then). Our own sends are kept in memory, so a
 * lost note cannot mislead us.
 */
function readSuspicion(scope: AttemptScope, task: DocumentTask, linked: LinkedDocument | null): number | null {
  const { access } = scope;
  const key = documentKey(task);
  const intent = linked?.intent ?? null;
  // Keep it in memory: our own intent is about to overwrite the one that shows it.
  if (intent !== null && intent.epoch !== access.epoch && !access.unanswered.has(key)) {
    access.unanswered.set(key, access.sinceMicros);
  }
  const sentAtMicros = access.unanswered.get(key);
  return sentAtMicros === undefined ? null : sentAtMicros + task.target.visibleWithinMs * 1_000;
}

/** To be cancelled, and not there: never, or no more. */
function leaveAbsent({ edit, planned }: DocumentTask): AttemptResult {
  edit.noteState(planned, null);
  return endAttempt('unchanged');
}

function readDocument(scope: AttemptScope, task: DocumentTask, targetId: string): Promise<FoundDocument | null> {
  return scope.call('read', (call) => task.target.read(task.planned, targetId, call));
}

function noteFound(scope: AttemptScope, task: DocumentTask, found: FoundDocument): void {
  scope.access.unanswered.delete(documentKey(task));
  task.edit.noteDocument(task.planned, found);
}

/** Nothing was created and nothing can still appear. */
export function forgetIntent(scope: AttemptScope, task: DocumentTask): void {
  scope.access.unanswered.delete(documentKey(task));
  if (task.edit.document(task.planned)?.intent) task.edit.noteNothingSent(task.planned);
}

export function documentKey({ edit, planned }: DocumentTask): string {
  return `${linkKeyOf(edit.key)}|${nameDocument(planned)}`;
}

export function linkKeyOf({ entity, sourceKey }: LinkKey): string {
  return `${entity}|${sourceKey}`;
}
