import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';
import type { LinkDocument, LinkedDocument, LinkKey } from '@entrepot/store';
import {
  type FoundDocument,
  nameDocument,
  type OpenEntity,
  type PlannedDocument,
  VendorError,
} from '@entrepot/vendor-kit';
import { describeDoubt, describeDuplicate, describeGone, describeSeveral } from '../problems.ts';
import { type AttemptResult, endAttempt, failAttempt } from './lane-record.ts';
import type { LinkEdit, LinkVersion } from './link-edit.ts';
import type { AttemptScope } from './scope.ts';

/** What became of one planned document. */
export type DocumentResult =
  /** `current` is its state before verification; null when it was not read. */
  | {
      readonly status: 'created' | 'applied' | 'unchanged';
      readonly current: FoundDocument | null;
      /** Differences that remain because of the target's state and have no effect. */
      readonly notCarriedOver?: readonly FieldProblem[];
    }
  /** Taken, but not the document yet. */
  | { readonly status: 'accepted' }
  /** To be cancelled, and not there: never, or no more. */
  | { readonly status: 'absent' }
  /** Not created: a newer version of the record has been published and decides. */
  | { readonly status: 'overtaken'; readonly by: number }
  | { readonly status: 'in-doubt'; readonly notBeforeMicros: number; readonly error: ErrorDetail }
  | { readonly status: 'mismatch' | 'refused'; readonly error: ErrorDetail };

/** How an attempt ends by a document that was not written; null where that depends on whose document it is. */
export function endByDocument(result: DocumentResult): AttemptResult | null {
  switch (result.status) {
    case 'in-doubt':
      return endAttempt('in-doubt', { error: result.error, notBeforeMicros: result.notBeforeMicros });
    case 'mismatch':
      return endAttempt('mismatch', { error: result.error });
    case 'refused':
      return failAttempt(result.error);
    default:
      return null;
  }
}

/** What writing one document needs beside the attempt's scope. */
export interface DocumentTask {
  readonly target: OpenEntity;
  readonly edit: LinkEdit;
  readonly planned: PlannedDocument;
  /** Announced before anything is sent; null for a prerequisite, which is created where it is absent and never changed. */
  readonly version: LinkVersion | null;
  /** Asked between intent and create: the newer version that makes this one pointless, or null. */
  readonly findNewer: () => Promise<number | null>;
  /** An existing record to take over instead of creating one, e.g. the only customer with that e-mail. */
  readonly adoptable: (() => Promise<FoundDocument[]>) | null;
}

/**
 * Brings one document of the target to its plan, creating it at most once: known to the link → read and update; otherwise intent,
 * look-up by external reference, and only when that finds nothing (and nothing sent before can still appear) create.
 */
export async function writeDocument(scope: AttemptScope, task: DocumentTask): Promise<DocumentResult> {
  const linked = task.edit.document(task.planned);
  if (linked !== null && linked.targetId !== null && !linked.draft) {
    const lookedAtMicros = scope.clock.nowMicros();
    const current = await readDocument(scope, task, linked.targetId);
    if (current !== null) return updateDocument(scope, task, current, lookedAtMicros);
    if (task.planned.desired === 'cancelled') return { status: 'absent' };
    if (!scope.delivery.lane.force) return { status: 'refused', error: describeGone(task.planned, linked) };
  }
  const suspectUntil = readSuspicion(scope, task, linked);
  if (linked?.draft !== true) await task.edit.saveIntent(task.planned, task.version);
  // An answer shows the state at the time of the request, however late it is read.
  const lookedAtMicros = scope.clock.nowMicros();
  const hits = await lookUp(scope, task);
  const found = await settleHits(scope, task, hits, lookedAtMicros);
  if (found !== null) return found;
  if (linked?.draft === true && !scope.delivery.lane.force) {
    // Created once and accepted: absence now means refused or still to come, never "create another".
    if (linked.targetId !== null && task.planned.desired === 'cancelled') return { status: 'absent' };
    return linked.targetId === null
      ? { status: 'accepted' }
      : { status: 'refused', error: describeGone(task.planned, linked) };
  }
  if (linked?.draft === true) await task.edit.saveIntent(task.planned, task.version);
  if (suspectUntil !== null && lookedAtMicros < suspectUntil) {
    return { status: 'in-doubt', notBeforeMicros: suspectUntil, error: describeDoubt(task.planned) };
  }
  if (task.planned.desired === 'cancelled') {
    forgetIntent(scope, task);
    return { status: 'absent' };
  }
  const newer = await task.findNewer();
  if (newer !== null) {
    forgetIntent(scope, task);
    return { status: 'overtaken', by: newer };
  }
  if (task.adoptable !== null) {
    const existing = (await task.adoptable()).filter((hit) => hit.state !== 'pending');
    if (existing.length > 1) return { status: 'mismatch', error: describeSeveral(task.planned, existing) };
    const [only] = existing;
    if (only !== undefined) {
      noteFound(scope, task, only);
      return updateDocument(scope, task, only, lookedAtMicros);
    }
  }
  return createDocument(scope, task);
}

/** Everything that carries the document's reference. */
function lookUp(scope: AttemptScope, { target, planned }: DocumentTask): Promise<FoundDocument[]> {
  return scope.call('find', (call) => target.find(planned, call));
}

/** Finds the document that carries the reference in the target, to bring it to the plan; null when there is none. */
async function settleHits(
  scope: AttemptScope,
  task: DocumentTask,
  hits: readonly FoundDocument[],
  lookedAtMicros: number,
): Promise<DocumentResult | null> {
  const documents = hits.filter((hit) => hit.state !== 'pending');
  const [document] = documents;
  if (documents.length > 1) return { status: 'mismatch', error: describeDuplicate(task.planned, documents) };
  if (document !== undefined) {
    noteFound(scope, task, document);
    return updateDocument(scope, task, document, lookedAtMicros);
  }
  const [draft, ...others] = hits;
  if (draft === undefined) return null;
  if (others.length > 0) return { status: 'mismatch', error: describeDuplicate(task.planned, hits) };
  noteFound(scope, task, draft);
  return { status: 'accepted' };
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

async function createDocument(scope: AttemptScope, task: DocumentTask): Promise<DocumentResult> {
  const key = documentKey(task);
  let sentAtMicros: number | null = null;
  const onSend = (): void => {
    sentAtMicros = scope.clock.nowMicros();
    scope.access.unanswered.set(key, sentAtMicros);
  };
  try {
    const written = await scope.call('create', (call) => task.target.create(task.planned, call), onSend);
    scope.access.unanswered.delete(key);
    task.edit.noteDocument(task.planned, written);
    return written.status === 'accepted' ? { status: 'accepted' } : { status: 'created', current: null };
  } catch (error) {
    const answered = error instanceof VendorError && !error.answerUnknown;
    if (answered || sentAtMicros === null) {
      scope.access.unanswered.delete(key);
      const first = await findRefusing(scope, task, error);
      if (first !== null) return first;
      forgetIntent(scope, task);
      throw error;
    }
    if (!(error instanceof VendorError)) throw error;
    task.edit.noteUnanswered(task.planned, sentAtMicros);
    const notBeforeMicros = sentAtMicros + task.target.visibleWithinMs * 1_000;
    return { status: 'in-doubt', notBeforeMicros, error: error.toDetail() };
  }
}

/**
 * A target that holds one document of a reference refused a second one: the first is the document. Null: refused for
 * another reason.
 */
async function findRefusing(scope: AttemptScope, task: DocumentTask, error: unknown): Promise<DocumentResult | null> {
  if (task.target.guard !== 'unique' || !(error instanceof VendorError) || error.kind !== 'conflict') return null;
  const lookedAtMicros = scope.clock.nowMicros();
  return settleHits(scope, task, await lookUp(scope, task), lookedAtMicros);
}

async function updateDocument(
  scope: AttemptScope,
  task: DocumentTask,
  current: FoundDocument,
  lookedAtMicros: number,
): Promise<DocumentResult> {
  // A prerequisite comes from a record of any age: an existing document is left to its own deliveries.
  if (task.version === null) return { status: 'unchanged', current };
  const { unansweredUpdates } = scope.access;
  const key = documentKey(task);
  const { version } = task.version;
  const visibleWithinMicros = task.target.visibleWithinMs * 1_000;
  for (const earlierKey of [key, linkKeyOf(task.edit.key)]) {
    const earlier = unansweredUpdates.get(earlierKey);
    if (earlier === undefined || lookedAtMicros >= earlier.sentAtMicros + visibleWithinMicros) continue;
    // A late commit of the earlier request must not overwrite what we conclude or send now: continue only if it was the
    // same version and has taken effect. Another version that looks as planned proves nothing, since the earlier one
    // may still replace it.
    const isThere =
      earlier.version === version && task.target.compare(task.planned, current, scope.flow.settings).length === 0;
    if (!isThere) {
      const notBeforeMicros = earlier.sentAtMicros + visibleWithinMicros;
      return { status: 'in-doubt', notBeforeMicros, error: describeDoubt(task.planned) };
    }
  }
  let sentAtMicros: number | null = null;
  const onSend = (): void => {
    sentAtMicros = scope.clock.nowMicros();
    unansweredUpdates.set(key, { sentAtMicros, version });
  };
  await task.edit.announce(task.version);
  try {
    const outcome = await scope.call('update', (call) => task.target.update(task.planned, current, call), onSend);
    unansweredUpdates.delete(key);
    if (outcome.status === 'refused') return { status: 'refused', error: outcome.error };
    const { status, notCarriedOver = [] } = outcome;
    return { status, current: status === 'unchanged' ? current : null, notCarriedOver };
  } catch (error) {
    if (!(error instanceof VendorError) || sentAtMicros === null) throw error;
    if (!error.answerUnknown) {
      unansweredUpdates.delete(key);
      throw error;
    }
    return { status: 'in-doubt', notBeforeMicros: sentAtMicros + visibleWithinMicros, error: error.toDetail() };
  }
}

export function readDocument(scope: AttemptScope, task: DocumentTask, targetId: string): Promise<FoundDocument | null> {
  return scope.call('read', (call) => task.target.read(task.planned, targetId, call));
}

function noteFound(scope: AttemptScope, task: DocumentTask, found: FoundDocument): void {
  scope.access.unanswered.delete(documentKey(task));
  task.edit.noteDocument(task.planned, found);
}

/** Nothing was created and nothing can still appear. */
function forgetIntent(scope: AttemptScope, task: DocumentTask): void {
  scope.access.unanswered.delete(documentKey(task));
  task.edit.noteNothingSent(task.planned);
}

function documentKey({ edit, planned }: DocumentTask): string {
  return `${linkKeyOf(edit.key)}|${nameDocument(planned)}`;
}

function linkKeyOf({ entity, sourceKey }: LinkKey): string {
  return `${entity}|${sourceKey}`;
}
